"""What a list's bookmark says is due, before, during and after a sync."""

from typing import Any

import pytest
from accbooks_warehouse.sources.accbooks.endpoints import CONTACTS, INVOICES, Endpoint
from accbooks_warehouse.sources.accbooks.reading.bookmark import Bookmark, are_read_once
from accbooks_warehouse.sources.accbooks.windows import PlannedWindow, Request, Window

from pendulum import Date, date  # isort: skip

TODAY, TOMORROW = date(2026, 4, 10), date(2026, 4, 11)
LOOKBACK = Window(date(2026, 3, 6))
ALL = PlannedWindow(Window(), "first")


def due(
    state: dict[str, Any],
    request: Request | None = None,
    *,
    endpoint: Endpoint = INVOICES,
    resuming: Date | None = None,
) -> list[PlannedWindow]:
    return Bookmark(state).due(endpoint, request or Request(), resuming=resuming)


def begun(request: Request | None = None, *read: Window, on: Date = TODAY) -> dict[str, Any]:
    """Return the state of a sync that began, and read some windows."""
    state: dict[str, Any] = {}
    bookmark = Bookmark(state)
    bookmark.begin(bookmark.due(INVOICES, request or Request()), request or Request(), on)
    bookmark.was_read(read)
    return state


def until(*bounds: int) -> Window:
    return Window(None, date(*bounds))


def since(*bounds: int) -> Window:
    return Window(date(*bounds), None)


def test_a_list_never_read_is_read_whole() -> None:
    assert due({}) == [ALL]
    assert due({}, endpoint=CONTACTS) == [PlannedWindow(Window(), "whole")]
    assert due({}, Request(start_date=date(2024, 4, 1))) == [PlannedWindow(since(2024, 4, 1), "first")]


def test_a_sync_that_read_everything_is_complete_and_the_next_one_reads_the_lookback() -> None:
    state = begun(None, until(2024, 12, 31), since(2025, 1, 1))
    assert state == {"synced_on": "2026-04-10", "start_date": None}
    assert due(state) == [PlannedWindow(LOOKBACK, "lookback")]


def test_an_interrupted_sync_goes_on_the_same_day_with_what_it_had_not_read() -> None:
    state = begun(None, until(2024, 12, 31), Window(date(2025, 3, 1), date(2025, 3, 31)))
    assert Bookmark(state).was_interrupted_on(TODAY)
    assert due(state, resuming=TODAY) == [
        PlannedWindow(Window(date(2025, 1, 1), date(2025, 2, 28)), "first"),
        PlannedWindow(since(2025, 4, 1), "first"),
    ]


def test_what_the_interrupted_sync_completed_is_not_read_again_the_same_day() -> None:
    state = begun(None, Window())
    assert due(state, resuming=TODAY) == []
    assert due(state) == [PlannedWindow(LOOKBACK, "lookback")]
    assert due(state, resuming=TOMORROW) == [PlannedWindow(LOOKBACK, "lookback")]


def test_on_a_later_day_the_lookback_of_the_interrupted_sync_is_read_too() -> None:
    state = begun(None, since(2025, 1, 1))
    assert not Bookmark(state).was_interrupted_on(TOMORROW)
    assert due(state) == [
        PlannedWindow(until(2024, 12, 31), "first"),
        PlannedWindow(LOOKBACK, "lookback"),
    ]
    pending = begun(None, until(2024, 12, 31))
    assert due(pending) == [PlannedWindow(since(2025, 1, 1), "first")]


def test_the_sync_completed_on_a_later_day_counts_from_that_day() -> None:
    state = begun(None, since(2025, 1, 1))
    bookmark = Bookmark(state)
    bookmark.begin(due(state), Request(), TOMORROW)
    bookmark.was_read([until(2024, 12, 31)])
    assert "synced_on" not in state
    bookmark.was_read([LOOKBACK])
    assert state == {"synced_on": "2026-04-11", "start_date": None}


def test_what_a_sync_gave_up_is_tried_again_and_the_rest_is_due_as_ever() -> None:
    state = begun(None, until(2026, 4, 1), since(2026, 4, 3))
    Bookmark(state).give_up()
    assert not Bookmark(state).was_interrupted_on(TODAY)
    day = date(2026, 4, 2)
    assert due(state) == [
        PlannedWindow(Window(day, day), "first"),
        PlannedWindow(Window(LOOKBACK.start, date(2026, 4, 1)), "lookback"),
        PlannedWindow(since(2026, 4, 3), "lookback"),
    ]
    bookmark = Bookmark(state)
    bookmark.begin(due(state), Request(), TODAY)
    assert bookmark.was_interrupted_on(TODAY)
    bookmark.was_read([LOOKBACK])
    assert state == {"synced_on": "2026-04-10", "start_date": None}


def test_a_forbidden_list_begins_anew() -> None:
    state = begun(None, since(2025, 1, 1))
    Bookmark(state).forget()
    assert due(state) == [ALL]


def test_books_are_read_once_when_a_sync_has_read_every_list_that_it_may_and_can() -> None:
    complete, cut_off, forbidden = begun(None, Window()), begun(None, since(2025, 1, 1)), begun()
    Bookmark(forbidden).forget()
    gave_up = begun(None, since(2026, 4, 3))
    Bookmark(gave_up).give_up()
    again = begun(None, Window())
    Bookmark(again).begin(due(again), Request(), TOMORROW)

    def read_once(*states: dict[str, Any]) -> bool:
        return are_read_once({str(number): Bookmark(state) for number, state in enumerate(states)})

    assert not read_once({}, {})
    assert not read_once({}, forbidden)
    assert not read_once(complete, cut_off)
    assert read_once(complete, forbidden, gave_up)
    assert read_once(complete, again)  # cut off, but not for the first time


def test_another_start_date_is_another_sync() -> None:
    state = begun(Request(start_date=date(2025, 1, 1)), since(2026, 1, 1))
    later, earlier = date(2025, 6, 1), date(2024, 1, 1)
    assert due(state, Request(start_date=later)) == [PlannedWindow(since(2025, 6, 1), "first")]
    assert due(state, Request(start_date=earlier)) == [PlannedWindow(since(2024, 1, 1), "first")]


@pytest.mark.parametrize(
    ("before", "now", "start"),
    [
        ("2025-01-01", "2024-01-01", "2024-01-01"),
        ("2025-01-01", "2025-06-01", "2025-01-01"),
        (None, "2025-06-01", None),
        ("2025-01-01", None, None),
    ],
)
def test_a_later_start_date_does_not_take_back_what_is_there(
    before: str | None, now: str | None, start: str | None
) -> None:
    state = {"synced_on": "2026-04-09", "start_date": before}
    bookmark = Bookmark(state)
    request = Request(start_date=Date.fromisoformat(now) if now else None)
    bookmark.begin(bookmark.due(INVOICES, request), request, TODAY)
    bookmark.was_read([Window()])
    assert state == {"synced_on": "2026-04-10", "start_date": start}


def test_a_window_asked_for_is_read_and_the_sync_under_way_is_as_far_as_it_was() -> None:
    january = Window(date(2025, 1, 1), date(2025, 1, 31))
    request = Request(january)
    state = begun(None, since(2025, 1, 16))
    assert due(state, request) == [PlannedWindow(january, "requested")]
    bookmark = Bookmark(state)
    bookmark.begin(due(state, request), request, TODAY)
    bookmark.was_read([january])
    assert bookmark.pending == [PlannedWindow(until(2024, 12, 31), "first")]
    untouched: dict[str, Any] = {}
    Bookmark(untouched).begin(due(untouched, request), request, TODAY)
    Bookmark(untouched).was_read([january])
    assert untouched == {}


def test_days_of_rejected_records_are_read_again_but_are_no_part_of_the_sync() -> None:
    state = begun(None, Window())
    bookmark = Bookmark(state)
    bookmark.note_rejects({"2024-02-29", "2026-04-01"}, ["inv_7"], [Window()])
    day = Window(date(2024, 2, 29), date(2024, 2, 29))
    windows = due(state)
    assert windows == [PlannedWindow(LOOKBACK, "lookback"), PlannedWindow(day, "rejected")]
    assert bookmark.undated_rejects == {"inv_7"}
    bookmark.begin(windows, Request(), TODAY)
    assert bookmark.pending == windows[:1]
    bookmark.note_rejects(set(), [], [LOOKBACK])
    assert state["rejected_on"] == ["2024-02-29"]
    bookmark.note_rejects(set(), [], [day])
    assert (state["rejected_on"], bookmark.undated_rejects) == ([], frozenset())


def test_days_whose_pages_never_agreed_are_read_again_in_one_window_until_they_were_read() -> None:
    state = begun(None, Window())
    bookmark = Bookmark(state)
    days = [date(2024, 2, 27), date(2024, 2, 28), date(2024, 2, 29)]
    bookmark.note_never_agreed([Window(day, day) for day in days], [])
    february = Window(days[0], days[2])
    assert due(state) == [PlannedWindow(LOOKBACK, "lookback"), PlannedWindow(february, "reread")]
    bookmark.begin(due(state), Request(), TOMORROW)
    bookmark.was_read([LOOKBACK])
    assert state["synced_on"] == "2026-04-11"  # complete without them
    bookmark.note_never_agreed([], [LOOKBACK, Window(days[1], days[1])])
    assert [each.window for each in due(state)[1:]] == [Window(days[0], days[0]), Window(days[2], days[2])]
    bookmark.note_never_agreed([], [february])
    assert "never_agreed" not in state


def test_days_before_the_start_date_are_not_read_again_though_they_never_agreed() -> None:
    state = begun(None, Window())
    Bookmark(state).note_never_agreed([until(2024, 2, 29)], [])
    begins_within = due(state, Request(start_date=date(2024, 2, 1)))
    assert begins_within[1:] == [PlannedWindow(Window(date(2024, 2, 1), date(2024, 2, 29)), "reread")]
    assert [each.reason for each in due(state, Request(start_date=date(2025, 1, 1)))] == ["lookback"]
    assert due(state)[1:] == [PlannedWindow(until(2024, 2, 29), "reread")]


def test_windows_that_a_sync_gave_up_are_read_again_together() -> None:
    state = begun()
    Bookmark(state).cut(Window(), [until(2024, 12, 31), since(2025, 1, 1)])
    Bookmark(state).give_up()
    assert due(state) == [ALL]


def test_no_more_than_some_days_of_rejected_records_are_read_again_in_one_run() -> None:
    state = begun(None, Window())
    Bookmark(state).note_rejects({f"2024-01-{day:02}" for day in range(1, 32)}, [], [])
    assert len(due(state)) == 1 + 20


def test_more_days_of_rejected_records_have_their_turn_run_after_run() -> None:
    state = begun(None, Window())
    days = {f"2024-01-{day:02}" for day in range(1, 32)}
    Bookmark(state).note_rejects(days, [], [])
    read: set[str] = set()
    for _ in range(2):
        windows = [each.window for each in due(state) if each.reason == "rejected"]
        assert windows == sorted(windows, key=lambda each: each.days)
        read |= {str(each.start) for each in windows}
        Bookmark(state).note_rejects({str(each.start) for each in windows}, [], windows)
    assert read == days
    assert set(state["rejected_on"]) == days
    Bookmark(state).read_again(date(2024, 1, 9))
    assert Window(date(2024, 1, 9), date(2024, 1, 9)) in [each.window for each in due(state)]
