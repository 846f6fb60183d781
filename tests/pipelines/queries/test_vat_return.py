"""What is asked of a VAT return, from tables filled by hand."""

import datetime as dt
from pathlib import Path

from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.queries.vat_return import changes_since_closing

MARCH, JUNE = dt.date(2026, 3, 31), dt.date(2026, 6, 30)


def test_a_flat_rate_that_changed_closed_returns_is_said_without_a_document(tmp_path: Path) -> None:
    warehouse = DuckDB(str(tmp_path / "accbooks.duckdb"))
    warehouse.execute(f"create schema {warehouse.models}")
    warehouse.execute(
        f"create table {warehouse.models}.late_vat (company_id text, closed_through date, source_type text)"
    )
    warehouse.execute(
        f"insert into {warehouse.models}.late_vat values ('flat', '2026-03-31', 'flat rate'), "
        "('sold', '2026-03-31', 'flat rate'), ('sold', '2026-03-31', 'invoice')"
    )
    found = {each: changes_since_closing(warehouse, each, MARCH) for each in ("flat", "sold", "quiet")}
    assert found == {"flat": (MARCH, 0), "sold": (MARCH, 1), "quiet": None}
    assert changes_since_closing(warehouse, "flat", JUNE) is None
