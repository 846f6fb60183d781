"""A few requests a day: every day lands something, until everything is there and compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from copies import Copy, Record

pytestmark = pytest.mark.long

LISTS = ("transactions", "invoices", "journals", "contacts", "bank_accounts")
REPORTS = ("trial_balance", "balance_sheet", "profit_loss")
FEW, LIMIT = 5, 12
LONGEST = 30


def day(copy: Copy, **settings: Any) -> bool:
    """Load what a day's requests allow; tell whether the limit ended it."""
    copy.emulator.statistics.reset()
    (entry,) = copy.load(**settings).companies
    assert entry.books is not None
    copy.emulator.arm(Fault("spend", requests=-int(copy.emulator.settings.daily_limit or 0), day=True))
    return entry.limit_reached is not None


def asked(copy: Copy, *names: str) -> int:
    """Return how many requests the last day took for these lists or reports."""
    paths = {name: f"/v1/{name}" for name in LISTS} | {
        name: f"/v1/reports/{name.replace('_', '-')}" for name in REPORTS
    }
    return sum(copy.emulator.statistics.by_path[paths[name]] for name in names)


def held(copy: Copy) -> int:
    return sum(copy.query(f"select count(*) from {{raw}}.{name}")[0][0] for name in LISTS)


def in_the_books(copy: Copy) -> int:
    return sum(len(copy.emulator.books.all(name)) for name in LISTS)


def compared(copy: Copy) -> set[tuple[Any, ...]]:
    start, end = copy.warehouse.quoted("from"), copy.warehouse.quoted("to")
    return set(
        copy.query(
            f"select resource, {start}, {end} from {{raw}}.sync_windows where resource in (%s, %s, %s)",
            *REPORTS,
        )
    )


def kept(copy: Copy, resource: str) -> list[int]:
    if not copy.warehouse.has_table("accbooks_raw", "kept_pages"):
        return []
    pages = copy.query("select page from {raw}.kept_pages where resource = %s order by page", resource)
    return [page for (page,) in pages]


@pytest.mark.databases("duckdb")
def test_every_day_lands_something_until_all_is_in_and_then_compares_what_was_not_compared(
    open_copy: Callable[..., Copy],
) -> None:
    copy = open_copy(size="tiny", minute_limit=1_000, daily_limit=FEW)
    landed, days = 0, 0
    while landed < in_the_books(copy):
        assert day(copy)
        before, landed, days = landed, held(copy), days + 1
        assert landed > before
        assert landed == in_the_books(copy) or not asked(copy, *REPORTS)
        assert copy.emulator.statistics.by_path["/v1/company"] == 1
    assert days <= 2 * -(-7 // FEW) + 2
    for _ in range(3):
        before_compared = compared(copy)
        assert day(copy)
        assert asked(copy, *LISTS) == 0
        assert len(compared(copy)) == len(before_compared) + FEW - 1
    assert held(copy) == in_the_books(copy)
    assert kept(copy, "transactions") == []


def contact(number: int) -> Record:
    return {"id": f"cust_{number}", "type": "customer", "name": f"Customer {number}", "is_active": True}


def with_many(copy: Copy, resource: str, record: Callable[[int], Record], count: int) -> Copy:
    for number in range(count):
        copy.emulator.books.put(resource, record(10_000 + number))
    return copy


@pytest.mark.long_on("postgres")
def test_a_list_without_dates_is_kept_page_by_page_and_lands_whole(open_copy: Callable[..., Copy]) -> None:
    copy = with_many(
        open_copy(size="tiny", minute_limit=1_000, daily_limit=LIMIT), "contacts", contact, 2_400
    )
    pages = []
    while not pages or pages[-1]:
        day(copy)
        pages.append(len(kept(copy, "contacts")))
    assert pages == [*sorted(pages[:-1]), 0]
    assert len(pages) == 3
    assert copy.query("select count(*), count(distinct id) from {raw}.contacts") == [
        (len(copy.emulator.books.all("contacts")),) * 2
    ]


@pytest.mark.databases("duckdb")
def test_pages_kept_of_a_list_that_changes_are_read_anew(open_copy: Callable[..., Copy]) -> None:
    copy = with_many(
        open_copy(size="tiny", minute_limit=1_000, daily_limit=LIMIT), "contacts", contact, 1_500
    )
    day(copy)
    assert len(kept(copy, "contacts")) > 6
    copy.emulator.books.remove("contacts", "cust_10003")
    copy.emulator.books.put("contacts", contact(99_999))
    for _ in range(3):
        day(copy)
    ids = {identifier for (identifier,) in copy.query("select id from {raw}.contacts")}
    assert ids == {each["id"] for each in copy.emulator.books.all("contacts")}
    assert kept(copy, "contacts") == []


@pytest.mark.nightly
@pytest.mark.databases("duckdb")
def test_a_single_day_that_is_larger_than_the_budget_lands_whole(open_copy: Callable[..., Copy]) -> None:
    copy = open_copy(size="tiny", minute_limit=1_000, daily_limit=LIMIT)
    template = copy.emulator.books.all("journals")[0]
    with_many(copy, "journals", lambda number: template | {"id": f"jnl_{number}"}, 2_000)
    days = 0
    while not days or held(copy) < in_the_books(copy):
        assert day(copy)
        days += 1
        assert days < LONGEST
    assert copy.query("select count(*) from {raw}.journals") == [(len(copy.emulator.books.all("journals")),)]
    assert kept(copy, "journals") == []


@pytest.mark.databases("duckdb")
@pytest.mark.soak
def test_a_whole_first_sync_of_small_books_on_fifty_requests_a_day_is_proved(
    open_copy: Callable[..., Copy],
) -> None:
    copy = open_copy(minute_limit=1_000, daily_limit=50)
    statuses = []
    while not statuses or statuses[-1] is ExitStatus.LIMIT_REACHED:
        result = copy.sync()
        assert [company.error for company in result.companies] == [None]
        statuses.append(result.status)
        copy.emulator.arm(Fault("spend", requests=-50, day=True))
        assert len(statuses) < LONGEST
    assert statuses[-1] is ExitStatus.DONE
    assert all(match_count.matching == match_count.periods for match_count in result.match_counts)
    assert len(statuses) <= 2 * 2 + 2 + 2 * 3 + 2
