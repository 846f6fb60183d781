"""Check that the models a query needs are built."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError


def require_models(warehouse: Warehouse, *names: str) -> None:
    """Raise WarehouseError, which says what to do, if one of these models is missing."""
    missing = [name for name in names if not warehouse.has_table(MODELS, name)]
    if missing:
        what = f"table {missing[0]}" if len(missing) == 1 else f"tables {', '.join(missing)}"
        raise WarehouseError(
            f"{warehouse.describe()} has no {what} in schema {MODELS}: another version of accbooks built it, "
            "or none did. Run 'accbooks transform' first."
        )
