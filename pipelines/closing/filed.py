"""Record that what a closing closed was filed: accounts, a VAT return or a corporation tax return."""

from __future__ import annotations

import datetime as dt

import pendulum
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.closing.tables import CLOSINGS, TABLES
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.closings import (
    CORPORATION_TAX,
    VAT,
    first_posting_date,
    open_closings,
)
from accbooks_warehouse.pipelines.queries.declared_tables import make_declared_tables
from accbooks_warehouse.pipelines.queries.periods import financial_years
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.sources.accbooks import ConfigurationError


def is_closed(warehouse: Warehouse, period: Period) -> bool:
    """Tell whether there is an open closing of this kind through exactly this day."""
    closed = open_closings(warehouse, period.company_id)
    return any(each.kind == period.kind and each.closed_through == period.through for each in closed)


def has_nothing_posted(warehouse: Warehouse, period: Period) -> bool:
    """Tell whether the books hold nothing up to the day: a dormant company files too."""
    first = first_posting_date(warehouse, period.company_id)
    return first is None or first > period.through


def check_filing(
    warehouse: Warehouse, period: Period, filed_on: dt.date | None, today: dt.date, *, force: bool
) -> None:
    """Raise ConfigurationError if it cannot have been filed on that day, or at all.

    Accounts and corporation tax returns are filed of a financial year. With `force` they may be of another
    period, such as one that was shortened.
    """
    if filed_on is None:
        if period.kind == CORPORATION_TAX:
            raise ConfigurationError(
                "A corporation tax return is recorded only as filed. Add --filed, or --filed DATE."
            )
        return
    if filed_on > today:
        raise ConfigurationError(f"--filed {filed_on} is in the future (today is {today}, UTC).")
    if filed_on <= period.through:
        raise ConfigurationError(f"--filed {filed_on} is not after {period.through}, the end of the period.")
    if period.kind == VAT and not force and not _may_end_vat_period(warehouse, period):
        raise ConfigurationError(
            f"{period.through} is not the last day of a month, with which VAT periods end. Correct the day, "
            "or add --force if the period was another one."
        )
    if period.kind != VAT and not force and not _is_year_end(warehouse, period):
        raise ConfigurationError(
            f"{period.through} is not the end of a financial year of {period.company}, and only years are "
            "filed. Correct the day, or add --force if the period was another one."
        )


def record_filing(
    warehouse: Warehouse, period: Period, filed_on: dt.date, *, by: str, note: str | None = None
) -> None:
    """Write the day into the open closing of the period; make one, of no postings, if there is none."""
    require_models(warehouse, "closings", "financial_years")
    with warehouse.building(), warehouse.kept_open():
        make_declared_tables(warehouse, TABLES)
        table = f"{warehouse.raw}.{CLOSINGS}"
        if is_closed(warehouse, period):
            warehouse.execute(
                f"update {table} set filed_on = %s, note = coalesce(%s, note) "
                "where company_id = %s and kind = %s and closed_through = %s and reopened_at is null",
                *(filed_on, note, period.company_id, period.kind, period.through),
            )
            return
        warehouse.execute(
            f"insert into {table} (company_id, kind, closed_through, closed_at, closed_by, note, forced, "
            "filed_on) select %s, %s, %s, %s, %s, %s, %s, %s",
            *(period.company_id, period.kind, period.through),
            *(pendulum.now("UTC"), by, note, False, filed_on),
        )


def _may_end_vat_period(warehouse: Warehouse, period: Period) -> bool:
    """Tell whether a VAT period may end on the day; where something is posted, its closing checks more."""
    is_end_of_month = (period.through + dt.timedelta(days=1)).day == 1
    return is_end_of_month or not has_nothing_posted(warehouse, period)


def _is_year_end(warehouse: Warehouse, period: Period) -> bool:
    return any(year.end == period.through for year in financial_years(warehouse, period.company_id))
