"""What a closing of accounts records: the balances, and what each document posts."""

from __future__ import annotations

import datetime as dt

from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.closing.tables import CLOSED_BALANCES, CLOSED_POSTINGS
from accbooks_warehouse.pipelines.destinations import Warehouse


def record_balances(
    warehouse: Warehouse, period: Period, moment: dt.datetime, year_start: dt.date | None
) -> None:
    """Write the balance of every account, and what it moved in the financial year."""
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_BALANCES}
        (company_id, kind, closed_through, closed_at, nominal_code, balance, movement_of_year, statement)
        select
            postings.company_id,
            cast(%s as varchar),
            cast(%s as date),
            cast(%s as timestamp with time zone),
            postings.nominal_code,
            coalesce(sum(postings.amount), 0),
            coalesce(sum(case when postings.posting_date >= %s then postings.amount end), 0),
            max(categories.statement)
        from {warehouse.staging}.ledger_postings as postings
        left join {warehouse.models}.nominal_accounts as accounts
            on postings.company_id = accounts.company_id and postings.nominal_code = accounts.nominal_code
        left join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category
        where postings.company_id = %s and postings.posting_date <= %s
        group by postings.company_id, postings.nominal_code
        """,
        *(period.kind, period.through, moment, year_start or dt.date.min, period.company_id, period.through),
    )


def record_postings(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
    """Write what each document posted to each account; later ones as well.

    That a document was dated after the period tells later that it moved, and was not added.
    """
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_POSTINGS}
        (
            company_id, kind, closed_through, closed_at, source_type, source_id, posting_date, nominal_code,
            amount, document_number, contact_name
        )
        select
            postings.company_id,
            cast(%s as varchar),
            cast(%s as date),
            cast(%s as timestamp with time zone),
            postings.source_type,
            postings.source_id,
            postings.posting_date,
            postings.nominal_code,
            coalesce(sum(postings.amount), 0),
            max(documents.reference),
            max(contacts.contact_name)
        from {named_postings(warehouse)}
        where postings.company_id = %s
        group by
            postings.company_id, postings.source_type, postings.source_id, postings.posting_date,
            postings.nominal_code
        """,
        *(period.kind, period.through, moment, period.company_id),
    )


def named_postings(warehouse: Warehouse) -> str:
    """Return the postings with their documents and contacts, as what a query selects from."""
    return f"""{warehouse.staging}.ledger_postings as postings
        left join {warehouse.staging}.known_documents as documents
            on postings.company_id = documents.company_id and postings.source_id = documents.record_id
            and postings.source_type || 's' = documents.resource
        left join {warehouse.staging}.stg_contacts as contacts
            on documents.company_id = contacts.company_id and documents.contact_id = contacts.contact_id"""
