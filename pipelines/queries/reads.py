"""What was read of a company and when, its months with postings, and its reports that are out of date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations import STAGING, Warehouse
from accbooks_warehouse.sources.accbooks import COMPLETE, INCONSISTENT, NOT_POSTED, TRIAL_BALANCE, month_of

Key = tuple[str, dt.date | None, dt.date]
"""A report's name, start and end."""

WITHOUT_HISTORY = ("partial_history", "permission_missing", "year_end_unknown")
"""The causes for which balances cannot be compared."""
POSTED = f"(status is null or status not in {NOT_POSTED})"
POSTED_RECORDS = """
    select distinct extract(year from date), extract(month from date)
    from (
        select date from {raw}.transactions
        where company_id = %s and {posted} and case
            when invoice_id is not null or type = 'transfer' then amount is null or amount <> 0
            else net_amount is null or net_amount <> 0 or coalesce(vat_amount, 0) <> 0
        end
        union all
        select date from {raw}.invoices
        where company_id = %s and {posted} and id in (
            select invoice_id from {raw}.invoice_line_items
            where company_id = %s and (net_amount is null or net_amount <> 0 or coalesce(vat_amount, 0) <> 0)
        )
        union all
        select date from {raw}.journals
        where company_id = %s and id in (
            select journal_id from {raw}.journal_lines
            where company_id = %s and (coalesce(debit, 0) <> 0 or coalesce(credit, 0) <> 0)
        )
    ) as posted
"""


@dataclass(frozen=True)
class LastRead:
    """When a window of a resource, or a report, was last read completely."""

    resource: str
    start: dt.date | None
    end: dt.date | None
    fetched_at: dt.datetime


def balances_are_comparable(warehouse: Warehouse, company_id: str) -> bool:
    """Tell whether balances can be compared: if the history is complete and the year end is known."""
    if not warehouse.has_table(STAGING, "compared_periods"):
        return True
    return not warehouse.query(
        f"select 1 from {warehouse.models}.reconciliation where company_id = %s "
        "and report = %s and cause in (%s, %s, %s) limit 1",
        company_id,
        TRIAL_BALANCE.name,
        *WITHOUT_HISTORY,
    )


def overtaken_reports(warehouse: Warehouse, company_id: str) -> frozenset[Key]:
    """Return the reports that are out of date: a change was read after them, and they differ since."""
    if not warehouse.has_table(STAGING, "compared_periods"):
        return frozenset()
    rows = warehouse.query(
        f"select report, period_start, period_end from {warehouse.staging}.compared_periods "
        "where company_id = %s and is_overtaken",
        company_id,
    )
    return frozenset((report, start, end) for report, start, end in rows)


def posting_dates(warehouse: Warehouse, company_id: str) -> tuple[dt.date | None, dt.date | None]:
    """Return the first day of the first month with postings and the last day of the last; None if none."""
    posted = posting_months(warehouse, company_id)
    if not posted:
        return None, None
    return min(posted), month_of(max(posted)).end


def posting_months(warehouse: Warehouse, company_id: str) -> set[dt.date]:
    """Return the first days of the months with postings, by the raw tables.

    The rules are those of `reading.posting_months` in the source, for records just read.
    """
    rows = warehouse.query(
        POSTED_RECORDS.format(raw=warehouse.raw, posted=POSTED), *[company_id] * POSTED_RECORDS.count("%s")
    )
    return {dt.date(int(year), int(month), 1) for year, month in rows}


def last_reads(warehouse: Warehouse, company_id: str) -> list[LastRead]:
    """Return when each window and report of a company was last read completely.

    A report whose last answer could not be used counts as never read, so it is fetched again.
    """
    start, end = warehouse.quoted("from"), warehouse.quoted("to")
    rows = warehouse.query(
        f"""
        select resource, {start}, {end}, complete_at
        from (
            select
                resource,
                {start},
                {end},
                max(case when outcome = %s then fetched_at end) as complete_at,
                max(case when outcome = %s then fetched_at end) as unusable_at
            from {warehouse.reads}
            where company_id = %s
            group by resource, {start}, {end}
        ) as reads
        where complete_at is not null and (unusable_at is null or unusable_at < complete_at)
        """,
        COMPLETE,
        INCONSISTENT,
        company_id,
    )
    return [LastRead(*row) for row in rows]
