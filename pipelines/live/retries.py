"""Which events of a company are read apart from others, and when: those that could not be read.

A failed read of several events does not say which of them failed. So they are read in halves, and the halves
again, until what fails is alone; it is tried again after growing waits. What is told apart are days, because
what is read are days: events of one day are read together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 3_600.0
LONGEST_GROUP_SECONDS = 60.0
"""The longest wait between two reads of groups in which something fails."""
NAMED = 3

Unit = tuple[str | None, frozenset[dt.date], str | None]
"""What events have in common that are read together: list and days, or list and id without days."""


@dataclass
class _Apart:
    """Events that failed alone: their keys, how often, and when to try again."""

    name: str
    keys: frozenset[tuple[str, str]]
    failures: int = 0
    not_before: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """The events to read next; `is_apart` tells that they failed before, with others or alone."""

    events: Sequence[StoredEvent] = ()
    is_apart: bool = False


@dataclass
class Retries:
    """The events of one company that could not be read. It is kept in memory: all are read after a start."""

    _groups: list[frozenset[Unit]] = field(default_factory=list)
    _alone: dict[Unit, _Apart] = field(default_factory=dict)
    _failures: int = 0
    _not_before: float = 0.0
    _is_apart_next: bool = False

    @property
    def sentence(self) -> str | None:
        """Say which events cannot be read, without the name of their company; None if there are none."""
        if not self._alone:
            return None
        named = "; ".join(each.name for each in list(self._alone.values())[:NAMED])
        more = f"; and {len(self._alone) - NAMED:,} more" if len(self._alone) > NAMED else ""
        return f"Events that cannot be read are tried again: {named}{more}."

    @property
    def next_at(self) -> float | None:
        """Return when events that failed may be read again; None if there are none."""
        moments = [each.not_before for each in self._alone.values()]
        moments += [self._not_before] if self._groups else []
        return min(moments, default=None)

    def choose(self, events: Sequence[StoredEvent], now: float) -> Chosen:
        """Return which of these pending events to read now; those that failed take turns with the others."""
        if not self._alone and not self._groups:
            return Chosen(events)
        by_unit = _by_unit(events)
        self._keep(by_unit)
        suspected = self._alone.keys() | {each for group in self._groups for each in group}
        fresh = [each for name, some in by_unit.items() if name not in suspected for each in some]
        due = set(self._apart(by_unit, now))
        apart = [each for name, some in by_unit.items() if name in due for each in some]
        if fresh and not (apart and self._is_apart_next):
            return Chosen(fresh)
        return Chosen(apart, is_apart=True) if apart else Chosen()

    def began(self, chosen: Chosen) -> None:
        """Note that these events are being read, so that the others have the next turn."""
        self._is_apart_next = not chosen.is_apart

    def succeeded(self, events: Iterable[StoredEvent]) -> None:
        """Note that events were read."""
        read = {unit(each) for each in events} if self._alone or self._groups else set()
        for each in read:
            self._alone.pop(each, None)
        self._groups = [left for each in self._groups if (left := each - read)]
        self._failures, self._not_before = 0, 0.0

    def failed(self, events: Sequence[StoredEvent], now: float, *, together: bool = False) -> str | None:
        """Note that events were not read; returns a sentence on those that failed alone.

        `together` leaves them together: what failed may be something else.
        """
        by_unit = _by_unit(events)
        units = sorted(by_unit, key=repr)
        self._groups = [left for each in self._groups if (left := each - by_unit.keys())]
        if len(units) == 1:
            return self._failed_alone(units[0], by_unit[units[0]], now)
        middle = len(units) if together else len(units) // 2
        self._groups += [frozenset(each) for each in (units[:middle], units[middle:]) if each]
        self._not_before = now + waits(self._failures, LONGEST_GROUP_SECONDS) if self._failures else 0.0
        self._failures += 1
        return None

    def _failed_alone(self, name: Unit, events: Sequence[StoredEvent], now: float) -> str:
        apart = self._alone.setdefault(name, _Apart(_named(events), frozenset()))
        seconds = waits(apart.failures)
        apart.name, apart.keys = _named(events), frozenset(each.key for each in events)
        apart.failures, apart.not_before = apart.failures + 1, now + seconds
        return f"{apart.name} cannot be read and is tried again in {seconds:,.0f} s. Other events go on."

    def _apart(self, by_unit: Mapping[Unit, Sequence[StoredEvent]], now: float) -> Iterable[Unit]:
        """Return what to read apart now: what failed alone if it is due, or new events came, or a group."""
        for name, apart in self._alone.items():
            is_new = not apart.keys.issuperset(each.key for each in by_unit[name])
            if is_new or apart.not_before <= now:
                return [name]
        return self._groups[0] if self._groups and self._not_before <= now else ()

    def _keep(self, pending: Mapping[Unit, Sequence[StoredEvent]]) -> None:
        """Forget what is no longer pending: a sync read it."""
        self._alone = {name: each for name, each in self._alone.items() if name in pending}
        self._groups = [left for each in self._groups if (left := each & pending.keys())]


def _by_unit(events: Iterable[StoredEvent]) -> dict[Unit, list[StoredEvent]]:
    found: dict[Unit, list[StoredEvent]] = {}
    for each in events:
        found.setdefault(unit(each), []).append(each)
    return found


def unit(stored: StoredEvent) -> Unit:
    """Return what an event is read together with."""
    event = stored.event
    return event.resource, event.dates, None if event.dates else event.record_id


def waits(failures: int, longest: float = LONGEST_WAIT_SECONDS) -> float:
    """Return how many seconds to wait after so many failures before, and one."""
    return min(longest, FIRST_WAIT_SECONDS * 2.0 ** min(failures, 20))


def _named(events: Sequence[StoredEvent]) -> str:
    first, more = events[0], len(events) - 1
    named = f"event {first.event_id} ({first.type} of {first.event.record_id})"
    return f"{named} and {more:,} more of its day" if more else named
