"""Load what the events of one company touch, and the reports that show it.

Of a dated list the days touched are read as windows that replace themselves, of other lists single records.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import Warehouse, stored_pipeline
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.live.share import (
    DayShare,
    ListenShareSpentError,
    NotSyncedYetError,
    allowed,
)
from accbooks_warehouse.pipelines.live.touched import Days, Touched, touched
from accbooks_warehouse.pipelines.queries.known_records import known_days, settled_days
from accbooks_warehouse.pipelines.queries.spent_requests import spent_today
from accbooks_warehouse.pipelines.sync.due_reads import DueReads
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.sources.accbooks import (
    DATED_RESOURCES,
    WEBHOOK,
    Books,
    PermissionMissingError,
    Reports,
    are_read_once,
    bookmarks_of,
    date_of_record,
    month_of,
)

LAST_BALANCES = 1


@dataclass(frozen=True)
class CompanyEvents:
    """A company with its open books, the events to read, and the count of what they may cost."""

    company: Company
    books: Books
    events: Sequence[StoredEvent]
    share: DayShare = field(default_factory=DayShare)


class TooManyEventsError(Exception):
    """Events are more at once than a day's requests for webhooks can read."""


class EventLoader:
    """Loads what the events of one company touch; `known` are the days of their records before, by list."""

    def __init__(
        self, warehouse: Warehouse, due_reads: DueReads, loader: Loader, work: CompanyEvents
    ) -> None:
        self._warehouse = warehouse
        self._due_reads = due_reads
        self._loader = loader
        self._work = work
        self._books = loader.books
        self.known: Mapping[str, Mapping[str, dt.date]] = {}

    def load(self) -> None:
        """Load records and reports.

        Raises WaitsForSyncError if a sync has to come first, TooManyEventsError if fewer events could be
        read, and what a load raises.
        """
        loader = self._loader
        with loader.opened:
            loader.opened.enter_context(self._warehouse.kept_open())
            read = self._touched()
            reports = self._due_reads.reports_of_changes(loader, read.months)
            loader.load_events(read.windows, read.single, reports)
        if not loader.is_stopped:
            self._load_settled(read)
        if not loader.is_stopped:
            self._load_balances(read, reports)

    def _touched(self) -> Touched:
        """Return what to read, while the database is open; it is closed if AccBooks has to be asked."""
        warehouse, books = self._warehouse, self._books
        self._check_synced()
        self.known = self._known_days()
        events = [each.event for each in self._work.events]
        read = touched(events, self.known, books.request.start_date)
        settled = self._settled_days()
        self._check_share(spent_today(warehouse, books.company_id, WEBHOOK), read)
        if read.undated:
            self._loader.opened.close()
            read = read.and_days(self._days_of_undated(read))
        return read.and_days({"invoices": settled})

    def _check_synced(self) -> None:
        """Raise NotSyncedYetError if no sync has read the books completely."""
        warehouse, company = self._warehouse, self._work.company
        states = stored_pipeline(warehouse, company.pipeline_name).states
        if are_read_once(bookmarks_of(states, self._books.company_id)):
            return
        raise NotSyncedYetError(
            "No sync has read these books completely yet. Their events wait for one that has."
        )

    def _load_settled(self, read: Touched) -> None:
        """Load the days of the invoices settled now: their amounts paid changed with the transactions."""
        unread = Touched({"invoices": self._settled_days() - read.days.get("invoices", frozenset())})
        if unread.requests:
            self._loader.load_events(unread.windows, {}, {})

    def _load_balances(self, read: Touched, expected: Reports) -> None:
        """Load the balances that are not loaded yet: for lack of requests, or of months no event named."""
        loader = self._loader
        asked = [(name, request) for name, requests in expected.items() for request in requests]
        were_fetched = all(each in loader.outcome.faults for each in asked)
        ends = {request.end for _, request in asked}
        changed = self._due_reads.changed_months(loader)
        if not were_fetched or any(month_of(month).end not in ends for month in changed):
            months = {*changed, *read.months}
            loader.load_reports(self._due_reads.reports_of_changes(loader, months), reason=WEBHOOK)

    def _known_days(self) -> Mapping[str, Mapping[str, dt.date]]:
        """Return the days on which the warehouse holds the records of the events, by list and id."""
        ids: dict[str, set[str]] = defaultdict(set)
        for event in (each.event for each in self._work.events):
            if event.resource in DATED_RESOURCES and event.record_id is not None:
                ids[event.resource].add(event.record_id)
        company_id = self._books.company_id
        return {name: known_days(self._warehouse, company_id, name, each) for name, each in ids.items()}

    def _settled_days(self) -> frozenset[dt.date]:
        """Return the days of the invoices that the transactions of these events settle in the warehouse."""
        parsed = [each.event for each in self._work.events]
        ids = {each.record_id for each in parsed if each.resource == "transactions" and each.record_id}
        found = settled_days(self._warehouse, self._books.company_id, ids) if ids else {}
        return frozenset(found.values())

    def _check_share(self, recorded: int, read: Touched) -> None:
        """Raise ListenShareSpentError if reading would take more than the day's share for webhooks."""
        budget, share = self._books.budget, self._work.company.settings.listen_share
        most = allowed(self._work.company.settings, budget.daily_allowance)
        needed = read.requests + len(read.months) + LAST_BALANCES
        spent = self._work.share.spent(recorded)
        if most is None or spent + needed <= most:
            return
        if 0 < most < needed and len(self._work.events) > 1:
            raise TooManyEventsError(f"{len(self._work.events):,} events take {needed:,} requests at least.")
        of_what = "" if budget.daily_allowance is None else f" of {budget.daily_allowance:,}"
        raise ListenShareSpentError(
            f"Today's requests for webhooks are used up ({share:.0%}{of_what}, see "
            "sources.accbooks.listen_share). The next scheduled sync reads what changed."
        )

    def _days_of_undated(self, read: Touched) -> Days:
        """Ask AccBooks for the dates of records whose events named none, in the lists the key may read."""
        since = self._books.request.start_date or dt.date.min
        found: dict[str, frozenset[dt.date]] = {}
        for name, ids in read.undated.items():
            try:
                dates = [date_of_record(self._books, name, each) for each in sorted(ids)]
            except PermissionMissingError as error:
                self._loader.outcome.note_forbidden(name, error)
            else:
                found[name] = frozenset(day for day in dates if day is not None and day >= since)
        return found
