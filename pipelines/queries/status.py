"""The status of the warehouse: last reads, what was compared, what is rejected. Makes no requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.closings import Closing, open_closings
from accbooks_warehouse.pipelines.queries.company import company_details
from accbooks_warehouse.pipelines.queries.comparison import Compared, compared
from accbooks_warehouse.pipelines.queries.old_days import oldest_read
from accbooks_warehouse.pipelines.queries.row_counts import row_counts
from accbooks_warehouse.sources.accbooks import COMPLETE, LOOKBACK_DAYS, RECORD_RESOURCES


@dataclass(frozen=True)
class Freshness:
    """When a resource was last read, and why."""

    resource: str
    fetched_at: dt.datetime
    reason: str
    outcome: str


@dataclass(frozen=True)
class CompanyStatus:
    """The status of a company's copy: last reads, what was compared, and how many records are rejected.

    `oldest_read` is the oldest last read of all days before the lookback. `closings` are the open ones.
    """

    company_id: str
    name: str | None
    freshness: list[Freshness]
    compared: Compared
    rejected: int
    oldest_read: dt.datetime | None
    closings: Sequence[Closing] = ()


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


def company_statuses(warehouse: Warehouse, company_ids: Sequence[str]) -> list[CompanyStatus]:
    """Return the status of these companies, in order of their ids."""
    return [company_status(warehouse, company_id) for company_id in sorted(company_ids)]


def company_status(warehouse: Warehouse, company_id: str) -> CompanyStatus:
    """Return the status of one company's copy."""
    (name,) = company_details(warehouse, company_id, "name")
    return CompanyStatus(
        company_id,
        name,
        freshness(warehouse, company_id),
        compared(warehouse, company_id),
        row_counts(warehouse, ["rejected_records"], company_id)["rejected_records"],
        oldest_read(warehouse, company_id, pendulum.today("UTC").date(), LOOKBACK_DAYS),
        open_closings(warehouse, company_id),
    )


def read_through(warehouse: Warehouse, company_id: str) -> dt.datetime | None:
    """Return up to when all lists of a company that its key may read were read; None if none was."""
    reads = freshness(warehouse, company_id)
    lists = [each for each in reads if each.resource in RECORD_RESOURCES and each.outcome == COMPLETE]
    return min((each.fetched_at for each in lists), default=None)


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
