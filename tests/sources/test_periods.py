import datetime as dt
import itertools

import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.periods import Period, financial_years, months
from hypothesis import given
from hypothesis import strategies as st

year_ends = st.dates().map(lambda day: f"{day:%m-%d}")


@st.composite
def spans(draw: st.DrawFn, longest: int = 4000) -> tuple[dt.date, dt.date]:
    first = draw(st.dates(dt.date(2, 1, 1), dt.date(9000, 1, 1)))
    return first, first + dt.timedelta(days=draw(st.integers(0, longest)))


def days(text: str) -> Period:
    start, end = text.split()
    return Period(pendulum.Date.fromisoformat(start), pendulum.Date.fromisoformat(end))


@pytest.mark.parametrize(
    ("year_end", "day", "year"),
    [
        ("03-31", "2026-03-31", "2025-04-01 2026-03-31"),
        ("03-31", "2026-04-01", "2026-04-01 2027-03-31"),
        ("12-31", "2026-12-31", "2026-01-01 2026-12-31"),
        ("12-31", "2027-01-01", "2027-01-01 2027-12-31"),
        ("04-05", "2026-04-05", "2025-04-06 2026-04-05"),
        ("04-05", "2026-04-06", "2026-04-06 2027-04-05"),
        ("02-28", "2024-02-28", "2023-03-01 2024-02-28"),
        ("02-28", "2024-02-29", "2024-02-29 2025-02-28"),
        ("02-28", "2023-03-01", "2023-03-01 2024-02-28"),
        ("02-29", "2024-02-29", "2023-03-01 2024-02-29"),
        ("02-29", "2023-02-28", "2022-03-01 2023-02-28"),
        ("02-29", "2023-03-01", "2023-03-01 2024-02-29"),
    ],
)
def test_a_day_lies_in_the_financial_year_its_literal_end_says(year_end: str, day: str, year: str) -> None:
    date = dt.date.fromisoformat(day)
    assert financial_years(year_end, date, date) == [days(year)]


@given(year_end=year_ends, span=spans())
def test_financial_years_tile_the_days_without_gap_or_overlap(
    year_end: str, span: tuple[dt.date, dt.date]
) -> None:
    first, last = span
    years = financial_years(year_end, first, last)
    assert years[0].start <= first <= years[0].end
    assert years[-1].start <= last <= years[-1].end
    assert all(before.end.add(days=1) == after.start for before, after in itertools.pairwise(years))
    assert {(year.end - year.start).days + 1 for year in years} <= {365, 366}


@given(year_end=year_ends, span=spans())
def test_every_financial_year_ends_on_the_literal_day_or_the_last_of_a_short_february(
    year_end: str, span: tuple[dt.date, dt.date]
) -> None:
    ends = {f"{year.end:%m-%d}" for year in financial_years(year_end, *span)}
    assert ends <= ({year_end} if year_end != "02-29" else {"02-29", "02-28"})


@pytest.mark.parametrize(
    "year_end", [None, "", "00-31", "13-01", "03-00", "03-32", "3-31", "03-31 ", "31 March", "٠٣-٣١"]
)
def test_a_year_end_that_is_no_day_gives_no_years(year_end: str | None) -> None:
    assert financial_years(year_end, dt.date(2024, 1, 1), dt.date(2026, 1, 1)) == []


@given(spans())
def test_months_tile_the_days_without_gap_or_overlap(span: tuple[dt.date, dt.date]) -> None:
    first, last = span
    periods = months(first, last)
    assert periods[0].start == first.replace(day=1)
    assert (periods[-1].start.year, periods[-1].start.month) == (last.year, last.month)
    assert all(before.end.add(days=1) == after.start for before, after in itertools.pairwise(periods))
    assert all(period.start.day == 1 and period.end.month == period.start.month for period in periods)


def test_months_of_a_leap_winter() -> None:
    assert months(dt.date(2023, 12, 31), dt.date(2024, 2, 1)) == [
        days("2023-12-01 2023-12-31"),
        days("2024-01-01 2024-01-31"),
        days("2024-02-01 2024-02-29"),
    ]


def test_nothing_lies_between_a_last_day_and_an_earlier_one() -> None:
    assert months(dt.date(2024, 2, 1), dt.date(2024, 1, 31)) == []


def test_the_ends_of_the_calendar_are_counted_and_years_beyond_them_left_out() -> None:
    assert months(dt.date(9999, 12, 1), dt.date(9999, 12, 31)) == [days("9999-12-01 9999-12-31")]
    assert financial_years("12-31", dt.date(9999, 12, 31), dt.date(9999, 12, 31)) == [
        days("9999-01-01 9999-12-31")
    ]
    assert financial_years("03-31", dt.date(1, 1, 1), dt.date(1, 12, 1)) == [days("0001-04-01 0002-03-31")]
