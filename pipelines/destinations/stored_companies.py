"""Which companies a warehouse holds, and what dlt's pipelines remember of them there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accbooks_warehouse.pipelines.destinations.base import (
    CONFIGURED_COMPANIES,
    RAW,
    RUN_LOADS,
    RUNS,
    VAT_SCHEMES,
    Warehouse,
)
from accbooks_warehouse.pipelines.destinations.bookkeeping import stored_pipeline


def stored_company_ids(warehouse: Warehouse, name: str | None = None) -> list[str]:
    """Return the ids of the companies held, or of those that a configured or a real name stands for."""
    rows = warehouse.query_once(f"select distinct company_id from {RAW}.sync_windows")
    ids = {company_id for (company_id,) in rows}
    return sorted(ids if name is None else ids & _ids_called(warehouse, name))


def is_company_stored(warehouse: Warehouse, company_id: str) -> bool:
    """Tell whether a warehouse, if there is one, has read anything of a company."""
    return warehouse.has_raw_tables() and company_id in stored_company_ids(warehouse)


def _ids_called(warehouse: Warehouse, name: str) -> set[str]:
    """Return `name` itself, and the id that its key has answered with last.

    Where no sync has written that down yet, the state of the pipeline of that name knows of ids.
    """
    if warehouse.has_table(RAW, CONFIGURED_COMPANIES):
        rows = warehouse.query(
            f"select company_id from {warehouse.raw}.{CONFIGURED_COMPANIES}"
            " where name = %s and company_id is not null order by last_seen_at desc",
            name,
        )
        if rows:
            return {name, str(rows[0][0])}
    states = resource_states(warehouse, name)
    return {name, *(company_id for state in states.values() for company_id in state)}


def resource_states(warehouse: Warehouse, company: str | None = None) -> Mapping[str, Any]:
    """Return the state of a configured company's pipeline: by resource, then by company id."""
    with warehouse.kept_open():
        return stored_pipeline(warehouse, company).states


def has_rows_of(warehouse: Warehouse, company_id: str) -> bool:
    """Tell whether any raw table has a row of a company, be it of a load that was cut off."""
    if not warehouse.exists():
        return False
    tables = warehouse.query_once(
        "select table_name from information_schema.columns"
        " where table_schema = %s and column_name = 'company_id' and table_name not in (%s, %s, %s, %s)"
        " order by case when table_name = 'sync_windows' then 0 else 1 end",
        RAW,
        CONFIGURED_COMPANIES,
        VAT_SCHEMES,
        RUNS,
        RUN_LOADS,
    )
    return any(
        warehouse.query_of(
            company_id,
            f"select distinct company_id from {warehouse.raw}.{table} where company_id in ($members)",
        )
        for (table,) in tables
    )
