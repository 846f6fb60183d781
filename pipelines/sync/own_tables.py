"""The raw tables that models read and no load writes: names and keys, settings of VAT, closings, files."""

from __future__ import annotations

from accbooks_warehouse.pipelines.closing.tables import make_tables as make_closing_tables
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.files import make_tables as make_file_tables
from accbooks_warehouse.pipelines.queries.configured_companies import make_table as make_configured_companies
from accbooks_warehouse.pipelines.queries.vat_schemes import make_vat_schemes


def make_own_tables(warehouse: Warehouse) -> None:
    """Create those that a warehouse lacks; call it before every build. The raw schema has to exist."""
    make_configured_companies(warehouse)
    make_vat_schemes(warehouse)
    make_closing_tables(warehouse)
    make_file_tables(warehouse)
