"""Which old days a sync reads again: those read longest ago, enough for a round in a week."""

import datetime as dt
from collections import Counter

import pendulum
from accbooks_warehouse.pipelines.queries.old_days import MOST_PAGES, Stretch, parts_of, read_times
from accbooks_warehouse.pipelines.queries.reads import LastRead
from accbooks_warehouse.pipelines.sync.scrub import ROUND_DAYS, oldest_windows
from accbooks_warehouse.sources.accbooks.periods import Period, months
from hypothesis import given
from hypothesis import strategies as st

NOW = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
QUARTER = months(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
JANUARY, FEBRUARY, MARCH = QUARTER


def stretch(resource: str, period: Period, days_ago: int, pages: int = 1) -> Stretch:
    return Stretch(resource, period, NOW - dt.timedelta(days=days_ago), pages)


def read(start: dt.date | None, end: dt.date | None, days_ago: int, resource: str = "invoices") -> LastRead:
    return LastRead(resource, start, end, NOW - dt.timedelta(days=days_ago))


def test_what_was_read_longest_ago_is_read_first() -> None:
    stretches = [
        stretch("invoices", JANUARY, 3),
        stretch("journals", MARCH, 9),
        stretch("invoices", FEBRUARY, 5),
    ]
    assert {
        name: [each.start for each in windows] for name, windows in oldest_windows(stretches, 2, 99).items()
    } == {
        "journals": [MARCH.start],
        "invoices": [FEBRUARY.start],
    }


def test_a_part_of_the_round_is_done_even_if_its_last_stretch_goes_beyond_it() -> None:
    large = stretch("invoices", JANUARY, 9, pages=8)
    assert oldest_windows([large], 1, 99) != {}
    assert oldest_windows([large], 1, 7) == {}
    assert oldest_windows([large], 0, 99) == {}


def test_the_share_is_never_passed() -> None:
    stretches = [stretch("invoices", month, 9, pages=4) for month in QUARTER]
    assert sum(map(len, oldest_windows(stretches, 99, 9).values())) == 2


def test_a_period_was_last_read_by_the_latest_windows_that_hold_it_whole() -> None:
    reads = [
        read(None, None, 9),
        read(dt.date(2026, 1, 20), None, 2),
        read(dt.date(2026, 2, 1), dt.date(2026, 2, 27), 1),
        read(None, None, 0, "journals"),
    ]
    assert read_times("invoices", QUARTER, reads) == {
        JANUARY: NOW - dt.timedelta(days=9),
        FEBRUARY: NOW - dt.timedelta(days=2),
        MARCH: NOW - dt.timedelta(days=2),
    }
    assert read_times("transactions", QUARTER, reads) == {}


def test_a_month_read_in_parts_was_read_with_the_part_that_waits_longest() -> None:
    reads = [read(None, dt.date(2026, 2, 10), 5), read(dt.date(2026, 2, 11), None, 3)]
    assert read_times("invoices", QUARTER, reads) == {
        JANUARY: NOW - dt.timedelta(days=5),
        FEBRUARY: NOW - dt.timedelta(days=5),
        MARCH: NOW - dt.timedelta(days=3),
    }


def test_a_month_of_many_pages_is_read_in_parts() -> None:
    assert parts_of(JANUARY, MOST_PAGES) == [JANUARY]
    assert parts_of(FEBRUARY, 2 * MOST_PAGES + 1) == [
        Period(pendulum.date(2026, 2, 1), pendulum.date(2026, 2, 9)),
        Period(pendulum.date(2026, 2, 10), pendulum.date(2026, 2, 18)),
        Period(pendulum.date(2026, 2, 19), pendulum.date(2026, 2, 28)),
    ]


@given(pages=st.lists(st.integers(1, 10), min_size=1, max_size=60))
def test_every_window_comes_round_within_a_week(pages: list[int]) -> None:
    """Each day's part is a sixth of the round, oldest first: after six days nothing is left."""
    start = pendulum.date(2020, 1, 1)
    periods = [Period(start.add(months=n), start.add(months=n).end_of("month")) for n in range(len(pages))]
    held = {
        period: stretch("invoices", period, 99, cost) for period, cost in zip(periods, pages, strict=True)
    }
    part = -(-sum(pages) // ROUND_DAYS)
    times = Counter[dt.date]()
    for day in range(ROUND_DAYS):
        for window in oldest_windows(list(held.values()), part, 10_000).get("invoices", []):
            (period,) = [each for each in held if each.start == window.start]
            held[period] = Stretch("invoices", period, NOW + dt.timedelta(days=day), held[period].pages)
            times[period.start] += 1
    assert set(times) == {period.start for period in periods}
