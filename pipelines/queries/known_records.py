"""What the warehouse holds of single records: their days, and what transactions settle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders

IDS_AT_ONCE = 1_000


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


def settled_invoices(
    warehouse: Warehouse, company_id: str, transactions: Collection[str]
) -> Mapping[str, dt.date]:
    """Return the invoices that these transactions settle, as the warehouse holds both, and their days."""
    found: dict[str, dt.date] = {}
    for some in _in_chunks(transactions):
        found |= warehouse.query(
            f"""
            select invoices.id, invoices.date
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


def _in_chunks(identifiers: Collection[str]) -> list[list[str]]:
    ordered = sorted(identifiers)
    return [ordered[at : at + IDS_AT_ONCE] for at in range(0, len(ordered), IDS_AT_ONCE)]
