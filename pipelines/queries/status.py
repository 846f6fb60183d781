"""What the warehouse says of itself: how fresh, how far proved, what is open. Asks AccBooks nothing."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.old_days import oldest_read
from accbooks_warehouse.sources.accbooks import LOOKBACK_DAYS, Settings, day_count

PER_DAY = {"starter": 10_000, "pro": 100_000}
"""Requests a day under the documented plans; Enterprise is custom."""
NOTHING_POSTED = "Nothing is posted in these books: AccBooks' reports of this month are empty, as ours are."
"""What is said of books with nothing, or with drafts and voids only, that are equal to AccBooks' reports."""
NOTHING_YET = "Nothing is posted in these books, which were not compared with AccBooks' reports yet."
"""What is said of such books while nothing is certified."""


@dataclass(frozen=True)
class Freshness:
    """When a resource was last read, and why."""

    resource: str
    fetched_at: dt.datetime
    reason: str
    outcome: str


@dataclass(frozen=True)
class ComparedDepth:
    """How much is certified at a depth: periods `certified` of `periods`, the oldest evidence from then."""

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
class CompanyStatus:
    """How one company's copy stands. Open differences are lines; `certified_through` is a month-end.

    `has_postings` is false where nothing is posted. `set_aside` are reports out of date, `oldest_read` is
    when the old days waiting longest were last read.
    """

    company_id: str
    name: str | None
    freshness: list[Freshness]
    certified_through: dt.date | None
    open_differences: int
    not_comparable: int
    rejected: int
    certified: list[ComparedDepth]
    set_aside: int
    oldest_read: dt.datetime | None
    has_postings: bool = True


@dataclass(frozen=True)
class DayBudget:
    """What a configured key has spent of the UTC day, as counted on this machine.

    `allowance` is our share of the plan's requests a day, None where the plan is not known or has no limit.
    """

    name: str
    spent: int
    allowance: int | None


@dataclass(frozen=True)
class Load:
    """One load package that arrived in the warehouse."""

    load_id: str
    inserted_at: dt.datetime


def last_loads(warehouse: Warehouse, limit: int = 5) -> list[Load]:
    """Return the last loads, newest first."""
    rows = warehouse.query(
        f"select load_id, inserted_at from {warehouse.raw}._dlt_loads where status = 0 "
        "order by inserted_at desc limit %s",
        limit,
    )
    return [Load(*row) for row in rows]


def day_budgets(warehouse: Warehouse, configured: Iterable[Company]) -> list[DayBudget]:
    """Return what every configured key has spent today; the plan is the one the company's record names."""
    return [
        DayBudget(company.name, _spent_today(company.settings), _allowance(warehouse, company))
        for company in configured
    ]


def _spent_today(settings: Settings) -> int:
    if settings.day_count is None:
        return 0
    return day_count(settings.day_count, settings.api_key, settings.base_url).spent(time.time())


def _allowance(warehouse: Warehouse, company: Company) -> int | None:
    plans = [
        company_details(warehouse, each, "plan")[0] for each in warehouse.company_ids(company.pipeline_name)
    ]
    limits = [PER_DAY[plan] for plan in plans if plan in PER_DAY]
    return int(limits[0] * company.settings.daily_share) if limits else None


def company_statuses(warehouse: Warehouse, company_ids: Sequence[str]) -> list[CompanyStatus]:
    """Return the state of these companies of the warehouse, in order of their ids."""
    return [company_status(warehouse, company_id) for company_id in sorted(company_ids)]


def company_status(warehouse: Warehouse, company_id: str) -> CompanyStatus:
    """Return the state of one company's copy."""
    (name,) = company_details(warehouse, company_id, "name")
    ((rejected,),) = warehouse.query(
        f"select count(*) from {warehouse.raw}.rejected_records where company_id = %s", company_id
    )
    differing, incomparable, through = proof(warehouse, company_id)
    return CompanyStatus(
        company_id,
        name,
        freshness(warehouse, company_id),
        through,
        differing,
        incomparable,
        int(rejected),
        certified(warehouse, company_id),
        set_aside(warehouse, company_id),
        oldest_read(warehouse, company_id, pendulum.today("UTC").date(), LOOKBACK_DAYS),
        has_postings(warehouse, company_id),
    )


def certified(warehouse: Warehouse, company_id: str) -> list[ComparedDepth]:
    """Return what is certified at each depth, the deepest first; nothing at depths without evidence."""
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
                (count, count) if depth == Depth.balances else _proved(warehouse, company_id, depth)
            )
            if periods:
                result.append(ComparedDepth(depth, certified, periods, oldest, until))
    return result


def _proved(warehouse: Warehouse, company_id: str, depth: Depth) -> tuple[int, int]:
    """Return how many of the books' months or years are certified, and how many there are.

    Those in which nothing was posted are certified by the stretch that they lie in.
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


def has_postings(warehouse: Warehouse, company_id: str) -> bool:
    """Tell whether anything is posted in a company's books."""
    return bool(
        warehouse.query(f"select 1 from {warehouse.models}.months where company_id = %s limit 1", company_id)
    )


def set_aside(warehouse: Warehouse, company_id: str) -> int:
    """Return how many reports a change has overtaken, so that they prove nothing until fetched again."""
    ((count,),) = warehouse.query(
        f"select count(*) from {warehouse.staging}.compared_periods where company_id = %s and is_overtaken",
        company_id,
    )
    return int(count)


def company_details(warehouse: Warehouse, company_id: str, *columns: str) -> tuple[str | None, ...]:
    """Return some columns of the company's own record; None where it may not be read."""
    rows = warehouse.query(
        f"select {', '.join(columns)} from {warehouse.raw}.company where company_id = %s", company_id
    )
    return rows[0] if rows else (None,) * len(columns)


def freshness(warehouse: Warehouse, company_id: str) -> list[Freshness]:
    """Return the last read of every resource."""
    rows = warehouse.query(
        f"""
        select resource, fetched_at, reason, outcome
        from (
            select
                resource,
                fetched_at,
                reason,
                outcome,
                row_number() over (partition by resource order by fetched_at desc) as recency
            from {warehouse.reads}
            where company_id = %s
        ) as reads
        where recency = 1
        order by resource
        """,
        company_id,
    )
    return [Freshness(*row) for row in rows]


def proof(warehouse: Warehouse, company_id: str) -> tuple[int, int, dt.date | None]:
    """Return the lines that differ, those not comparable, and the last month-end before which all match."""
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
        return int(differing), int(incomparable), last_month
    ((through,),) = warehouse.query(
        f"select max(period_end) from {warehouse.models}.reconciliation "
        "where company_id = %s and report = 'trial_balance' and period_end < %s",
        company_id,
        first_open,
    )
    return int(differing), int(incomparable), through


def title(warehouse: Warehouse, company_id: str) -> str:
    """Return a company's name and id, as far as they are known."""
    (name,) = company_details(warehouse, company_id, "name")
    return f"{name} ({company_id})" if name else company_id
