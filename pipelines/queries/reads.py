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
    select distinct company_id, extract(year from date), extract(month from date)
    from (
        select company_id, date from {raw}.transactions
        where company_id in ($members) and {posted} and case
            when invoice_id is not null or type = 'transfer' then amount is null or amount <> 0
            else net_amount is null or net_amount <> 0 or coalesce(vat_amount, 0) <> 0
        end
        union all
        select company_id, date from {raw}.invoices as invoices
        where company_id in ($members) and {posted} and exists (
            select 1 from {raw}.invoice_line_items as lines
            where lines.company_id = invoices.company_id and lines.invoice_id = invoices.id
                and (lines.net_amount is null or lines.net_amount <> 0 or coalesce(lines.vat_amount, 0) <> 0)
        )
        union all
        select company_id, date from {raw}.journals as journals
        where company_id in ($members) and exists (
            select 1 from {raw}.journal_lines as lines
            where lines.company_id = journals.company_id and lines.journal_id = journals.id
                and (coalesce(lines.debit, 0) <> 0 or coalesce(lines.credit, 0) <> 0)
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
    return not warehouse.query_of(
        company_id,
        f"select distinct company_id from {warehouse.models}.reconciliation "
        "where company_id in ($members) and report = %s and cause in (%s, %s, %s)",
        TRIAL_BALANCE.name,
        *WITHOUT_HISTORY,
    )


def overtaken_reports(warehouse: Warehouse, company_id: str) -> frozenset[Key]:
    """Return the reports that are out of date: a change was read after them, and they differ since."""
    if not warehouse.has_table(STAGING, "compared_periods"):
        return frozenset()
    rows = warehouse.query_of(
        company_id,
        f"select company_id, report, period_start, period_end from {warehouse.staging}.compared_periods "
        "where company_id in ($members) and is_overtaken",
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
    rows = warehouse.query_of(company_id, POSTED_RECORDS.format(raw=warehouse.raw, posted=POSTED))
    return {dt.date(int(year), int(month), 1) for year, month in rows}


def last_reads(warehouse: Warehouse, company_id: str) -> list[LastRead]:
    """Return when each window and report of a company was last read completely.

    A report whose last answer could not be used counts as never read, so it is fetched again.
    """
    start, end = warehouse.quoted("from"), warehouse.quoted("to")
    rows = warehouse.query_of(
        company_id,
        f"""
        select company_id, resource, {start}, {end}, complete_at
        from (
            select
                company_id,
                resource,
                {start},
                {end},
                max(case when outcome = %s then fetched_at end) as complete_at,
                max(case when outcome = %s then fetched_at end) as unusable_at
            from {warehouse.reads}
            where company_id in ($members)
            group by company_id, resource, {start}, {end}
        ) as reads
        where complete_at is not null and (unusable_at is null or unusable_at < complete_at)
        """,
        COMPLETE,
        INCONSISTENT,
    )
    return [LastRead(*row) for row in rows]
