"""A wrong row anywhere in the warehouse is noticed and named; each test repairs what it broke."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial

import duckdb
import pendulum
import pytest
from rich.console import Console

from pipelines.configuration import Company
from pipelines.exit_status import ExitStatus
from pipelines.run import run_reconcile, run_transform
from pipelines.transform import Transforms
from sources.accbooks.settings import Settings

pytestmark = pytest.mark.long

TODAY = pendulum.today("UTC").date()


@pytest.fixture
def command(copy, monkeypatch):
    """Run a command's work on the copy; gives its exit status and what it printed."""
    monkeypatch.setattr("pipelines.run.warehouse", lambda _: copy.warehouse)
    parsed = copy.transforms.parsed
    monkeypatch.setattr("pipelines.run._transforms", lambda house: Transforms(house, TODAY, {}, parsed))

    def run(work, *arguments):
        said = io.StringIO()
        status = work(Console(file=said, width=200), None, "duckdb", *arguments)
        return status, said.getvalue()

    return run


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


def one_posting(copy) -> tuple[str, str, str]:
    (row,) = copy.query(
        "select posting_id, source_id, nominal_code from {models}.general_ledger "
        "where source_type = 'transaction' and debit > 0 order by posting_date, posting_id limit 1"
    )
    return row


def test_without_corruption_reconcile_says_what_matched(copy, command):
    status, said = command(run_reconcile, "table")
    assert status is ExitStatus.DONE
    months = len(copy.query("select distinct as_at from {models}.trial_balance"))
    assert f"trial balance {months}/{months} months match" in said
    assert "equals AccBooks' reports to the penny" in said


def test_a_corrupted_line_of_each_report_is_named(copy, command):
    expected = []
    with ExitStack() as stack:
        for table, report in (
            ("trial_balance", "trial balance"),
            ("balance_sheet", "balance sheet"),
            ("profit_loss", "profit and loss"),
        ):
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
            expected.append((report, str(end), nominal))
        status, said = command(run_reconcile, "table")
    assert status is ExitStatus.DIFFERENCES
    named = [line for line in said.splitlines() if "-0.01" in line]
    assert len(named) == len(expected)
    for report, end, nominal in expected:
        assert any(
            line.strip().startswith(report) and end in line and nominal in line.split() for line in named
        )


def test_a_corrupted_row_of_each_rebuilt_report_is_named(copy, command):
    expected = []
    with ExitStack() as stack:
        for model in ("trial_balance", "balance_sheet", "profit_and_loss"):
            amount = "debit" if model == "trial_balance" else "amount"
            day = "period_end" if model == "profit_and_loss" else "as_at"
            ((end, nominal),) = copy.query(
                f"select {day}, nominal_code from {{models}}.{model} "
                f"where {amount} > 0 and nominal_code is not null order by 1, 2 limit 1"
            )
            row = f"{day} = '{end}' and nominal_code = '{nominal}'"
            stack.enter_context(broken(copy, f"{{models}}.{model}", amount, row))
            expected.append((model.replace("_", " "), str(end), nominal))
        status, said = command(run_reconcile, "table")
    assert status is ExitStatus.DIFFERENCES
    named = [line for line in said.splitlines() if "0.01" in line]
    for report, end, nominal in expected:
        assert any(
            line.strip().startswith(report) and end in line and nominal in line.split() for line in named
        )


def test_a_corrupted_posting_is_named_with_its_document(copy, command):
    posting, source, nominal = one_posting(copy)
    with broken(copy, "{models}.general_ledger", "debit", f"posting_id = '{posting}'"):
        status, said = command(run_reconcile, "table")
    assert status is ExitStatus.DIFFERENCES
    assert source in said
    assert nominal in said


def test_a_corrupted_raw_row_is_named_by_reconcile_and_differs_after_a_full_refresh(copy, command):
    refresh = partial(run_transform, full_refresh=True)
    _, source, _ = one_posting(copy)
    row = f"id = '{source}'"
    with (
        broken(copy, "{raw}.transactions", "net_amount", row),
        broken(copy, "{raw}.transactions", "amount", row),
    ):
        before, named = command(run_reconcile, "table")
        after, compared = command(refresh)
    assert before is ExitStatus.DIFFERENCES
    assert source in named
    assert after is ExitStatus.DIFFERENCES
    assert "trial balance" in compared
    assert command(refresh)[0] is ExitStatus.DONE


def test_differences_come_out_as_csv_and_json_too(copy, command):
    ((as_at, nominal),) = copy.query(
        "select as_at, nominal_code from {models}.trial_balance where debit > 0 order by 1, 2 limit 1"
    )
    with broken(copy, "{models}.trial_balance", "debit", f"as_at = '{as_at}' and nominal_code = '{nominal}'"):
        status, table = command(run_reconcile, "csv")
        _, objects = command(run_reconcile, "json")
    assert status is ExitStatus.DIFFERENCES
    header, line = table.strip().splitlines()
    assert header.startswith("company_id,report,period_start,period_end,nominal_code,api_amount")
    assert line.split(",")[1:5] == ["trial_balance", "", str(as_at), nominal]
    assert f'"nominal_code": "{nominal}"' in objects
    assert '"difference": 0.01' in objects


def test_a_corrupted_report_is_named_by_reconcile_and_mended_by_the_next_sync(copy, command):
    ((as_at,),) = copy.query("select min(as_at) from {raw}.trial_balance")
    copy.execute(f"update {{raw}}.trial_balance set debit = debit + 5 where as_at = '{as_at}' and debit > 0")
    assert command(run_reconcile, "table")[0] is ExitStatus.DIFFERENCES
    copy.sync_and_prove()
    ((total, stated),) = copy.query(
        "select sum(debit), max(total_debit) from {raw}.trial_balance where as_at = %s", as_at
    )
    assert total == stated
    assert isinstance(total, Decimal)


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


@pytest.mark.parametrize("database", ["duckdb"], indirect=True, scope="module")
def test_what_a_load_may_hold_in_memory_binds_nothing_that_follows(copy):
    before = copy.query("select current_setting('memory_limit')")
    copy.load_again()
    copy.transforms.compare()
    copy.load_again()  # while dbt still has the file open
    copy.transforms.compare()
    assert copy.query("select current_setting('memory_limit')") == before == default_memory_limit()
