"""Compare AccBooks' trial balances, as fetched in this run, with ours at any date."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders
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
        rows = self._warehouse.query(
            f"select nominal_code, category from {self._warehouse.models}.nominal_accounts "
            "where company_id = %s",
            self._books.company_id,
        )
        categories = {**dict(rows), **self._categories}
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
        return self._probed | self._balances(
            f"select as_at, nominal_code, sum(debit) - sum(credit) from {self._warehouse.raw}.trial_balance",
            loaded,
            "group by as_at, nominal_code",
        )

    def _ours(self, dates: Sequence[dt.date]) -> dict[dt.date, Amounts]:
        ends = self._month_ends_among(dates)
        balances = self._balances(
            f"select as_at, nominal_code, debit - credit from {self._warehouse.models}.trial_balance", ends
        )
        others = [date for date in dates if date not in set(ends)]
        accounts = self.accounts if others else None
        return balances | {date: self._added_up_to(date, accounts) for date in others if accounts}

    def _month_ends_among(self, dates: Collection[dt.date]) -> list[dt.date]:
        """Return which of these dates end a month in the models, which leave out long empty stretches."""
        if not dates:
            return []
        rows = self._warehouse.query(
            f"select month_end from {self._warehouse.models}.months "
            f"where company_id = %s and month_end in ({placeholders(list(dates))})",
            self._books.company_id,
            *dates,
        )
        return [end for (end,) in rows]

    def _balances(self, select: str, dates: Collection[dt.date], tail: str = "") -> dict[dt.date, Amounts]:
        if not dates:
            return {}
        rows = self._warehouse.query(
            f"{select} where company_id = %s and as_at in ({placeholders(list(dates))}) {tail}",
            self._books.company_id,
            *dates,
        )
        by_date: dict[dt.date, list[tuple[str, Decimal]]] = defaultdict(list)
        for date, code, amount in rows:
            by_date[date].append((code, amount))
        return {date: _added_up(lines) for date, lines in by_date.items()}

    def _added_up_to(self, date: dt.date, accounts: Accounts) -> Amounts:
        """Return our balances on a day within a month: all earlier months, and this month's postings."""
        year_start = max((end for end in accounts.year_ends if end < date), default=dt.date.min)
        rows = self._warehouse.query(
            f"""
            select nominal_code, sum(case when day <= %s then amount else 0 end), sum(amount)
            from (
                select nominal_code, period_start as day, debit - credit as amount
                from {self._warehouse.staging}.period_movements
                where company_id = %s and month_start < %s
                union all
                select nominal_code, posting_date as day, amount
                from {self._warehouse.staging}.ledger_postings
                where company_id = %s and posting_date between %s and %s
            ) as movements
            group by nominal_code
            """,
            year_start,
            self._books.company_id,
            date.replace(day=1),
            self._books.company_id,
            date.replace(day=1),
            date,
        )
        balances = defaultdict[str, Decimal](Decimal)
        for code, earlier_years, balance in rows:
            moved = earlier_years if code in accounts.earning else Decimal(0)
            balances[code] += balance - moved
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
