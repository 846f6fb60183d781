"""Look up rejected records without a date by their id, because no window of dates finds them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pendulum

from ..columns import DATE
from ..endpoints import ENDPOINTS, Endpoint
from ..errors import (
    AccBooksError,
    NotFoundError,
    PermissionMissingError,
    UnexpectedAnswerError,
)
from .bookmark import Bookmark
from .books import Books
from .load_request import LoadRequest
from .single_records import is_part_of_a_path

MOST_LOOKED_UP = 10
"""The most records to look up in one run; if there are more, the others follow on other days."""

Wanted = tuple[Endpoint, str]


def look_up(
    books: Books, request: LoadRequest, bookmarks: Mapping[str, Bookmark]
) -> Mapping[str, frozenset[str]]:
    """Return the ids that AccBooks no longer has, by list; bookmark the days of records that now have a date.

    Each record takes a request. Errors are not raised: the lists read next meet the same error.
    """
    gone: dict[str, set[str]] = defaultdict(set)
    for endpoint, identifier in _records_of_today(list(_wanted(request, bookmarks)), books.today):
        path = f"{endpoint.path}/{quote(identifier, safe='')}"
        try:
            record = books.client.get(path, permission=endpoint.permission)["data"]
        except NotFoundError:
            gone[endpoint.name].add(identifier)
        except (UnexpectedAnswerError, PermissionMissingError):
            continue
        except AccBooksError:
            break
        else:
            _bookmark_day(bookmarks[endpoint.name], record)
    return {name: frozenset(identifiers) for name, identifiers in gone.items()}


def _wanted(request: LoadRequest, bookmarks: Mapping[str, Bookmark]) -> Iterator[Wanted]:
    """Yield the records to look up in a sync of everything due; a continued sync looks up none."""
    if request.unfinished is not None:
        return
    for endpoint in ENDPOINTS:
        if endpoint.dated and request.includes(endpoint.name) and not request.days.is_for_days:
            identifiers = sorted(bookmarks[endpoint.name].undated_rejects)
            yield from ((endpoint, identifier) for identifier in identifiers if is_part_of_a_path(identifier))


def _records_of_today(wanted: Sequence[Wanted], today: pendulum.Date) -> Sequence[Wanted]:
    """Return the records to look up today."""
    if len(wanted) <= MOST_LOOKED_UP:
        return wanted
    first = today.toordinal() * MOST_LOOKED_UP % len(wanted)
    return [*wanted[first:], *wanted[:first]][:MOST_LOOKED_UP]


def _bookmark_day(bookmark: Bookmark, record: Any) -> None:
    try:
        day = DATE.parse(record["date"])
    except (ValueError, TypeError, KeyError):
        return
    bookmark.read_again(day)
