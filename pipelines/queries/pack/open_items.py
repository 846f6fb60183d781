"""Documents that are open on a day, of customers or of suppliers, with how long each is overdue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import A_DAY, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.pack.accounts import ControlAccounts


@dataclass(frozen=True)
class OpenItem:
    """A document that is open, or what has no document, in base currency.

    `source_type` is `invoice`, `unallocated` or `rounding`, as in the model aged_receivables.
    """

    contact_id: str | None
    contact_name: str | None
    source_type: str
    source_id: str | None
    number: str | None
    document_date: dt.date | None
    due_date: dt.date | None
    days_overdue: int | None
    bucket: str
    outstanding: Decimal


def open_items(
    warehouse: Warehouse, company_id: str, model: str, as_at: dt.date, control: ControlAccounts
) -> list[OpenItem]:
    """Return what is open at the end of a day; `model` is aged_receivables or aged_payables.

    The model has month-ends. Of a day within a month, it is what was open at the month-end before, and what
    the control account moved by since.
    """
    sql, parameters = (
        _at_month_end(warehouse, company_id, model, as_at)
        if is_month_end(as_at)
        else _within_month(warehouse, company_id, model, as_at, control)
    )
    return sorted((OpenItem(*row) for row in warehouse.query(sql, *parameters)), key=_in_order)


def _in_order(item: OpenItem) -> tuple[object, ...]:
    """Return what items are sorted by: databases put texts into different orders."""
    return (
        item.contact_name or "",
        item.contact_id or "",
        item.document_date or dt.date.min,
        item.source_id or "",
        item.source_type,
    )


def _at_month_end(
    warehouse: Warehouse, company_id: str, model: str, as_at: dt.date
) -> tuple[str, tuple[object, ...]]:
    sql = (
        "select contact_id, contact_name, source_type, source_id, document_number, document_date, due_date, "
        f"days_overdue, bucket, outstanding from {warehouse.models}.{model} "
        "where company_id = %s and as_at = %s"
    )
    return sql, (company_id, as_at)


def _month_end_before(warehouse: Warehouse, company_id: str, as_at: dt.date) -> dt.date:
    """Return the last month-end before the month of a day that the models have; long gaps have no months."""
    first = as_at.replace(day=1)
    ((month_end,),) = warehouse.query(
        f"select max(month_end) from {warehouse.models}.months where company_id = %s and month_end < %s",
        company_id,
        first,
    )
    return month_end or first - A_DAY


def _within_month(
    warehouse: Warehouse, company_id: str, model: str, as_at: dt.date, control: ControlAccounts
) -> tuple[str, tuple[object, ...]]:
    month_end = _month_end_before(warehouse, company_id, as_at)
    code, sign = (control.debtors, 1) if model == "aged_receivables" else (control.creditors, -1)
    sql = f"""
    with moved as (
        select kind, document_id, contact_id, outstanding as amount, outstanding_in_currency as in_currency
        from {warehouse.staging}.aged_items
        where company_id = %s and period_end = %s and nominal_code = %s
        union all
        select
            case when document_id is null then 'unallocated' else 'document' end as kind,
            document_id,
            case when document_id is null then contact_id end as contact_id,
            coalesce(amount, 0) as amount,
            coalesce(case when document_id is null then amount else amount_in_currency end, 0) as in_currency
        from {warehouse.staging}.ledger_postings
        where company_id = %s and posting_date > %s and posting_date <= %s and nominal_code = %s
        union all
        select kind, document_id, contact_id, amount, amount_in_currency as in_currency
        from {warehouse.staging}.allocations
        where
            company_id = %s and posting_date > %s and posting_date <= %s and nominal_code = %s
    ),

    balances as (
        select kind, document_id, contact_id, sum(amount) as amount, sum(in_currency) as in_currency
        from moved
        group by kind, document_id, contact_id
    ),

    -- what rounding leaves of settled documents is one row, as in the model
    items as (
        select
            case when kind = 'document' and in_currency = 0 then 'rounding' else kind end as kind,
            case when in_currency <> 0 then document_id end as document_id,
            contact_id,
            sum(amount) as amount
        from balances
        where amount <> 0 or in_currency <> 0
        group by 1, 2, 3
        having sum(amount) <> 0 or sum(in_currency) <> 0
    ),

    documents as (
        select
            coalesce(invoices.customer_id, invoices.supplier_id, items.contact_id) as contact_id,
            case when items.kind = 'document' then 'invoice' else items.kind end as source_type,
            items.document_id as source_id,
            invoices.invoice_number as document_number,
            invoices.invoice_date as document_date,
            coalesce(invoices.due_date, invoices.invoice_date) as due_date,
            items.amount
        from items
        left join {warehouse.staging}.stg_invoices as invoices
            on invoices.company_id = %s and items.document_id = invoices.invoice_id
    ),

    aged as (
        select
            documents.*,
            case
                when due_date is null then null
                else greatest(0, cast(%s as date) - due_date)
            end as days_overdue
        from documents
    )

    select
        aged.contact_id,
        contacts.contact_name,
        aged.source_type,
        aged.source_id,
        aged.document_number,
        aged.document_date,
        aged.due_date,
        aged.days_overdue,
        case
            when aged.days_overdue is null or aged.days_overdue = 0 then 'current'
            when aged.days_overdue <= 30 then '1-30'
            when aged.days_overdue <= 60 then '31-60'
            when aged.days_overdue <= 90 then '61-90'
            else 'over 90'
        end as bucket,
        cast({sign} * aged.amount as decimal(18, 2))
    from aged
    left join {warehouse.staging}.stg_contacts as contacts
        on contacts.company_id = %s and aged.contact_id = contacts.contact_id
    """
    since = (company_id, month_end, as_at, code)
    return sql, (company_id, month_end, code, *since, *since, company_id, as_at, company_id)
