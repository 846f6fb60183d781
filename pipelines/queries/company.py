"""The company's own record: its name, its number, its currency, its plan."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import MEMBERS, Warehouse
from accbooks_warehouse.pipelines.queries.configured_companies import called, configured_names


def company_details(warehouse: Warehouse, company_id: str, *columns: str) -> tuple[str | None, ...]:
    """Return some columns of the company's own record; None if the key may not read it."""
    rows = warehouse.query_of(
        company_id,
        f"select company_id, {', '.join(columns)} from {warehouse.raw}.company "
        f"where company_id in ({MEMBERS})",
    )
    return rows[0] if rows else (None,) * len(columns)


def title(warehouse: Warehouse, company_id: str) -> str:
    """Return a company's name and id, as far as they are known."""
    (name,) = company_details(warehouse, company_id, "name")
    return f"{name} ({company_id})" if name else title_in_configuration(warehouse, company_id)


def title_in_configuration(warehouse: Warehouse, company_id: str) -> str:
    """Return a company's name in the configuration and its id, as far as they are known."""
    return called(company_id, configured_names(warehouse).get(company_id))
