"""Reading lists whole, against a stand-in for the client that serves scripted records by date."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sources.accbooks import pages
from sources.accbooks.client import Client
from sources.accbooks.errors import UnexpectedAnswerError, UnstableWindowError
from sources.accbooks.pages import ListReader, WindowRead, disagreement, parse_page
from sources.accbooks.windows import Window

from pendulum import Date, date  # isort: skip

LIKELY = Window(date(2024, 1, 1), date(2024, 12, 31))
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def nothing_changes(params: dict[str, Any], body: dict[str, Any]) -> None:
    """Leave the body as it is."""


class Lists:
    """Serves one list in pages of 100, and lets `change` spoil a body."""

    def __init__(self, records: Sequence[Mapping[str, Any]], change: Change = nothing_changes) -> None:
        self._records = records
        self._change = change
        self._lock = Lock()
        self.asked: list[dict[str, Any]] = []
        self.budget = SimpleNamespace(requests=0)

    def get(self, path: str, params: dict[str, Any], *, permission: str) -> dict[str, Any]:
        assert (path, permission) == ("invoices", "may_read")
        with self._lock:
            self.budget.requests += 1
            self.asked.append(params)
        first, last = params.get("from", "0000"), params.get("to", "9999")
        found = [record for record in self._records if first <= record["date"] <= last]
        size, number = params["per_page"], params["page"]
        body = {
            "data": found[(number - 1) * size : number * size],
            "meta": {"total_records": len(found), "total_pages": -(-len(found) // size)},
        }
        self._change(params, body)
        return body

    def read(self, window: Window, likely: Window | None = LIKELY) -> list[WindowRead]:
        self.pages: list[tuple[int, int]] = []
        reader = ListReader(
            cast("Client", self), "invoices", "may_read", lambda *page: self.pages.append(page)
        )
        return list(reader.read(window, likely))


def records(count: int, day: Date | None = None) -> list[dict[str, Any]]:
    """Return records of consecutive days from 2024-01-01 on, or of one day."""
    start = day or date(2024, 1, 1)
    return [
        {"id": number, "date": str(start.add(days=0 if day else number % 366))} for number in range(count)
    ]


def ids(read: WindowRead) -> list[int]:
    return [record["id"] for record in read.records]


def test_a_list_is_read_page_by_page_and_each_page_is_announced() -> None:
    lists = Lists(records(250))
    (read,) = lists.read(Window(date(2024, 1, 1), None))
    assert (ids(read), read.window, read.pages, read.requests) == (
        list(range(250)),
        Window(date(2024, 1, 1)),
        3,
        3,
    )
    assert sorted(asked["page"] for asked in lists.asked) == [1, 2, 3]
    assert {(asked["from"], asked.get("to"), asked["per_page"]) for asked in lists.asked} == {
        ("2024-01-01", None, 100)
    }
    assert sorted(lists.pages) == [(50, 250), (100, 250), (100, 250)]


@pytest.mark.parametrize("total_pages", [0, 1])
def test_an_empty_window_is_read_whole_with_one_request(total_pages: int) -> None:
    def change(_: dict[str, Any], body: dict[str, Any]) -> None:
        body["meta"]["total_pages"] = total_pages

    (read,) = Lists([], change).read(Window())
    assert (read.records, read.window, read.pages, read.requests) == ([], Window(), 1, 1)


def test_a_window_whose_pages_disagree_is_read_again() -> None:
    lies = [1]

    def one_lie(params: dict[str, Any], body: dict[str, Any]) -> None:
        if params["page"] == 2 and lies:
            body["meta"]["total_records"] += lies.pop()

    (read,) = Lists(records(150), one_lie).read(Window())
    assert (ids(read), read.window, read.pages, read.requests) == (list(range(150)), Window(), 2, 4)


def test_a_window_that_stays_unstable_is_split_and_the_parts_are_read() -> None:
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
    assert earlier.requests + later.requests == lists.budget.requests == 3 + 2


def test_a_day_that_never_agrees_is_refused_with_what_was_wrong() -> None:
    day = date(2024, 2, 3)
    twins = [{"id": 7, "date": str(day)}, {"id": 7, "date": str(day)}]
    lists = Lists(twins)
    with pytest.raises(UnstableWindowError) as refusal:
        lists.read(Window(day, day))
    assert str(refusal.value) == (
        "The pages of invoices (2024-02-03 to 2024-02-03) did not agree with each other in 3 readings: The "
        "pages promised 2 records and held 1 different ones. Nothing of this window was loaded; run again "
        "when the books are quiet."
    )
    assert lists.budget.requests == 3


def test_what_could_be_read_before_an_unstable_day_is_kept() -> None:
    day = date(2024, 12, 31)
    lists = Lists([*records(10), {"id": "x", "date": str(day)}, {"id": "x", "date": str(day)}])
    read = []
    reader = ListReader(cast("Client", lists), "invoices", "may_read", lambda *_: None)
    with pytest.raises(UnstableWindowError, match=r"^The pages of invoices \(2024-12-31 to the end\)"):
        read.extend(reader.read(Window(), LIKELY))
    assert sorted(number for each in read for number in ids(each)) == list(range(10))
    assert (read[0].window.start, read[-1].window.end) == (None, date(2024, 12, 30))


def test_a_list_without_dates_is_refused_and_not_split() -> None:
    lists = Lists(records(1, date(2024, 1, 1)) * 2)
    with pytest.raises(UnstableWindowError, match=r"^The pages of invoices \(all dates\) did not agree"):
        lists.read(Window(), likely=None)
    assert lists.budget.requests == 3


def test_pages_that_never_agree_are_refused_after_some_tens_of_requests() -> None:
    def always(_: dict[str, Any], body: dict[str, Any]) -> None:
        body["meta"]["total_records"] += 1

    for likely in (LIKELY, Window(), Window(date(2024, 12, 31), date(2024, 12, 31))):
        lists = Lists(records(10), always)
        with pytest.raises(UnstableWindowError):
            lists.read(Window(), likely)
        assert lists.budget.requests < 150


def test_a_window_of_too_many_pages_is_cut_before_its_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 2)
    lists = Lists(records(360))
    reads = lists.read(Window())
    assert [read.window for read in reads] == [
        Window(None, date(2024, 7, 1)),
        Window(date(2024, 7, 2), None),
    ]
    assert [number for read in reads for number in ids(read)] == list(range(360))
    assert [(read.pages, read.requests) for read in reads] == [(2, 3), (2, 2)]


def test_a_day_of_too_many_pages_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 2)
    day = date(2024, 5, 5)
    (read,) = Lists(records(301, day)).read(Window(day, day))
    assert (len(read.records), read.pages, read.requests) == (301, 4, 4)


def page(total: int, *found: Any) -> Any:
    body = {"data": list(found), "meta": {"total_records": total, "total_pages": 1}}
    return parse_page(body, "GET invoices")


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ([page(0)], None),
        ([page(2, {"id": 1}, {"id": 2})], None),
        ([page(2, {"id": 1}), page(2, {"id": 2})], None),
        ([page(2, {"id": None}, {"id": None})], None),
        ([page(3, {}, "text", None)], None),
        ([page(2, {"id": 1}), page(3, {"id": 2})], "The pages reported different totals (2, 3)."),
        ([page(2, {"id": 1})], "The pages promised 2 records and held 1 different ones."),
        ([page(1, {"id": 1}, {"id": 2})], "The pages promised 1 records and held 2 different ones."),
        (
            [page(3, {"id": 1}, {"id": 2}), page(3, {"id": 2})],
            "The pages promised 3 records and held 2 different ones.",
        ),
        ([page(2, {"id": 1}, {"id": "1"})], "The pages promised 2 records and held 1 different ones."),
    ],
)
def test_pages_agree_when_distinct_ids_add_up_to_the_one_total(found: list[Any], fault: str | None) -> None:
    assert disagreement(found) == fault


def test_a_page_is_its_records_and_totals() -> None:
    body = {"data": [{"id": 1}], "meta": {"current_page": 1, "total_pages": 5, "total_records": 487}}
    parsed = parse_page(body, "GET invoices")
    assert (parsed.records, parsed.total_records, parsed.total_pages) == ([{"id": 1}], 487, 5)


@pytest.mark.parametrize(
    "body", [{"data": {}, "meta": {}}, {"data": []}, {"data": None, "meta": {}}, {"data": [], "meta": []}]
)
def test_an_answer_that_is_no_page_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswerError) as refusal:
        parse_page(body, "GET invoices?page=1")
    assert str(refusal.value) == "AccBooks answered GET invoices?page=1 with JSON that is no page of a list."


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"total_records": 1},
        {"total_records": "1", "total_pages": 1},
        {"total_records": True, "total_pages": 1},
        {"total_records": -1, "total_pages": 1},
        {"total_records": 1, "total_pages": None},
    ],
)
def test_a_page_without_totals_is_refused(meta: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswerError) as refusal:
        parse_page({"data": [], "meta": meta}, "GET contacts")
    assert str(refusal.value) == "AccBooks answered GET contacts without total_records and total_pages."
