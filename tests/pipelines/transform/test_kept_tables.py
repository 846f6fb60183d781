"""What is noted of tables, and what differs from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.transform import kept_tables
from accbooks_warehouse.pipelines.transform.kept_tables import Altered, AlteredLog, KeptTables

TABLES = ("accbooks.trial_balance", "accbooks.change_log", "accbooks_staging.compared_periods")


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    """A table that can be built again, a log, and one of the pipeline's own, with rows of two companies."""
    warehouse = DuckDB(str(tmp_path / "books.duckdb"))
    for schema in ("accbooks", "accbooks_staging"):
        warehouse.execute(f"create schema {schema}")
    for table in TABLES:
        warehouse.execute(
            f"create table {table} as select 'comp_' || i as company_id, i as n from range(1, 3) t (i)"
        )
    KeptTables(warehouse).record_checksums(["comp_1", "comp_2"])
    return warehouse


def altered(warehouse: DuckDB) -> Altered:
    return KeptTables(warehouse).altered(["comp_1", "comp_2"])


def test_nothing_differs_from_what_was_just_written_down(warehouse: DuckDB) -> None:
    assert altered(warehouse) == Altered()


@pytest.mark.parametrize(
    "change",
    [
        "update {} set n = n + 1 where company_id = 'comp_1'",
        "delete from {} where company_id = 'comp_1'",
        "insert into {} values ('comp_1', 7)",
    ],
)
@pytest.mark.parametrize("table", ["accbooks.trial_balance", "accbooks_staging.compared_periods"])
def test_any_other_row_is_noticed_for_its_company_alone(warehouse: DuckDB, table: str, change: str) -> None:
    warehouse.execute(change.format(table))
    assert altered(warehouse) == Altered(frozenset({"comp_1"}))
    KeptTables(warehouse).record_checksums(["comp_1"])
    assert altered(warehouse) == Altered()


@pytest.mark.parametrize("most", [1, 2, 1_000])
def test_tables_are_compared_in_however_many_queries(
    warehouse: DuckDB, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(kept_tables, "MOST_PARAMETERS", most)
    assert altered(warehouse) == Altered()
    warehouse.execute("update accbooks_staging.compared_periods set n = n + 1 where company_id = 'comp_2'")
    assert altered(warehouse) == Altered(frozenset({"comp_2"}))


def test_rows_of_a_company_that_had_none_are_noticed(warehouse: DuckDB) -> None:
    warehouse.execute("delete from accbooks.trial_balance where company_id = 'comp_1'")
    KeptTables(warehouse).record_checksums(["comp_1"])
    warehouse.execute("insert into accbooks.trial_balance values ('comp_1', 1)")
    assert altered(warehouse) == Altered(frozenset({"comp_1"}))


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ("update accbooks.change_log set n = 9 where company_id = 'comp_1'", 1),
        ("delete from accbooks.change_log where company_id = 'comp_1'", 0),
    ],
)
def test_what_a_log_lost_cannot_be_built_again(warehouse: DuckDB, change: str, rows: int) -> None:
    warehouse.execute(change)
    assert altered(warehouse) == Altered(logs=(AlteredLog("comp_1", "change_log", 1, rows),))


def test_a_log_that_a_run_wrote_into_before_it_was_cut_off_has_lost_nothing(warehouse: DuckDB) -> None:
    warehouse.execute("insert into accbooks.change_log values ('comp_1', 2)")
    assert altered(warehouse) == Altered()
