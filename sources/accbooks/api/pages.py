"""Decode pages of a list and check that they agree.

A page read while someone edits the books can repeat or miss a record, and the API does not prevent it. So
the pages of a window are used only if all of them report the same total_records and have that many distinct
ids. Records stay JSON text until they are typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import pendulum

from ..columns import ISO_DATE
from ..errors import BeyondBoundsError
from ..json_text import exact_json, json_object
from ..windows import Window

PER_PAGE = 100
"""The most AccBooks allows; it is always sent, as the default is smaller (assumed)."""

MOST_BYTES_OF_WINDOW = 64 * 2**20
"""The most bytes of pages in memory for one window until it is complete; several may be in progress."""
MOST_BYTES_UNDER_WAY = 192 * 2**20
"""The most bytes of pages of all incomplete windows; a list without dates, such as contacts, is one."""
MOST_RECORDS = 100_000_000
"""The most records of a list, ten days of the largest plan's requests; no company has more."""
MOST_SAID, LONGEST_SAID = 3, 40
"""How many duplicate ids a message names, and how many characters of each."""
MOST_PAGES_OF_LIST = MOST_RECORDS // PER_PAGE

RecordJson = bytes | msgspec.Raw
"""One record as JSON text in UTF-8: a slice of its page."""


@dataclass(frozen=True)
class WindowRead:
    """A complete window: its records as received, in `size` bytes of pages, and the requests it took."""

    window: Window
    records: Sequence[RecordJson]
    pages: int
    requests: int
    fetched_at: pendulum.DateTime
    size: int = 0


@dataclass(frozen=True)
class Page:
    """One page: its records, their ids as text (None if missing), and the totals of the list.

    `dates` are the first and last YYYY-MM-DD date of its records, None if there is none; `size` is its memory
    in bytes.
    """

    records: list[RecordJson]
    ids: list[str | None]
    dates: tuple[str, str] | None
    total_records: int
    total_pages: int
    size: int = 0

    @property
    def pages_at_once(self) -> int:
        """Return how many pages of this size fit in the memory for a window."""
        return max(1, MOST_BYTES_OF_WINDOW // max(1, self.size))

    def lists_the_same_as(self, other: Page) -> bool:
        """Tell whether a page lists the same ids in the same order, out of as many records."""
        mine = (self.ids, self.total_records, self.total_pages)
        return mine == (other.ids, other.total_records, other.total_pages)


class _Meta(msgspec.Struct):
    total_records: Annotated[int, msgspec.Meta(ge=0)]
    total_pages: Annotated[int, msgspec.Meta(ge=0)]


class _Body(msgspec.Struct):
    data: list[msgspec.Raw]
    meta: _Meta


class _Identity(msgspec.Struct):
    id: str | int | None = None
    date: str | None = None


class _Identities(msgspec.Struct):
    data: list[_Identity]


_BODY = msgspec.json.Decoder(_Body)
_IDENTITIES = msgspec.json.Decoder(_Identities)


def decode_page(body: bytes) -> Page:
    """Decode a page of a list.

    Raises ValueError, which says what the body is instead, and BeyondBoundsError for a list that is longer
    than any company's.
    """
    try:
        body.decode()
        answer = _BODY.decode(body)
        identities = _IDENTITIES.decode(body).data
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        return _decode_leniently(body)
    records: list[RecordJson] = [*answer.data]
    size = sum(map(len, records))
    if size < len(body) // 2:  # slices would keep the body's white space in memory
        return _page([bytes(record) for record in records], identities, answer.meta, size)
    return _page(records, identities, answer.meta, len(body))


def _decode_leniently(body: bytes) -> Page:
    """Decode a page that the strict decoder refuses, so that one invalid record does not lose the others."""
    answer = json_object(body)
    records, meta = answer["data"], answer.get("meta")
    if not isinstance(records, list) or not isinstance(meta, dict):
        raise ValueError("JSON that is not a page of a list")
    try:
        totals = msgspec.convert(meta, _Meta)
    except msgspec.MsgspecError:
        raise ValueError("a page without total_records and total_pages") from None
    fields = [record if isinstance(record, dict) else {} for record in records]
    identities = [_Identity(_as_text(each.get("id")), _as_text(each.get("date"))) for each in fields]
    texts: list[RecordJson] = [exact_json(record).encode() for record in records]
    return _page(texts, identities, totals, sum(map(len, texts)))


def _page(records: list[RecordJson], identities: list[_Identity], meta: _Meta, size: int) -> Page:
    if meta.total_records > MOST_RECORDS:
        raise BeyondBoundsError(f"a total of {meta.total_records:,} records")
    if meta.total_pages > MOST_PAGES_OF_LIST:
        raise BeyondBoundsError(f"a total of {meta.total_pages:,} pages")
    if meta.total_pages > max(1, meta.total_records):
        raise ValueError(f"a page of {meta.total_pages} that hold {meta.total_records} records")
    ids = [_as_text(each.id) for each in identities]
    dates = _ends([each.date for each in identities if each.date])
    size += sum(len(each) for each in ids if each is not None)
    return Page(records, ids, dates, meta.total_records, meta.total_pages, size)


def encode_page(page: Page) -> bytes:
    """Return a page as JSON that `decode_page` reads as the same page."""
    records = b",".join(bytes(record) for record in page.records)
    meta = b'{"total_records":%d,"total_pages":%d}' % (page.total_records, page.total_pages)
    return b'{"data":[%s],"meta":%s}' % (records, meta)


def _ends(dates: list[str]) -> tuple[str, str] | None:
    """Return the first and last ISO date; checks all dates only if the ends are not ISO dates."""
    if dates and not (ISO_DATE.match(min(dates)) and ISO_DATE.match(max(dates))):
        dates = [date for date in dates if ISO_DATE.match(date)]
    return (min(dates), max(dates)) if dates else None


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def disagreement(pages: Iterable[Page]) -> str | None:
    """Return how the pages of one window contradict each other; None if they agree.

    Each record without an id counts as a distinct one; it is quarantined later.
    """
    pages = list(pages)
    totals = {page.total_records for page in pages}
    if len(totals) > 1:
        return f"The pages reported different totals ({', '.join(map(str, sorted(totals)))})."
    known = Counter(identifier for page in pages for identifier in page.ids if identifier is not None)
    distinct = len(known) + sum(page.ids.count(None) for page in pages)
    (total,) = totals
    if distinct != total:
        repeated = [repr(each[:LONGEST_SAID]) for each, times in known.items() if times > 1]
        named = f" They list {', '.join(repeated[:MOST_SAID])} more than once." if repeated else ""
        return f"The pages reported {total} records but contained {distinct} different ones.{named}"
    return None
