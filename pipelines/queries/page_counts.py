"""Estimate how many pages it takes to read some days, by the records in the warehouse."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.sources.accbooks import DATED_RESOURCES, PER_PAGE, Window


class PageCounts:
    """Counts the pages of a company's dated lists, by the dates of the records in the warehouse."""

    def __init__(self, warehouse: Warehouse, company_id: str) -> None:
        lists = " union all ".join(
            f"select company_id, '{name}' as resource, date from {warehouse.raw}.{name} "
            "where company_id in ($members)"
            for name in DATED_RESOURCES
        )
        rows = warehouse.query_of(
            company_id,
            f"select company_id, resource, date, count(*) from ({lists}) as records "
            "group by company_id, resource, date order by date",
        )
        counts: dict[str, list[tuple[dt.date, int]]] = defaultdict(list)
        for resource, date, count in rows:
            counts[resource].append((date, count))
        self._dates = {name: [date for date, _ in days] for name, days in counts.items()}
        self._totals = {name: [0, *accumulate(count for _, count in days)] for name, days in counts.items()}

    @property
    def days(self) -> set[dt.date]:
        """Return the dates of all records."""
        return {date for dates in self._dates.values() for date in dates}

    def of_windows(self, windows: Mapping[str, Sequence[Window]]) -> int:
        """Return the pages of these windows of these lists."""
        return sum(
            self.of(resource, _day_before(each.start), each.end)
            for resource, wanted in windows.items()
            for each in wanted
        )

    def of(self, resource: str, after: dt.date | None, until: dt.date | None) -> int:
        """Return the pages of a list after `after` up to `until` (None: no limit), at least one."""
        dates, totals = self._dates.get(resource, []), self._totals.get(resource, [0])
        first = 0 if after is None else bisect.bisect_right(dates, after)
        last = len(dates) if until is None else bisect.bisect_right(dates, until)
        records = totals[max(first, last)] - totals[first]
        return max(1, -(-records // PER_PAGE))


def _day_before(day: pendulum.Date | None) -> pendulum.Date | None:
    """Return the day before; None (no limit) for None and for the first possible day."""
    return None if day is None or day == dt.date.min else day.subtract(days=1)
