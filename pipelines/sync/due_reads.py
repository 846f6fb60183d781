"""What a sync of a company reads beside the dates that are due: reports, old days, another sync."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse, is_company_stored
from accbooks_warehouse.pipelines.queries.reads import balances_are_comparable
from accbooks_warehouse.pipelines.sync.due_reports import Schedule, calendar_of, due_reports, evidence_of
from accbooks_warehouse.pipelines.sync.load import NO_REPORTS, AlsoDue, Loader
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.scrub import scrub_windows
from accbooks_warehouse.pipelines.sync.spare_requests import can_begin_another_sync
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import REPORT_RESOURCES, TRIAL_BALANCE, Reports, Window


class DueReads:
    """Finds out what is due of a company by what the warehouse holds and the user asked for."""

    def __init__(self, warehouse: Warehouse, transforms: Transforms, scope: Scope) -> None:
        self._warehouse = warehouse
        self._transforms = transforms
        self._scope = scope

    def beside_records(self, loader: Loader) -> AlsoDue:
        """Choose old days to read again, and the reports that are due whatever the records say.

        Of a company that the warehouse knows nothing of, all reports of the records read are.
        """
        books, warehouse = loader.books, self._warehouse
        old_days: Mapping[str, Sequence[Window]] = {}
        if self._scope.is_full_sync and loader.unfinished is None:
            old_days = scrub_windows(warehouse, books, loader.settings.scrub_share)
        if is_company_stored(warehouse, books.company_id):
            return AlsoDue(self.reports(loader), old_days, partial(self._reports_after, loader))
        return AlsoDue(NO_REPORTS if self._scope.resources else None, old_days)

    def reports(self, loader: Loader, began: pendulum.DateTime | None = None) -> Reports:
        """Return the reports to fetch, as far as the records held say which, by a sync that `began` then.

        What this sync was refused already, or cannot use, it does not ask for again.
        """
        schedule = Schedule.of(loader.settings, self._scope.certify)
        with self._warehouse.kept_open():
            changed = self._transforms.inputs.changed_months(loader.books.company_id)
            if changed:
                self._transforms.prepare(is_changed=True)  # dbt starts while reports are read
            return self._reports(loader, began or loader.sync_began_at, schedule, changed)

    def _reports_after(self, loader: Loader, months: Collection[dt.date]) -> Reports:
        """Return the reports to fetch once changes in these months are loaded."""
        self._transforms.prepare(is_changed=True)  # dbt starts while reports are read
        changed = {*months, *self._transforms.inputs.changed_months(loader.books.company_id)}
        schedule = Schedule.of(loader.settings, self._scope.certify)
        return self._reports(loader, loader.sync_began_at, schedule, changed)

    def reports_of_changes(self, loader: Loader, expected: Collection[dt.date]) -> Reports:
        """Return the reports to fetch because of changes in these months, and no others.

        If balances can be compared, these are trial balances.
        """
        with self._warehouse.kept_open():
            due = self._reports(loader, loader.sync_began_at, Schedule.of_changes(), expected)
            if not balances_are_comparable(self._warehouse, loader.books.company_id):
                return due
        return {name: each for name, each in due.items() if name == TRIAL_BALANCE.name}

    def changed_months(self, loader: Loader) -> set[dt.date]:
        """Return the months with changes that are not in the models yet."""
        with self._warehouse.kept_open():
            return set(self._transforms.inputs.changed_months(loader.books.company_id))

    def _reports(
        self, loader: Loader, began: pendulum.DateTime, schedule: Schedule, changed: Iterable[dt.date]
    ) -> Reports:
        books, settings = loader.books, loader.settings
        calendar = calendar_of(self._warehouse, books.company_id, books.financial_year_end, books.today)
        evidence = evidence_of(
            self._warehouse,
            books.company_id,
            changed=changed,
            recent=books.today.subtract(days=settings.lookback_days).start_of("month"),
            began=began,
        )
        requests = due_reports(calendar, evidence, schedule)
        # a depth that was asked for is to be reached, whichever lists are read
        wanted = REPORT_RESOURCES if self._scope.certify else self._scope.resources or REPORT_RESOURCES
        outcome = loader.outcome
        return {
            name: [request for request in requests[name] if (name, request) not in outcome.inconsistent]
            for name in requests
            if name in wanted and name not in outcome.forbidden
        }

    def can_begin_another_sync(self, loader: Loader) -> bool:
        """Tell whether to begin another sync, after one that was gone on with."""
        if loader.unfinished is None or loader.is_stopped:
            return False
        reports = self.reports(loader, began=pendulum.now("UTC"))
        share, count = loader.settings.scrub_share, sum(map(len, reports.values()))
        return can_begin_another_sync(
            self._warehouse, loader.books, share, count, loader.unfinished.last_run_requests
        )
