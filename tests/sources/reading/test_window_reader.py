"""Reading windows whole, against a stand-in for the client that serves scripted records by date."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast

import pytest
from accbooks_warehouse.sources.accbooks.api import pages
from accbooks_warehouse.sources.accbooks.api.client import Client
from accbooks_warehouse.sources.accbooks.api.pages import Page, WindowRead
from accbooks_warehouse.sources.accbooks.endpoints import CONTACTS, INVOICES, JOURNALS, Endpoint
from accbooks_warehouse.sources.accbooks.errors import (
    AccBooksError,
    PermissionMissingError,
    UnauthorizedError,
    UnstableWindowError,
)
from accbooks_warehouse.sources.accbooks.reading import window_reader as reader
from accbooks_warehouse.sources.accbooks.reading.backlog import Backlog, ReadWindow
from accbooks_warehouse.sources.accbooks.reading.window_reader import Finished, Reader
from accbooks_warehouse.sources.accbooks.windows import PlannedWindow, Window

from pendulum import Date, date  # isort: skip

LIKELY = Window(date(2024, 1, 1), date(2024, 12, 31))
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def nothing_changes(params: dict[str, Any], body: dict[str, Any]) -> None:
    """Leave the body as it is."""


class Lists:
    """Serves one list in pages of 100, and lets `change` spoil a body or raise."""

    def __init__(self, records: Sequence[Mapping[str, Any]], change: Change = nothing_changes) -> None:
        self._records = records
        self.change = change
        self._lock = Lock()
        self.asked: list[dict[str, Any]] = []
        self.budget = SimpleNamespace(concurrency=8, requests_of_thread=0)

    def get_as(
        self, decode: Callable[[bytes], Page], path: str, params: dict[str, Any], *, permission: str
    ) -> Page:
        with self._lock:
            self.asked.append({"path": path, **params})
            body = self._body(params)
            self.change({"path": path, **params}, body)
        assert permission == path
        return decode(json.dumps(body).encode())

    def _body(self, params: dict[str, Any]) -> dict[str, Any]:
        first, last = params.get("from", "0000"), params.get("to", "9999")
        found = [record for record in self._records if first <= record["date"] <= last]
        size, number = params["per_page"], params["page"]
        return {
            "data": found[(number - 1) * size : number * size],
            "meta": {"total_records": len(found), "total_pages": -(-len(found) // size)},
        }

    def finish(self, *planned: tuple[Endpoint, PlannedWindow]) -> list[Finished]:
        """Read windows to their end; errors that stop the pass are raised after what was yielded."""
        self.pages: list[tuple[str, int, int]] = []
        self.finished: list[Finished] = []
        reading = Reader(cast("Client", self), LIKELY, lambda *page: self.pages.append(page))
        for each in reading.read(planned):
            if isinstance(each, Finished):
                self.finished.append(each)
        return self.finished

    def read(self, window: Window, endpoint: Endpoint = INVOICES) -> list[WindowRead]:
        """Return the windows read whole, oldest first."""
        reads = [each.read for each in self.finish((endpoint, plan(window))) if each.read]
        return sorted(reads, key=lambda read: read.window.days)


def plan(window: Window) -> PlannedWindow:
    return PlannedWindow(window, "first")


def records(count: int, day: Date | None = None) -> list[dict[str, Any]]:
    """Return records of consecutive days from 2024-01-01 on, or of one day."""
    start = day or date(2024, 1, 1)
    return [
        {"id": number, "date": str(start.add(days=0 if day else number % 366))} for number in range(count)
    ]


def ids(read: WindowRead) -> list[int]:
    return [json.loads(bytes(record))["id"] for record in read.records]


def test_a_list_is_read_page_by_page_and_each_page_is_announced() -> None:
    lists = Lists(records(250))
    (read,) = lists.read(Window(date(2024, 1, 1), None))
    assert (ids(read), read.window, read.pages) == (list(range(250)), Window(date(2024, 1, 1)), 3)
    assert sorted(asked["page"] for asked in lists.asked) == [1, 2, 3]
    assert {(asked["from"], asked.get("to"), asked["per_page"]) for asked in lists.asked} == {
        ("2024-01-01", None, 100)
    }
    assert sorted(lists.pages) == [("invoices", 50, 250), ("invoices", 100, 250), ("invoices", 100, 250)]


@pytest.mark.parametrize("total_pages", [0, 1])
def test_an_empty_window_is_read_whole_with_one_request(total_pages: int) -> None:
    def change(_: dict[str, Any], body: dict[str, Any]) -> None:
        body["meta"]["total_pages"] = total_pages

    lists = Lists([], change)
    (read,) = lists.read(Window())
    assert (read.records, read.window, read.pages, len(lists.asked)) == ([], Window(), 1, 1)


def test_a_window_whose_pages_disagree_is_read_again() -> None:
    lies = [1]

    def one_lie(params: dict[str, Any], body: dict[str, Any]) -> None:
        if params["page"] == 2 and lies:
            body["meta"]["total_records"] += lies.pop()

    lists = Lists(records(150), one_lie)
    (read,) = lists.read(Window())
    assert (ids(read), read.window, read.pages, len(lists.asked)) == (list(range(150)), Window(), 2, 4)


def test_a_window_that_stays_unstable_is_cut_and_the_parts_are_read() -> None:
    def as_a_whole(params: dict[str, Any], body: dict[str, Any]) -> None:
        if "from" not in params and "to" not in params:
            body["data"] = body["data"][:-1]

    lists = Lists(records(80), as_a_whole)
    earlier, later = lists.read(Window())
    assert (earlier.window, later.window) == (
        Window(None, date(2024, 7, 1)),
        Window(date(2024, 7, 2), None),
    )
    assert (ids(earlier), ids(later)) == (list(range(80)), [])
    assert len(lists.asked) == 3 + 2


def test_a_day_that_never_agrees_is_given_up_with_what_was_wrong() -> None:
    day = date(2024, 2, 3)
    lists = Lists([{"id": 7, "date": str(day)}, {"id": 7, "date": str(day)}])
    (finished,) = lists.finish((INVOICES, plan(Window(day, day))))
    assert finished.read is None
    assert isinstance(finished.error, UnstableWindowError)
    assert str(finished.error) == (
        "The pages of invoices (2024-02-03 to 2024-02-03) did not agree with each other in 3 readings: The "
        "pages reported 2 records but contained 1 different ones. They list '7' more than once. Nothing of "
        "this window was loaded; run again when the books are quiet."
    )
    assert len(lists.asked) == 3


def test_everything_but_an_unstable_day_is_read() -> None:
    day = date(2024, 12, 31)
    lists = Lists([*records(10), {"id": "x", "date": str(day)}, {"id": "x", "date": str(day)}])
    reads = lists.read(Window())
    assert [str(each.error).partition(" did")[0] for each in lists.finished if each.error] == [
        "The pages of invoices (2024-12-31 to the end)"
    ]
    assert [number for read in reads for number in ids(read)] == list(range(10))
    assert (reads[0].window.start, reads[-1].window.end) == (None, date(2024, 12, 30))


def test_a_list_without_dates_is_given_up_and_not_cut() -> None:
    lists = Lists(records(1, date(2024, 1, 1)) * 2)
    (finished,) = lists.finish((CONTACTS, plan(Window())))
    assert str(finished.error).startswith("The pages of contacts (all dates) did not agree")
    assert len(lists.asked) == 3


def test_pages_that_never_agree_are_given_up_after_some_hundreds_of_requests() -> None:
    def always(_: dict[str, Any], body: dict[str, Any]) -> None:
        body["meta"]["total_records"] += 1

    week = Window(date(2024, 12, 25), date(2024, 12, 31))
    lists = Lists(records(10), always)
    assert lists.read(week) == []
    assert len(lists.finished) == 7
    assert len(lists.asked) == 3 * (7 + 6)


def test_a_window_of_too_many_pages_is_cut_before_its_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 2)
    lists = Lists(records(360))
    reads = lists.read(Window())
    assert [read.window for read in reads] == [
        Window(None, date(2024, 7, 1)),
        Window(date(2024, 7, 2), None),
    ]
    assert [number for read in reads for number in ids(read)] == list(range(360))
    assert ([read.pages for read in reads], len(lists.asked)) == ([2, 2], 5)
    assert sum(count for _, count, _ in lists.pages) == 360
    assert {total for *_, total in lists.pages} == {360}


def test_a_day_of_too_many_pages_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 2)
    day = date(2024, 5, 5)
    lists = Lists(records(301, day))
    (read,) = lists.read(Window(day, day))
    assert (len(read.records), read.pages, len(lists.asked)) == (301, 4, 4)


def test_windows_of_large_pages_have_fewer_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Lists(records(1000)).read(Window())
    assert [read.pages for read in whole] == [10]
    monkeypatch.setattr(pages, "MOST_BYTES_OF_WINDOW", 3 * whole[0].size // 10)
    parts = Lists(records(1000)).read(Window())
    assert sorted(each for read in parts for each in ids(read)) == list(range(1000))
    assert max(read.size for read in parts) < whole[0].size // 2


def test_a_list_that_never_agrees_with_itself_is_not_read_day_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_UNSTABLE", 10)
    lists = Lists(records(300), lambda _, body: body["meta"].update(total_records=999))
    finished = lists.finish((INVOICES, plan(Window(date(1990, 1, 1), date(2025, 1, 1)))))
    assert {type(each.error) for each in finished} == {UnstableWindowError}
    assert len(finished) == 11
    assert len(lists.asked) < 200


def test_of_a_list_that_goes_on_for_ever_no_page_is_kept_in_advance() -> None:
    backlog = Backlog()
    window = ReadWindow(CONTACTS, plan(Window()))
    backlog.add(window, range(2, 10**15))
    assert [backlog.pop() for _ in range(3)] == [(window, 2), (window, 3), (window, 4)]
    assert len(backlog) == 1
    backlog.drop(CONTACTS)
    assert len(backlog) == 0


def test_all_lists_are_read_whole_together() -> None:
    lists = Lists(records(250))
    whole = plan(Window())
    finished = lists.finish((INVOICES, whole), (JOURNALS, whole), (CONTACTS, whole))
    assert {each.endpoint.name: ids(each.read) for each in finished if each.read} == {
        name: list(range(250)) for name in ("invoices", "journals", "contacts")
    }


def test_windows_are_begun_oldest_first_and_finished_before_others_are_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 1)
    lists = Lists(records(300))
    lists.budget.concurrency = 1
    lists.finish((JOURNALS, plan(Window())), (INVOICES, plan(Window())))
    begun = [asked.get("from", "") for asked in lists.asked]
    assert begun == sorted(begun)
    assert {asked["path"] for asked in lists.asked[2:4]} == {"journals", "invoices"}


def test_as_many_requests_are_in_flight_as_the_budget_advises() -> None:
    lists = Lists(records(2000))
    lists.budget.concurrency = 3
    most = []

    def change(*_: Any) -> None:
        most.append(sum(thread.name == "accbooks-request" for thread in threading.enumerate()))

    lists.change = change
    lists.read(Window())
    assert max(most) == 3


@pytest.mark.parametrize("heeded", ["", "from", "to"])
def test_a_list_that_takes_no_notice_of_dates_is_read_whole(
    monkeypatch: pytest.MonkeyPatch, heeded: str
) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 2)
    lists = Lists(records(360))
    body = lists._body  # noqa: SLF001 - the stand-in's own
    monkeypatch.setattr(
        lists,
        "_body",
        lambda asked: body({k: v for k, v in asked.items() if k in {"page", "per_page", heeded}}),
    )
    (read,) = lists.read(Window())
    assert (ids(read), read.window) == (list(range(360)), Window())
    assert len(lists.asked) <= 1 + 8 + 4
    (read,) = lists.read(Window(date(2024, 3, 1), date(2024, 3, 31)))
    assert (ids(read), read.window) == (list(range(360)), Window())


def forbid(path: str) -> Change:
    def change(params: dict[str, Any], _: dict[str, Any]) -> None:
        if params["path"] == path:
            raise PermissionMissingError(path, path)

    return change


def test_a_forbidden_list_is_reported_once_and_the_others_are_read() -> None:
    lists = Lists(records(250), forbid("journals"))
    day = Window(date(2024, 1, 1), date(2024, 1, 1))
    finished = lists.finish((JOURNALS, plan(Window())), (JOURNALS, plan(day)), (INVOICES, plan(Window())))
    assert [each.endpoint.name for each in finished if each.error] == ["journals"]
    assert [ids(each.read) for each in finished if each.read] == [list(range(250))]


def test_what_is_whole_when_the_key_is_revoked_is_yielded_before_the_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 1)
    left = [4]

    def revoked(*_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise UnauthorizedError("AccBooks rejected the API key.")

    lists = Lists(records(300), revoked)
    lists.budget.concurrency = 1
    with pytest.raises(UnauthorizedError):
        lists.read(Window())
    assert [len(each.read.records) for each in lists.finished if each.read] == [61, 61]
    assert len(lists.asked) == 5


def test_after_an_error_nothing_new_is_asked_and_what_is_in_flight_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noticed = threading.Event()
    failing = Reader._failed  # noqa: SLF001 - the moment at which an answer in flight has to arrive

    def fail(self: Reader, *what: Any) -> Iterator[Finished]:
        yield from failing(self, *what)
        noticed.set()

    def change(params: dict[str, Any], _: dict[str, Any]) -> None:
        if params["path"] == "journals":
            raise AccBooksError("The server is on fire.")

    class Late(Lists):
        def get_as(self, decode: Any, path: str, params: dict[str, Any], **more: Any) -> Page:
            assert path == "journals" or noticed.wait(10)
            return super().get_as(decode, path, params, **more)

    monkeypatch.setattr(Reader, "_failed", fail)
    lists = Late(records(50), change)
    lists.budget.concurrency = 2
    with pytest.raises(AccBooksError, match="on fire"):
        lists.finish((JOURNALS, plan(Window())), (INVOICES, plan(Window())), (CONTACTS, plan(Window())))
    assert [each.endpoint.name for each in lists.finished] == ["invoices"]
    assert [asked["path"] for asked in lists.asked] == ["journals", "invoices"]
