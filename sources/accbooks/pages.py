"""Reading a list whole: pages are checked, not trusted.

A page read while someone edits the books can repeat or miss a record, and nothing in the API prevents it. So
a window counts only if every page reported the same total_records and the distinct ids add up to it;
otherwise it is read again, then split, and in the end refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pendulum

from sources.accbooks.client import Client, Params, request_name
from sources.accbooks.errors import UnexpectedAnswerError, UnstableWindowError
from sources.accbooks.windows import MOST_PAGES, Window, split

logger = logging.getLogger(__name__)

PER_PAGE = 100
"""The most AccBooks allows; it is always sent, as the default is smaller (assumed)."""
TRIES_PER_WINDOW = 3

OnPage = Callable[[int, int], None]
"""Told after each page: the records on it, and the window's total_records."""


@dataclass(frozen=True)
class WindowRead:
    """A window read whole: its records as they came, and what that took."""

    window: Window
    records: list[Any]
    pages: int
    requests: int
    fetched_at: pendulum.DateTime


@dataclass(frozen=True)
class _Page:
    records: list[Any]
    total_records: int
    total_pages: int


class ListReader:
    """Reads the pages of one list endpoint."""

    def __init__(self, client: Client, path: str, permission: str, on_page: OnPage) -> None:
        self._client = client
        self._path = path
        self._permission = permission
        self._on_page = on_page
        self._attributed = client.budget.requests

    def read(self, window: Window, likely: Window | None) -> Iterator[WindowRead]:
        """Yield `window` whole, in as many parts as needed.

        `likely` says where an open end's records begin and end; None means the endpoint takes no dates, so
        nothing can be split. Raises UnstableWindowError if the pages of a window that cannot be split
        further never agree.
        """
        first = self._page(window, 1)
        if first.total_pages > MOST_PAGES:
            parts = self._parts(window, -(-first.total_pages // MOST_PAGES), likely)
            if len(parts) > 1:
                yield from self._read_each(parts, likely)
                return
        pages, fault = self._agreeing_pages(window, first)
        if fault is None:
            yield self._whole(window, pages)
            return
        parts = self._parts(window, 2, likely)
        if len(parts) == 1:
            raise UnstableWindowError(
                f"The pages of {self._path} ({window}) did not agree with each other in {TRIES_PER_WINDOW} "
                f"readings: {fault} Nothing of this window was loaded; run again when the books are quiet."
            )
        yield from self._read_each(parts, likely)

    def _read_each(self, parts: list[Window], likely: Window | None) -> Iterator[WindowRead]:
        for part in parts:
            yield from self.read(part, likely)

    def _parts(self, window: Window, parts: int, likely: Window | None) -> list[Window]:
        return [window] if likely is None else split(window, parts, likely)

    def _agreeing_pages(self, window: Window, first: _Page) -> tuple[list[_Page], str | None]:
        """Read all pages until they agree; the second value says what was still wrong at the end."""
        fault = None
        for attempt in range(TRIES_PER_WINDOW):
            if attempt:
                logger.warning("%s, %s: %s Reading it again.", self._path, window, fault)
                first = self._page(window, 1)
            pages = [first, *self._further_pages(window, first.total_pages)]
            fault = disagreement(pages)
            if fault is None:
                break
        return pages, fault

    def _further_pages(self, window: Window, total_pages: int) -> Iterator[_Page]:
        return (self._page(window, number) for number in range(2, total_pages + 1))

    def _page(self, window: Window, number: int) -> _Page:
        params: Params = {**window.params, "page": number, "per_page": PER_PAGE}
        body = self._client.get(self._path, params, permission=self._permission)
        page = parse_page(body, request_name(self._path, params))
        self._on_page(len(page.records), page.total_records)
        return page

    def _whole(self, window: Window, pages: list[_Page]) -> WindowRead:
        """Take the pages as the window's truth, and book all requests since the last window to it."""
        spent = self._client.budget.requests
        requests, self._attributed = spent - self._attributed, spent
        records = [record for page in pages for record in page.records]
        return WindowRead(window, records, len(pages), requests, pendulum.now("UTC"))


def parse_page(body: dict[str, Any], name: str) -> _Page:
    """Take a list answer apart; `name` is the request's. Raises UnexpectedAnswerError if it is no list."""
    records, meta = body["data"], body.get("meta")
    if not isinstance(records, list) or not isinstance(meta, dict):
        raise UnexpectedAnswerError(f"AccBooks answered {name} with JSON that is no page of a list.")
    totals = [meta.get("total_records"), meta.get("total_pages")]
    if not all(isinstance(total, int) and not isinstance(total, bool) and total >= 0 for total in totals):
        raise UnexpectedAnswerError(f"AccBooks answered {name} without total_records and total_pages.")
    return _Page(records, meta["total_records"], meta["total_pages"])


def disagreement(pages: list[_Page]) -> str | None:
    """Say how the pages of one window contradict each other; None if they do not.

    A record without an id counts as one of its own: it is quarantined later, not lost here.
    """
    totals = {page.total_records for page in pages}
    if len(totals) > 1:
        return f"The pages reported different totals ({', '.join(map(str, sorted(totals)))})."
    records = [record for page in pages for record in page.records]
    ids = [record.get("id") if isinstance(record, dict) else None for record in records]
    known = [str(identifier) for identifier in ids if identifier is not None]
    distinct = len(set(known)) + len(ids) - len(known)
    (total,) = totals
    if distinct != total:
        return f"The pages promised {total} records and held {distinct} different ones."
    return None
