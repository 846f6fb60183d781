"""Which days, records and months events touch."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pendulum
from accbooks_warehouse.sources.accbooks import DATED_RESOURCES, EARLIEST, LATEST, WebhookEvent, Window

T = TypeVar("T")

Days = Mapping[str, frozenset[dt.date]]
"""Days by list."""


@dataclass(frozen=True)
class Touched:
    """What to read because of events.

    `days` are the days of dated lists, `single` the ids in lists without dates. `undated` are ids of records
    of dated lists of which no day is known: AccBooks has to be asked for their dates.
    """

    days: Days = field(default_factory=dict)
    single: Mapping[str, frozenset[str]] = field(default_factory=dict)
    undated: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def windows(self) -> dict[str, list[Window]]:
        """Return the days of each list as windows; neighbouring days are one."""
        return {name: windows_of_days(days) for name, days in self.days.items()}

    @property
    def months(self) -> frozenset[dt.date]:
        """Return the first days of the months touched."""
        return frozenset(day.replace(day=1) for days in self.days.values() for day in days)

    @property
    def requests(self) -> int:
        """Return how many requests reading takes at least, without reports."""
        alone = sum(len(ids) for each in (self.single, self.undated) for ids in each.values())
        return alone + sum(map(len, self.windows.values()))

    def and_days(self, more: Days) -> Touched:
        """Return this with more days."""
        names = {*self.days, *more}
        empty: frozenset[dt.date] = frozenset()
        days = {name: self.days.get(name, empty) | more.get(name, empty) for name in names}
        return Touched({name: each for name, each in days.items() if each}, self.single, self.undated)


def touched(
    events: Iterable[WebhookEvent],
    known: Mapping[str, Mapping[str, dt.date]],
    since: dt.date | None = None,
) -> Touched:
    """Return what events touch: the days they name, and those `known` of their records, by list and id.

    Days before `since`, where the copy of the books begins, are left out unless a record is known there. A
    day that no books have is taken for no date: AccBooks may refuse it.

    An event of a record that was deleted, or of one in quarantine, names a day that may hold nothing: it is
    read all the same, because only reading shows that.
    """
    days: dict[str, set[dt.date]] = defaultdict(set)
    single: dict[str, set[str]] = defaultdict(set)
    undated: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.resource is None or event.record_id is None:
            continue
        if event.resource not in DATED_RESOURCES:
            single[event.resource].add(event.record_id)
            continue
        stored_day = known.get(event.resource, {}).get(event.record_id)
        named = {day for day in event.dates if EARLIEST <= day <= LATEST}
        days[event.resource] |= {day for day in named if since is None or day >= since}
        if stored_day is not None:
            days[event.resource].add(stored_day)
        if not named:
            undated[event.resource].add(event.record_id)
    return Touched(_frozen(days), _frozen(single), _frozen(undated))


def is_covered(event: WebhookEvent, read: Mapping[str, Sequence[Window]], stored_day: dt.date | None) -> bool:
    """Tell whether everything that an event touches was read in these windows, by list.

    `stored_day` is the day on which the warehouse has the record since, None if it has none.
    """
    windows = read.get(event.resource or "", ())
    if event.resource not in DATED_RESOURCES:
        return bool(windows)
    days = event.dates if stored_day is None else event.dates | {stored_day}
    return bool(event.dates) and all(was_read(day, windows) for day in days)


def is_touched(
    event: WebhookEvent,
    resource: str,
    days: tuple[dt.date | None, dt.date | None],
    known: Mapping[str, Mapping[str, dt.date]],
) -> bool:
    """Tell whether an event touches the days of a list from one to another, None for an open end.

    It touches those that it names, and those known of its record.
    One that names no day may touch any.
    """
    if event.resource != resource:
        return False
    first, last = days[0] or dt.date.min, days[1] or dt.date.max
    stored_day = known.get(resource, {}).get(event.record_id or "")
    named = event.dates if stored_day is None else event.dates | {stored_day}
    return not event.dates or any(first <= day <= last for day in named)


def touches_a_list(event: WebhookEvent, names: Collection[str]) -> bool:
    """Tell whether an event touches one of these lists: with its record, or the invoice of a payment."""
    return event.resource in names or (event.resource == "transactions" and "invoices" in names)


def was_read(day: dt.date, windows: Sequence[Window]) -> bool:
    """Tell whether a day is in one of these windows."""
    return any(_of(day) in each for each in windows)


def _of(day: dt.date) -> pendulum.Date:
    return pendulum.Date(day.year, day.month, day.day)


def windows_of_days(days: Iterable[dt.date]) -> list[Window]:
    """Return windows of exactly these days, earliest first; neighbouring days are one window."""
    windows: list[Window] = []
    for day in map(pendulum.instance, sorted(days)):
        last = windows[-1] if windows else None
        if last is not None and last.end is not None and last.end.toordinal() + 1 == day.toordinal():
            windows[-1] = Window(last.start, day)
        else:
            windows.append(Window(day, day))
    return windows


def _frozen(sets: Mapping[str, Iterable[T]]) -> dict[str, frozenset[T]]:
    return {name: frozenset(each) for name, each in sets.items() if each}
