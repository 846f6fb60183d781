"""What something else than this program writes into tables is found, and mended, by the next sync."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pendulum
import pytest
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform import ledger_months
from accbooks_warehouse.pipelines.transform.kept_tables import LOGS, compared_tables
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks.windows import Window

pytestmark = pytest.mark.long

TODAY = pendulum.today("UTC").date()
MONTHS = Scope(certify=Depth.months)
COMPANY = "comp_1"


@pytest.fixture
def sync_anew(copy):
    """Sync as another process would, which remembers nothing; asserts that it proved the books."""

    def run(scope=MONTHS):
        with Transforms(copy.warehouse, TODAY, {}, copy.transforms.dbt.parsed) as copy.transforms:
            return copy.sync(scope)

    return run


def rows(copy, table):
    """Return a table's rows, apart from when they were written."""
    found = copy.query(f"select * from {table}")
    return sorted(
        [tuple(each for each in row if not isinstance(each, dt.datetime)) for row in found], key=str
    )


def places(copy):
    """Return the kept tables, with their schemas."""
    found = copy.query(
        "select table_schema, table_name from information_schema.tables "
        "where table_type = 'BASE TABLE' and table_schema in ('accbooks', 'accbooks_staging')"
    )
    names = {(schema, table) for schema, table in found if table in compared_tables() - LOGS}
    return sorted(f"{copy.warehouse.qualified(schema)}.{table}" for schema, table in names)


REPORTS = {
    "trial_balance": "debit = debit + 1, credit = credit + 1",
    "balance_sheet": "amount = amount + 1",
    "profit_and_loss": "amount = amount + 1",
}


@pytest.mark.soak_on("postgres")
def test_rows_changed_by_hand_are_as_they_were_after_the_sync_and_an_emptied_log_is_said_once(
    copy, sync_anew
):
    right = {table: rows(copy, f"{{models}}.{table}") for table in REPORTS}
    for table, change in REPORTS.items():
        day = "period_end" if table == "profit_and_loss" else "as_at"
        ((newest,),) = copy.query(f"select max({day}) from {{models}}.{table}")
        copy.execute(f"update {{models}}.{table} set {change} where {day} = '{newest}'")
        assert rows(copy, f"{{models}}.{table}") != right[table]
    copy.put("journals", copy.recent("journals") | {"description": "Another"})  # no report shows that
    assert sync_anew().status is ExitStatus.DONE
    assert {table: rows(copy, f"{{models}}.{table}") for table in REPORTS} == right

    ((logged,),) = copy.query("select count(*) from {models}.change_log")
    assert logged > 0
    copy.execute("delete from {models}.change_log")
    found = sync_anew(Scope())
    assert found.status is ExitStatus.DIFFERENCES
    (finding,) = found.findings.rows
    assert (finding.check_name, finding.resource) == ("table_differs", "change_log")
    assert finding.message.startswith(
        f"Rows of change_log changed after accbooks wrote them: it wrote {logged}, and there are 0."
    )
    assert sync_anew(Scope()).status is ExitStatus.DONE


@pytest.mark.nightly_on("postgres")
def test_tables_emptied_by_hand_are_filled_again(copy, sync_anew):
    emptied = places(copy)
    names = {table.rpartition(".")[2] for table in emptied}
    assert {"reconciliation", "compared_periods", "aged_items", "financial_years"} <= names
    right = {table: rows(copy, table) for table in emptied}
    copy.execute("; ".join(f"delete from {table}" for table in emptied))
    assert sync_anew(Scope()).status is ExitStatus.DONE
    assert {table: rows(copy, table) for table in emptied} == right


def test_a_month_of_a_large_ledger_that_was_changed_by_hand_is_as_it_was_after_the_sync(
    copy, sync_anew, monkeypatch
):
    monkeypatch.setattr(ledger_months, "ROWS_PER_RUN", 1)
    assert sync_anew(Scope()).status is ExitStatus.DONE
    ledger = "{staging}.ledger_postings"
    right, saved = rows(copy, ledger), rows(copy, "{staging}.ledger_checksums")
    assert len(saved) > 12
    ((oldest,),) = copy.query(f"select min(posting_date) from {ledger}")
    copy.execute(f"update {ledger} set description = 'Forged' where posting_date = '{oldest}'")
    assert rows(copy, ledger) != right
    assert sync_anew(Scope()).status is ExitStatus.DONE
    assert rows(copy, ledger) == right
    assert sync_anew(Scope()).status is ExitStatus.DONE
    assert rows(copy, "{staging}.ledger_checksums") == saved


@pytest.mark.databases("duckdb")
def test_nothing_is_built_again_where_nothing_was_changed(sync_anew, monkeypatch):
    assert sync_anew(Scope()).status is ExitStatus.DONE
    monkeypatch.setattr(Transforms, "build", lambda *_, **__: pytest.fail("built"))
    assert sync_anew(Scope()).status is ExitStatus.DONE


RAW = {
    "transactions": "description = 'Forged'",
    "invoices": "reference = 'Forged'",
    "invoice_line_items": "description = 'Forged'",
    "journals": "description = 'Forged'",
    "journal_lines": "description = 'Forged'",
    "contacts": "name = 'Forged'",
    "bank_accounts": "name = 'Forged'",
    "trial_balance": "debit = debit + 1, credit = credit + 1",
    "profit_loss": "name = 'Forged'",
    "balance_sheet": "amount = amount + 1",
}


def raw_rows(copy):
    """Return what the raw tables hold, apart from when and by which load it came."""
    found = {}
    for table in RAW:
        columns = copy.query(
            "select column_name from information_schema.columns where table_schema = 'accbooks_raw' "
            f"and table_name = '{table}' and column_name not in ('_dlt_load_id', '_dlt_id', 'generated_at')"
        )
        names = ", ".join(f'cast("{name}" as varchar)' for (name,) in sorted(columns))
        found[table] = Counter(copy.query(f"select {names} from {{raw}}.{table}"))
    return found


def forge(copy):
    """Change the oldest row of each raw table that no report of the run shows."""
    statements = []
    for table, change in RAW.items():
        key = {"trial_balance": "as_at", "balance_sheet": "as_at", "profit_loss": '"to"'}.get(table, "date")
        key = "id" if table in {"contacts", "bank_accounts"} else key
        statements.append(
            f"update {{raw}}.{table} set {change} where {key} = (select min({key}) from {{raw}}.{table})"
        )
    copy.execute("; ".join(statements))


def read_again(copy, scope=None):
    """Load, and assert that no row stays damaged."""
    (company,) = copy.load(scope).companies
    assert company.still_damaged_rows == {}


@pytest.mark.databases("duckdb")
def test_raw_rows_deleted_or_moved_by_hand_are_read_again(copy):
    if changed := copy.transforms.changed([COMPANY]):
        copy.transforms.build(changed)  # rows that are gone are those that were built
    right = raw_rows(copy)
    draft = copy.old("invoices")
    copy.execute(
        "update {raw}.journals set date = '2000-02-03' where id = (select min(id) from {raw}.journals)"
    )
    copy.execute("delete from {raw}.invoices where id = '" + draft["id"] + "'")
    copy.execute("delete from {raw}.contacts")
    read_again(copy)
    assert raw_rows(copy) == right


@pytest.mark.nightly_on("postgres")
def test_raw_rows_changed_by_hand_are_found_by_their_hash_and_read_again(copy):
    right = raw_rows(copy)
    forge(copy)
    forged = raw_rows(copy)
    assert [table for table in RAW if forged[table] == right[table]] == []
    read_again(copy)
    assert raw_rows(copy) == right


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_raw_rows_doubled_by_hand_are_read_again(copy):
    right = raw_rows(copy)
    copy.execute(
        "; ".join(
            f"insert into {{raw}}.{table} select * from {{raw}}.{table} limit 1"
            for table in (*RAW, "company")
        )
    )
    doubled = raw_rows(copy)
    assert {table: (doubled[table] - right[table]).total() for table in RAW} == dict.fromkeys(RAW, 1)
    read_again(copy)
    assert raw_rows(copy) == right
    assert copy.query("select count(*) from {raw}.company") == [(1,)]


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_days_asked_for_are_restored_whatever_the_day(copy, monkeypatch):
    monkeypatch.setattr("accbooks_warehouse.pipelines.sync.raw_rows.ROWS_PER_RUN", 1)
    right = raw_rows(copy)
    forge(copy)
    copy.execute("delete from {raw}.invoices where id = '" + copy.old("invoices")["id"] + "'")
    read_again(copy, Scope(window=Window()))
    assert raw_rows(copy) == right


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_rows_that_stay_damaged_are_a_finding_until_they_are_read_again(copy, sync_anew, monkeypatch):
    before = copy.query("select id, description from {raw}.transactions order by date limit 1")
    copy.execute(f"update {{raw}}.transactions set description = 'Forged' where id = '{before[0][0]}'")
    with monkeypatch.context() as patch:
        patch.setattr("accbooks_warehouse.pipelines.sync.load.Loader.reload_damaged", lambda *_: None)
        found = sync_anew(Scope())
    assert found.status is ExitStatus.DIFFERENCES
    (finding,) = found.findings.rows
    assert finding.message.startswith("1 rows of transactions differ from what was loaded")
    assert sync_anew(Scope()).status is ExitStatus.DONE
