"""What the warehouse has of single records: their days and versions, and what transactions settle."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders
from accbooks_warehouse.sources.accbooks import DATED_RESOURCES

IDS_AT_ONCE = 1_000
PAYMENTS_OF_CHANGES = """
with paid as (
    select company_id, record_id as invoice_id, new_contact_id as contact_id
    from {models}.change_log
    where
        seen_at >= %s
        and resource = 'invoices'
        and change = 'changed'
        and old_status in ('sent', 'part_paid', 'paid')
        and new_status in ('sent', 'part_paid', 'paid')
        and old_document_date is not distinct from new_document_date
        and old_contact_id is not distinct from new_contact_id
        and old_reference is not distinct from new_reference
        and old_description is not distinct from new_description
        and old_currency is not distinct from new_currency
        and old_amount is not distinct from new_amount
        and old_nominal_codes is not distinct from new_nominal_codes
)

select paid.company_id, paid.invoice_id, transactions.id
from paid
inner join {raw}.transactions as transactions
    on paid.company_id = transactions.company_id and paid.invoice_id = transactions.invoice_id
union
select paid.company_id, paid.invoice_id, change_log.record_id
from paid
inner join {models}.change_log as change_log
    on paid.company_id = change_log.company_id and paid.contact_id = change_log.old_contact_id
where
    change_log.seen_at >= %s
    and change_log.resource = 'transactions'
    and change_log.change in ('changed', 'deleted')
"""


def was_edited_between(warehouse: Warehouse, company_id: str, since: dt.datetime, until: dt.datetime) -> bool:
    """Tell whether AccBooks says of a dated record that it was edited between these moments."""
    edited = " union all ".join(
        f"select 1 from {warehouse.raw}.{name} where company_id = %s and updated_at between %s and %s"
        for name in DATED_RESOURCES
    )
    parameters = [company_id, since, until] * len(DATED_RESOURCES)
    return bool(warehouse.query(f"select 1 from ({edited}) as edited limit 1", *parameters))


def stored_versions(
    warehouse: Warehouse, company_id: str, resource: str, first: dt.date, last: dt.date
) -> dict[Any, tuple[dt.date, str]]:
    """Return the day and the hash of each record of these days, by its id."""
    rows = warehouse.query(
        f"select id, date, row_hash from {warehouse.raw}.{resource} "
        "where company_id = %s and date between %s and %s",
        *(company_id, first, last),
    )
    return {identifier: (date, row_hash) for identifier, date, row_hash in rows}


def bank_nominal_codes(warehouse: Warehouse, company_id: str) -> set[str]:
    """Return the nominal accounts of a company's bank accounts."""
    rows = warehouse.query(
        f"select nominal_code from {warehouse.raw}.bank_accounts where company_id = %s", company_id
    )
    return {code for (code,) in rows}


def known_days(
    warehouse: Warehouse, company_id: str, resource: str, identifiers: Collection[str]
) -> Mapping[str, dt.date]:
    """Return the days of those of these records that the warehouse holds, by their ids."""
    found: dict[str, dt.date] = {}
    for some in _in_chunks(identifiers):
        found |= warehouse.query(
            f"select id, date from {warehouse.raw}.{resource} "
            f"where company_id = %s and date is not null and id in ({placeholders(some)})",
            company_id,
            *some,
        )
    return found


def settled_days(
    warehouse: Warehouse, company_id: str, transactions: Collection[str]
) -> Mapping[str, dt.date]:
    """Return the days of the invoices that these transactions settle, as the warehouse has both.

    The days are by transaction.
    """
    found: dict[str, dt.date] = {}
    for some in _in_chunks(transactions):
        found |= warehouse.query(
            f"""
            select transactions.id, invoices.date
            from {warehouse.raw}.invoices as invoices
            inner join {warehouse.raw}.transactions as transactions
                on
                    transactions.company_id = invoices.company_id
                    and transactions.invoice_id = invoices.id
            where
                invoices.company_id = %s
                and invoices.date is not null
                and transactions.id in ({placeholders(some)})
            """,
            company_id,
            *some,
        )
    return found


def logged_changes(warehouse: Warehouse, since: dt.datetime) -> set[tuple[str, str, str]]:
    """Return what the change log says was seen since then: company, list and id of each document."""
    rows = warehouse.query(
        f"select distinct company_id, resource, record_id from {warehouse.models}.change_log "
        "where seen_at >= %s",
        since,
    )
    return {(str(company_id), str(resource), str(record_id)) for company_id, resource, record_id in rows}


def payments_of_changes(
    warehouse: Warehouse, since: dt.datetime
) -> Mapping[tuple[str, str, str], frozenset[tuple[str, str, str]]]:
    """Return the invoices that changed since then as a payment changes one, and what may have paid them.

    Such an invoice differs in nothing that the change log knows but its status; AccBooks may send the event
    of the transaction alone. The transactions are those that settle it now, and those of its contact that
    were changed or deleted. Both are given as company, list and id.
    """
    rows = warehouse.query(
        PAYMENTS_OF_CHANGES.format(models=warehouse.models, raw=warehouse.raw), since, since
    )
    found: dict[tuple[str, str, str], set[tuple[str, str, str]]] = defaultdict(set)
    for company_id, invoice_id, transaction_id in rows:
        found[company_id, "invoices", invoice_id].add((company_id, "transactions", transaction_id))
    return {invoice: frozenset(transactions) for invoice, transactions in found.items()}


def _in_chunks(identifiers: Collection[str]) -> list[list[str]]:
    ordered = sorted(identifiers)
    return [ordered[at : at + IDS_AT_ONCE] for at in range(0, len(ordered), IDS_AT_ONCE)]
