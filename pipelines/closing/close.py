"""Close the books through a day: record their balances and postings of that moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.closing import accounts, vat
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.closing.stored_findings import store_findings
from accbooks_warehouse.pipelines.closing.tables import (
    CLOSED_BALANCES,
    CLOSED_POSTINGS,
    CLOSED_VAT_LINES,
    CLOSINGS,
    TABLES,
)
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.queries.closings import (
    ACCOUNTS,
    VAT,
    first_posting_date,
    open_closings,
)
from accbooks_warehouse.pipelines.queries.comparison import line_totals
from accbooks_warehouse.pipelines.queries.declared_tables import make_declared_tables
from accbooks_warehouse.pipelines.queries.findings import PRIOR_PERIOD_CHANGE, findings, summary_of
from accbooks_warehouse.pipelines.queries.periods import financial_year_start
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.pipelines.transform.ledger_inputs import LedgerInputs
from accbooks_warehouse.sources.accbooks import ConfigurationError


@dataclass(frozen=True)
class Recorded:
    """How many balances and documents a closing recorded, and whether it was forced.

    `accepted` counts documents that had changed in the period closed before: the new closing takes them as
    they are.
    """

    balances: int
    documents: int
    accepted: int
    was_forced: bool


def close(
    warehouse: Warehouse,
    period: Period,
    *,
    by: str,
    note: str | None = None,
    force: bool = False,
    filed_on: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Recorded:
    """Record the balances and postings of a period as they are in the warehouse now, and when it was filed.

    Raises ConfigurationError for a day that cannot be closed, WarehouseError if the last run did not agree
    with AccBooks up to that day. With `force` the closing is recorded nevertheless, and says so.
    """
    require_models(warehouse, "findings", "prior_period_changes", "vat_return_lines")
    moment = now or pendulum.now("UTC")
    with warehouse.building(), warehouse.kept_open():
        make_declared_tables(warehouse, TABLES)
        _check_day(warehouse, period, moment.date(), force=force)
        reason = disagreement(warehouse, period)
        if reason and not force:
            raise WarehouseError(
                f"{period.title} cannot be closed: {reason} Run 'accbooks sync' and see what it "
                "says, or close the period as it is with --force, which is recorded."
            )
        accepted = _changed_documents(warehouse, period) if period.kind == ACCOUNTS else 0
        with warehouse.transaction():
            _record(warehouse, period, moment, (by, note, reason is not None, filed_on))
        store_findings(warehouse)
        return Recorded(*_recorded(warehouse, period, moment), accepted, reason is not None)


def _changed_documents(warehouse: Warehouse, period: Period) -> int:
    """Return how many documents changed in the period that was closed before."""
    rows = findings(warehouse, [period.company_id]).rows
    return sum(each.check_name == PRIOR_PERIOD_CHANGE for each in rows)


def disagreement(warehouse: Warehouse, period: Period) -> str | None:
    """Return why the last run did not agree with AccBooks up to the day to close; None if it did."""
    errors = [
        each
        for each in findings(warehouse, [period.company_id]).errors
        if each.check_name != PRIOR_PERIOD_CHANGE
    ]
    if errors:
        return f"the last run found errors ({summary_of(errors)})."
    if LedgerInputs(warehouse).different([period.company_id]):
        return "records were loaded that the ledger was not built from yet."
    through = line_totals(warehouse, period.company_id).through
    if through is None:
        return "the books were not compared with AccBooks' reports."
    if through < period.through:
        return f"the books match AccBooks' reports only through {through}."
    return None


def _check_day(warehouse: Warehouse, period: Period, today: dt.date, *, force: bool) -> None:
    """Raise ConfigurationError for a day that is not over, before the books, or closed already."""
    if period.through >= today:
        raise ConfigurationError(
            f"{period.through} is not over yet (today is {today}, UTC). Close an earlier day."
        )
    first = first_posting_date(warehouse, period.company_id)
    if first is None or period.through < first:
        begin = f"the books begin on {first}" if first else "nothing is posted in these books"
        raise ConfigurationError(f"There is nothing to close through {period.through}: {begin}.")
    if period.kind == VAT and not force:
        vat.check_period(warehouse, period)
    closed = [
        each.closed_through
        for each in open_closings(warehouse, period.company_id)
        if each.kind == period.kind and each.closed_through >= period.through
    ]
    if closed:
        option = "--vat" if period.kind == VAT else "--through"
        raise ConfigurationError(
            f"{period.title} cannot be closed again: everything through {closed[-1]} is closed. First run "
            f"'accbooks reopen --company {period.name or period.company_id} {option} {closed[-1]}'."
        )


def _record(
    warehouse: Warehouse,
    period: Period,
    moment: dt.datetime,
    details: tuple[str, str | None, bool, dt.date | None],
) -> None:
    """Write the closing and what it is compared with.

    `details` are by whom, the note, whether forced, and when it was filed.
    """
    start = financial_year_start(warehouse, period.company_id, period.through)
    if period.kind == ACCOUNTS:
        accounts.record_balances(warehouse, period, moment, start)
        accounts.record_postings(warehouse, period, moment)
    else:
        vat.record_boxes(warehouse, period, moment)
        vat.record_lines(warehouse, period, moment)
        vat.record_documents(warehouse, period, moment)
    # last: where a transaction is of one table, what a run that is cut off recorded belongs to no closing
    warehouse.execute(
        f"insert into {warehouse.raw}.{CLOSINGS} (company_id, kind, closed_through, financial_year_start, "
        "closed_at, closed_by, note, forced, filed_on) select %s, %s, %s, %s, %s, %s, %s, %s, %s",
        *(period.company_id, period.kind, period.through, start, moment, *details),
    )


def _recorded(warehouse: Warehouse, period: Period, moment: dt.datetime) -> tuple[int, int]:
    """Return how many balances and documents a closing has."""
    which = "where company_id = %s and closed_through = %s and closed_at = %s"
    documents = (
        f"{CLOSED_VAT_LINES} {which} and period_end <= closed_through and source_id is not null"
        if period.kind == VAT
        else f"{CLOSED_POSTINGS} {which} and posting_date <= closed_through"
    )
    key = (period.company_id, period.through, moment)
    ((balances, count),) = warehouse.query(
        f"""
        select
            (select count(*) from {warehouse.raw}.{CLOSED_BALANCES} {which} and kind = %s),
            count(*)
        from (select distinct source_type, source_id from {warehouse.raw}.{documents}) as documents
        """,
        *(*key, period.kind, *key),
    )
    return int(balances), int(count)
