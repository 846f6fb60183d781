"""The days before the lookback: when they were last read, and the pages to read them again."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.page_counts import PageCounts
from accbooks_warehouse.pipelines.queries.reads import LastRead, last_reads
from accbooks_warehouse.sources.accbooks import (
    DATED_RESOURCES,
    Period,
    Window,
    empty_stretches,
    month_of,
    split,
    without,
)

FRESH = dt.timedelta(days=1)
"""Days read within this time are not read again yet."""
MOST_PAGES = 10
"""The most pages to read together. Small months are joined, so that fewer pages are partly filled; a larger
month is split."""


@dataclass(frozen=True)
class Stretch:
    """Adjacent days of a list that were last read within a day; `pages` is the cost of reading them again."""

    resource: str
    period: Period
    read_at: dt.datetime
    pages: int


def old_stretches(
    warehouse: Warehouse,
    company_id: str,
    today: pendulum.Date,
    lookback_days: int,
    start_date: pendulum.Date | None = None,
) -> list[Stretch]:
    """Return all days before the lookback, in stretches of few pages.

    Days before the user's `start_date` are left out: they are never read, so they would always come first.
    """
    reads, pages = last_reads(warehouse, company_id), PageCounts(warehouse, company_id)
    recent = today.subtract(days=lookback_days).start_of("month")
    old = [
        Period(max(each.start, start_date or each.start), each.end)
        for each in old_periods(pages.days, recent)
        if (start_date or each.start) <= each.end
    ]
    stretches = []
    for resource in DATED_RESOURCES:
        periods = [part for each in old for part in parts_of(each, _cost(pages, resource, each))]
        stretches += _joined(resource, periods, read_times(resource, periods, reads), pages)
    return stretches


def old_periods(days: Iterable[dt.date], recent: pendulum.Date) -> list[Period]:
    """Return the months with records and the periods between them, up to the day before `recent`."""
    old_months = sorted({month_of(day) for day in days if day < recent})
    if not old_months:
        return []
    between = [*old_months, month_of(recent)]
    return sorted([*old_months, *empty_stretches(between)])


def parts_of(period: Period, pages: int) -> list[Period]:
    """Split a period into parts of at most MOST_PAGES pages, so that each fits into a run."""
    days = Window(period.start, period.end)
    parts = split(days, math.ceil(pages / MOST_PAGES), days)
    return [Period(each.start or period.start, each.end or period.end) for each in parts]


def _cost(pages: PageCounts, resource: str, period: Period) -> int:
    return pages.of_windows({resource: [Window(period.start, period.end)]})


def read_times(
    resource: str, periods: Sequence[Period], reads: Sequence[LastRead]
) -> dict[Period, dt.datetime]:
    """Return when each period was last read completely; periods never read are left out."""
    windows = sorted(
        (read for read in reads if read.resource == resource),
        key=lambda read: read.fetched_at,
        reverse=True,
    )
    times = {period: _read_whole_by(period, windows) for period in periods}
    return {period: read_at for period, read_at in times.items() if read_at is not None}


def _read_whole_by(period: Period, latest_first: Sequence[LastRead]) -> dt.datetime | None:
    """Return when the days of a period that were read longest ago were read; None if some never were.

    A large month is read in several windows, so no single window covers it.
    """
    unread = [Window(period.start, period.end)]
    for read in latest_first:
        window = Window(_day(read.start), _day(read.end))
        unread = [part for days in unread for part in without(days, [window])]
        if not unread:
            return read.fetched_at
    return None


def _day(date: dt.date | None) -> pendulum.Date | None:
    return None if date is None else pendulum.instance(date)


def _joined(
    resource: str, periods: Sequence[Period], times: Mapping[Period, dt.datetime], pages: PageCounts
) -> list[Stretch]:
    """Join months that were read within a day of one another, up to MOST_PAGES pages."""
    stretches: list[Stretch] = []
    for period in periods:
        read_at = times.get(period, dt.datetime.min.replace(tzinfo=dt.UTC))
        last = stretches[-1] if stretches else None
        if last and abs(last.read_at - read_at) < FRESH:
            joined = Period(last.period.start, period.end)
            cost = _cost(pages, resource, joined)
            if cost <= MOST_PAGES:
                stretches[-1] = Stretch(resource, joined, min(last.read_at, read_at), cost)
                continue
        stretches.append(Stretch(resource, period, read_at, _cost(pages, resource, period)))
    return stretches


def oldest_read(
    warehouse: Warehouse, company_id: str, today: pendulum.Date, lookback_days: int
) -> dt.datetime | None:
    """Return the time of the oldest last read of all old days; None if there are none."""
    stretches = old_stretches(warehouse, company_id, today, lookback_days)
    return min((each.read_at for each in stretches), default=None)
