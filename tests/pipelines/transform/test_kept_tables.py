"""What is noted of tables, and what differs from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.transform.kept_tables import Altered, AlteredLog, KeptTables

TABLES = ("accbooks.trial_balance", "accbooks.change_log", "accbooks_staging.compared_periods")


@pytest.fixture
def house(tmp_path: Path) -> DuckDB:
    """A table that can be built again, a log, and one of the pipeline's own, with rows of two companies."""
    house = DuckDB(str(tmp_path / "books.duckdb"))
    for schema in ("accbooks", "accbooks_staging"):
        house.execute(f"create schema {schema}")
    for table in TABLES:
        house.execute(
            f"create table {table} as select 'comp_' || i as company_id, i as n from range(1, 3) t (i)"
        )
    KeptTables(house).write_down(["comp_1", "comp_2"])
    return house


def altered(house: DuckDB) -> Altered:
    return KeptTables(house).altered(["comp_1", "comp_2"])


def test_nothing_differs_from_what_was_just_written_down(house: DuckDB) -> None:
    assert altered(house) == Altered()


@pytest.mark.parametrize(
    "change",
    [
        "update {} set n = n + 1 where company_id = 'comp_1'",
        "delete from {} where company_id = 'comp_1'",
        "insert into {} values ('comp_1', 7)",
    ],
)
@pytest.mark.parametrize("table", ["accbooks.trial_balance", "accbooks_staging.compared_periods"])
def test_any_other_row_is_noticed_for_its_company_alone(house: DuckDB, table: str, change: str) -> None:
    house.execute(change.format(table))
    assert altered(house) == Altered(frozenset({"comp_1"}))
    KeptTables(house).write_down(["comp_1"])
    assert altered(house) == Altered()


def test_rows_of_a_company_that_had_none_are_noticed(house: DuckDB) -> None:
    house.execute("delete from accbooks.trial_balance where company_id = 'comp_1'")
    KeptTables(house).write_down(["comp_1"])
    house.execute("insert into accbooks.trial_balance values ('comp_1', 1)")
    assert altered(house) == Altered(frozenset({"comp_1"}))


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ("update accbooks.change_log set n = 9 where company_id = 'comp_1'", 1),
        ("delete from accbooks.change_log where company_id = 'comp_1'", 0),
    ],
)
def test_what_a_log_lost_cannot_be_built_again(house: DuckDB, change: str, rows: int) -> None:
    house.execute(change)
    assert altered(house) == Altered(logs=(AlteredLog("comp_1", "change_log", 1, rows),))


def test_a_log_that_a_run_wrote_into_before_it_was_cut_off_has_lost_nothing(house: DuckDB) -> None:
    house.execute("insert into accbooks.change_log values ('comp_1', 2)")
    assert altered(house) == Altered()
