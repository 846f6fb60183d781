"""What analysts read: files, tables as a BI tool sees them, and the queries of its charts."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy
import yaml
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, stored_company_ids
from accbooks_warehouse.pipelines.export import ExportRequest, export, known_model
from accbooks_warehouse.pipelines.export.columns import columns_of
from accbooks_warehouse.pipelines.transform.catalogue import PROJECT, Model, model_names, models
from openpyxl import load_workbook

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
READER = "accbooks_test_reader"
Ask = Callable[[str], list[tuple[Any, ...]]]

CHARTS = dict(
    zip(
        (
            *("turnover by month", "overdue invoices", "sales by contact", "expenses of a month"),
            *("days to pay", "cash by day", "cash flow by financial year", "owed by contact"),
            *("state of the proof", "what is wrong"),
        ),
        re.findall(r"```sql\n(select .*?)```", (ROOT / "docs" / "bi.md").read_text(), re.DOTALL),
        strict=True,
    )
)
"""The queries of the page, which are what is tested."""


@pytest.fixture(scope="module")
def reader(copy, tmp_path_factory) -> Iterator[sqlalchemy.Engine | Path]:
    """What a BI tool opens: the database as a role that may read, or a handed-over file."""
    if isinstance(copy.warehouse, DuckDB):
        (held,) = copy.query("select path from duckdb_databases() where not internal and path is not null")
        yield Path(shutil.copy(held[0], tmp_path_factory.mktemp("handed over") / "books.duckdb"))
        return
    copy.execute(f"create role {READER} login password 'read'")
    copy.warehouse.grant_reader(READER)
    told = copy.warehouse.dbt_environment()
    place = {"host": told["ACCBOOKS_POSTGRES_HOST"], "port": told["ACCBOOKS_POSTGRES_PORT"]}
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create(
            "postgresql+psycopg2", READER, "read", database=told["ACCBOOKS_POSTGRES_DATABASE"], query=place
        )
    )
    yield engine
    engine.dispose()
    copy.execute(f"drop owned by {READER}")
    copy.execute(f"drop role {READER}")


@pytest.fixture
def ask(reader) -> Iterator[Ask]:
    """Ask as a BI tool does, on a connection that may change nothing."""
    if isinstance(reader, sqlalchemy.Engine):
        with reader.connect() as connection:
            yield lambda sql: [tuple(row) for row in connection.execute(sqlalchemy.text(sql))]
        return
    with duckdb.connect(reader, read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def company_ids(copy) -> list[str]:
    ids: list[str] = stored_company_ids(copy.warehouse)
    return ids


def described() -> dict[tuple[str, str], set[str]]:
    """The tables and views that the project describes, with their columns."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in (PROJECT / "models").rglob("*.yml"):
        read = yaml.safe_load(path.read_text())
        for model in read.get("models", ()):
            found["model", model["name"]] = {each["name"] for each in model["columns"]}
        for source in read.get("sources", ()):
            for table in source["tables"]:
                found["raw", table["name"]] = {each["name"] for each in table["columns"]}
    return found


@pytest.mark.nightly_on("postgres")
def test_every_table_and_column_of_the_warehouse_is_described_and_no_other(copy):
    known = described()
    held: dict[tuple[str, str], set[str]] = {}
    for schema, table, name in copy.warehouse.query(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema in ('accbooks', 'accbooks_staging', 'accbooks_raw')"
        " and table_name not in ('_dlt_version', '_dlt_pipeline_state')"
        " and table_name not in ('table_checksums', 'ledger_checksums')"
    ):
        held.setdefault(("raw" if schema == "accbooks_raw" else "model", table), set()).add(name)
    assert {table: held[table] ^ known[table] for table in held if held[table] != known.get(table)} == {}
    assert {table for kind, table in known if kind == "raw"} == {
        table for kind, table in held if kind == "raw"
    }


def test_the_catalogue_names_what_schema_accbooks_has(copy):
    rows = copy.warehouse.query(
        "select table_name from information_schema.tables where table_schema = 'accbooks'"
    )
    assert sorted(name for (name,) in rows) == model_names(of_files=False)


def test_the_page_of_the_models_has_their_columns_and_types(copy):
    sys.path.insert(0, str(ROOT / "docs"))
    import model_pages  # noqa: PLC0415 - a script of the documentation's, no package

    sys.path.remove(str(ROOT / "docs"))
    text = (ROOT / "docs" / "models.md").read_text()
    shown = model_pages.read_back(text)
    assert model_pages.page(models(), shown) == text, "run 'make demo' and 'make models'"
    with copy.warehouse.kept_open():
        for model in models(of_files=False):
            types = {each.name: str(each.kind) for each in columns_of(copy.warehouse, model.name)}
            assert {name: each.type for name, each in shown[model.name].items()} == types


def test_a_tool_sees_the_tables_their_types_and_their_descriptions(reader):
    if not isinstance(reader, sqlalchemy.Engine):
        with duckdb.connect(reader, read_only=True) as connection:
            columns = connection.execute("describe accbooks.trial_balance").fetchall()
            comments = connection.execute(
                "select column_name, comment from duckdb_columns()"
                " where schema_name = 'accbooks' and table_name = 'trial_balance'"
            ).fetchall()
        assert [column[:2] for column in columns][-2:] == [
            ("debit", "DECIMAL(38,2)"),
            ("credit", "DECIMAL(38,2)"),
        ]
        assert dict(comments) == known_model("trial_balance").columns
        return
    inspector = sqlalchemy.inspect(reader)
    tables = {*inspector.get_table_names(schema="accbooks"), *inspector.get_view_names(schema="accbooks")}
    assert tables == set(model_names(of_files=False))
    for model in models(of_files=False):
        columns = inspector.get_columns(model.name, schema="accbooks")
        assert {column["name"]: column["comment"] for column in columns} == model.columns
    amount = sqlalchemy.Table(
        "general_ledger", sqlalchemy.MetaData(), schema="accbooks", autoload_with=reader
    )
    assert str(amount.c.debit.type) == "NUMERIC(38, 2)"
    assert str(amount.c.posting_date.type) == "DATE"
    for schema in ("accbooks_raw", "accbooks_staging"):
        table = inspector.get_table_names(schema=schema)[0]
        with (
            reader.connect() as connection,
            pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"),
        ):
            connection.execute(sqlalchemy.text(f"select * from {schema}.{table}"))


def test_a_tool_may_change_nothing(reader):
    if isinstance(reader, sqlalchemy.Engine):
        with (
            reader.connect() as connection,
            pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"),
        ):
            connection.execute(sqlalchemy.text("delete from accbooks.trial_balance"))
        return
    with (
        duckdb.connect(reader, read_only=True) as connection,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        connection.execute("delete from accbooks.trial_balance")


def test_turnover_by_month_is_that_of_accbooks(copy, ask):
    charted = dict(ask(CHARTS["turnover by month"]))
    full_months = sorted(month for month in charted if month < dt.date.today().replace(day=1))  # noqa: DTZ011
    for month in (full_months[0], full_months[-1]):
        end = (pd.Timestamp(month) + pd.offsets.MonthEnd(0)).date()
        report = copy.report("profit-loss", **{"from": str(month), "to": str(end)})
        turnover = [each["total"] for each in report["sections"] if each["category"] == "turnover"]
        assert charted[month] == (turnover[0] if turnover else Decimal(0))
    assert len(charted) > 24


def test_sales_by_contact_add_up_to_the_turnover_and_other_income(ask):
    sales = sum(amount for *_, amount in ask(CHARTS["sales by contact"]))
    income = (
        "select sum(amount) from accbooks.profit_and_loss where company_id = 'comp_1'"
        " and category in ('turnover', 'other_income')"
    )
    assert [(sales,)] == ask(income)


def test_overdue_invoices_and_days_to_pay_are_asked_by_document(ask):
    overdue = ask(CHARTS["overdue invoices"])
    assert overdue
    assert all(days > 0 and due > 0 for _, _, _, days, due, _ in overdue)
    assert {year for _, year, _ in ask(CHARTS["days to pay"])} > {dt.date.today().year - 1}  # noqa: DTZ011
    assert isinstance(ask(CHARTS["expenses of a month"]), list)


def test_cash_by_day_is_what_the_trial_balance_has_of_the_banks_at_each_month_end(ask):
    cash = dict(ask(CHARTS["cash by day"]))
    banks = dict(
        ask(
            "select as_at, sum(debit - credit) from accbooks.trial_balance"
            " where nominal_code in (select nominal_code from accbooks.bank_accounts) group by as_at"
        )
    )
    compared = sorted(banks.keys() & cash.keys())
    assert len(compared) > 24
    assert {day: cash[day] for day in compared} == {day: banks[day] for day in compared}


def test_what_is_owed_by_contact_adds_up_to_the_control_account(ask):
    owed = ask(CHARTS["owed by contact"])
    (as_at,) = {day for day, *_ in owed}
    assert {bucket for _, _, bucket, _ in owed} <= {"current", "1-30", "31-60", "61-90", "over 90"}
    (control,) = ask(
        "select sum(debit - credit) from accbooks.trial_balance"
        f" where nominal_code = '1100' and as_at = date '{as_at}'"
    )
    assert (sum((amount for *_, amount in owed), Decimal(0)),) == control


def test_the_state_of_the_proof_is_all_green(ask):
    rows = ask(CHARTS["state of the proof"])
    assert {(report, status) for report, status, *_ in rows} == {
        (report, "match") for report in ("trial_balance", "balance_sheet", "profit_loss")
    }
    assert {differing_by for *_, differing_by in rows} == {Decimal("0.00")}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("general_ledger", ("csv", "parquet")), ("reconciliation", ("csv", "parquet", "xlsx"))],
)
@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_an_exported_file_holds_every_row_as_the_warehouse_has_it(copy, tmp_path, name, kinds):
    model = known_model(name)
    rows = in_order(copy, model)
    for kind in kinds:
        order = ExportRequest(model, kind, str(tmp_path / f"{name}.{kind}"))
        assert export(copy.warehouse, company_ids(copy), order) == len(rows)
    table = pq.read_table(tmp_path / f"{name}.parquet")
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    read = pd.read_csv(tmp_path / f"{name}.csv", dtype=str, keep_default_na=False)
    amounts = [each.name for each in columns_of(copy.warehouse, name) if each.kind == "decimal"]
    for amount in amounts:
        exact = ["" if value is None else f"{value:f}" for value in table[amount].to_pylist()]
        assert read[amount].tolist() == exact
    if "xlsx" not in kinds:
        return
    with closing(load_workbook(tmp_path / f"{name}.xlsx", read_only=True)) as book:
        cells = list(book.active.iter_rows(values_only=True))
    assert cells[0] == tuple(table.column_names)
    for amount in amounts:
        place = table.column_names.index(amount)
        found = [None if row[place] is None else Decimal(str(row[place])) for row in cells[1:]]
        assert found == table[amount].to_pylist()


def in_order(copy, model: Model) -> list[tuple[Any, ...]]:
    names = [each.name for each in columns_of(copy.warehouse, model.name)]
    sql = f"select {', '.join(names)} from {{models}}.{model.name} order by {', '.join(model.order)}"
    return [
        tuple(value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value for value in row)
        for row in copy.query(sql)
    ]


@pytest.mark.nightly
def test_every_model_can_be_exported_and_companies_are_kept_apart(copy, tmp_path):
    ids = company_ids(copy)
    with copy.warehouse.kept_open():
        for model in models(of_files=False):
            order = ExportRequest(model, "csv", str(tmp_path / f"{model.name}.csv"))
            ((rows,),) = copy.query(f"select count(*) from {{models}}.{model.name}")
            assert export(copy.warehouse, ids, order) == rows
    of_nobody = ExportRequest(known_model("general_ledger"), "csv", str(tmp_path / "nobody.csv"))
    assert export(copy.warehouse, ["comp_of_nobody"], of_nobody) == 0
    assert (tmp_path / "nobody.csv").read_text().startswith("company_id,posting_id,")


def test_rows_come_from_the_server_as_they_are_asked_for(copy):
    if not isinstance(copy.warehouse, Postgres):
        return
    endless = "select generate_series(1, 1000000000000)"  # in a from clause it would be written out first
    with copy.warehouse.streamed(endless, rows=2) as chunks:
        assert [next(chunks), next(chunks)] == [[(1,), (2,)], [(3,), (4,)]]


def test_in_the_warehouse_s_own_file_the_schema_has_to_be_named_with_its_database(copy):
    if not isinstance(copy.warehouse, DuckDB):
        return
    (held,) = copy.query("select path from duckdb_databases() where not internal and path is not null")
    with duckdb.connect(held[0], read_only=True) as connection:
        ((lines,),) = connection.execute("select count(*) from accbooks.accbooks.trial_balance").fetchall()
        assert lines > 0
        with pytest.raises(duckdb.BinderException, match="Ambiguous reference"):
            connection.execute("select count(*) from accbooks.trial_balance")
