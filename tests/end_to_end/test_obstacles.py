"""Bad records, missing permissions, bad reports and bad pages: the rest is loaded, and it is said."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.emulator.settings import Grant
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks.errors import UnauthorizedError
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.windows import Window
from copies import TINY, Copy, assert_proved

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


def rejected(result: SyncResult, record: Record) -> list[str]:
    """Return what a sync said of a record in quarantine."""
    return [
        each.message
        for each in result.findings.rows
        if (each.check_name, each.record_id) == ("rejected_record", record["id"])
    ]


BAD_RECORDS = [
    ("transactions", {"currency": ["GBP"]}, "currency is not text: ['GBP']"),
    ("transactions", {"date": None}, "date is missing"),
    ("transactions", {"date": "2026-02-30"}, "date is not a day of the calendar: '2026-02-30'"),
    ("transactions", {"id": None}, "id is missing"),
    ("invoices", {"line_items": [{"net_amount": "?"}]}, "line_items 1: nominal_code is missing"),
    ("journals", {"lines": "none"}, "lines is not a list"),
]


@dataclass(frozen=True)
class Quarantine:
    """Records that nobody can type, what two syncs said of them, and the sync after they were mended."""

    recent: tuple[tuple[str, Record], ...]
    old: Record
    undated: tuple[Record, Record]
    rejected_at_once: frozenset[tuple[str, str]]
    held_at_once: frozenset[str]
    found_in_all: SyncResult
    found_again: SyncResult
    after_mending: SyncResult
    rejected_after_mending: tuple[Any, ...]


@pytest.fixture(scope="module")
def quarantine(copy) -> Quarantine:
    """Break old records, then ones of these days, then mend all but one, which goes; sync after each.

    As long as some are broken, nothing is read again for what differs: test_healing.py is about that.
    """
    books = copy.emulator.books
    old, gone, mended = (deepcopy(each) for each in sales_years_ago(copy)[:3])
    books.put("transactions", {**old, "currency": ["GBP"]}, old["id"])
    for good in (gone, mended):
        books.put("transactions", {**good, "date": "0000"}, good["id"])
    found_in_all = copy.sync(Scope(Window()), heal_budget=0.0)

    recent: list[tuple[str, Record]] = []
    for resource, change, _ in BAD_RECORDS:
        taken = [each["id"] for _, each in recent]
        good = deepcopy(copy.recent(resource, lambda record, taken=taken: record["id"] not in taken))
        recent.append((resource, good))
        books.put(resource, {**good, **change}, good["id"])
    found_again = copy.sync(heal_budget=0.0)
    rejected_at_once = frozenset(
        (resource, reason)
        for resource, identifier, reason in copy.query(
            "select resource, id, reason from {raw}.rejected_records"
        )
        if identifier not in {each["id"] for each in (old, gone, mended)}
    )
    held = [copy.query(f"select id from {{raw}}.{resource}") for resource in dict(recent)]

    for resource, good in (*recent, ("transactions", old), ("transactions", mended)):
        books.put(resource, good, good["id"])
    books.remove("transactions", gone["id"])
    after_mending = copy.sync()
    return Quarantine(
        recent=tuple(recent),
        old=old,
        undated=(gone, mended),
        rejected_at_once=rejected_at_once,
        held_at_once=frozenset(identifier for rows in held for (identifier,) in rows),
        found_in_all=found_in_all,
        found_again=found_again,
        after_mending=after_mending,
        rejected_after_mending=tuple(copy.query("select resource, id, reason from {raw}.rejected_records")),
    )


def sales_years_ago(copy) -> list[Record]:
    """Return transactions dated before the lookback by more than a year, the latest first."""
    before = str(TODAY.subtract(days=500))
    return [each for each in copy.emulator.books.all("transactions") if str(each["date"]) < before][::-1]


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("postgres")
def test_records_that_cannot_be_typed_are_quarantined_each_with_its_reason(quarantine):
    assert quarantine.found_again.status is ExitStatus.DIFFERENCES
    assert quarantine.rejected_at_once == {(resource, reason) for resource, _, reason in BAD_RECORDS}
    assert quarantine.held_at_once.isdisjoint(record["id"] for _, record in quarantine.recent)


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("postgres")
def test_an_old_record_in_quarantine_is_said_to_be_read_again_although_its_day_is_not_due(quarantine):
    old = quarantine.old
    said = (
        f"Transaction {old['id']}, dated {old['date']}, is not in the warehouse: currency is not text: "
        "['GBP']. Correct it in AccBooks; the next sync reads it again."
    )
    for result in (quarantine.found_in_all, quarantine.found_again):
        assert rejected(result, old) == [said]


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("postgres")
def test_a_rejected_record_without_a_date_is_asked_for_by_its_id(quarantine):
    for good in quarantine.undated:
        assert rejected(quarantine.found_in_all, good) != []
        said = (
            f"Transaction {good['id']} is not in the warehouse: date is not a YYYY-MM-DD date: '0000'. "
            "Correct it in AccBooks; a sync asks for it by its id, for ten such records a run."
        )
        assert rejected(quarantine.found_again, good) == [said]


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("postgres")
def test_records_that_are_mended_come_back_without_reading_everything(quarantine):
    assert_proved(quarantine.after_mending)
    assert quarantine.rejected_after_mending == ()


def synced_together(
    copy: Copy, *companies: Company, announce: Callable[[str], None] = lambda _: None
) -> dict[str, SyncResult]:
    """Sync companies of one warehouse in one run; return what was said of each alone, by its name."""
    sync = Sync(copy.warehouse, copy.transforms, Scope(), progress=NoRunProgress(), announce=announce)
    result = sync.run(companies)
    return {
        company.name: SyncResult(
            (company,),
            tuple(each for each in result.match_counts if each.company_id == company_id),
            Findings(tuple(each for each in result.findings.rows if each.company_id == company_id)),
        )
        for company in result.companies
        for company_id in [company.books.company_id]
    }


@pytest.fixture(scope="module")
def of_empty_books(open_module_copy) -> dict[str, SyncResult]:
    """What is said of two companies whose lists hold nothing; reports of the second show a journal."""
    copy = open_module_copy(size="empty", companies=2)
    hiding = copy.emulator.all_books[1]
    line = {"nominal_code": "4000", "description": "", "debit": Decimal(0), "credit": Decimal(5)}
    lines = [line, {**line, "nominal_code": "1200", "debit": Decimal(5), "credit": Decimal(0)}]
    journal = {"id": "jnl_1", "date": str(TODAY), "type": "manual", "reference": "", "description": ""}
    hiding.put("journals", {**journal, "lines": lines})
    hiding.stores["journals"] = type(hiding.stores["journals"])("date")
    settings = [Settings(key, copy.emulator.base_url) for key in copy.emulator.keys]
    return synced_together(copy, Company("empty", settings[0]), Company("hiding", settings[1]))


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.nightly
def test_books_without_a_record_are_compared_too(of_empty_books):
    result = of_empty_books["empty"]
    assert (result.status, result.findings.rows) == (ExitStatus.DONE, ())
    assert [
        (match_count.report, match_count.periods, match_count.matching) for match_count in result.match_counts
    ] == [
        ("trial_balance", 1, 1),
        ("profit_loss", 1, 1),
        ("balance_sheet", 1, 1),
    ]


def test_lists_that_hide_what_the_reports_show_are_no_equality(of_empty_books):
    result = of_empty_books["hiding"]
    assert result.status is ExitStatus.DIFFERENCES
    assert {each.check_name for each in result.findings.rows} == {"report_differs"}
    assert {each.found for each in result.findings.rows} == {None}


@pytest.mark.nightly
def test_a_year_end_that_moves_leaves_no_period_of_the_old_one_open(copy):
    copy.emulator.books.company |= {"financial_year_end": "06-30"}
    copy.sync_and_prove()


@pytest.mark.parametrize(
    ("permission", "reports"),
    [
        ("bank_accounts", {"trial_balance", "balance_sheet"}),
        pytest.param("contacts", set(), marks=pytest.mark.soak),
        pytest.param("company", {"trial_balance", "balance_sheet"}, marks=pytest.mark.soak),
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


@dataclass(frozen=True)
class Gaps:
    """What is said of a company whose key may not read invoices, and of one with a start date.

    A third key may read contacts alone at first, so that its company's id is not known.
    """

    at_first: dict[str, SyncResult]
    is_read_from_the_start: bool
    at_last: dict[str, SyncResult]
    announced: list[str]


@pytest.fixture(scope="module")
def gaps(open_module_copy) -> Gaps:
    """Sync both companies with what is missing, and without."""
    keys = NARROW_KEYS | {"contacts-alone": Grant(2, frozenset({"contacts:read"}))}
    copy = open_module_copy(companies=3, keys=keys, **TINY)
    start = TODAY.start_of("month").subtract(months=6)
    url, (key, second_key, third_key) = copy.emulator.base_url, copy.emulator.keys
    announced: list[str] = []
    at_first = synced_together(
        copy,
        Company("narrow", Settings("without-invoices", url)),
        Company("young", Settings(second_key, url, start_date=start)),
        Company("nameless", Settings("contacts-alone", url)),
        announce=announced.append,
    )
    ((is_read_from_the_start,),) = copy.query(
        "select min(date) >= %s from {raw}.transactions where company_id = %s",
        start,
        at_first["young"].companies[0].books.company_id,
    )
    at_last = synced_together(
        copy,
        Company("narrow", Settings(key, url)),
        Company("young", Settings(second_key, url)),
        Company("nameless", Settings(third_key, url)),
        announce=announced.append,
    )
    return Gaps(at_first, is_read_from_the_start, at_last, announced)


@pytest.mark.nightly
def test_a_permission_given_later_fills_the_gap(gaps):
    narrow = gaps.at_first["narrow"]
    assert narrow.status is ExitStatus.DIFFERENCES
    assert {(each.check_name, each.resource) for each in narrow.findings.rows} == {
        ("permission_missing", "invoices")
    }
    assert_proved(gaps.at_last["narrow"])


@pytest.mark.nightly
def test_what_was_read_under_a_name_while_no_id_was_known_is_said_to_be_left(gaps):
    assert gaps.at_first["nameless"].companies[0].company_id == "nameless"
    assert gaps.at_last["nameless"].companies[0].company_id == "comp_3"
    assert_proved(gaps.at_last["nameless"])
    (said,) = [each for each in gaps.announced if "under the name" in each]
    assert said == (
        "What was read under the name 'nameless' is read again under the id comp_3. Remove what is left of "
        "the name with `accbooks forget nameless`."
    )


@pytest.mark.nightly
def test_a_start_date_leaves_out_what_is_older_and_says_that_balances_are_not_proved(gaps):
    young = gaps.at_first["young"]
    assert young.status is ExitStatus.DONE
    assert [each.check_name for each in young.findings.rows] == ["partial_history"]
    assert gaps.is_read_from_the_start
    months = [
        match_count
        for match_count in young.match_counts
        if (match_count.report, match_count.kind) == ("profit_loss", "months")
    ]
    assert [match_count.matching > 0 for match_count in months] == [True]


@pytest.mark.nightly
def test_what_is_older_than_a_start_date_comes_when_the_date_is_taken_away(gaps):
    assert_proved(gaps.at_last["young"])


def test_a_refused_key_is_an_error_and_leaves_the_warehouse_as_it_was(copy):
    before = copy.fingerprint()
    result = copy.sync(key="revoked")
    assert result.status is ExitStatus.ERROR
    assert isinstance(result.companies[0].error, UnauthorizedError)
    assert "revoked" not in str(result.companies[0].error)
    assert copy.fingerprint() == before


@pytest.mark.nightly
def test_a_spent_day_ends_the_run_with_what_is_complete_and_the_next_run_finishes(open_copy):
    copy = open_copy(daily_limit=30, keys={"tomorrow": Grant(0)}, **TINY)
    result = copy.sync()
    midnight = pendulum.tomorrow("UTC").timestamp()
    assert (result.status, result.resets_at) == (ExitStatus.LIMIT_REACHED, pytest.approx(midnight, abs=2))
    assert copy.query("select count(*) from {raw}.invoices") == [(len(copy.emulator.books.all("invoices")),)]
    finished = copy.sync(key="tomorrow")
    assert (finished.status, finished.findings.rows) == (ExitStatus.DONE, ())
    assert finished.companies[0].books.budget.requests < 30


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


@pytest.mark.nightly
def test_one_resource_alone_can_be_read(open_copy):
    copy = open_copy(**TINY)
    result = copy.sync(Scope(resources=("contacts",)))
    assert [each.check_name for each in result.findings.rows] == ["not_compared"]
    assert result.status is ExitStatus.DIFFERENCES
    assert copy.query("select count(*) from {raw}.contacts") == [(len(copy.emulator.books.all("contacts")),)]
    assert copy.query("select count(*) from {raw}.transactions") == [(0,)]
