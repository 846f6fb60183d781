"""Compare AccBooks' trial balances, as fetched in this run, with ours at any date."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.account_balances import (
    account_categories,
    month_end_balances,
    movements_until,
    reported_balances,
)
from accbooks_warehouse.pipelines.queries.reads import last_reads, posting_dates
from accbooks_warehouse.pipelines.sync.bisection import Accounts, Amounts, nonzero, subtracted
from accbooks_warehouse.sources.accbooks import (
    TRIAL_BALANCE,
    Books,
    FetchedReport,
    ReportRequest,
    fetch_report,
    financial_years,
)

PROFIT_AND_LOSS = frozenset({"turnover", "cost_of_sales", "other_income", "overheads", "taxation"})
"""The categories of accounts that start every financial year at zero (assumed)."""
RETAINED_EARNINGS = "3200"
PROBE = "probe"
"""Why sync_windows says that a trial balance was fetched while a difference was looked for."""


class UnusableReportError(Exception):
    """A trial balance contradicts itself, so the search cannot continue."""


class TrialBalances:
    """The trial balances of one company, AccBooks' and ours.

    `before_asking` is called before every request and may raise to end a search. `keep` gets each fetched
    report. `requests` counts the requests.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        books: Books,
        variables: Mapping[str, str],
        before_asking: Callable[[], None],
        keep: Callable[[FetchedReport], None],
    ) -> None:
        self._warehouse = warehouse
        self._books = books
        self._retained = variables.get("retained_earnings", RETAINED_EARNINGS)
        self._before_asking = before_asking
        self._keep = keep
        self._since: dt.datetime = books.opened_at
        self._probed: dict[dt.date, Amounts] = {}
        self._categories: dict[str, str | None] = {}
        self.requests = 0

    @property
    def accounts(self) -> Accounts:
        """Return how differences carry over year ends."""
        known = account_categories(self._warehouse, self._books.company_id)
        categories = {**known, **self._categories}
        earning = frozenset(code for code, category in categories.items() if category in PROFIT_AND_LOSS)
        return Accounts(earning, self._retained, self._year_ends())

    def dates(self) -> list[dt.date]:
        """Return the dates of the trial balances fetched in this run since the last `forget`."""
        reads = last_reads(self._warehouse, self._books.company_id)
        loaded = [
            read.end
            for read in reads
            if read.resource == TRIAL_BALANCE.name and read.end and read.fetched_at >= self._since
        ]
        return sorted({*loaded, *self._probed})

    def differences_at(self, dates: Sequence[dt.date]) -> dict[dt.date, Amounts]:
        """Return AccBooks' balances less ours at each date; fetches the trial balances that are missing.

        Raises UnusableReportError, AccBooksError, and whatever `before_asking` raises.
        """
        stored = set(self.dates())
        for date in dates:
            if date not in stored:
                self._probe(date)
        theirs, ours = self._theirs(dates), self._ours(dates)
        return {date: subtracted(theirs.get(date, {}), ours.get(date, {})) for date in dates}

    def forget(self) -> None:
        """Forget all trial balances fetched so far, because the books may have changed."""
        self._since = pendulum.now("UTC")
        self._probed.clear()

    def _probe(self, date: dt.date) -> None:
        self._before_asking()
        fetched = fetch_report(
            TRIAL_BALANCE, self._books, ReportRequest(pendulum.instance(date)), reason=PROBE
        )
        self.requests += fetched.requests
        self._keep(fetched)
        if fetched.rows is None:
            raise UnusableReportError(str(date))
        self._categories |= {row["nominal_code"]: row["category"] for row in fetched.rows}
        self._probed[date] = _added_up(
            (row["nominal_code"], row["debit"] - row["credit"]) for row in fetched.rows
        )

    def _theirs(self, dates: Sequence[dt.date]) -> dict[dt.date, Amounts]:
        loaded = [date for date in dates if date not in self._probed]
        lines = reported_balances(self._warehouse, self._books.company_id, loaded)
        return self._probed | {date: _added_up(each) for date, each in lines.items()}

    def _ours(self, dates: Sequence[dt.date]) -> dict[dt.date, Amounts]:
        lines = month_end_balances(self._warehouse, self._books.company_id, dates)
        balances = {date: _added_up(each) for date, each in lines.items()}
        others = [date for date in dates if date not in balances]
        accounts = self.accounts if others else None
        return balances | {date: self._added_up_to(date, accounts) for date in others if accounts}

    def _added_up_to(self, date: dt.date, accounts: Accounts) -> Amounts:
        """Return our balances on a day within a month."""
        last_year_end = max((end for end in accounts.year_ends if end < date), default=dt.date.min)
        balances = defaultdict[str, Decimal](Decimal)
        for each in movements_until(self._warehouse, self._books.company_id, date, last_year_end):
            moved = each.earlier_years if each.nominal_code in accounts.earning else Decimal(0)
            balances[each.nominal_code] += each.total - moved
            balances[self._retained] += moved
        return nonzero(balances)

    def _year_ends(self) -> list[dt.date]:
        first, last = posting_dates(self._warehouse, self._books.company_id)
        if first is None:
            return []
        until = max(last or first, self._books.today)
        return [year.end for year in financial_years(self._books.financial_year_end, first, until)]


def _added_up(lines: Iterable[tuple[str, Decimal]]) -> Amounts:
    balances = defaultdict[str, Decimal](Decimal)
    for code, amount in lines:
        balances[code] += amount
    return nonzero(balances)
