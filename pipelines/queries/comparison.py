"""How much of a company's books was compared with AccBooks' reports, and up to which date they match."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.periods import has_postings

NOTHING_POSTED = "Nothing is posted in these books: AccBooks' reports of this month are empty, as ours are."
"""Shown for books without postings that match AccBooks' reports."""
NOTHING_YET = "Nothing is posted in these books, which were not compared with AccBooks' reports yet."
"""Shown for books without postings that were not compared yet."""


@dataclass(frozen=True)
class ComparedDepth:
    """How many periods match AccBooks at a depth: `certified` of `periods`.

    `oldest` is when the report compared longest ago was fetched, `until` the last day compared.
    """

    depth: str
    certified: int
    periods: int
    oldest: dt.datetime
    until: dt.date

    def __str__(self) -> str:
        age = pendulum.instance(self.oldest).diff_for_humans()
        if self.depth == Depth.balances:
            return f"balances at {self.until}, {age}"
        return f"{self.depth} {self.certified:,} of {self.periods:,}, the oldest {age}"


@dataclass(frozen=True)
class LineTotals:
    """How many lines of reports differ, how many cannot be compared, and the last month-end that matches.

    Up to `through` every line of every report matches; None if the first report does not.
    """

    differing: int
    not_comparable: int
    through: dt.date | None


@dataclass(frozen=True)
class Compared:
    """How much of the books was compared with AccBooks' reports, and the last month-end that matches.

    `set_aside` counts reports that are out of date. `has_postings` is false if nothing is posted.
    """

    certified: Sequence[ComparedDepth]
    lines: LineTotals
    set_aside: int
    has_postings: bool

    @property
    def through(self) -> dt.date | None:
        """Return the last month-end up to which all reports match."""
        return self.lines.through


def compared(warehouse: Warehouse, company_id: str) -> Compared:
    """Return how much of a company's books was compared."""
    return Compared(
        certified(warehouse, company_id),
        line_totals(warehouse, company_id),
        set_aside(warehouse, company_id),
        has_postings(warehouse, company_id),
    )


def certified(warehouse: Warehouse, company_id: str) -> list[ComparedDepth]:
    """Return how many periods match at each depth, the deepest first, without depths not compared."""
    rows = warehouse.query(
        f"""
        select depth, count(*), min(certified_at), max(period_end) from {warehouse.models}.certificates
        where company_id = %s group by depth order by depth desc
        """,
        company_id,
    )
    found = {depth: (int(count), oldest, until) for depth, count, oldest, until in rows}
    result = []
    for depth in (Depth.months, Depth.years, Depth.balances):
        if depth in found:
            count, oldest, until = found[depth]
            certified, periods = (
                (count, count) if depth == Depth.balances else _matching_periods(warehouse, company_id, depth)
            )
            if periods:
                result.append(ComparedDepth(depth, certified, periods, oldest, until))
    return result


def _matching_periods(warehouse: Warehouse, company_id: str, depth: Depth) -> tuple[int, int]:
    """Return how many of the books' months or years match AccBooks, and how many there are.

    A period without postings matches if the stretch around it does.
    """
    table, start, end = (
        ("months", "month_start", "month_end")
        if depth is Depth.months
        else ("financial_years", "financial_year_start", "financial_year_end")
    )
    ((certified, periods),) = warehouse.query(
        f"""
        select coalesce(sum(certified), 0), count(*)
        from (
            select
                periods.{start},
                max(
                    case
                        when certificates.period_start <= periods.{start}
                            and certificates.period_end >= periods.{end} then 1
                        else 0
                    end
                ) as certified
            from {warehouse.models}.{table} as periods
            left join {warehouse.models}.certificates as certificates
                on periods.company_id = certificates.company_id and certificates.depth in ('months', %s)
            where periods.company_id = %s
            group by periods.{start}
        ) as judged
        """,
        depth,
        company_id,
    )
    return int(certified), int(periods)


def set_aside(warehouse: Warehouse, company_id: str) -> int:
    """Return how many reports are out of date after a change, and have to be fetched again."""
    ((count,),) = warehouse.query(
        f"select count(*) from {warehouse.staging}.compared_periods where company_id = %s and is_overtaken",
        company_id,
    )
    return int(count)


def line_totals(warehouse: Warehouse, company_id: str) -> LineTotals:
    """Return how many lines of a company's reports differ, and up to which month-end they match."""
    ((differing, incomparable, first_open, last_month),) = warehouse.query(
        f"""
        select
            coalesce(sum(case when status not in ('match', 'not_comparable') then 1 else 0 end), 0),
            coalesce(sum(case when status = 'not_comparable' then 1 else 0 end), 0),
            min(case when status <> 'match' then period_end end),
            max(case when report = 'trial_balance' then period_end end)
        from {warehouse.models}.reconciliation
        where company_id = %s
        """,
        company_id,
    )
    if last_month is None:  # reports of books without postings have no lines
        ((last_month,),) = warehouse.query(
            f"select max(period_end) from {warehouse.staging}.compared_periods "
            "where company_id = %s and report = 'trial_balance' and cause is null and not is_overtaken",
            company_id,
        )
    if first_open is None:
        return LineTotals(int(differing), int(incomparable), last_month)
    ((through,),) = warehouse.query(
        f"select max(period_end) from {warehouse.models}.reconciliation "
        "where company_id = %s and report = 'trial_balance' and period_end < %s",
        company_id,
        first_open,
    )
    return LineTotals(int(differing), int(incomparable), through)


def older_reports(number: int) -> str:
    """Return the number of reports out of date, in words."""
    return count(number, "stored report")
