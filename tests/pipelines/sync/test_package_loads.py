"""Which packages of companies are loaded together."""

import datetime as dt
import weakref
from typing import Any

import pyarrow as pa
import pytest
from accbooks_warehouse.pipelines.destinations import Postgres, StoredPipeline
from accbooks_warehouse.pipelines.sync.package_loads import batches
from accbooks_warehouse.pipelines.sync.packages import FEW_ROWS, Part
from accbooks_warehouse.pipelines.sync.unchanged import are_stored, changed_months
from accbooks_warehouse.sources.accbooks import ReadPackage, Replacement, Writing, merged


class StandInPackages:
    """Says whether dlt has the company's pipeline already."""

    def __init__(self, *, is_with_dlt: bool = False) -> None:
        self.is_with_dlt = is_with_dlt


def replacement(company_id: str, rows: int = 1, writing: Writing = Writing.CHANGES) -> Replacement:
    table = pa.table({"company_id": [company_id] * rows, "id": [str(number) for number in range(rows)]})
    return Replacement(
        "contacts", table, ("company_id", "id"), f"company_id = '{company_id}'", writing=writing
    )


def part(company_id: str, *, is_with_dlt: bool = False, **how: Any) -> Part:
    packages: Any = StandInPackages(is_with_dlt=is_with_dlt)
    package = ReadPackage(company_id, {"contacts": [replacement(company_id, **how)]})
    return Part(packages, package, ["contacts"])


def companies(parts: list[Part]) -> list[list[str]]:
    return [[each.package.company_id for each in batch] for batch in batches(parts)]


def test_packages_written_in_the_same_way_are_loaded_together() -> None:
    assert companies([part("a"), part("b"), part("c")]) == [["a", "b", "c"]]


def test_a_first_package_is_not_loaded_with_those_that_replace_rows() -> None:
    first = part("b", writing=Writing.FIRST)
    assert companies([part("a"), first, part("c")]) == [["a", "c"], ["b"]]


def test_a_load_has_few_rows_and_a_larger_package_is_alone() -> None:
    half = FEW_ROWS // 2
    parts = [part("a", rows=half), part("b", rows=half), part("c"), part("d", rows=FEW_ROWS + 1)]
    assert companies(parts) == [["a", "b"], ["c"], ["d"]]


def test_a_company_whose_pipeline_dlt_has_is_loaded_by_that() -> None:
    assert companies([part("a"), part("b", is_with_dlt=True), part("c")]) == [["b"], ["a", "c"]]


def test_a_table_that_dlt_took_out_of_a_package_takes_no_memory_any_more() -> None:
    large = part("a", rows=100)
    (change,) = large.changes
    assert isinstance(change, Replacement)
    held = weakref.ref(change.data)
    assert (large.rows, large.writings) == (100, {"contacts": Writing.CHANGES})
    del change
    assert held() is not None
    large.package.changes.pop("contacts")
    assert held() is None


def test_what_changes_in_a_table_that_is_to_be_made_is_not_asked_for() -> None:
    nowhere: Any = None
    invoices = pa.table({"company_id": ["a"], "id": ["1"], "date": [dt.date(2026, 1, 31)], "row_hash": ["x"]})
    change = Replacement("invoices", invoices, ("company_id", "id"), "1 = 1", writing=Writing.CHANGES)
    assert changed_months(nowhere, StoredPipeline(), [change], "a") == set()


def test_merged_packages_replace_the_rows_of_each_company_and_nothing_else() -> None:
    package = merged([part("a").package, part("b", rows=2).package])
    (change,) = package.changes["contacts"]
    assert isinstance(change, Replacement)
    assert change.data["company_id"].to_pylist() == ["a", "b", "b"]
    assert change.scope == "((company_id = 'a') or (company_id = 'b'))"
    assert package.states == {}


@pytest.mark.parametrize("rows", [0, 3])
def test_rows_of_a_part_are_those_of_all_its_tables(rows: int) -> None:
    assert part("a", rows=rows).rows == rows


@pytest.mark.parametrize("held", ["a%b", "50%off", "100%%", "%s"])
def test_an_id_with_a_percent_sign_is_compared_beside_other_companies(new_database: Any, held: str) -> None:
    def change(company_id: str, identifier: str) -> Replacement:
        table = pa.table({"company_id": [company_id], "id": [identifier], "row_hash": ["h"]})
        return Replacement("contacts", table, ("company_id", "id"), f"company_id = '{company_id}'")

    with new_database() as address:
        warehouse = Postgres(address)
        warehouse.execute("create schema accbooks_raw")
        warehouse.execute("create table accbooks_raw.contacts (company_id text, id text, row_hash text)")
        for company_id, identifier in (("a", held), ("b", "other")):
            warehouse.execute(
                "insert into accbooks_raw.contacts values (%s, %s, 'h')", company_id, identifier
            )
        packages = [("a", [change("a", held)]), ("b", [change("b", "new")])]
        assert are_stored(warehouse, packages) == [True, False]
