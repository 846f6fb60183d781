"""A warehouse that an earlier version made, before the first sync of this one."""

from __future__ import annotations

from typing import Any

import pytest
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.destinations.widening import JSON, KEPT_FOR_GOOD, declared_columns
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.queries.configured_companies import make_table
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.queries.vat_schemes import make_vat_schemes
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables

pytestmark = pytest.mark.long


def types(copy: Any) -> dict[tuple[str, str], Any]:
    """The type of each column that is declared of a raw table, or of one kept for good."""
    kept = ", ".join(f"'{table}'" for table in KEPT_FOR_GOOD)
    columns = copy.query(
        "select table_name, column_name, data_type, numeric_precision, numeric_scale"
        " from information_schema.columns where table_schema = 'accbooks_raw'"
        f" or (table_schema in ('accbooks', 'accbooks_staging') and table_name in ({kept}))"
    )
    declared = declared_columns()
    return {
        (table, column): tuple(rest) for table, column, *rest in columns if column in declared.get(table, {})
    }


def drop(copy: Any, schema: str, table: str, column: str) -> None:
    """Have a table lack a column, and the models on it be gone."""
    cascade = " cascade" if isinstance(copy.warehouse, Postgres) else ""
    copy.warehouse.execute(f'alter table {schema}.{table} drop column "{column}"{cascade}')


@pytest.mark.nightly
def test_every_raw_column_that_is_new_is_added_with_its_type_before_the_models_are_built(
    copy: Any,
) -> None:
    before = types(copy)
    with copy.warehouse.kept_open():
        for table, columns in declared_columns().items():
            for name, column in columns.items():
                if table not in KEPT_FOR_GOOD and not column.required and name not in JSON:
                    assert (table, name) in before
                    drop(copy, copy.warehouse.raw, table, name)
    make_table(copy.warehouse)
    make_own_tables(copy.warehouse)
    make_vat_schemes(copy.warehouse)

    # models that are not of this version are said to be of another, and made anew on what is kept for good
    drop(copy, copy.warehouse.staging, "known_documents", "is_quarantined")
    copy.execute(f"update {copy.warehouse.staging}.ledger_inputs set version = 'earlier'")
    with pytest.raises(WarehouseError, match=r"has no table or column .* Run 'accbooks transform' first"):
        copy.query("select fault from {raw}.sync_windows")
    copy.transforms.build()
    assert types(copy) == before
    assert findings(copy.warehouse).has("rejected_record") is False
