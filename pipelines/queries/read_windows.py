"""Which windows of a company's lists were read completely since a moment."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.sources.accbooks import COMPLETE, Window


def windows_read(warehouse: Warehouse, company_id: str, since: dt.datetime) -> Mapping[str, Sequence[Window]]:
    """Return the windows read completely, by list; a window that was begun before that moment is left out.

    A list without dates has a window without ends.
    """
    found: dict[str, list[Window]] = defaultdict(list)
    start, end = warehouse.quoted("from"), warehouse.quoted("to")
    rows = warehouse.query(
        f"select resource, {start}, {end} from {warehouse.reads} "
        "where company_id = %s and outcome = %s and fetched_at >= %s",
        company_id,
        COMPLETE,
        since,
    )
    for resource, first, last in rows:
        found[resource].append(Window(_day(first), _day(last)))
    return found


def _day(day: dt.date | None) -> pendulum.Date | None:
    return None if day is None else pendulum.Date(day.year, day.month, day.day)
