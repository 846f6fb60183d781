"""The state of one list of one company in dlt: how far it was read, and what is still to read.

The state is loaded in the same package as its windows, so it is correct even after a crash, at the daily
limit, or with a rejected key: every window that is not pending is in the warehouse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pendulum

from ..endpoints import ENDPOINTS, Endpoint
from ..windows import (
    EXTRAS,
    LOOKBACK,
    REJECTED,
    REREAD,
    SCRUB,
    START_DATE,
    WHOLE,
    PlannedWindow,
    Request,
    Synced,
    Window,
    joined,
    plan_window,
    without,
)

State = dict[str, Any]

MOST_REJECTED_DAYS = 20
"""The most days to read again in one run because one of their records is in quarantine; a request each."""


@dataclass(frozen=True)
class Unfinished:
    """A sync that a limit ended: when it began, and how many requests its last run made."""

    since: pendulum.DateTime
    last_run_requests: int


class Bookmark:
    """Reads and writes the state of one list; `state` is JSON and changed in place.

    The keys of the state. synced_on, start_date: the day and the start of the last complete sync.
    pending, begun_on, begun_from: the windows still to read of a sync that began on that day with that
    start_date. given_up: that sync ended without them. never_agreed: windows that contradicted themselves
    whenever they were read, for whatever reason, and were not read since. rejected_on: days with records
    in quarantine, those to read next first. undated_rejects: ids in quarantine that no date
    window finds, see `look_up`. Only in the company's record: unfinished is when the sync that a limit ended
    began, gave is how many requests its last run made.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def pending(self) -> list[PlannedWindow]:
        """Return the windows that an unfinished sync has still to read."""
        return [PlannedWindow(_window(*bounds), reason) for *bounds, reason in self._state.get("pending", ())]

    @property
    def synced(self) -> Synced | None:
        """Return what the last complete sync covered, if there was one."""
        on = _date(self._state.get("synced_on"))
        return None if on is None else Synced(on, _date(self._state.get("start_date")))

    @property
    def is_read(self) -> bool:
        """Tell whether a sync has read all of the list that could be read, now or earlier."""
        return self.synced is not None or bool(self._state.get("given_up"))

    @property
    def is_half_read(self) -> bool:
        """Tell whether the first sync of the list was cut off."""
        return not self.is_read and bool(self.pending)

    @property
    def undated_rejects(self) -> frozenset[str]:
        """Return the ids of quarantined records without a date."""
        return frozenset(self._state.get("undated_rejects", ()))

    @property
    def unfinished(self) -> Unfinished | None:
        """Return the sync that a limit ended, if one did."""
        since = self._state.get("unfinished")
        return None if since is None else Unfinished(_moment(since), self.last_run_requests or 0)

    @property
    def last_run_requests(self) -> int | None:
        """Return how many requests the last run made before a limit ended it; None if none did."""
        count = self._state.get("gave")
        return None if count is None else int(count)

    def note_limit(self, unfinished: Unfinished) -> None:
        """Save the sync that a limit ended; a run that made no requests does not count."""
        self._state["unfinished"] = unfinished.since.isoformat()
        if unfinished.last_run_requests:
            self._state["gave"] = unfinished.last_run_requests

    def continue_sync(self) -> None:
        """Note that the sync continues, or another one begins."""
        self._state.pop("unfinished", None)

    def forget_limit(self) -> None:
        """Delete the number of requests of the last run, because no limit ended it."""
        self._state.pop("gave", None)

    def was_interrupted_on(self, day: pendulum.Date) -> bool:
        """Tell whether a sync that began on `day` was interrupted before it had read everything."""
        return self._state.get("begun_on") == day.isoformat() and self._was_interrupted

    @property
    def _was_interrupted(self) -> bool:
        return bool(self.pending) and not self._state.get("given_up")

    def due(
        self,
        endpoint: Endpoint,
        request: Request,
        *,
        resuming: pendulum.Date | None = None,
    ) -> list[PlannedWindow]:
        """Return the windows to read now.

        `resuming` is the day on which the sync that continues now began: windows it completed are not read
        again. Windows that another sync of an earlier day completed are read again only within the lookback.
        """
        if endpoint.dated and request.is_for_days:
            return [PlannedWindow(window, request.reason) for window in request.days_of(endpoint.name)]
        planned = plan_window(request, self.synced)
        if resuming is not None and self._is_synced_since(resuming) and planned.reason != START_DATE:
            return []
        if not endpoint.dated:
            return [PlannedWindow(Window(), WHOLE)]
        windows = self._continued(planned, request, resuming)
        if resuming is not None:
            return windows
        windows += _besides(windows, self._never_agreed_since(request.start_date), REREAD)
        windows += self._rejected_days(windows)
        return windows + _besides(windows, request.scrub.get(endpoint.name, ()), SCRUB)

    def _is_synced_since(self, day: pendulum.Date) -> bool:
        """Tell whether a sync that began on `day` has read everything it could."""
        began = _date(self._state.get("begun_on"))
        gave_up = bool(self._state.get("given_up")) and began is not None and began >= day
        return gave_up or (not self.pending and self.synced is not None and self.synced.on >= day)

    def _continued(
        self, planned: PlannedWindow, request: Request, resuming: pendulum.Date | None
    ) -> list[PlannedWindow]:
        """Return the parts of a planned window that an unfinished sync has not read yet."""
        begun_on = _date(self._state.get("begun_on"))
        if begun_on is None or self._state.get("begun_from") != _text(request.start_date):
            return [planned]
        if resuming is not None and begun_on >= resuming and self._was_interrupted:
            return self.pending
        pending = self.pending if self._was_interrupted else self._given_up
        edited_since = Window(begun_on.subtract(days=request.lookback_days))
        again = without(edited_since, [each.window for each in pending])
        return [*pending, *(PlannedWindow(window, LOOKBACK) for window in again)]

    @property
    def _given_up(self) -> list[PlannedWindow]:
        """Return the pending windows, joined: most were cut because pages disagreed."""
        reasons = {each.reason: None for each in self.pending}
        return [
            PlannedWindow(window, reason)
            for reason in reasons
            for window in joined(each.window for each in self.pending if each.reason == reason)
        ]

    def _never_agreed_since(self, start_date: pendulum.Date | None) -> list[Window]:
        """Return the windows that never agreed, as far as they are not before the start date."""
        never_agreed = joined(_window(*bounds) for bounds in self._state.get("never_agreed", ()))
        if start_date is None:
            return never_agreed
        earlier = Window(None, start_date.subtract(days=1))
        return [part for window in never_agreed for part in without(window, [earlier])]

    def _rejected_days(self, planned: list[PlannedWindow]) -> list[PlannedWindow]:
        """Return the days with rejected records, which may be valid by now."""
        days = [pendulum.Date.fromisoformat(day) for day in self._state.get("rejected_on", ())]
        windows = [Window(day, day) for day in days if not any(day in each.window for each in planned)]
        chosen = sorted(windows[:MOST_REJECTED_DAYS], key=lambda each: each.days)
        return [PlannedWindow(window, REJECTED) for window in chosen]

    def begin(self, due: Iterable[PlannedWindow], request: Request, day: pendulum.Date) -> None:
        """Save the windows to be read by a sync that began on `day`.

        Extras, and windows requested by date, are not saved: a sync is complete without them.
        """
        if not request.is_for_days:
            self._remember(each for each in due if each.reason not in EXTRAS)
            self._state |= {"begun_on": _text(day), "begun_from": _text(request.start_date)}
            self._state.pop("given_up", None)

    def was_read(self, windows: Iterable[Window]) -> None:
        """Remove read windows from the pending ones; if none is left, the sync is complete."""
        if "pending" not in self._state:
            return
        windows = list(windows)
        left = [(each.reason, part) for each in self.pending for part in without(each.window, windows)]
        self._remember(PlannedWindow(part, reason) for reason, part in left)
        if not left:
            self._complete()

    def cut(self, window: Window, parts: Sequence[Window]) -> None:
        """Replace a pending window by its parts."""
        pending: list[PlannedWindow] = []
        for each in self.pending:
            is_inside = not without(window, [each.window])
            cut = sorted([*without(each.window, [window]), *parts], key=lambda part: part.days)
            pending += [PlannedWindow(part, each.reason) for part in (cut if is_inside else [each.window])]
        if pending:
            self._remember(pending)

    def give_up(self) -> None:
        """Note that the sync ended although windows are pending: the next one does not continue it."""
        if "pending" in self._state:
            self._state["given_up"] = True

    def forget(self) -> None:
        """Delete the pending windows, so that the next sync starts from the beginning."""
        for name in ("pending", "begun_on", "begun_from", "given_up"):
            self._state.pop(name, None)

    def note_rejects(self, days: Iterable[str], undated: Iterable[str], windows: Iterable[Window]) -> None:
        """Save the days of records now in quarantine, and the ids of those without a date.

        Days that were not read come first, so that all have their turn.
        """
        windows = list(windows)
        before = map(pendulum.Date.fromisoformat, self._state.get("rejected_on", ()))
        unread = [str(day) for day in before if not any(day in window for window in windows)]
        self._state["rejected_on"] = [*unread, *sorted(set(days) - set(unread))]
        self._state["undated_rejects"] = sorted(undated)

    def note_never_agreed(self, windows: Iterable[Window], read: Iterable[Window]) -> None:
        """Save windows whose pages never agreed, and forget those that were read."""
        noted = [*(_window(*bounds) for bounds in self._state.get("never_agreed", ())), *windows]
        read = list(read)
        left = joined(part for window in noted for part in without(window, read))
        if left:
            self._state["never_agreed"] = [[_text(each.start), _text(each.end)] for each in left]
        else:
            self._state.pop("never_agreed", None)

    def read_again(self, day: dt.date) -> None:
        """Read a day again, as those of rejected records: one of these records is now dated there."""
        others = [each for each in self._state.get("rejected_on", ()) if each != day.isoformat()]
        self._state["rejected_on"] = [day.isoformat(), *others]

    def _remember(self, pending: Iterable[PlannedWindow]) -> None:
        self._state["pending"] = [
            [_text(each.window.start), _text(each.window.end), each.reason] for each in pending
        ]

    def _complete(self) -> None:
        """Set the bookmark to the day the sync began: the next lookback covers edits made while it ran."""
        self._state["start_date"] = self._earlier_start(self._state["begun_from"])
        self._state["synced_on"] = self._state["begun_on"]
        self.forget()

    def _earlier_start(self, start: str | None) -> str | None:
        """Return where the copy begins; a later start_date does not remove earlier records."""
        if "synced_on" not in self._state or start is None:
            return start
        before: str | None = self._state.get("start_date")
        return None if before is None else min(start, before)


def bookmarks_of(states: Mapping[str, Any], company_id: str) -> dict[str, Bookmark]:
    """Return copies of the bookmarks of a company's lists, from the state of their resources."""
    return {each.name: Bookmark(dict(states.get(each.name, {}).get(company_id, {}))) for each in ENDPOINTS}


def are_read_once(bookmarks: Mapping[str, Bookmark]) -> bool:
    """Tell whether a sync has read all lists of a company that its key may read."""
    lists = bookmarks.values()
    return any(each.is_read for each in lists) and not any(each.is_half_read for each in lists)


def _besides(planned: Sequence[PlannedWindow], windows: Iterable[Window], reason: str) -> list[PlannedWindow]:
    """Return the parts of windows that are not planned already."""
    days = [each.window for each in planned]
    return [PlannedWindow(part, reason) for window in windows for part in without(window, days)]


def _window(start: str | None, end: str | None) -> Window:
    return Window(_date(start), _date(end))


def _date(text: str | None) -> pendulum.Date | None:
    return None if text is None else pendulum.Date.fromisoformat(text)


def _moment(text: str) -> pendulum.DateTime:
    return pendulum.instance(dt.datetime.fromisoformat(text))


def _text(day: pendulum.Date | None) -> str | None:
    return None if day is None else day.isoformat()
