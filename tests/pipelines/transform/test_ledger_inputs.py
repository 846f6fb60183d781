"""Which months changed, and which lost rows, since the models were built."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.transform.ledger_inputs import COLUMNS, LedgerInputs

BUILT = [
    ("comp_1", "invoices", "2026-01-01", "load_1", 3),
    ("comp_1", "invoices", "2026-02-01", "load_1", 3),
    ("comp_1", "journals", "2026-02-01", "load_1", 1),
    ("comp_1", "calendar", "2026-03-01", "today", 1),
    ("comp_2", "invoices", "2026-01-01", "load_1", 3),
]
HELD = [
    ("comp_1", "invoices", "2026-01-01", "load_1", 2),  # one is gone
    ("comp_1", "invoices", "2026-02-01", "load_1", 2),  # one came in another load
    ("comp_1", "invoices", "2026-02-01", "load_2", 1),
    ("comp_1", "journals", "2026-02-01", "load_1", 1),
    ("comp_2", "invoices", "2026-01-01", "load_1", 3),
]
JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


@pytest.fixture(params=["int_dated_inputs", "int_ledger_inputs"])
def inputs(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerInputs:
    """Inputs as counted by the view of dated ones, or by that of all: earlier versions have no other."""
    warehouse = DuckDB(str(tmp_path / "books.duckdb"))
    warehouse.execute(f"create schema {warehouse.staging}")
    for table, rows in (("ledger_inputs", BUILT), (request.param, HELD)):
        warehouse.execute(
            f"create table {warehouse.staging}.{table} "
            "(company_id varchar, input varchar, month_start date, version varchar, number_of_rows bigint)"
        )
        for row in rows:
            warehouse.execute(
                f"insert into {warehouse.staging}.{table} ({COLUMNS}) values (%s, %s, %s, %s, %s)", *row
            )
    return LedgerInputs(warehouse)


def test_months_with_other_rows_changed(inputs: LedgerInputs) -> None:
    assert inputs.changed_months("comp_1") == [JANUARY, FEBRUARY]


def test_a_month_lost_rows_if_none_came_since(inputs: LedgerInputs) -> None:
    assert inputs.months_with_rows_gone("comp_1") == [("invoices", JANUARY)]


def test_another_company_is_as_it_was_built(inputs: LedgerInputs) -> None:
    assert inputs.changed_months("comp_2") == inputs.months_with_rows_gone("comp_2") == []
