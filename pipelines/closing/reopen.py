"""Reopen a period that was closed: the record stays, what it was compared with goes."""

from __future__ import annotations

import datetime as dt

import pendulum
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.closing.stored_findings import store_findings
from accbooks_warehouse.pipelines.closing.tables import (
    CLOSED_POSTINGS,
    CLOSED_VAT_LINES,
    CLOSINGS,
    TABLES,
)
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.closings import CORPORATION_TAX, VAT, open_closings
from accbooks_warehouse.pipelines.queries.declared_tables import make_declared_tables
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.sources.accbooks import ConfigurationError


def reopen(
    warehouse: Warehouse, period: Period, now: dt.datetime | None = None, *, not_filed: bool = False
) -> None:
    """Mark the open closing of a day as reopened, and remove its postings or lines of VAT returns.

    It stays filed, if the closing says so, unless `not_filed`: a return may be filed and its books corrected.
    Of corporation tax a closing says nothing else, so reopening it takes that back.

    Raises ConfigurationError if that day is not closed, or if a later day is, which includes it.
    """
    require_models(warehouse, "prior_period_changes")
    with warehouse.building(), warehouse.kept_open():
        make_declared_tables(warehouse, TABLES)
        _check(warehouse, period)
        which = "company_id = %s and kind = %s and closed_through = %s"
        key = (period.company_id, period.kind, period.through)
        with warehouse.transaction():
            warehouse.execute(
                f"update {warehouse.raw}.{CLOSINGS} set reopened_at = %s "
                f"where {which} and reopened_at is null",
                now or pendulum.now("UTC"),
                *key,
            )
            if not_filed or period.kind == CORPORATION_TAX:
                warehouse.execute(
                    f"update {warehouse.raw}.{CLOSINGS} set filed_on = null where {which}", *key
                )
            warehouse.execute(  # those of another kind as well: their findings are stored together
                f"update {warehouse.raw}.{CLOSINGS} set judged_inputs = null where company_id = %s",
                period.company_id,
            )
            if period.kind == VAT:
                warehouse.execute(
                    f"delete from {warehouse.raw}.{CLOSED_VAT_LINES} "
                    "where company_id = %s and closed_through = %s",
                    *(period.company_id, period.through),
                )
            else:
                warehouse.execute(f"delete from {warehouse.raw}.{CLOSED_POSTINGS} where {which}", *key)
        store_findings(warehouse)


def _check(warehouse: Warehouse, period: Period) -> None:
    closed = [
        each.closed_through
        for each in open_closings(warehouse, period.company_id)
        if each.kind == period.kind
    ]
    if period.through not in closed:
        days = ", ".join(str(each) for each in closed) or "nothing"
        raise ConfigurationError(
            f"{period.title}: there is no such closing to reopen. Closed through: {days}."
        )
    if closed[-1] > period.through:
        raise ConfigurationError(
            f"{period.title} cannot be reopened: everything through {closed[-1]} is closed, which "
            "includes these days. Reopen that first."
        )
