"""What the warehouse says of itself: how fresh, how far proved, what is open. Asks AccBooks nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipelines.destinations import Warehouse

PER_DAY = {"starter": 10_000, "pro": 100_000}
"""Requests a day under the documented plans; Enterprise is custom."""


@dataclass(frozen=True)
class Freshness:
    """When a resource was last read, and why."""

    resource: str
    fetched_at: dt.datetime
    reason: str
    outcome: str


@dataclass(frozen=True)
class CompanyStatus:
    """How one company's copy stands. Open differences are lines; `certified_through` is a month-end."""

    company_id: str
    name: str | None
    requests_today: int
    requests_per_day: int | None
    freshness: list[Freshness]
    certified_through: dt.date | None
    open_differences: int
    not_comparable: int
    rejected: int


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


def companies_held(warehouse: Warehouse) -> list[CompanyStatus]:
    """Return the state of every company in the warehouse."""
    rows = warehouse.query(f"select distinct company_id from {warehouse.raw}.sync_windows order by 1")
    return [company_status(warehouse, company_id) for (company_id,) in rows]


def company_status(warehouse: Warehouse, company_id: str) -> CompanyStatus:
    """Return the state of one company's copy."""
    about = warehouse.query(
        f"select name, plan from {warehouse.raw}.company where company_id = %s", company_id
    )
    name, plan = about[0] if about else (None, None)
    ((requests,),) = warehouse.query(
        f"select coalesce(sum(requests), 0) from {warehouse.raw}.sync_windows "
        "where company_id = %s and fetched_at >= %s",
        company_id,
        dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0),
    )
    ((rejected,),) = warehouse.query(
        f"select count(*) from {warehouse.raw}.rejected_records where company_id = %s", company_id
    )
    differing, incomparable, through = proof(warehouse, company_id)
    return CompanyStatus(
        company_id,
        name,
        int(requests),
        PER_DAY.get(str(plan)),
        freshness(warehouse, company_id),
        through,
        differing,
        incomparable,
        int(rejected),
    )


def about(warehouse: Warehouse, company_id: str, *columns: str) -> tuple[str | None, ...]:
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
            from {warehouse.raw}.sync_windows
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
    if first_open is None:
        return int(differing), int(incomparable), last_month
    ((through,),) = warehouse.query(
        f"select max(period_end) from {warehouse.models}.reconciliation "
        "where company_id = %s and report = 'trial_balance' and period_end < %s",
        company_id,
        first_open,
    )
    return int(differing), int(incomparable), through
