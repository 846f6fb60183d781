"""Which reports a sync fetches: four years of books to 15 January 2026, the year ending on 31 March."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.sync.due_reports import Evidence, Schedule, due_reports
from accbooks_warehouse.sources.accbooks.books_calendar import Calendar, calendar_of_months
from accbooks_warehouse.sources.accbooks.periods import months
from accbooks_warehouse.sources.accbooks.tables.reports import ReportRequest, requests_for
from hypothesis import given
from hypothesis import strategies as st


def calendar_between(first: dt.date | None, until: dt.date, year_end: str | None) -> Calendar:
    """Return the periods of books with postings in every month from the first; None if there is none."""
    posted = [month.start for month in months(first, until)] if first else []
    return calendar_of_months(posted, until, year_end)


NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
RECENT = dt.date(2025, 12, 1)
CALENDAR = calendar_between(dt.date(2022, 4, 1), dt.date(2026, 1, 15), "03-31")
YEARLY = {dt.date(year, 3, 31) for year in (2023, 2024, 2025)}
"""The last year is not over, and the books have no month of March 2026."""
ENDS = {dt.date(2025, 11, 30), dt.date(2026, 1, 31)}
DAILY = Schedule(dt.timedelta(0), dt.timedelta(hours=24))
SELDOM = Schedule(dt.timedelta(days=999), dt.timedelta(days=999))


def evidence(
    *changed: dt.date,
    age: dt.timedelta = dt.timedelta(hours=1),
    overtaken: frozenset[Any] = frozenset(),
    without: frozenset[Any] = frozenset(),
    calendar: Calendar = CALENDAR,
) -> Evidence:
    """Every report was fetched `age` ago, but for those `without`."""
    keys = {
        (name, each.start, each.end) for name, wanted in requests_for(calendar).items() for each in wanted
    }
    fetched = dict.fromkeys(keys - without, NOW - age)
    return Evidence(fetched, overtaken, frozenset(changed), RECENT, NOW, NOW)


def asked(requests: dict[str, list[ReportRequest]]) -> dict[str, set[dt.date]]:
    """Return the ends of what is due; months and years of profit and loss apart."""
    profits = requests["profit_loss"]
    return {
        "trial_balance": {each.end for each in requests["trial_balance"]},
        "balance_sheet": {each.end for each in requests["balance_sheet"]},
        "months": {each.end for each in profits if each.end == (each.start or each.end).end_of("month")},
        "years": {each.end for each in profits if each.end != (each.start or each.end).end_of("month")},
    }


def test_books_never_certified_are_asked_for_every_report() -> None:
    nothing = Evidence({}, frozenset(), frozenset(), RECENT, NOW, NOW)
    assert due_reports(CALENDAR, nothing, DAILY) == requests_for(CALENDAR)
    assert len(CALENDAR.months) == len(due_reports(CALENDAR, nothing, SELDOM)["trial_balance"]) == 46


def test_where_nothing_changed_the_closing_balances_are_asked_for_and_the_years() -> None:
    assert asked(due_reports(CALENDAR, evidence(), DAILY)) == {
        "trial_balance": ENDS | YEARLY,
        "balance_sheet": set(),
        "months": set(),
        "years": YEARLY,
    }
    assert asked(due_reports(CALENDAR, evidence(), SELDOM)) == {
        "trial_balance": ENDS,
        "balance_sheet": set(),
        "months": set(),
        "years": set(),
    }


@pytest.mark.parametrize(("hours", "is_due"), [(1, False), (21, False), (22, True), (24, True), (1000, True)])
def test_the_months_are_certified_when_their_evidence_is_nearly_a_day_old(
    hours: int, *, is_due: bool
) -> None:
    requests = due_reports(CALENDAR, evidence(age=dt.timedelta(hours=hours)), DAILY)
    assert (len(requests["trial_balance"]) == len(CALENDAR.months)) is is_due
    assert requests["balance_sheet"] == []


def test_a_depth_is_reached_at_once_when_asked_for() -> None:
    years = Schedule(SELDOM.years_every, SELDOM.months_every, Depth.years)
    months = Schedule(SELDOM.years_every, SELDOM.months_every, Depth.months)
    assert asked(due_reports(CALENDAR, evidence(), years))["trial_balance"] == ENDS | YEARLY
    assert len(due_reports(CALENDAR, evidence(), months)["trial_balance"]) == len(CALENDAR.months)
    assert asked(due_reports(CALENDAR, evidence(), months))["years"] == set()


def test_a_year_is_asked_for_by_itself_unless_the_month_of_its_end_is_asked_for() -> None:
    held = evidence(age=dt.timedelta(hours=24))
    fresh = ("trial_balance", None, dt.date(2024, 3, 31))
    held = replace(held, fetched={**held.fetched, fresh: NOW})
    assert asked(due_reports(CALENDAR, held, DAILY))["years"] == {dt.date(2024, 3, 31)}


def test_a_recent_change_is_proved_by_every_report_from_its_month_on() -> None:
    assert asked(due_reports(CALENDAR, evidence(dt.date(2026, 1, 1)), SELDOM)) == {
        "trial_balance": ENDS,
        "balance_sheet": {dt.date(2026, 1, 31)},
        "months": {dt.date(2026, 1, 31)},
        "years": {dt.date(2026, 3, 31)},
    }


def test_an_old_change_is_proved_in_its_month_and_its_year_and_among_the_recent_months() -> None:
    recent = {dt.date(2025, 12, 31), dt.date(2026, 1, 31)}
    assert asked(due_reports(CALENDAR, evidence(dt.date(2023, 6, 1)), SELDOM)) == {
        "trial_balance": {dt.date(2023, 6, 30), *ENDS, *recent},
        "balance_sheet": {dt.date(2023, 6, 30), *recent},
        "months": {dt.date(2023, 6, 30), *recent},
        "years": {dt.date(2024, 3, 31), dt.date(2026, 3, 31)},
    }


def test_what_a_change_has_overtaken_waits_for_the_months_unless_it_is_recent() -> None:
    old, recent = (
        ("balance_sheet", None, dt.date(2023, 6, 30)),
        ("balance_sheet", None, dt.date(2025, 12, 31)),
    )
    overtaken = frozenset({old, recent})
    assert asked(due_reports(CALENDAR, evidence(overtaken=overtaken), SELDOM))["balance_sheet"] == {recent[2]}
    a_day = dt.timedelta(hours=24)
    assert asked(due_reports(CALENDAR, evidence(overtaken=overtaken, age=a_day), DAILY))["balance_sheet"] == {
        old[2],
        recent[2],
    }


def test_changes_alone_are_proved_in_their_months_today_and_at_the_end_of_the_books() -> None:
    """What lies between was overtaken, and waits for a sync."""
    dated_ahead = calendar_between(dt.date(2022, 4, 1), dt.date(2026, 3, 20), "03-31")
    overtaken = frozenset({("trial_balance", None, dt.date(2025, 12, 31))})
    changed = evidence(dt.date(2025, 11, 1), overtaken=overtaken, calendar=dated_ahead)
    due = asked(due_reports(dated_ahead, changed, Schedule.of_changes()))
    assert due["trial_balance"] == {dt.date(2025, 11, 30), dt.date(2026, 1, 31), dt.date(2026, 3, 31)}


def test_where_balances_prove_nothing_every_profit_and_loss_is_asked_for() -> None:
    partial = replace(evidence(age=dt.timedelta(hours=24)), balances_are_comparable=False)
    assert due_reports(CALENDAR, partial, DAILY)["profit_loss"] == requests_for(CALENDAR)["profit_loss"]
    recent = replace(evidence(), balances_are_comparable=False)
    assert asked(due_reports(CALENDAR, recent, DAILY))["years"] == {each.end for each in CALENDAR.years}


def test_what_this_sync_fetched_itself_is_not_asked_for_again() -> None:
    fresh = evidence(age=dt.timedelta(0))
    assert not any(due_reports(CALENDAR, fresh, DAILY).values())


def test_what_this_sync_fetched_holds_whatever_the_records_it_had_read_before_have_changed() -> None:
    changed = evidence(
        dt.date(2026, 1, 1), overtaken=frozenset({("trial_balance", None, dt.date(2026, 1, 31))})
    )
    today = ("trial_balance", None, dt.date(2026, 1, 31))
    of_this_sync = replace(changed, fetched={**changed.fetched, today: NOW})
    without = {**asked(due_reports(CALENDAR, changed, SELDOM))}
    assert today[2] in without["trial_balance"]
    without["trial_balance"] -= {today[2]}
    assert asked(due_reports(CALENDAR, of_this_sync, SELDOM)) == without


def test_a_report_that_is_missing_is_asked_for_whatever_the_schedule() -> None:
    missing = ("profit_loss", dt.date(2024, 5, 1), dt.date(2024, 5, 31))
    requests = due_reports(CALENDAR, evidence(without=frozenset({missing})), SELDOM)
    assert [(each.start, each.end) for each in requests["profit_loss"]] == [missing[1:]]


def test_a_year_that_ends_within_a_month_is_proved_at_that_months_end() -> None:
    calendar = calendar_between(dt.date(2023, 1, 1), dt.date(2026, 1, 15), "04-05")
    requests = asked(due_reports(calendar, evidence(calendar=calendar), DAILY))
    assert requests["trial_balance"] == ENDS | {dt.date(year, 4, 30) for year in (2023, 2024, 2025)}
    assert requests["years"] == {dt.date(year, 4, 5) for year in (2023, 2024, 2025)}
    at_once = Schedule(SELDOM.years_every, SELDOM.months_every, Depth.months)
    assert asked(due_reports(calendar, evidence(calendar=calendar), at_once))["years"] == requests["years"]


def test_books_without_a_posting_are_proved_by_the_reports_of_this_month() -> None:
    month = ReportRequest(pendulum.date(2026, 1, 31))
    assert requests_for(calendar_between(None, dt.date(2026, 1, 15), "03-31")) == {
        "trial_balance": [month],
        "balance_sheet": [month],
        "profit_loss": [ReportRequest(pendulum.date(2026, 1, 31), pendulum.date(2026, 1, 1))],
    }


def test_a_year_that_ends_in_an_empty_stretch_is_proved_by_the_balance_before_it() -> None:
    posted = [dt.date(2022, 12, 1), dt.date(2025, 6, 1)]
    calendar = calendar_of_months(posted, dt.date(2026, 1, 15), "03-31")
    found = asked(due_reports(calendar, evidence(calendar=calendar), DAILY))
    assert found["years"] == {dt.date(2023, 3, 31)}
    assert dt.date(2022, 12, 31) in found["trial_balance"]


@given(changed=st.sets(st.sampled_from([month.start for month in CALENDAR.months])))
def test_every_report_a_recent_change_reaches_into_is_due(changed: set[dt.date]) -> None:
    requests = due_reports(CALENDAR, evidence(*changed), SELDOM)
    first = min(changed, default=dt.date.max)
    for name, wanted in requests_for(CALENDAR).items():
        for each in wanted:
            if each.end >= RECENT and first <= each.end:
                assert each in requests[name]
