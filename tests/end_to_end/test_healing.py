"""What was edited years back is found by AccBooks' reports, read again and logged; the rest by scrubbing.

The tests share one copy: each leaves it equal to the books, whatever ran before.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.emulator.reports import trial_balance
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import stored_company_ids
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.findings import Finding
from accbooks_warehouse.pipelines.queries.old_days import old_stretches
from accbooks_warehouse.pipelines.queries.reconciliation import Line, differences
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.scrub import ROUND_DAYS
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks.reading.progress import NoProgress
from accbooks_warehouse.sources.accbooks.windows import Window
from dlt.destinations.exceptions import DatabaseTerminalException
from dlt.destinations.job_client_impl import SqlJobClientBase, SqlLoadJob

pytestmark = pytest.mark.long

Record = dict[str, Any]
TODAY = pendulum.today("UTC").date()
POUND = Decimal("1.00")
MONTHS = Scope(certify=Depth.months)
NEVER = 1_000_000.0
"""Hours: by then nobody certifies anything."""
MOST_REQUESTS = 12


def is_card_sale(record: Record) -> bool:
    return (
        record["type"] == "money_in"
        and record["invoice_id"] is None
        and record["status"] == "posted"
        and record["currency"] == "GBP"
    )


def is_counter_sale(record: Record) -> bool:
    return is_card_sale(record) and record["nominal_code"] == "4002"


def in_month(year: int, month: int) -> Any:
    return lambda record: str(record["date"]).startswith(f"{year}-{month:02d}")


def found(copy: Any, resource: str, *conditions: Any) -> Record:
    """Return the first record of the books that meets all conditions."""
    records = copy.emulator.books.all(resource)
    return deepcopy(next(each for each in records if all(condition(each) for condition in conditions)))


def with_higher_amount(record: Record, amount: Decimal = POUND) -> Record:
    return {
        **record,
        "amount": record["amount"] + amount,
        "net_amount": record["net_amount"] + amount,
    }


def changes(copy: Any, *records: Record) -> list[tuple[Any, ...]]:
    """Return what the log says of records, the latest first."""
    rows = []
    for record in records:
        rows += copy.query(
            "select change, cast(old_document_date as varchar), cast(new_document_date as varchar), "
            "old_amount, new_amount, is_period_closed from {models}.change_log "
            "where record_id = %s order by seen_at desc",
            record["id"],
        )[:1]
    return rows


def assert_equal_every_month(copy: Any) -> None:
    ours: dict[date, set[tuple[str, Decimal]]] = {}
    for as_at, code, amount in copy.query(
        "select as_at, nominal_code, debit - credit from {models}.trial_balance where debit <> credit"
    ):
        ours.setdefault(as_at, set()).add((code, amount))
    assert len(ours) > 40
    for as_at, held in ours.items():
        lines = trial_balance(copy.emulator.books, as_at, "now")["lines"]
        assert held == {(line["nominal_code"], line["debit"] - line["credit"]) for line in lines}, as_at


def prove(copy: Any, scope: Scope | None = None) -> SyncResult:
    """Sync, and assert that every line of every report compared is equal."""
    result: SyncResult = copy.sync(scope)
    assert result.findings.errors == ()
    assert result.status is ExitStatus.DONE
    return result


def causes(copy: Any, result: SyncResult) -> set[str | None]:
    """Return why lines differ, of which each is a finding and nothing else of the reports is."""
    lines = differences(copy.warehouse, stored_company_ids(copy.warehouse))
    assert sorted(map(key_of_line, result.findings.differing)) == sorted(map(key_of_line, lines))
    return {line.cause for line in lines}


def key_of_line(line: Finding | Line) -> tuple[str, ...]:
    return tuple(map(str, (line.report, line.period_start, line.period_end, line.nominal_code)))


def years_ago(years: int) -> int:
    return TODAY.year - years


@pytest.mark.soak_on("postgres")
def test_each_kind_of_edit_years_back_is_found_and_logged_at_once(copy):
    dear = found(copy, "transactions", is_card_sale, in_month(years_ago(3), 9))
    renamed = found(copy, "transactions", is_counter_sale, in_month(years_ago(3), 10))
    within = found(copy, "transactions", is_card_sale, in_month(years_ago(3), 6))
    across = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 2))
    gone = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 7))
    void = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 9))
    rated = found(
        copy,
        "invoices",
        lambda each: each["currency"] != "GBP" and each["status"] == "paid" and each["type"] == "sales",
        lambda each: str(each["date"]) < f"{years_ago(1)}-01-01",
    )
    month_gone = in_month(years_ago(2), 11)
    vanished = [
        (resource, record)
        for resource in ("transactions", "invoices", "journals")
        for record in copy.emulator.books.all(resource)
        if month_gone(record)
    ]
    copy.put("transactions", with_higher_amount(dear))
    copy.put(
        "transactions", {**renamed, "nominal_code": "4000" if renamed["nominal_code"] != "4000" else "4001"}
    )
    copy.put("transactions", {**within, "date": f"{years_ago(3)}-08-20"})
    copy.put("transactions", {**across, "date": f"{years_ago(2)}-05-20"})
    copy.emulator.books.remove("transactions", gone["id"])
    copy.put("transactions", {**void, "status": "void"})
    copy.put("invoices", {**rated, "exchange_rate": rated["exchange_rate"] + Decimal("0.05")})
    copy.put("transactions", {**dear, "id": "txn_late", "date": f"{years_ago(3)}-12-05"})
    for resource, record in vanished:
        copy.emulator.books.remove(resource, record["id"])
    result = prove(copy, MONTHS)
    assert_equal_every_month(copy)
    assert changes(copy, dear, within, across, gone, void, {"id": "txn_late"}) == [
        ("changed", dear["date"], dear["date"], dear["amount"], dear["amount"] + POUND, True),
        ("changed", within["date"], f"{years_ago(3)}-08-20", within["amount"], within["amount"], True),
        ("changed", across["date"], f"{years_ago(2)}-05-20", across["amount"], across["amount"], True),
        ("deleted", gone["date"], None, gone["amount"], None, True),
        ("changed", void["date"], void["date"], void["amount"], void["amount"], True),
        ("added", None, f"{years_ago(3)}-12-05", None, dear["amount"], True),
    ]
    assert [change for change, *_ in changes(copy, renamed, rated)] == ["changed", "changed"]
    assert {change for change, *_ in changes(copy, *(record for _, record in vanished))} == {"deleted"}
    assert result.companies[0].healing.report_requests == 0  # every month-end was asked for already


@pytest.mark.nightly
@pytest.mark.databases("duckdb")
def test_an_edit_is_found_by_the_closing_balances_alone_for_a_handful_of_requests(copy):
    seldom = {"certify_years_every": NEVER, "certify_months_every": NEVER}
    unchanged = copy.load(**seldom)
    record = found(copy, "transactions", is_card_sale, in_month(years_ago(3), 7))
    copy.put("transactions", with_higher_amount(record))
    result = copy.sync(**seldom)
    spent = [each.companies[0].books.budget.requests for each in (unchanged, result)]
    assert spent[1] - spent[0] <= MOST_REQUESTS
    assert result.status is ExitStatus.DONE
    assert_equal_every_month(copy)
    assert copy.query(
        "select distinct cause, explanation from {models}.reconciliation "
        "where cause is not null and explanation like %s",
        f"%{record['id']}%",
    ) == [
        (
            "late_edit",
            f"transactions {record['id']} changed: {record['amount']} to {record['amount'] + POUND}",
        )
    ]


def a_day_later(copy: Any) -> None:
    """Make everything that was read a day older."""
    copy.execute("update {raw}.sync_windows set fetched_at = fetched_at - interval '1 day'")


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_months_show_what_years_do_not_and_scrubbing_within_a_week_what_no_report_shows(copy):
    moved = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 5))
    day = f"{years_ago(2)}-06-20"
    sales = [deepcopy(each) for each in copy.emulator.books.all("transactions") if is_counter_sale(each)]
    hidden = first, second, third = [each for each in sales if in_month(years_ago(3), 11)(each)][:3]
    copy.put("transactions", {**moved, "date": day})
    copy.put("transactions", with_higher_amount(first, POUND))
    copy.put("transactions", with_higher_amount(second, -POUND))
    copy.put("transactions", {**third, "description": "something else"})
    assert copy.sync().status is ExitStatus.DONE
    assert changes(copy, moved, *hidden) == []
    assert_every_year_is_certified_since(copy, prove(copy, MONTHS).companies[0].books.opened_at)
    assert [each[:3] for each in changes(copy, moved)] == [("changed", moved["date"], day)]
    assert_equal_every_month(copy)
    assert changes(copy, *hidden) == []
    copy.execute("update {raw}.sync_windows set fetched_at = fetched_at - interval '8 days'")
    descriptions = f"select description from {{raw}}.transactions where id = '{third['id']}'"
    copy.load(scrub_share=0.0)
    assert copy.query("select count(*) from {raw}.sync_windows where reason = 'scrub'") == [(0,)]
    assert copy.query(descriptions) == [(third["description"],)]
    for _ in range(ROUND_DAYS):
        prove(copy)
        if changes(copy, *hidden):
            break
        a_day_later(copy)
    assert [change for change, *_ in changes(copy, *hidden)] == ["changed"] * 3
    assert copy.query("select count(*) from {raw}.sync_windows where reason = 'scrub'") > [(0,)]
    assert copy.query(
        "select new_description from {models}.change_log where record_id = %s", third["id"]
    ) == [("something else",)]


def assert_every_year_is_certified_since(copy: Any, opened_at: pendulum.DateTime) -> None:
    years = copy.query(
        "select period_end, certified_at >= %s from {models}.certificates where depth = 'years'", opened_at
    )
    assert len(years) >= 3
    assert [end for end, is_new in years if not is_new] == []


def cut_off_loads_of(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each load end when all is merged but the rows of a table, and nobody wrote that it arrived."""
    run = SqlLoadJob.run

    def run_for_others(job: SqlLoadJob) -> None:
        if job.job_file_info().table_name != table:
            run(job)

    def cut_off(*_: Any) -> None:
        raise DatabaseTerminalException(OSError("cut off"))

    monkeypatch.setattr(SqlLoadJob, "run", run_for_others)
    monkeypatch.setattr(SqlJobClientBase, "complete_load", cut_off)


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_reports_of_a_load_that_was_cut_off_prove_nothing(copy, monkeypatch):
    a_day_later(copy)
    record = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 8))
    moved = f"{years_ago(2)}-09-20"
    copy.put("transactions", {**record, "date": moved})
    with monkeypatch.context() as patch:
        cut_off_loads_of("trial_balance", patch)
        (company,) = copy.sync(MONTHS).companies
    assert "cut off" in str(company.error)
    arrived = "select load_id from {raw}._dlt_loads"
    lost = f"select count(*) from {{raw}}.sync_windows where _dlt_load_id not in ({arrived})"
    assert copy.query(f"{lost} and resource = 'trial_balance'") > [(40,)]
    prove(copy)
    assert [each[:3] for each in changes(copy, record)] == [("changed", record["date"], moved)]
    assert_equal_every_month(copy)


def day_of(record: Record) -> Scope:
    """Return the scope of a sync that reads the day of a record."""
    day = pendulum.Date.fromisoformat(str(record["date"]))
    return Scope(window=Window(day, day))


def assert_counted(copy: Any, result: SyncResult) -> None:
    """Assert that the requests healing took are written down: later syncs of the day take so many less."""
    company = result.companies[0]
    assert copy.query(
        "select sum(requests) from {raw}.sync_windows "
        "where sync_began_at = %s and reason in ('repair', 'probe')",
        company.books.opened_at,
    ) == [(company.healing.report_requests + company.healing.record_requests,)]
    assert company.healing.report_requests > 0


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_a_depth_that_was_asked_for_is_reached_whichever_lists_are_read(copy):
    result = copy.load(Scope(resources=("contacts",), certify=Depth.months))
    assert result.companies[0].outcome.records["trial_balance"] > 40


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_with_healing_switched_off_differences_stay_whatever_changes_later_and_suspects_are_named(copy):
    gone = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 10))
    moved = found(copy, "transactions", is_card_sale, in_month(years_ago(2), 5))
    earlier = found(copy, "transactions", is_card_sale, in_month(years_ago(3), 5))
    copy.emulator.books.remove("transactions", gone["id"])
    copy.put("transactions", {**moved, "date": f"{years_ago(2)}-06-21"})
    result = copy.sync(MONTHS, heal_budget=0.0)
    assert result.status is ExitStatus.DIFFERENCES
    assert causes(copy, result) == {"unexplained"}
    suspects = copy.query("select distinct source_id from {models}.reconciliation_suspects")
    assert {(gone["id"],), (moved["id"],)} <= set(suspects)
    differed = shown_by_months(copy)
    assert f"{years_ago(2)}-05-31" in differed

    copy.put("transactions", {**earlier, "description": "renamed, and that overtakes the reports held"})
    later = copy.sync(day_of(earlier), heal_budget=0.0)
    assert later.status is ExitStatus.DIFFERENCES
    assert causes(copy, later) == {"unexplained"}
    assert shown_by_months(copy) == differed

    assert_counted(copy, prove(copy))
    assert_equal_every_month(copy)
    assert copy.query("select count(*) from {models}.reconciliation_suspects") == [(0,)]
    assert copy.query(
        "select distinct cause from {models}.reconciliation where cause is not null and explanation like %s",
        f"%{gone['id']}%",
    ) == [("late_edit",)]  # another was changed, too
    history = copy.query(
        "select status from {models}.reconciliation_history where report = 'trial_balance' "
        "and nominal_code = '1200' and period_end = "
        "(select max(period_end) from {models}.reconciliation_history) order by checked_at"
    )
    assert [status for (status,) in history[-2:]] == ["mismatch", "match"]


def shown_by_months(copy: Any) -> set[str]:
    """Return the month-ends whose trial balance differs."""
    lines = differences(copy.warehouse, stored_company_ids(copy.warehouse))
    return {str(line.period_end) for line in lines if line.report == "trial_balance"}


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_an_edit_is_healed_beside_a_record_in_quarantine_which_is_not_taken_for_deleted(copy):
    unreadable = found(copy, "transactions", is_card_sale, in_month(years_ago(3), 3))
    edited = found(copy, "transactions", is_card_sale, in_month(years_ago(1), 3))
    copy.put("transactions", {**unreadable, "currency": ["GBP"]})
    result = copy.sync(replace(MONTHS, window=day_of(unreadable).window), heal_budget=0.0)
    assert result.status is ExitStatus.DIFFERENCES
    assert causes(copy, result) == {"rejected_record"}
    copy.put("transactions", with_higher_amount(edited))
    assert causes(copy, copy.sync()) == {"rejected_record"}
    assert [change for change, *_ in changes(copy, unreadable, edited)] == ["changed"]
    again = copy.sync()
    assert again.companies[0].healing.report_requests == 0  # what is known to differ is not looked for again
    copy.put("transactions", unreadable)
    prove(copy)
    assert_equal_every_month(copy)
    assert changes(copy, unreadable) == []


@pytest.mark.databases("duckdb")
@pytest.mark.soak
def test_the_first_document_of_empty_books_and_the_last_are_logged(copy, open_copy):
    sale = {
        **found(copy, "transactions", is_card_sale),
        "date": TODAY.subtract(days=3).to_date_string(),
        "contact_id": None,
        "account_id": 1001,
    }
    empty = open_copy(size="empty")
    assert empty.sync().status is ExitStatus.DONE
    bank = found(copy, "bank_accounts", lambda each: each["id"] == sale["account_id"])
    empty.put("bank_accounts", bank)
    empty.put("transactions", sale)
    assert empty.sync().status is ExitStatus.DONE
    empty.emulator.books.remove("transactions", sale["id"])
    assert empty.sync().status is ExitStatus.DONE
    empty.put("transactions", sale)
    assert empty.sync().status is ExitStatus.DONE
    assert empty.query("select change from {models}.change_log order by seen_at") == [
        ("added",),
        ("deleted",),
        ("added",),
    ]


class Editor(NoProgress):
    """Edits the books each time that one of some resources is about to be asked for."""

    def __init__(self, copy: Any, *resources: str, times: int) -> None:
        self._copy = copy
        self._resources = resources
        self._left = times

    def of(self, _: str) -> Editor:
        return self

    def started(self, resource: str) -> None:
        if resource in self._resources and self._left:
            self._left -= 1
            stamp = pendulum.now("UTC").add(seconds=1).to_iso8601_string()
            record = self._copy.recent("transactions", is_card_sale)
            self._copy.put("transactions", {**with_higher_amount(record), "updated_at": stamp})


def sync_edited_at(copy: Any, *resources: str, times: int) -> SyncResult:
    """Sync while the books are edited."""
    editor = Editor(copy, *resources, times=times)
    sync = Sync(copy.warehouse, copy.transforms, Scope(), progress=editor, announce=lambda _: None)
    return sync.run([copy.company()])


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_edits_between_records_and_reports_are_in_flight_if_they_go_on_and_else_read_before_anything_is_said(
    copy, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr("accbooks_warehouse.pipelines.sync.prove.MOST_STEPS", 1)  # of twenty, all alike
        result = sync_edited_at(copy, "trial_balance", "transactions", times=100)
    assert result.status is ExitStatus.DIFFERENCES
    assert causes(copy, result) == {"in_flight"}
    result = sync_edited_at(copy, "trial_balance", times=1)
    assert result.status is ExitStatus.DONE
    assert result.companies[0].healing.windows
    assert_equal_every_month(copy)


@pytest.mark.databases("duckdb")
@pytest.mark.soak
def test_after_many_random_edits_every_month_equals_the_books(copy):
    random = Random(1)  # noqa: S311 - nothing is kept secret
    for edits in (20, 80, 100):
        for _ in range(edits):
            edit_at_random(copy, random)
        prove(copy, MONTHS)
        assert_equal_every_month(copy)


def edit_at_random(copy: Any, random: Random) -> None:
    """Change, move, void, delete or add a document of any month."""
    books = copy.emulator.books
    record = deepcopy(random.choice([each for each in books.all("transactions") if is_card_sale(each)]))
    month = random.choice(sorted({str(each["date"])[:7] for each in books.all("transactions")}))
    match random.choice(["amount", "date", "void", "delete", "add", "nominal", "invoice", "journal"]):
        case "amount":
            books.put("transactions", with_higher_amount(record, Decimal(random.randint(1, 900)) / 100))
        case "date":
            books.put("transactions", {**record, "date": f"{month}-{random.randint(1, 25):02d}"})
        case "void":
            books.put("transactions", {**record, "status": "void"})
        case "delete":
            books.remove("transactions", record["id"])
        case "add":
            books.put("transactions", {**record, "id": f"txn_{random.random()}", "date": f"{month}-11"})
        case "nominal":
            books.put("transactions", {**record, "nominal_code": random.choice(["4000", "4001", "4002"])})
        case "invoice":
            invoice = deepcopy(random.choice(books.all("invoices")))
            books.put("invoices", {**invoice, "date": f"{month}-{random.randint(1, 25):02d}"})
        case "journal":
            books.remove("journals", random.choice(books.all("journals"))["id"])


@pytest.mark.soak_on("postgres")
def test_days_before_a_start_date_are_nobody_s_turn(copy):
    (company_id,) = stored_company_ids(copy.warehouse)
    start = pendulum.date(years_ago(1), 4, 15)
    stretches = old_stretches(copy.warehouse, company_id, TODAY, 35, start)
    assert min(stretch.period.start for stretch in stretches) == start
    assert {stretch.resource for stretch in stretches} == {"transactions", "invoices", "journals"}


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_nothing_older_than_the_start_date_is_read_again(open_copy):
    copy = open_copy()
    start = pendulum.date(years_ago(1), 4, 1)
    copy.sync(start_date=start)
    copy.put(
        "transactions",
        with_higher_amount(found(copy, "transactions", is_card_sale, in_month(years_ago(1), 8))),
    )
    result = copy.sync(MONTHS, start_date=start)
    assert result.status is ExitStatus.DONE
    ((earliest, repairs),) = copy.query(
        """select min("from"), count(*) from {raw}.sync_windows where reason = 'repair'"""
    )
    assert repairs > 0
    assert earliest >= start
