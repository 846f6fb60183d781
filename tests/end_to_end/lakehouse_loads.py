"""Load books of an emulator into a warehouse, in this process or, as a program, in one of its own."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection
from typing import Any

import pendulum
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import Lakehouse, Warehouse
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.sync.raw_rows import RawRows
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.tables.reports import ReportRequest
from accbooks_warehouse.sources.accbooks.windows import Window

TODAY = pendulum.today("UTC").date()
OF_ONE_LOAD = {
    *("_dlt_load_id", "fetched_at", "generated_at", "began_at", "sync_began_at", "data"),
    *("first_seen_at", "last_seen_at"),
}
"""Columns that say which load a row is of, and when that was; a report kept whole says so, too."""
HASHED_WITH_THEM = {"profit_loss", "balance_sheet", "trial_balance", "report_versions"}
"""Tables whose row_hash is also one of `generated_at`."""


def load(warehouse: Warehouse, base_url: str, key: str, name: str = "default") -> Loader:
    """Load everything that is due, and whatever was damaged since it was loaded."""
    prepare_dlt()
    settings = Settings(key, base_url)
    warehouse.open()
    make_own_tables(warehouse)
    books = open_books(settings, window=Window())
    loader = Loader(warehouse, Company(name, settings), books)
    if warehouse.has_raw_tables():
        loader.reload_damaged(RawRows(warehouse, books.company_id, TODAY).damage())
    loader.load_records()
    months = [ReportRequest(TODAY.subtract(months=back).end_of("month")) for back in range(3)]
    loader.load_reports({"trial_balance": months, "balance_sheet": months})
    return loader


def raw_tables(warehouse: Warehouse) -> dict[str, set[str]]:
    """Return the columns of all raw tables but dlt's own."""
    columns = {table: set(names) for table, names in warehouse.raw_columns().items()}
    return {table: names for table, names in columns.items() if not table.startswith("_dlt")}


def rows(warehouse: Warehouse, table: str) -> Counter[tuple[Any, ...]]:
    """Return the rows of a raw table, without what differs from load to load."""
    left_out = OF_ONE_LOAD | ({"row_hash"} if table in HASHED_WITH_THEM else set())
    names = sorted(raw_tables(warehouse)[table] - left_out)
    listed = ", ".join(map(warehouse.quoted, names))
    return Counter(warehouse.query(f"select {listed} from {warehouse.raw}.{table}"))


def assert_equal(one: Warehouse, other: Warehouse, but: Collection[str] = ()) -> None:
    """Assert that raw tables of two warehouses have the same columns and, but for some, the same rows."""
    assert raw_tables(one) == raw_tables(other)
    for table in raw_tables(one).keys() - set(but):
        of_one, of_other = rows(one, table), rows(other, table)
        assert (of_one - of_other, of_other - of_one) == (Counter(), Counter()), table


if __name__ == "__main__":
    load(Lakehouse(sys.argv[1]), *sys.argv[2:])
