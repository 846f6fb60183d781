"""What a limit interrupts, and how the next pass goes on: in parts, or page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.api.client import Client
from accbooks_warehouse.sources.accbooks.api.pages import decode_page, encode_page
from accbooks_warehouse.sources.accbooks.endpoints import CONTACTS, ENDPOINTS, INVOICES, JOURNALS, Endpoint
from accbooks_warehouse.sources.accbooks.errors import DayBudgetSpentError
from accbooks_warehouse.sources.accbooks.reading import extraction
from accbooks_warehouse.sources.accbooks.reading.bookmark import Bookmark, Unfinished
from accbooks_warehouse.sources.accbooks.reading.books import Books
from accbooks_warehouse.sources.accbooks.reading.due import due_windows, resumed
from accbooks_warehouse.sources.accbooks.reading.extraction import Extraction
from accbooks_warehouse.sources.accbooks.reading.load_request import LoadRequest
from accbooks_warehouse.sources.accbooks.reading.progress import NoProgress
from accbooks_warehouse.sources.accbooks.reading.window_reader import (
    Finished,
    InterruptedWindow,
    Reader,
    SplitWindow,
)
from accbooks_warehouse.sources.accbooks.tables.kept_pages import (
    KeptPages,
    PagesByWindow,
    days_of,
    pages_by_window,
    window_of,
)
from accbooks_warehouse.sources.accbooks.windows import (
    MOST_PAGES,
    PlannedWindow,
    Request,
    Window,
    split,
    window_size,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

from pendulum import Date, date  # isort: skip

Record = dict[str, Any]
LIKELY = Window(date(2024, 1, 1), date(2024, 12, 31))
ONE_DAY = Window(date(2024, 6, 1), date(2024, 6, 1))
AT = pendulum.datetime(2026, 4, 10, 6, tz="UTC")


class Server:
    """Serves records by date, 100 a page, until a day's requests are spent."""

    def __init__(self, records: list[Record], limit: int) -> None:
        self.records = records
        self.left = limit
        self.asked: list[tuple[str, str, int]] = []
        self.budget = SimpleNamespace(concurrency=4, requests_of_thread=0)

    def get_as(self, decode: Any, path: str, params: Record, **_: Any) -> Any:
        if self.left == 0:
            raise DayBudgetSpentError("spent", 0.0)
        self.left -= 1
        first, last, number = params.get("from", "0000"), params.get("to", "9999"), params["page"]
        self.asked.append((path, f"{first}/{last}", number))
        found = [each for each in self.records if first <= each["date"] <= last]
        body = {
            "data": found[(number - 1) * 100 : number * 100],
            "meta": {"total_records": len(found), "total_pages": -(-len(found) // 100)},
        }
        return decode(json.dumps(body).encode())

    def read(
        self,
        *planned: tuple[Endpoint, PlannedWindow],
        last_run_requests: int | None = None,
        kept_pages: PagesByWindow | None = None,
    ) -> list[Finished | SplitWindow | InterruptedWindow]:
        """Return what a pass yields until it ends, be it by the limit."""
        reader = Reader(cast("Client", self), LIKELY, lambda *_: None, last_run_requests, kept_pages or {})
        found: list[Finished | SplitWindow | InterruptedWindow] = []
        try:
            found.extend(reader.read(planned))
        except DayBudgetSpentError:
            assert self.left == 0
        return found


def of_every_day(count: int) -> list[Record]:
    return [{"id": number, "date": str(date(2024, 1, 1).add(days=number % 366))} for number in range(count)]


def of_one_day(count: int) -> list[Record]:
    return [{"id": number, "date": "2024-06-01"} for number in range(count)]


def first(window: Window) -> PlannedWindow:
    return PlannedWindow(window, "first")


def ids(finished: Finished) -> list[int]:
    assert finished.read is not None
    return [json.loads(bytes(record))["id"] for record in finished.read.records]


def test_a_window_that_did_not_fit_is_cut_so_that_two_parts_fit_in_what_the_budget_gave() -> None:
    (cut,) = Server(of_every_day(4000), 19).read((INVOICES, first(Window())))
    assert isinstance(cut, SplitWindow)
    assert (cut.window, list(cut.parts)) == (Window(), split(Window(), 5, LIKELY))


def test_a_window_of_which_little_is_missing_is_gone_on_with() -> None:
    (kept,) = Server(of_every_day(1000), 7).read((INVOICES, first(Window())))
    assert isinstance(kept, InterruptedWindow)
    assert sorted(kept.pages.pages) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("endpoint", "window"), [(CONTACTS, Window()), (INVOICES, ONE_DAY)], ids=["no dates", "a day"]
)
def test_what_cannot_be_cut_is_kept_page_by_page_until_it_is_whole(
    endpoint: Endpoint, window: Window
) -> None:
    records, kept_pages, runs = of_one_day(3300), dict[Any, KeptPages](), 0
    while True:
        server, runs = Server(records, 8), runs + 1
        (how,) = server.read((endpoint, first(window)), last_run_requests=8, kept_pages=kept_pages)
        if isinstance(how, Finished):
            break
        assert isinstance(how, InterruptedWindow)
        before = kept_pages.get((endpoint.name, window))
        assert len(how.pages.pages) == (8 if before is None else len(before.pages) + 7)
        kept_pages = {(endpoint.name, window): how.pages}
    assert (sorted(ids(how)), runs) == (list(range(3300)), 5)
    assert how.read is not None
    assert how.read.fetched_at == kept_pages[endpoint.name, window].fetched_at


def kept_of(server: Server, endpoint: Endpoint = CONTACTS) -> PagesByWindow:
    (kept,) = server.read((endpoint, first(Window())))
    assert isinstance(kept, InterruptedWindow)
    return {(endpoint.name, Window()): kept.pages}


def test_the_last_page_kept_is_asked_for_first_and_then_only_what_is_missing() -> None:
    records = of_one_day(700)
    kept_pages, server = kept_of(Server(records, 4)), Server(records, 99)
    (finished,) = server.read((CONTACTS, first(Window())), last_run_requests=4, kept_pages=kept_pages)
    assert isinstance(finished, Finished)
    assert [page for _, _, page in server.asked] == [4, 5, 6, 7]
    assert ids(finished) == list(range(700))


@pytest.mark.parametrize(
    "edit",
    [
        lambda records: records[1:],
        lambda records: [*records, {"id": 700, "date": "2024-06-01"}],
        lambda records: [*records[1:], {"id": 700, "date": "2024-06-01"}],
        lambda records: list(reversed(records)),
    ],
    ids=["one deleted", "one added", "one deleted and one added", "another order"],
)
def test_a_list_that_changed_between_two_days_is_read_anew(edit: Any) -> None:
    records = of_one_day(700)
    kept_pages, changed = kept_of(Server(records, 4)), edit(records)
    server = Server(changed, 99)
    (finished,) = server.read((CONTACTS, first(Window())), last_run_requests=4, kept_pages=kept_pages)
    assert isinstance(finished, Finished)
    assert ids(finished) == [each["id"] for each in changed]
    assert len(server.asked) == 1 + -(-len(changed) // 100)


def test_with_a_small_budget_one_window_is_under_way_at_a_time_and_none_is_larger() -> None:
    server = Server(of_every_day(3300), 9)
    found = server.read((INVOICES, first(Window())), (JOURNALS, first(Window())), last_run_requests=9)
    finished = [each for each in found if isinstance(each, Finished)]
    assert finished
    assert all(each.read is not None and each.read.pages <= 9 for each in finished)
    assert len([each for each in found if isinstance(each, InterruptedWindow)]) <= 1


def test_days_read_besides_come_after_all_others() -> None:
    server = Server(of_every_day(50), 99)
    old = PlannedWindow(Window(None, date(2024, 1, 31)), "scrub")
    server.read(
        (INVOICES, old), (JOURNALS, PlannedWindow(Window(date(2024, 3, 1)), "lookback")), last_run_requests=5
    )
    assert [path for path, _, _ in server.asked] == ["journals", "invoices"]


@given(st.integers(0, 10_000), st.integers(0, 500), st.integers(1, 5_000))
def test_parts_fit_twice_in_what_the_budget_gave(last_run_requests: int, pages: int, window: int) -> None:
    size, expected = window_size(MOST_PAGES, last_run_requests, pages), max(last_run_requests, pages, 1)
    assert 1 <= size.aim <= size.most <= MOST_PAGES
    assert 2 * size.aim <= expected or size.aim == 1
    parts = size.parts(window)
    assert parts == 1 or window <= parts * (MOST_PAGES if window > MOST_PAGES else size.aim)
    assert (parts == 1) == (window <= min(MOST_PAGES, expected))


@given(st.integers(1, 5_000))
def test_without_a_limit_windows_are_as_large_as_ever(window: int) -> None:
    assert window_size(MOST_PAGES, None, 0).parts(window) == -(-window // MOST_PAGES)


days = st.dates(date(2020, 1, 1), date(2025, 12, 31)).map(pendulum.instance)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start, end = sorted([draw(days), draw(days)])
    return Window(draw(st.sampled_from([start, None])), draw(st.sampled_from([end, None])))


@given(windows())
def test_a_window_is_written_as_an_interval_and_read_again(window: Window) -> None:
    assert window_of(days_of(window)) == window


@given(windows(), windows(), st.integers(1, 6))
def test_cutting_a_pending_window_leaves_the_same_days_to_read(
    pending: Window, window: Window, parts: int
) -> None:
    bookmark = Bookmark({"pending": [[*bounds(pending), "first"]], "begun_on": "2026-04-10"})
    bookmark.cut(window, split(window, parts, LIKELY))
    left = [each.window for each in bookmark.pending]
    assert without(pending, left) == []
    assert [part for each in left for part in without(each, [pending])] == []
    assert all(without(each, [other]) == [each] for each in left for other in left if each is not other)


def bounds(window: Window) -> list[str | None]:
    return [day and str(day) for day in (window.start, window.end)]


@given(st.lists(st.text(), max_size=5), st.integers(0, 9), st.integers(0, 9))
def test_a_page_is_kept_as_it_came(texts: list[str], total: int, number: int) -> None:
    records = [{"id": index, "name": text, "date": "2024-06-01"} for index, text in enumerate(texts)]
    meta = {"total_records": total + 9, "total_pages": total}
    page = decode_page(json.dumps({"data": records, "meta": meta}).encode())
    body = encode_page(page).decode()
    ((key, kept),) = pages_by_window([("contacts", "../..", number, body, AT)]).items()
    again = kept.pages[number]
    assert (key, again.lists_the_same_as(page)) == (("contacts", Window()), True)
    assert [json.loads(bytes(each)) for each in again.records] == records


def books_of(budget: Any = None) -> Books:
    client = cast("Client", SimpleNamespace(budget=budget))
    return Books(client, "c", {"id": "c"}, Request(), AT.add(days=3), NoProgress())


def continuing(*lists: str) -> LoadRequest:
    return LoadRequest(lists=lists or None, unfinished=Unfinished(AT, 7), keeps_what_is_complete=True)


def begun(*, read: tuple[Window, ...] = (), on: Date | None = None) -> Bookmark:
    """Return the bookmark of a sync that began, and read some windows."""
    bookmark = Bookmark({})
    bookmark.begin([first(Window())], Request(), on or AT.date())
    bookmark.was_read(read)
    return bookmark


def test_a_sync_that_a_limit_ended_goes_on_days_later_with_what_it_had_not_read() -> None:
    marks = {name: begun(read=(Window(),)) for name in ("contacts", "bank_accounts", "transactions")}
    marks |= {
        "company": Bookmark({}),
        "invoices": begun(read=(Window(None, date(2025, 1, 1)),)),
        "journals": begun(),
    }
    assert resumed(books_of(), continuing(), marks) == AT.date()
    assert [
        (endpoint.name, plan.window) for endpoint, plan in due_windows(books_of(), continuing(), marks)
    ] == [
        ("invoices", Window(date(2025, 1, 2))),
        ("journals", Window()),
    ]


def test_a_sync_of_some_lists_goes_on_with_nothing() -> None:
    assert resumed(books_of(), continuing("invoices"), {}) is None


def test_a_limit_is_noted_with_when_the_sync_began_and_what_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(_: object) -> Iterator[object]:
        raise DayBudgetSpentError("spent", 0.0)
        yield

    marks = {endpoint.name: Bookmark({}) for endpoint in ENDPOINTS}
    monkeypatch.setattr(extraction, "Reader", lambda *_: SimpleNamespace(read=spent))
    company = marks["company"]
    passed = Extraction(books_of(SimpleNamespace(answered=8, close=lambda: None)), continuing())
    assert company.unfinished is None
    passed.package(marks)
    assert str(passed.outcome.limit_reached) == "spent"
    assert company.unfinished == Unfinished(AT, 7)
    company.continue_sync()
    assert (company.unfinished, company.last_run_requests) == (None, 7)
    company.forget_limit()
    assert company.last_run_requests is None
