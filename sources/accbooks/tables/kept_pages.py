"""Keep pages of windows that need more requests than a day allows, until the window is complete.

A list without dates and a single day cannot be split. If a limit ends the reading of such a window, its pages
are kept in the raw table `kept_pages`, one row per page, as AccBooks sent them. The next run fetches the last
of these pages again. If it is unchanged, no record before it has moved, and only the missing pages are
fetched. All pages of the window still have to agree. They are deleted by the load with the window's records,
or if the list has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pendulum

from ..api.pages import Page, decode_page, encode_page
from ..columns import INTEGER, TEXT, TIMESTAMP, Column
from ..windows import Window, without
from .merge import Replacement, Writing, any_of, of_company, one_of
from .schemas import COMPANY_ID, Row, arrow_table

KEPT_PAGES = "kept_pages"
OPEN_END = ".."
"""The open end of an interval in ISO 8601."""

COLUMNS = (
    COMPANY_ID,
    Column("resource", TEXT, required=True),
    Column("days", TEXT, required=True),
    Column("page", INTEGER, required=True),
    Column("body", TEXT, required=True),
    Column("fetched_at", TIMESTAMP, required=True),
)


@dataclass(frozen=True)
class KeptPages:
    """The pages of a window, by number, and when the first of them was fetched."""

    pages: Mapping[int, Page]
    fetched_at: pendulum.DateTime

    @property
    def last(self) -> int:
        """Return the number of the last page."""
        return max(self.pages)


Key = tuple[str, Window]
"""A list's name and one of its windows."""
PagesByWindow = Mapping[Key, KeptPages]


class KeptPagesStore:
    """The stored pages (`stored`) of a company's windows, and the changes for the next load."""

    def __init__(self, company_id: str, stored: PagesByWindow = MappingProxyType({})) -> None:
        self._company_id = company_id
        self.stored = stored
        self._kept: dict[Key, KeptPages] = {}
        self._dropped: set[Key] = set()

    def usable(self, undated: Collection[str], day: pendulum.Date) -> PagesByWindow:
        """Return the pages that a sync which began on `day` can continue with.

        Pages of dated lists have to be from this sync, because it does not look for edits made before it
        began. Lists without dates are read completely by every sync, so their pages may be older.
        """
        return {
            (name, window): kept
            for (name, window), kept in self.stored.items()
            if name in undated or kept.fetched_at.date() >= day
        }

    def keep(self, resource: str, window: Window, pages: KeptPages) -> None:
        """Keep the pages of a window, and replace those stored before."""
        self._kept[resource, window] = pages

    def drop(self, resource: str, window: Window) -> None:
        """Delete the stored pages of these days: they are read, or contradicted themselves since."""
        self._dropped |= {
            (name, kept)
            for name, kept in self.stored
            if name == resource and without(kept, [window]) != [kept]
        }

    def drop_all(self, resource: str) -> None:
        """Delete all stored pages of a list, because it is complete."""
        self._dropped |= {key for key in self.stored if key[0] == resource}

    @property
    def has_changes(self) -> bool:
        """Tell whether there are changes to load."""
        return bool(self._kept or self._dropped)

    def change(self, *, is_first: bool) -> Replacement:
        """Return the rows to load; if nothing is stored yet they are appended."""
        kept, windows = self._kept, sorted(self._dropped | self._kept.keys(), key=str)
        self._kept, self._dropped = {}, set()
        scopes = (
            f"({one_of('resource', [name])} and {one_of('days', [days_of(window)])})"
            for name, window in windows
        )
        return Replacement(
            KEPT_PAGES,
            arrow_table(COLUMNS, [row for each in kept.items() for row in self._rows(*each)]),
            ("company_id", "resource", "days", "page"),
            of_company(self._company_id, any_of(scopes)),
            writing=Writing.FIRST if is_first else Writing.ANEW,
        )

    def _rows(self, key: Key, kept: KeptPages) -> Iterable[Row]:
        name, window = key
        for number, page in sorted(kept.pages.items()):
            yield {
                "company_id": self._company_id,
                "resource": name,
                "days": days_of(window),
                "page": number,
                "body": encode_page(page).decode(),
                "fetched_at": kept.fetched_at,
            }


def days_of(window: Window) -> str:
    """Write a window as an ISO 8601 interval."""
    return f"{window.start or OPEN_END}/{window.end or OPEN_END}"


def window_of(days: str) -> Window:
    """Read a window written by `days_of`."""
    start, end = (None if text == OPEN_END else pendulum.Date.fromisoformat(text) for text in days.split("/"))
    return Window(start, end)


def pages_by_window(rows: Iterable[tuple[str, str, int, str, pendulum.DateTime]]) -> PagesByWindow:
    """Return the pages in rows of kept_pages, which are resource, days, page, body and fetched_at.

    Pages that do not agree with each other are left out.
    """
    pages: dict[Key, dict[int, Page]] = {}
    fetched: dict[Key, pendulum.DateTime] = {}
    for name, days, number, body, fetched_at in rows:
        key = (name, window_of(days))
        pages.setdefault(key, {})[int(number)] = decode_page(body.encode())
        at = pendulum.instance(fetched_at)
        fetched[key] = min(fetched.get(key, at), at)
    return {
        key: KeptPages(found, fetched[key])
        for key, found in pages.items()
        if len({(page.total_records, page.total_pages) for page in found.values()}) == 1
    }
