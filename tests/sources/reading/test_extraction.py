"""Packages of a pass, from a reader that yields what a test scripts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.api.client import Client
from accbooks_warehouse.sources.accbooks.api.pages import WindowRead
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS, INVOICES, JOURNALS
from accbooks_warehouse.sources.accbooks.errors import UnauthorizedError, UnstableWindowError
from accbooks_warehouse.sources.accbooks.reading import extraction
from accbooks_warehouse.sources.accbooks.reading.bookmark import Bookmark
from accbooks_warehouse.sources.accbooks.reading.books import Books
from accbooks_warehouse.sources.accbooks.reading.due import Bookmarks, due_windows
from accbooks_warehouse.sources.accbooks.reading.extraction import Extraction, PackageSize
from accbooks_warehouse.sources.accbooks.reading.load_request import LoadRequest
from accbooks_warehouse.sources.accbooks.reading.progress import NoProgress
from accbooks_warehouse.sources.accbooks.reading.window_reader import Finished
from accbooks_warehouse.sources.accbooks.tables.kept_pages import KeptPages, days_of
from accbooks_warehouse.sources.accbooks.windows import Request, Window

from pendulum import date  # isort: skip

AT = pendulum.datetime(2026, 4, 10, tz="UTC")
EARLIER, LATER = Window(None, date(2025, 12, 31)), Window(date(2026, 1, 1))
Script = Callable[[], Iterator[Finished]]


def journal(number: int, day: str) -> bytes:
    return b'{"id": "jnl_%d", "date": "%s", "lines": []}' % (number, day.encode())


def read_of(window: Window, count: int = 2) -> Finished:
    day = "2025-06-01" if window == EARLIER else "2026-02-01"
    read = WindowRead(window, [journal(number, day) for number in range(count)], 1, 1, AT)
    return Finished(JOURNALS, "first", read)


def books_of() -> Books:
    client = cast("Client", SimpleNamespace(budget=SimpleNamespace(close=lambda: None)))
    return Books(client, "c", {"id": "c"}, Request(), AT, NoProgress())


def request_of(*lists: str, days: Request | None = None, keeps: bool = True) -> LoadRequest:
    return LoadRequest(days or Request(), lists or None, keeps_what_is_complete=keeps)


def passing(request: LoadRequest | None = None, size: PackageSize | None = None) -> Extraction:
    return Extraction(books_of(), request or request_of(), size or PackageSize())


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], None]:
    """Return a function that sets what the reader of the next pass yields."""

    def script(read: Script) -> None:
        reader = SimpleNamespace(read=lambda _: read())
        monkeypatch.setattr(extraction, "Reader", lambda *_: reader)

    monkeypatch.setattr(extraction, "RECORDS_AHEAD", 0)
    return script


def bookmarks(**states: dict[str, Any]) -> Bookmarks:
    return {endpoint.name: Bookmark(states.get(endpoint.name, {})) for endpoint in ENDPOINTS}


def test_a_package_ends_with_the_window_that_reaches_its_records(script: Any) -> None:
    script(lambda: iter([read_of(EARLIER), read_of(LATER)]))
    passed = passing(size=PackageSize(records=2))
    marks = bookmarks()
    assert passed.package(marks)["journals"].windows == [EARLIER]
    assert passed.is_under_way
    assert [each.window for each in marks["journals"].pending] == [LATER]
    assert passed.package(marks)["journals"].windows == [LATER]
    assert passed.package(marks) == {}
    assert (passed.is_under_way, marks["journals"].pending) == (False, [])


def test_a_package_ends_with_the_window_that_reaches_its_bytes(
    script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "MOST_BYTES_OF_PACKAGE", 1000)
    large = [
        replace(read_of(each), read=replace(cast("Any", read_of(each).read), size=1000))
        for each in (EARLIER, LATER)
    ]
    script(lambda: iter(large))
    passed = passing()
    assert [passed.package(bookmarks())["journals"].windows for _ in range(2)] == [[EARLIER], [LATER]]


def test_a_package_ends_in_time_whatever_its_windows_hold(script: Any) -> None:
    asked = []

    def slow() -> Iterator[Finished]:
        yield read_of(EARLIER, 0)
        asked.append(1)
        yield read_of(LATER, 0)

    script(slow)
    passed = passing(size=PackageSize(records=10, seconds=0))
    assert [passed.package(bookmarks())["journals"].windows for _ in range(2)] == [[EARLIER], [LATER]]


@pytest.mark.parametrize(
    ("size", "remaining", "roomy"),
    [
        (PackageSize(records=10), 3, [3]),
        (PackageSize(records=10), 2, []),
        (PackageSize(records=10), None, [3]),
        (PackageSize(records=2), 3, []),
        (PackageSize(), None, [3]),
    ],
)
def test_a_package_has_room_for_what_the_minute_has_if_it_is_the_last(
    script: Any, size: PackageSize, remaining: int | None, roomy: list[int]
) -> None:
    script(lambda: iter([read_of(EARLIER), read_of(LATER, 0)]))
    passed = passing(size=size)
    cast("Any", passed.books.budget).remaining = remaining
    passed.package(bookmarks())
    assert [requests for requests in [3] if passed.can_include(requests)] == roomy


def test_of_an_unknown_limit_a_package_takes_only_a_few_requests(script: Any) -> None:
    script(lambda: iter([read_of(EARLIER), read_of(LATER, 0)]))
    passed = passing(size=PackageSize(records=10))
    cast("Any", passed.books.budget).remaining = None
    passed.package(bookmarks())
    assert [requests for requests in [10, 11] if passed.can_include(requests)] == [10]


@pytest.mark.parametrize("error", [UnauthorizedError("no"), RuntimeError("unforeseen")])
def test_what_is_complete_when_a_pass_stops_is_kept_where_it_can_be(script: Any, error: Exception) -> None:
    def stopped() -> Iterator[Finished]:
        yield read_of(EARLIER)
        raise error

    script(stopped)
    passed, marks = passing(), bookmarks()
    assert passed.package(marks)["journals"].windows == [EARLIER]
    assert (passed.is_under_way, passed.outcome.failure) == (False, error)
    assert marks["journals"].was_interrupted_on(AT.date())
    with pytest.raises(type(error)):
        passing(request_of(keeps=False)).package(bookmarks())


def test_pages_kept_of_days_that_contradict_themselves_are_dropped(script: Any) -> None:
    june = Window(date(2025, 6, 1), date(2025, 6, 30))
    error = UnstableWindowError("no", "no", "journals", (june.start, june.end))

    def contradicted() -> Iterator[Finished]:
        yield Finished(JOURNALS, "first", None, error, june, 3)
        yield read_of(LATER)
        raise UnauthorizedError("no")  # what ends a pass drops all that it kept

    script(contradicted)
    kept = KeptPages({}, AT)
    held = {("journals", EARLIER): kept, ("journals", LATER): kept, ("invoices", EARLIER): kept}
    passed = passing(replace(request_of(), kept_pages=held))
    passed.package(bookmarks())
    changed = passed.kept_pages.change(is_first=False).scope
    assert days_of(EARLIER) in changed
    assert "invoices" not in changed


def interrupted(**states: dict[str, Any]) -> Bookmarks:
    """Return bookmarks of a sync of today that read contacts, and nothing yet of the journals."""
    done = {"synced_on": "2026-04-10", "start_date": None}
    pending = {"pending": [[None, None, "first"]], "begun_on": "2026-04-10", "begun_from": None}
    lists = {"contacts": dict(done), "bank_accounts": dict(done), "transactions": dict(done)}
    return bookmarks(**(lists | {"invoices": dict(done), "journals": pending} | states))


def test_a_load_reads_all_lists_unless_some_or_none_are_named() -> None:
    names = [endpoint.name for endpoint in ENDPOINTS]
    assert [each for each in names if LoadRequest().includes(each)] == names
    assert [each for each in names if LoadRequest(lists=["journals"]).includes(each)] == ["journals"]
    assert [each for each in names if LoadRequest(lists=()).includes(each)] == []
    assert LoadRequest(lists=names).is_full_sync
    assert not LoadRequest(lists=()).is_full_sync


def test_an_interrupted_sync_is_resumed_by_one_of_everything() -> None:
    assert {endpoint.name for endpoint, _ in due_windows(books_of(), request_of(), interrupted())} == {
        "journals"
    }


def test_a_sync_of_some_lists_reads_what_is_due_of_them() -> None:
    planned = due_windows(books_of(), request_of("contacts", "invoices"), interrupted())
    assert [(endpoint.name, plan.reason) for endpoint, plan in planned] == [
        ("contacts", "whole"),
        ("invoices", "lookback"),
    ]


@pytest.mark.parametrize(
    "request_", [request_of("invoices"), request_of(days=Request(Window(date(2026, 4, 1), None)))]
)
def test_a_sync_of_something_else_leaves_an_interrupted_one_as_it_was(
    script: Any, request_: LoadRequest
) -> None:
    script(lambda: iter([Finished(INVOICES, "lookback", WindowRead(LATER, [], 1, 1, AT))]))
    marks = interrupted()
    passing(request_).package(marks)
    assert marks["journals"].was_interrupted_on(AT.date())
