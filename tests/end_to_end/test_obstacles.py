"""Bad records, missing permissions, bad reports and bad pages: the rest is loaded, and it is said."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.emulator.settings import Grant
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.findings import Finding
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks.errors import UnauthorizedError
from accbooks_warehouse.sources.accbooks.windows import Window

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

Record = dict[str, Any]
TODAY = pendulum.today("UTC").date()
READS = {"transactions", "invoices", "contacts", "reports", "journals", "bank_accounts", "company"}


NARROW_KEYS = {
    f"without-{name}": Grant(0, frozenset(f"{each}:read" for each in READS - {name})) for name in READS
}


@pytest.fixture(scope="module")
def copy(synced_copies):
    with synced_copies(keys=NARROW_KEYS) as opened:
        yield opened


def checked(result: SyncResult, check_name: str) -> list[Finding]:
    """Return what a check found."""
    return [each for each in result.findings.rows if each.check_name == check_name]


BAD_RECORDS = [
    ("transactions", {"currency": ["GBP"]}, "currency is not text: ['GBP']"),
    ("transactions", {"date": None}, "date is missing"),
    ("transactions", {"date": "2026-02-30"}, "date is not a day of the calendar: '2026-02-30'"),
    ("transactions", {"id": None}, "id is missing"),
    ("invoices", {"line_items": [{"net_amount": "?"}]}, "line_items 1: nominal_code is missing"),
    ("journals", {"lines": "none"}, "lines is not a list"),
]


@pytest.mark.databases("duckdb", "postgres")
def test_records_that_cannot_be_typed_are_quarantined_and_come_back_when_mended(copy):
    chosen: dict[str, list[Record]] = {"transactions": [], "invoices": [], "journals": []}
    for resource, change, _ in BAD_RECORDS:
        taken = {each["id"] for each in chosen[resource]}
        good = deepcopy(copy.recent(resource, lambda record, taken=taken: record["id"] not in taken))
        chosen[resource].append(good)
        copy.emulator.books.put(resource, {**good, **change}, good["id"])
    result = copy.sync()
    assert result.status is ExitStatus.DIFFERENCES
    found = copy.query("select resource, reason from {raw}.rejected_records")
    assert set(found) == {(resource, reason) for resource, _, reason in BAD_RECORDS}
    for resource, records in chosen.items():
        identifiers = [record["id"] for record in records]
        held = {identifier for (identifier,) in copy.query(f"select id from {{raw}}.{resource}")}
        assert held.isdisjoint(identifiers)
        for good in records:
            copy.emulator.books.put(resource, good, good["id"])
    copy.sync_and_prove(Scope(Window()))
    assert copy.query("select 1 from {raw}.rejected_records") == []


def test_a_bad_record_that_is_mended_comes_back_without_reading_everything(copy):
    good = deepcopy(copy.recent("transactions"))
    copy.emulator.books.put("transactions", {**good, "currency": ["GBP"]}, good["id"])
    assert copy.sync().status is ExitStatus.DIFFERENCES
    copy.emulator.books.put("transactions", good, good["id"])
    copy.sync_and_prove()
    assert copy.query("select 1 from {raw}.rejected_records") == []


def test_an_old_record_that_is_mended_comes_back_although_its_day_is_not_due(copy):
    good = deepcopy(copy.old("transactions"))
    copy.emulator.books.put("transactions", {**good, "currency": ["GBP"]}, good["id"])
    day = pendulum.Date.fromisoformat(good["date"])
    (rejected,) = checked(copy.sync(Scope(Window(day, day))), "rejected_record")
    assert rejected.message == (
        f"Transaction {good['id']}, dated {day}, is not in the warehouse: currency is not text: ['GBP']. "
        "Correct it in AccBooks; the next sync reads it again."
    )
    copy.emulator.books.put("transactions", good, good["id"])
    copy.sync_and_prove()
    assert copy.query("select 1 from {raw}.rejected_records") == []


@pytest.mark.databases("duckdb", "postgres")
def test_a_rejected_record_without_a_date_is_asked_for_by_its_id(copy):
    gone = deepcopy(copy.old("transactions"))
    mended = deepcopy(copy.old("transactions", lambda record: record["id"] != gone["id"]))
    for good in (gone, mended):
        copy.emulator.books.put("transactions", {**good, "date": "0000"}, good["id"])
    assert {each.record_id for each in checked(copy.sync(Scope(Window())), "rejected_record")} == {
        gone["id"],
        mended["id"],
    }
    result = checked(copy.sync(), "rejected_record")
    assert {each.message for each in result} == {
        f"Transaction {good['id']} is not in the warehouse: date is not a YYYY-MM-DD date: '0000'. "
        "Correct it in AccBooks; a sync asks for it by its id, for ten such records a run."
        for good in (gone, mended)
    }
    copy.emulator.books.remove("transactions", gone["id"])
    copy.emulator.books.put("transactions", mended, mended["id"])
    copy.sync_and_prove()
    assert copy.query("select 1 from {raw}.rejected_records") == []


@pytest.mark.databases("duckdb", "postgres")
def test_books_without_a_record_are_compared_too(open_copy):
    copy = open_copy(size="empty")
    result = copy.sync()
    assert (result.status, result.findings.rows) == (ExitStatus.DONE, ())
    assert [
        (match_count.report, match_count.periods, match_count.matching) for match_count in result.match_counts
    ] == [
        ("trial_balance", 1, 1),
        ("profit_loss", 1, 1),
        ("balance_sheet", 1, 1),
    ]


def test_lists_that_hide_what_the_reports_show_are_no_equality(open_copy):
    copy = open_copy(size="empty")
    line = {"nominal_code": "4000", "description": "", "debit": Decimal(0), "credit": Decimal(5)}
    lines = [line, {**line, "nominal_code": "1200", "debit": Decimal(5), "credit": Decimal(0)}]
    journal = {"id": "jnl_1", "date": str(TODAY), "type": "manual", "reference": "", "description": ""}
    copy.put("journals", {**journal, "lines": lines})
    copy.emulator.books.shelves["journals"] = type(copy.emulator.books.shelves["journals"])("date")
    result = copy.sync()
    assert result.status is ExitStatus.DIFFERENCES
    assert {each.check_name for each in result.findings.rows} == {"report_differs"}
    assert {each.found for each in result.findings.rows} == {None}


def test_a_year_end_that_moves_leaves_no_period_of_the_old_one_open(copy):
    copy.emulator.books.company |= {"financial_year_end": "06-30"}
    copy.sync_and_prove()


@pytest.mark.parametrize(
    ("permission", "reports"),
    [
        ("bank_accounts", {"trial_balance", "balance_sheet"}),
        ("contacts", set()),
        ("company", {"trial_balance", "balance_sheet"}),
        ("reports", {"trial_balance", "profit_loss"}),  # no balance sheet is due to be asked for
    ],
)
def test_a_missing_permission_is_named_and_what_depends_on_it_is_not_compared(copy, permission, reports):
    result = copy.sync(key=f"without {permission}".replace(" ", "-"))
    assert result.status is ExitStatus.DIFFERENCES
    outcome = result.companies[0].outcome
    assert {error.permission for error in outcome.forbidden.values()} == {permission}
    assert f"'{permission}'" in str(next(iter(outcome.forbidden.values())))
    loaded = READS - {permission, "reports"}
    assert {name for name in loaded if outcome.records[name] > 0} == loaded
    incomparable = copy.query(
        "select distinct report, cause from {models}.reconciliation where status = 'not_comparable' "
        "and (period_start is null or period_end - period_start <= 31)"
    )
    assert set(incomparable) == {(report, "permission_missing") for report in reports}
    assert copy.query("select 1 from {models}.reconciliation where status = 'mismatch'") == []


def test_a_permission_given_later_fills_the_gap(open_copy):
    copy = open_copy(keys=NARROW_KEYS)
    result = copy.sync(key="without-invoices")
    assert result.status is ExitStatus.DIFFERENCES
    assert {(each.check_name, each.resource) for each in result.findings.rows} == {
        ("permission_missing", "invoices")
    }
    copy.sync_and_prove()


def test_a_refused_key_is_an_error_and_leaves_the_warehouse_as_it_was(copy):
    before = copy.fingerprint()
    result = copy.sync(key="revoked")
    assert result.status is ExitStatus.ERROR
    assert isinstance(result.companies[0].error, UnauthorizedError)
    assert "revoked" not in str(result.companies[0].error)
    assert copy.fingerprint() == before


def test_a_spent_day_ends_the_run_with_what_is_complete_and_the_next_run_finishes(open_copy):
    copy = open_copy(daily_limit=150, keys={"tomorrow": Grant(0)})
    result = copy.sync()
    midnight = pendulum.tomorrow("UTC").timestamp()
    assert (result.status, result.resets_at) == (ExitStatus.LIMIT_REACHED, pytest.approx(midnight, abs=2))
    assert copy.query("select count(*) from {raw}.invoices") == [(len(copy.emulator.books.all("invoices")),)]
    finished = copy.sync(key="tomorrow")
    assert (finished.status, finished.findings.rows) == (ExitStatus.DONE, ())
    assert finished.companies[0].books.budget.requests < 100


def test_a_start_date_leaves_out_what_is_older_and_says_that_balances_are_not_proved(open_copy):
    copy = open_copy()
    start = TODAY.start_of("month").subtract(months=6)
    result = copy.sync(start_date=start)
    assert result.status is ExitStatus.DONE
    assert [each.check_name for each in result.findings.rows] == ["partial_history"]
    assert copy.query("select min(date) >= %s from {raw}.transactions", start) == [(True,)]
    months = [
        match_count
        for match_count in result.match_counts
        if (match_count.report, match_count.kind) == ("profit_loss", "months")
    ]
    assert [match_count.matching > 0 for match_count in months] == [True]
    copy.sync_and_prove()


def test_a_window_asked_for_is_read_again_and_only_that(copy):
    window = Window(TODAY.subtract(months=20), TODAY.subtract(months=19))
    result = copy.sync_and_prove(Scope(window))
    reads = copy.query(
        'select "from", "to", reason from {raw}.sync_windows where resource = %s '
        "order by fetched_at desc limit 1",
        "invoices",
    )
    assert reads == [(window.start, window.end, "requested")]
    assert 0 < result.companies[0].outcome.records["transactions"] < 400


def test_one_resource_alone_can_be_read(open_copy):
    copy = open_copy()
    result = copy.sync(Scope(resources=("contacts",)))
    assert [each.check_name for each in result.findings.rows] == ["not_compared"]
    assert result.status is ExitStatus.DIFFERENCES
    assert copy.query("select count(*) from {raw}.contacts") == [(65,)]
    assert copy.query("select count(*) from {raw}.transactions") == [(0,)]
