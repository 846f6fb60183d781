"""A wrong row anywhere in the warehouse is noticed and named; each test repairs what it broke."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from typing import Any

import duckdb
import pendulum
import pytest
from accbooks_warehouse.pipelines.commands.reconcile import run_reconcile
from accbooks_warehouse.pipelines.commands.report import run_report
from accbooks_warehouse.pipelines.commands.status import run_status
from accbooks_warehouse.pipelines.commands.transform import run_transform
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks.settings import Settings
from rich.console import Console

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

TODAY = pendulum.today("UTC").date()


@pytest.fixture
def command(copy, monkeypatch):
    """Run a command's work on the copy; gives its exit status and what it printed."""
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.commands.opening.open_warehouse", lambda _: copy.warehouse
    )
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.opening.configured", lambda _: [])
    parsed = copy.transforms.dbt.parsed
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.commands.opening.transforms_of",
        lambda warehouse: Transforms(warehouse, TODAY, {}, parsed),
    )

    def run(work, *arguments):
        said = io.StringIO()
        status = work(Console(file=said, width=400), None, "duckdb", *arguments)
        return status, said.getvalue()

    return run


@pytest.fixture
def reconciled(command):
    """Reconcile; gives the exit status and the findings, amounts as decimals."""

    def run():
        status, said = command(run_reconcile, "json")
        return status, json.loads(said, parse_float=Decimal)

    return run


def rows_of(found):
    """Return what is known of rows that are not as they were written."""
    names = ("resource", "record_id", "period_end", "nominal_code", "expected", "found")
    rows = [each for each in found if each["check_name"] == "table_differs"]
    return sorted((tuple(each[name] for name in names) for each in rows), key=str)


def lines_of(found):
    """Return the lines of reports that differ, and by how much."""
    names = ("report", "period_end", "nominal_code", "difference")
    lines = [each for each in found if each["check_name"] == "report_differs"]
    return sorted(tuple(str(each[name]) for name in names) for each in lines)


@contextmanager
def broken(copy, table: str, column: str, where: str) -> Iterator[None]:
    """Add a penny to one row, and take it away again."""
    copy.execute(f"update {table} set {column} = {column} + 0.01 where {where}")
    try:
        yield
    finally:
        copy.execute(f"update {table} set {column} = {column} - 0.01 where {where}")


def default_memory_limit() -> list[tuple[str]]:
    return duckdb.connect().execute("select current_setting('memory_limit')").fetchall()


def one_posting(copy) -> tuple[Any, ...]:
    (row,) = copy.query(
        "select posting_id, source_id, nominal_code, debit, line_number "
        "from {models}.general_ledger "
        "where source_type = 'transaction' and debit > 0 order by posting_date, posting_id limit 1"
    )
    return row


def test_without_corruption_reconcile_says_what_matched(copy, command):
    status, said = command(run_reconcile, "table")
    assert status is ExitStatus.DONE
    months = len(copy.query("select distinct as_at from {models}.trial_balance"))
    assert f"trial balance {months}/{months} month-ends match" in said
    assert "matches AccBooks' reports to the penny" in said


def test_a_corrupted_line_of_each_report_is_named(copy, reconciled):
    expected = []
    with ExitStack() as stack:
        for table in ("trial_balance", "balance_sheet", "profit_loss"):
            amount = "debit" if table == "trial_balance" else "amount"
            dates = '"from", "to"' if table == "profit_loss" else "as_at, as_at"
            ((start, end, nominal, number),) = copy.query(
                f"select {dates}, nominal_code, line_number from {{raw}}.{table} "
                f"where {amount} > 0 and nominal_code is not null order by 2, 1, 4 limit 1"
            )
            days = (
                f"\"from\" = '{start}' and \"to\" = '{end}'" if table == "profit_loss" else f"as_at = '{end}'"
            )
            stack.enter_context(
                broken(copy, f"{{raw}}.{table}", amount, f"{days} and line_number = {number}")
            )
            expected.append((table, str(end), nominal, "-0.01"))
        status, found = reconciled()
    assert status is ExitStatus.DIFFERENCES
    assert {each["check_name"] for each in found} == {"report_differs"}
    assert lines_of(found) == sorted(expected)


@pytest.mark.nightly_on("postgres")
@pytest.mark.databases("duckdb", "postgres")
def test_a_corrupted_row_of_each_rebuilt_report_and_what_differs_by_it_are_named_in_json_and_csv(
    copy, reconciled, command
):
    rows, lines = [], []
    with ExitStack() as stack:
        for model in ("trial_balance", "balance_sheet", "profit_and_loss"):
            amount = "debit" if model == "trial_balance" else "amount"
            day = "period_end" if model == "profit_and_loss" else "as_at"
            ((end, nominal, right),) = copy.query(
                f"select {day}, nominal_code, {amount} from {{models}}.{model} "
                f"where {amount} > 0 and nominal_code is not null order by 1, 2 limit 1"
            )
            row = f"{day} = '{end}' and nominal_code = '{nominal}'"
            stack.enter_context(broken(copy, f"{{models}}.{model}", amount, row))
            wrong = right + Decimal("0.01")
            rows.append((model, None, str(end), nominal, f"{amount} {right}", f"{amount} {wrong}"))
            report = "profit_loss" if model == "profit_and_loss" else model
            lines.append((report, str(end), nominal, "0.01"))
        status, found = reconciled()
        same, table = command(run_reconcile, "csv")
    assert status is same is ExitStatus.DIFFERENCES
    assert rows_of(found) == sorted(rows, key=str)
    assert lines_of(found) == sorted(lines)
    assert len(found) == len(rows) + len(lines)

    assert table.startswith("company_id,report,period_start,period_end,nominal_code,api_amount")
    assert [
        {**each, "difference": each["difference"] or None} for each in csv.DictReader(io.StringIO(table))
    ] == [
        {name: "" if value is None else str(value) for name, value in each.items()}
        | {"difference": None if each["difference"] is None else str(each["difference"])}
        for each in found
    ]


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_a_corrupted_posting_is_one_finding_and_what_follows_from_it_is_not_said_as_well(
    copy, reconciled, command, tmp_path
):
    posting, source, nominal, right, number = one_posting(copy)
    with broken(copy, "{staging}.ledger_postings", "debit", f"posting_id = '{posting}'"):
        status, found = reconciled()
        as_of_then = [command(run_status), command(run_report, tmp_path / "books.html")]
    assert status is ExitStatus.DIFFERENCES
    wrong = right + Decimal("0.01")
    measure = f"line {number} debit"
    assert rows_of(found) == [
        ("ledger_postings", source, None, nominal, f"{measure} {right}", f"{measure} {wrong}")
    ]
    (finding,) = found
    assert finding["message"] == (
        f"A row of ledger_postings, document {source}, account {nominal} is not as this program wrote it: "
        f"{measure} {wrong}, and should be {measure} {right}. Run `accbooks sync`, which builds the table "
        "again."
    )
    for status, said in as_of_then:
        assert status is ExitStatus.DIFFERENCES
        assert "Loaded, but 1 check failed: 1 table_differs." in said
    assert reconciled() == (ExitStatus.DONE, [])
    assert command(run_status)[0] is ExitStatus.DONE


def test_a_corrupted_raw_row_is_named_differs_once_rebuilt_and_is_mended_with_reports_by_the_next_sync(
    copy, reconciled, command
):
    source = one_posting(copy)[1]
    held = f"select net_amount, amount from {{raw}}.transactions where id = '{source}'"
    right = copy.query(held)
    copy.execute(
        "update {raw}.transactions set net_amount = net_amount + 0.01, amount = amount + 0.01 "
        f"where id = '{source}'"
    )
    before, named = reconciled()
    after, compared = command(partial(run_transform, full_refresh=True))
    _, since = reconciled()
    assert before is ExitStatus.DIFFERENCES
    assert {(each["check_name"], each["resource"], each["record_id"]) for each in named} == {
        ("table_differs", "ledger_postings", source)
    }
    assert after is ExitStatus.DIFFERENCES
    assert "error: In the trial balance at " in compared
    assert {each["check_name"] for each in since} == {"report_differs"}
    assert {each["report"] for each in since} >= {"trial_balance"}

    ((as_at,),) = copy.query("select min(as_at) from {raw}.trial_balance")
    copy.execute(f"update {{raw}}.trial_balance set debit = debit + 5 where as_at = '{as_at}' and debit > 0")
    copy.sync_and_prove()
    assert copy.query(held) == right
    ((total, stated),) = copy.query(
        "select sum(debit), max(total_debit) from {raw}.trial_balance where as_at = %s", as_at
    )
    assert total == stated
    assert isinstance(total, Decimal)


@pytest.mark.databases("duckdb", "postgres")
def test_the_key_is_nowhere_in_the_warehouse(copy):
    key = Company("default", Settings(copy.emulator.key, copy.emulator.base_url)).settings.api_key
    tables = copy.query(
        "select table_catalog, table_schema, table_name from information_schema.tables "
        "where table_type = 'BASE TABLE' and table_schema like 'accbooks%%'"
    )
    assert len(tables) > 20
    for catalog, schema, table in tables:
        rows = copy.query(f'select * from "{catalog}"."{schema}"."{table}"')
        assert key not in repr(rows)


@pytest.mark.nightly
def test_what_a_load_may_hold_in_memory_binds_nothing_that_follows(copy):
    before = copy.query("select current_setting('memory_limit')")
    copy.load_again()
    copy.transforms.compare()
    copy.load_again()  # while dbt still has the file open
    copy.transforms.compare()
    assert copy.query("select current_setting('memory_limit')") == before == default_memory_limit()
