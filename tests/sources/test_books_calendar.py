import datetime as dt
import itertools

from accbooks_warehouse.sources.accbooks.books_calendar import calendar_of_months
from accbooks_warehouse.sources.accbooks.tables.reports import requests_for
from hypothesis import given
from hypothesis import strategies as st

TODAY = dt.date(2026, 11, 28)
days = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))


def texts(periods):
    return [f"{each.start} {each.end}" for each in periods]


def test_a_posting_centuries_away_has_its_month_and_one_stretch_beside_it():
    calendar = calendar_of_months([dt.date(206, 1, 3), dt.date(9999, 12, 31)], TODAY, "03-31")
    assert texts(calendar.months) == [
        "0206-01-01 0206-01-31",
        "2026-11-01 2026-11-30",
        "9999-12-01 9999-12-31",
    ]
    assert texts(calendar.stretches) == ["0206-02-01 2026-10-31", "2026-12-01 9999-11-30"]
    assert texts(calendar.years) == [
        "0205-04-01 0206-03-31",
        "2026-04-01 2027-03-31",
        "9999-04-01 9999-12-31",
    ]
    assert calendar.closing_date_of(calendar.years[0]) == dt.date(206, 1, 31)


@given(posted=st.sets(days, max_size=20), year_end=st.sampled_from(["03-31", "04-05", "02-29", None]))
def test_months_and_stretches_tile_the_days_and_cost_depends_on_postings_alone(posted, year_end):
    calendar = calendar_of_months(posted, TODAY, year_end)
    tiles = sorted([*calendar.months, *calendar.stretches])
    assert all(before.end.add(days=1) == after.start for before, after in itertools.pairwise(tiles))
    wanted = requests_for(calendar)
    assert sum(map(len, wanted.values())) <= 10 * (len(posted) + 1)
