"""Heal differences: find the days in which the copy differs from AccBooks, and read only these again.

Trial balances show the dates at which the books differ. A bisection finds the days in which the difference
arose, and the accounts that differ show which lists to read. These days of these lists are read again, the
models are rebuilt, and the comparison is repeated. This ends when everything is equal, nothing is left to
read, or the requests for healing are used up.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.known_records import bank_nominal_codes, was_edited_between
from accbooks_warehouse.pipelines.queries.page_counts import PageCounts
from accbooks_warehouse.pipelines.queries.reads import (
    LastRead,
    balances_are_comparable,
    last_reads,
    posting_dates,
)
from accbooks_warehouse.pipelines.queries.reconciliation import Line, known_differences
from accbooks_warehouse.pipelines.queries.spent_requests import spent_today
from accbooks_warehouse.pipelines.sync.bisection import Bisection, Span, windows_of
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.trial_balances import PROBE, TrialBalances, UnusableReportError
from accbooks_warehouse.sources.accbooks import (
    DATED_RESOURCES,
    REPAIR,
    PermissionMissingError,
    RateBudget,
    ReportRequest,
    Window,
    without,
)

logger = logging.getLogger(__name__)

CONTROL_ACCOUNTS = {
    "trade_debtors": "1100",
    "trade_creditors": "2100",
    "exchange_gains_and_losses": "7906",
}
"""The dbt variables that name what settlements post to, and their defaults."""
REASONS = (REPAIR, PROBE)
"""Why sync_windows says that requests were spent on healing."""


class Recheck(Enum):
    """What a step of healing read again."""

    NOWHERE = 0
    AT_REPORTS = 1
    AT_RECORDS = 2

    def __bool__(self) -> bool:
        return self is not Recheck.NOWHERE


class AllowanceSpentError(Exception):
    """The requests for healing are used up."""


@dataclass(frozen=True)
class Healing:
    """The windows that healing a company read again, and the requests for reports and for records.

    `is_cut_short` tells that healing stopped because its requests were used up. `is_in_flight` tells that
    lines still differ and that somebody edited the books meanwhile.
    """

    windows: tuple[Window, ...] = ()
    report_requests: int = 0
    record_requests: int = 0
    is_cut_short: bool = False
    is_in_flight: bool = False


class Healer:
    """Heals one company step by step; the caller rebuilds the models between two steps."""

    def __init__(
        self, warehouse: Warehouse, loader: Loader, share: float, variables: Mapping[str, str]
    ) -> None:
        self._warehouse = warehouse
        self._loader = loader
        self._books = loader.books
        self._allowance = allowance(warehouse, self._books.company_id, self._books.budget, share)
        self._controls = {variables.get(name, code) for name, code in CONTROL_ACCOUNTS.items()}
        self._balances = TrialBalances(
            warehouse, self._books, variables, self._check_allowance, loader.keep_probe
        )
        self._read: dict[str, list[Window]] = defaultdict(list)
        self._has_read_again = False
        self._requests_before = self._books.budget.requests
        self.company_id = self._books.company_id
        self._known = known_differences(warehouse, self.company_id, self._books.opened_at)
        self.healing = Healing()

    def step(self, lines: Iterable[Line]) -> Recheck:
        """Read again what may explain the company's differing lines, if anything was not read again yet.

        First fetch reports of earlier runs again, because they may be out of date. Next find the days that
        differ and read them. If that leaves a line unexplained, fetch this run's reports once more: somebody
        may have edited the books between the records and the reports.
        """
        mine = self._mine(lines)
        if not mine or self._allowance == 0 or self._loader.outcome.limit_reached:
            return Recheck.NOWHERE
        try:
            return self._look(mine)
        except AllowanceSpentError:
            self.healing = replace(self.healing, is_cut_short=True)
        except (UnusableReportError, PermissionMissingError) as error:
            logger.warning("Healing %s stopped: %s.", self._books.company_id, error)
        return Recheck.NOWHERE

    def conclude(self, lines: Iterable[Line]) -> None:
        """Load the probes that are not loaded yet, and note whether the books were edited meanwhile."""
        self._loader.load_probes()
        unexplained = any(line.is_open for line in self._mine(lines))
        self.healing = replace(
            self.healing,
            report_requests=self.healing.report_requests + self._balances.requests,
            is_in_flight=unexplained and self._was_edited_meanwhile(),
        )

    def _mine(self, lines: Iterable[Line]) -> list[Line]:
        """Return the company's lines to heal.

        A line that a quarantined record or an account without a name may explain is healed only if it differs
        by another amount than before: then there may also be an edit.
        """
        return [
            line
            for line in lines
            if line.company_id == self.company_id
            and (line.is_open or self._known.get(line.key) != line.difference)
        ]

    def _was_edited_meanwhile(self) -> bool:
        books, now = self._books, pendulum.now("UTC")
        return was_edited_between(self._warehouse, books.company_id, books.opened_at, now)

    def _look(self, mine: Sequence[Line]) -> Recheck:
        stale = out_of_date(mine, last_reads(self._warehouse, self._books.company_id), self._books.opened_at)
        if stale:
            self._ask_again(stale)
            return Recheck.AT_REPORTS
        unread = self._unread(self._spans(mine))
        if unread:
            self._read_again(unread)
            return Recheck.AT_RECORDS
        if self._has_read_again or not any(line.is_open for line in mine):
            return Recheck.NOWHERE
        self._has_read_again = True
        self._balances.forget()
        self._read.clear()
        self._ask_again(requests_of(mine))
        return Recheck.AT_REPORTS

    def _spans(self, mine: Sequence[Line]) -> list[Span]:
        """Return the spans in which differences arose; without comparable balances, the earliest line's."""
        dates = {*self._balances.dates(), *(line.period_end for line in mine)}
        first, last = posting_dates(self._warehouse, self._books.company_id)
        accounts = self._balances.accounts
        spans: list[Span] = []
        if accounts.year_ends and balances_are_comparable(self._warehouse, self._books.company_id):
            search = Bisection(
                self._balances.differences_at,
                accounts,
                self._likely_pages(),
                first or last or self._books.today,
            )
            spans = list(search.spans(dates))
        if spans:
            return spans
        earliest = min(mine, key=lambda line: line.period_end)
        start = earliest.period_start or earliest.period_end.replace(day=1)
        before = start - dt.timedelta(days=1) if start > dt.date.min else start
        return [Span(before, earliest.period_end, frozenset())]

    def _unread(self, spans: Sequence[Span]) -> dict[str, list[Window]]:
        """Return the windows to read of each list: first of the likely lists, later of the others.

        Spans that differ only in control accounts and exchange differences come last: they may differ because
        a payment uses the new exchange rate of an invoice in another span.
        """
        sources = [span for span in spans if not span.nominals <= self._controls or not span.nominals]
        for considered in (sources, spans):
            for choose in (self._likely, lambda _: DATED_RESOURCES):
                unread: dict[str, list[Window]] = defaultdict(list)
                for span in considered:
                    for resource in choose(span):
                        for window in windows_of([span]):
                            unread[resource] += without(window, self._read[resource])
                wanted = {name: windows for name, windows in unread.items() if windows}
                if wanted:
                    return wanted
        return {}

    def _likely(self, span: Span) -> Sequence[str]:
        """Return the lists whose records probably post to the span's accounts; all lists if unclear."""
        if span.nominals & self._bank_nominals:
            return ("transactions",)
        if span.nominals & self._controls:
            return ("invoices",)
        return DATED_RESOURCES

    def _likely_pages(self) -> Callable[[Span], int]:
        """Return a function that counts the pages of a span in its likely lists."""
        pages = self._pages()
        return lambda span: sum(pages.of(name, span.after, span.until) for name in self._likely(span))

    @cached_property
    def _bank_nominals(self) -> set[str]:
        return bank_nominal_codes(self._warehouse, self._books.company_id)

    def _pages(self) -> PageCounts:
        return PageCounts(self._warehouse, self._books.company_id)

    def _read_again(self, unread: Mapping[str, Sequence[Window]]) -> None:
        self._check_allowance(self._pages().of_windows(unread))
        before = self._spent
        for resource, windows in unread.items():
            self._read[resource] += windows
        self._loader.load_again(unread)
        self.healing = replace(
            self.healing,
            windows=(*self.healing.windows, *(window for windows in unread.values() for window in windows)),
            record_requests=self.healing.record_requests + self._spent - before,
        )

    def _ask_again(self, requests: Mapping[str, Sequence[ReportRequest]]) -> None:
        self._check_allowance(sum(map(len, requests.values())))
        before = self._spent
        self._loader.load_reports(requests, healing=True)
        made = self.healing.report_requests + self._spent - before
        self.healing = replace(self.healing, report_requests=made)

    @property
    def _spent(self) -> int:
        return self._books.budget.requests - self._requests_before

    def _check_allowance(self, requests: int = 1) -> None:
        """Raise AllowanceSpentError if fewer requests than this are left for healing."""
        if self._allowance is not None and self._spent + requests > self._allowance:
            raise AllowanceSpentError


def allowance(warehouse: Warehouse, company_id: str, budget: RateBudget, share: float) -> int | None:
    """Return how many requests healing may still make today; None if the daily limit is not known.

    `share` is the part of our daily requests for healing; 0 switches healing off.
    """
    if share == 0 or budget.daily_allowance is None:
        return 0 if share == 0 else None
    spent = spent_today(warehouse, company_id, *REASONS)
    return max(0, int(budget.daily_allowance * share) - spent)


def out_of_date(
    lines: Iterable[Line], reads: Iterable[LastRead], opened_at: dt.datetime
) -> dict[str, list[ReportRequest]]:
    """Return the reports that differ and were fetched before this run began."""
    fetched = {(read.resource, read.start, read.end): read.fetched_at for read in reads}

    def is_old(line: Line) -> bool:
        at = fetched.get((line.report, line.period_start, line.period_end))
        return at is None or at < opened_at

    return requests_of(line for line in lines if is_old(line))


def requests_of(lines: Iterable[Line]) -> dict[str, list[ReportRequest]]:
    """Return the requests for the reports of these lines, by report."""
    requests: dict[str, set[ReportRequest]] = defaultdict(set)
    for line in lines:
        requests[line.report].add(report_request(line))
    return {name: sorted(each, key=str) for name, each in requests.items()}


def report_request(line: Line) -> ReportRequest:
    """Return the request for the report that has this line."""
    start = pendulum.instance(line.period_start) if line.period_start else None
    return ReportRequest(pendulum.instance(line.period_end), start)
