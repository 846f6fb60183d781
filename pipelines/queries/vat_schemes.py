"""The table of the settings of VAT, from which models know scheme and periods; every sync updates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from accbooks_warehouse.pipelines.destinations import RAW, VAT_SCHEMES, Warehouse
from accbooks_warehouse.pipelines.vat_settings import VatSetting

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "company_id": "text",
        "valid_from": "date",
        "scheme": "text",
        "periods": "text",
        "stagger": "bigint",
        "flat_rate_percent": "decimal",
        "is_limited_cost": "bool",
        "registered_from": "date",
    }
)
"""The columns, in dlt's types; the key is (company_id, valid_from)."""


def make_vat_schemes(warehouse: Warehouse) -> None:
    """Create the table if a warehouse has none, because models read it."""
    if not warehouse.has_table(RAW, VAT_SCHEMES):
        with warehouse.defining():
            warehouse.make_raw_table(VAT_SCHEMES, COLUMNS)


def write_vat_schemes(warehouse: Warehouse, company_id: str, settings: Sequence[VatSetting]) -> None:
    """Save a company's settings of VAT; writes nothing if they are the same."""
    table = f"{warehouse.raw}.{VAT_SCHEMES}"
    names = list(COLUMNS)[1:]
    wanted = [tuple(getattr(setting, name) for name in names) for setting in settings]
    stored: list[tuple[Any, ...]] = warehouse.query_of(
        company_id,
        f"select company_id, {', '.join(names)} from {table} "
        "where company_id in ($members) order by valid_from",
    )
    if stored == wanted:
        return
    with warehouse.transaction():
        warehouse.execute(f"delete from {table} where company_id = %s", company_id)
        for row in wanted:
            warehouse.execute(
                f"insert into {table} ({', '.join(COLUMNS)}) select {', '.join(['%s'] * len(COLUMNS))}",
                company_id,
                *row,
            )
