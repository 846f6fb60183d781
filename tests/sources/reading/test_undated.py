"""Rejected records without a date are asked for by their ids."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS
from accbooks_warehouse.sources.accbooks.reading.bookmark import Bookmark
from accbooks_warehouse.sources.accbooks.reading.books import Books, open_books
from accbooks_warehouse.sources.accbooks.reading.load_request import LoadRequest
from accbooks_warehouse.sources.accbooks.reading.undated import MOST_LOOKED_UP, look_up
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.windows import Window


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(EmulatorSettings(plan="enterprise", port=0, size="empty")) as running_one:
        for identifier, date in (("dated", "2020-02-29"), ("undated", "soon"), ("b?c#d %", "2020-03-01")):
            journal = {"id": identifier, "date": date, "type": "manual", "lines": []}
            running_one.books.put("journals", journal, identifier)
        yield running_one


def books_of(emulator: Emulator, **options: Any) -> Books:
    return open_books(Settings(emulator.key, emulator.base_url), **options)


def bookmarks(*undated: str) -> Mapping[str, Bookmark]:
    found = {endpoint.name: Bookmark({}) for endpoint in ENDPOINTS}
    found["journals"].note_rejects([], undated, [])
    return found


def days(bookmark: Bookmark, books: Books) -> list[str]:
    (journals,) = (endpoint for endpoint in ENDPOINTS if endpoint.name == "journals")
    due = bookmark.due(journals, books.request)
    return [str(each.window.start) for each in due if each.reason == "rejected"]


def test_one_that_is_gone_is_told_and_the_day_of_one_that_is_dated_now_is_read(emulator: Emulator) -> None:
    books, marks = books_of(emulator), bookmarks("dated", "undated", "gone", "b?c#d %", "", "..", "a/b")
    marks["journals"]._state["synced_on"] = "2026-01-01"  # noqa: SLF001 - else all is read
    assert look_up(books, LoadRequest(books.request), marks) == {"journals": {"gone"}}
    assert days(marks["journals"], books) == ["2020-02-29", "2020-03-01"]


def test_no_more_are_asked_for_than_ten_in_a_run_and_each_has_its_turn(emulator: Emulator) -> None:
    wanted = [f"gone_{number:02}" for number in range(25)]
    books, asked = books_of(emulator), set()
    for day in range(5):
        on_day = replace(books, opened_at=pendulum.datetime(2026, 4, 1).add(days=day))
        found = look_up(on_day, LoadRequest(books.request), bookmarks(*wanted))["journals"]
        assert len(found) == MOST_LOOKED_UP == 10
        asked |= found
    assert asked == set(wanted)


def test_a_sync_of_certain_days_asks_for_none(emulator: Emulator) -> None:
    books = books_of(emulator, window=Window())
    assert look_up(books, LoadRequest(books.request), bookmarks("gone")) == {}
