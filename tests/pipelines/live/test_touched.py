"""Which days, records and months events touch."""

from __future__ import annotations

import datetime as dt

import pendulum
from accbooks_warehouse.pipelines.live.touched import (
    Touched,
    is_covered,
    is_touched,
    touched,
    windows_of_days,
)
from accbooks_warehouse.sources.accbooks import WebhookEvent, Window
from hypothesis import given
from hypothesis import strategies as st

DAY = dt.date(2026, 3, 31)


def event(resource: str, record_id: str, *dates: dt.date) -> WebhookEvent:
    return WebhookEvent("evt", "type", "comp_1", resource, record_id, frozenset(dates))


def test_an_event_touches_its_days_and_the_one_that_is_known():
    moved = event("invoices", "inv_1", DAY, dt.date(2025, 1, 2))
    found = touched([moved], {"invoices": {"inv_1": dt.date(2024, 6, 30)}})
    assert found.days == {"invoices": {DAY, dt.date(2025, 1, 2), dt.date(2024, 6, 30)}}
    assert found.months == {dt.date(2026, 3, 1), dt.date(2025, 1, 1), dt.date(2024, 6, 1)}
    assert found.requests == 3


def test_days_before_the_copy_begins_are_read_only_if_a_record_is_there():
    early, since = dt.date(2023, 5, 1), dt.date(2024, 1, 1)
    moved = event("invoices", "inv_1", DAY, early)
    assert touched([moved], {}, since).days == {"invoices": {DAY}}
    assert touched([moved], {"invoices": {"inv_1": early}}, since).days == {"invoices": {DAY, early}}
    assert touched([event("invoices", "inv_1", early)], {}, since) == Touched()


def test_a_contact_is_a_single_record_and_touches_no_month():
    found = touched([event("contacts", "cust_1"), event("contacts", "cust_1")], {})
    assert (found.single, found.months, found.requests) == ({"contacts": {"cust_1"}}, frozenset(), 1)


def test_a_record_without_a_date_is_asked_for_and_its_known_day_is_read():
    found = touched([event("journals", "jnl_1")], {"journals": {"jnl_1": DAY}})
    assert found.undated == {"journals": {"jnl_1"}}
    assert found.days == {"journals": {DAY}}
    assert found.and_days({"journals": frozenset({dt.date(2026, 4, 1)})}).windows == {
        "journals": [Window(dt.date(2026, 3, 31), dt.date(2026, 4, 1))]
    }


def test_days_that_no_books_have_are_no_dates():
    found = touched([event("invoices", "inv_1", dt.date.min, dt.date.max)], {})
    assert (found.days, found.undated) == ({}, {"invoices": {"inv_1"}})


def test_an_event_of_an_unknown_type_touches_nothing():
    assert touched([WebhookEvent("evt", "payrun.created", "comp_1")], {}) == Touched()


def test_neighbouring_days_are_one_window():
    days = [dt.date(2026, 1, 31), dt.date(2026, 2, 1), dt.date(2026, 2, 3)]
    assert windows_of_days(days) == [Window(days[0], days[1]), Window(days[2], days[2])]


def test_the_first_and_the_last_day_there_are_make_windows():
    days = [dt.date.min, dt.date.max]
    assert windows_of_days(days) == [Window(day, day) for day in days]


@given(st.sets(st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))))
def test_windows_hold_exactly_the_days(days):
    windows = windows_of_days(days)
    held = [
        window.start.add(days=number)
        for window in windows
        for number in range((window.end - window.start).days + 1)
    ]
    assert held == sorted(days)


def test_an_event_touches_days_that_it_names_or_on_which_its_record_is_known():
    march = (dt.date(2026, 3, 1), DAY)
    known = {"invoices": {"inv_1": dt.date(2026, 3, 2)}}
    elsewhere = event("invoices", "inv_1", dt.date(2026, 4, 1))
    assert is_touched(event("invoices", "inv_9", DAY), "invoices", march, {})
    assert is_touched(elsewhere, "invoices", march, known)
    assert not is_touched(elsewhere, "invoices", march, {})
    assert not is_touched(event("invoices", "inv_9", DAY), "journals", march, known)
    assert is_touched(event("invoices", "inv_9"), "invoices", march, {})
    assert is_touched(elsewhere, "invoices", (None, None), {})


def test_a_sync_covers_what_it_read():
    recent = Window(pendulum.date(2026, 3, 1))
    read = {"invoices": [Window(pendulum.date(2026, 1, 5), pendulum.date(2026, 1, 5)), recent]}
    assert is_covered(event("invoices", "inv_1", DAY), read, None)
    assert is_covered(event("invoices", "inv_1", DAY, dt.date(2026, 1, 5)), read, DAY)
    assert not is_covered(event("invoices", "inv_1", DAY, dt.date(2026, 2, 28)), read, None)
    assert not is_covered(event("invoices", "inv_1", DAY), read, dt.date(2026, 2, 28))
    assert not is_covered(event("invoices", "inv_1"), read, None)
    assert not is_covered(event("journals", "jnl_1", DAY), read, None)
    assert not is_covered(event("contacts", "cust_1"), read, None)
    assert is_covered(event("contacts", "cust_1"), {"contacts": [Window()]}, None)
