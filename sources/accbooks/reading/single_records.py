"""Read records one by one, by their ids: those of lists without dates, or to learn a record's date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

import pendulum

from ..api.pages import WindowRead
from ..columns import parse_date
from ..endpoints import ENDPOINTS, Endpoint
from ..errors import NotFoundError, UnexpectedAnswerError
from ..json_text import exact_json
from ..windows import Window
from .books import Books


@dataclass(frozen=True)
class SingleRecords:
    """Records of a list that were read by `identifiers`; ids that AccBooks no longer has have no record."""

    endpoint: Endpoint
    identifiers: frozenset[str]
    read: WindowRead


def is_part_of_a_path(identifier: str) -> bool:
    """Tell whether an id can be part of a path: dots or a slash lead to another path and a false 404."""
    return bool(identifier.strip(".")) and "/" not in identifier and "\\" not in identifier


def read_single(
    books: Books, name: str, identifiers: Iterable[str], stop: Callable[[Exception], None]
) -> SingleRecords:
    """Read these records of a list with one request each.

    `stop` gets the error that ends the reading; ids that were not asked for are then left out. An id that
    cannot be part of a path is left out as well.
    """
    endpoint = endpoint_of(name)
    spent = books.budget.requests_of_thread
    asked: list[str] = []
    records: list[bytes] = []
    for identifier in sorted(filter(is_part_of_a_path, identifiers)):
        try:
            records += _record(books, endpoint, identifier)
        except Exception as error:  # noqa: BLE001 - whatever it is, what is complete is kept
            stop(error)
            break
        asked.append(identifier)
    requests = books.budget.requests_of_thread - spent
    read = WindowRead(Window(), records, 0, requests, pendulum.now("UTC"), sum(map(len, records)))
    return SingleRecords(endpoint, frozenset(asked), read)


def date_of_record(books: Books, name: str, identifier: str) -> dt.date | None:
    """Return the date of a record as AccBooks has it now; None without one, or without the record.

    Raises what a request raises, PermissionMissingError if the key may not read the list.
    """
    endpoint = endpoint_of(name)
    if not is_part_of_a_path(identifier):
        return None
    try:
        record = books.client.get(
            f"{endpoint.path}/{quote(identifier, safe='')}", permission=endpoint.permission
        )["data"]
        return parse_date(record["date"])
    except (NotFoundError, ValueError, TypeError, KeyError):
        return None


def endpoint_of(name: str) -> Endpoint:
    """Return the endpoint of a list."""
    return next(each for each in ENDPOINTS if each.name == name)


def _record(books: Books, endpoint: Endpoint, identifier: str) -> list[bytes]:
    """Return the record with an id; nothing if AccBooks no longer has it."""
    path = f"{endpoint.path}/{quote(identifier, safe='')}"
    try:
        record = books.client.get(path, permission=endpoint.permission)["data"]
    except NotFoundError:
        return []
    if not isinstance(record, dict) or str(record.get("id")) != identifier:
        raise UnexpectedAnswerError(f"AccBooks answered GET {path} with another record.")
    return [exact_json(record).encode()]
