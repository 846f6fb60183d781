"""The raw tables that models read and no load writes: names and keys, settings of VAT, closings, files."""

from __future__ import annotations

from accbooks_warehouse.pipelines.closing.tables import TABLES as OF_CLOSINGS
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.files import TABLES as OF_FILES
from accbooks_warehouse.pipelines.queries.configured_companies import make_table as make_configured_companies
from accbooks_warehouse.pipelines.queries.declared_tables import make_declared_tables
from accbooks_warehouse.pipelines.queries.vat_schemes import make_vat_schemes
from accbooks_warehouse.pipelines.transform.models import SETTINGS_OF_VIEWS


def make_own_tables(warehouse: Warehouse) -> None:
    """Create those that a warehouse lacks; call it before every build. The raw schema has to exist."""
    make_configured_companies(warehouse)
    make_vat_schemes(warehouse)
    make_declared_tables(warehouse, {**OF_CLOSINGS, **OF_FILES, **SETTINGS_OF_VIEWS})
