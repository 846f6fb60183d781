"""The same books synced into DuckDB and PostgreSQL give the same tables, byte for byte."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.destinations import stored_company_ids
from accbooks_warehouse.pipelines.queries.figures import figures_of_companies
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.pack.documents import Documents
from accbooks_warehouse.pipelines.report.grid import lay_out

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]  # and beside it, PostgreSQL

OF_ONE_LOAD = {
    *("_dlt_load_id", "load_id", "fetched_at", "generated_at", "checked_at"),
    *("seen_at", "sync_began_at", "certified_at", "report_fetched_at"),
    *("first_seen_at", "last_seen_at"),
    "data",
}
"""Columns that say which load, read or comparison a row is of, and when; a report kept whole says so, too."""
HASHED_WITH_THEM = {"profit_loss", "balance_sheet", "trial_balance"}
"""Tables whose row_hash is also one of `generated_at`."""
KINDS = {"character varying": "VARCHAR", "text": "VARCHAR"}
"""What PostgreSQL calls a type, where DuckDB has another word."""
TEXTS = [
    "",
    "tab\tnew\nline\r\nreturn \\ \\N \\. 'quote' \"double\"",
    "\\.",
    "\\N",
    "Zoë 株式会社 😀 \u200b",
    " spaces  ",
    "%s {braces} $1 ;--",
]
"""What a copy through any form of text might change: nothing, ends of data, nulls, quotes, beyond ASCII."""
UNKNOWN = {"z": [1, Decimal("1.50")], "a": {"text": 'Ünï "code" \\ \n', "nothing": None}, "aa": "", "b": True}


@pytest.fixture(scope="module")
def copies(opened_copies, open_beside):
    """The same books in both, the odd texts in rows that a first load appends and in some that one merges."""
    with opened_copies() as copy, open_beside(copy, "postgres") as other:
        put_texts(copy, "first")
        for each in (copy, other):
            each.load()
        put_texts(copy, "later")
        for each in (copy, other):
            each.sync_and_prove()
        yield copy, other


def put_texts(copy: Any, when: str) -> None:
    record = copy.recent("transactions", lambda each: each["invoice_id"] is None)
    for number, text in enumerate(TEXTS):
        texts = {"id": f"txn_{when}_{number}", "description": text, "reference": None}
        copy.put("transactions", {**deepcopy(record), **texts, "unknown": UNKNOWN})


def shape(copy: Any, schema: str) -> dict[str, list[tuple[str, str, str]]]:
    """Return the columns of every table and view of a schema, in their order, with type and nullability."""
    rows = copy.query(
        """
        select table_name, column_name, data_type, numeric_precision, numeric_scale, is_nullable
        from information_schema.columns
        where table_schema = %s and table_name not like '\\_dlt%%' escape '\\'
        order by table_name, ordinal_position
        """,
        schema,
    )
    found: dict[str, list[tuple[str, str, str]]] = {}
    for table, column, kind, precision, scale, nullable in rows:
        named = f"DECIMAL({precision},{scale})" if kind == "numeric" else KINDS.get(kind, kind.upper())
        found.setdefault(table, []).append((column, named, nullable))
    return found


def texts(copy: Any, schema: str, table: str, columns: list[str]) -> list[tuple[str | None, ...]]:
    """Return every row with every value as the database writes it."""
    chosen = ", ".join(f'cast("{column}" as varchar)' for column in columns)
    return sorted(copy.query(f"select {chosen} from {copy.warehouse.qualified(schema)}.{table}"), key=repr)


@pytest.mark.parametrize("schema", ["accbooks_raw", "accbooks_staging", "accbooks"])
def test_tables_columns_their_order_and_types_are_the_same(copies, schema):
    duckdb, postgres = (shape(copy, schema) for copy in copies)
    assert duckdb.keys() == postgres.keys()
    assert len(duckdb) >= 10
    columns = [{(table, *each) for table in found for each in found[table]} for found in (duckdb, postgres)]
    assert columns[0] ^ columns[1] == set()
    assert duckdb == postgres


@pytest.mark.parametrize("schema", ["accbooks_raw", "accbooks"])
def test_rows_are_the_same_byte_for_byte(copies, schema):
    for table, columns in shape(copies[0], schema).items():
        left_out = OF_ONE_LOAD | ({"row_hash"} if table in HASHED_WITH_THEM else set())
        compared = [name for name, *_ in columns if name not in left_out]
        duckdb, postgres = (texts(copy, schema, table, compared) for copy in copies)
        assert duckdb == postgres, table


def test_odd_texts_arrive_as_they_are(copies):
    for copy in copies:
        held = copy.query("select description, reference from {raw}.transactions where id like 'txn_later%%'")
        assert sorted(held) == sorted((text, None) for text in TEXTS)


DESCRIPTIONS = {
    "duckdb": """
        select schema_name, view_name, '', comment from duckdb_views() union all
        select schema_name, table_name, '', comment from duckdb_tables() union all
        select schema_name, table_name, column_name, comment from duckdb_columns()
    """,
    "postgres": """
        select n.nspname, c.relname, coalesce(a.attname, ''), d.description
        from pg_description as d
        inner join pg_class as c on d.objoid = c.oid and d.classoid = 'pg_class'::regclass
        inner join pg_namespace as n on c.relnamespace = n.oid
        left join pg_attribute as a on d.objoid = a.attrelid and d.objsubid = a.attnum and d.objsubid > 0
    """,
}


def test_descriptions_of_tables_and_columns_are_in_both(copies):
    found = []
    for copy in copies:
        rows = copy.query(
            f"select * from ({DESCRIPTIONS[copy.warehouse.name]}) as described (a, b, c, d) "
            "where a = 'accbooks' and d is not null and d <> ''"
        )
        found.append(set(rows))
    assert found[0] == found[1]
    described = {(table, column) for _, table, column, _ in found[0]}
    for table, columns in shape(copies[0], "accbooks").items():
        assert (table, "") in described
        missing = [name for name, *_ in columns if (table, name) not in described]
        assert missing == [], table


@pytest.fixture(scope="module")
def reports(copies):
    """The figures of a report from either database."""
    now = pendulum.now("UTC")
    return [
        next(figures_of_companies(each.warehouse, stored_company_ids(each.warehouse), [], now))
        for each in copies
    ]


def test_a_report_has_the_same_figures_from_both(reports):
    one, other = reports
    pairs = [(getattr(one.books, each.name), getattr(other.books, each.name)) for each in fields(one.books)]
    for mine, others in pairs:
        if isinstance(mine, Documents):  # whose queries name the database's own schemas
            assert replace(mine, query="", query_of_vat="") == replace(others, query="", query_of_vat="")
        else:
            assert mine == others
    assert (one.name, one.number, one.currency) == (other.name, other.number, other.currency)
    grids = [lay_out(each.proof.month_ends, each.proof.reports, each.proof.year_end) for each in reports]
    assert (grids[0], one.proof.lines, one.proof.findings) == (grids[1], (), Findings())
    assert other.proof.findings == Findings()


def test_the_statements_of_a_report_are_those_accbooks_prints(copies, reports):
    books, copy = reports[0].books, copies[0]
    period = books.period
    printed = copy.report("profit-loss", **{"from": str(period.days.start), "to": str(period.days.end)})
    statement, sheet = books.profit_and_loss, books.balance_sheet
    assert statement.value("net_profit", "year") == printed["net_profit"]
    assert amounts(statement, "year") == {
        line["nominal_code"]: line["amount"]
        for section in printed["sections"]
        for line in section["lines"]
        if line["amount"]
    }
    assert period.before is not None
    before = copy.report(
        "profit-loss",
        **{"from": str(period.before.start), "to": str(period.before.end)},
    )
    assert statement.value("net_profit", "year_before") == before["net_profit"]
    printed_sheet = copy.report("balance-sheet", as_at=str(period.as_at))
    assert sheet.value("net_assets", "balance") == printed_sheet["net_assets"]
    banks = {account.nominal_code for account in books.cash.accounts}
    held = {
        line["nominal_code"]: line["amount"]
        for section in printed_sheet["sections"]
        for line in section["lines"]
        if line["amount"]
    }
    assert amounts(sheet, "balance") == {
        **{code: amount for code, amount in held.items() if code not in banks},
        "banks": sum(held[code] for code in banks if code in held),
    }


def test_cash_of_a_report_is_the_same_in_each_of_its_parts(reports):
    books = reports[0].books
    assert books.cash.total == books.cash.balances[-1].amount
    assert books.cash.total == books.cash_flow.value("closing_cash", "year")
    months = [each for each in books.months if each.days.start >= books.period.days.start]
    assert sum(month.profit for month in months) == books.profit_and_loss.value("net_profit", "year")


def amounts(statement: Any, column: str) -> dict[str | None, Decimal]:
    """Return the amounts of a statement's lines by account; those at nothing are left out."""
    place = [each.key for each in statement.columns].index(column)
    return {
        line.accounts[0] if len(line.accounts) == 1 else "banks": line.values[place]
        for group in statement.groups
        for line in group.lines
        if line.values[place]
    }
