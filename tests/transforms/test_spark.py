"""The models on Delta tables, built by an engine with Spark's SQL: field by field the relations of DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from accbooks_warehouse.pipelines.configuration import FILES as CONFIGURED
from accbooks_warehouse.pipelines.configuration import file_variables

pytest.importorskip("pysail", reason="The extra `spark` is not installed.")
pytest.importorskip("dbt.adapters.spark", reason="The extra `spark` is not installed.")

from accbooks_warehouse.pipelines.transform import exact_spark
from delta_lake import Lake, Relation, relations_of, sail
from test_any_books import Bookkeeper
from test_groups import BOOKS as GROUP
from test_groups import FILES as GROUPS

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.nightly]

HERE = Path(__file__).parent
VARIABLES = file_variables(CONFIGURED)
QUOTED = "o'neil \\ sons"
"""A company whose id ends a text of SQL too early, unless it is quoted for Spark."""
UNREADABLE = r'"a \"b\" \\"'
"""A value as it stands in JSON, which Spark finds without its quotation marks."""
SEEDS = range(12)
BUDGETS = {
    "budgets": [
        {"company_id": "alpha", "nominal_code": "4000", "month": "2024-02-01", "amount": "1000.00"},
        {"company_id": "alpha", "nominal_code": "7900", "month": "2024-02-01", "amount": "40.00"},
    ],
    "statement_layout": [
        {"statement": "profit_and_loss", "category": "turnover", "line": "Goods", "line_order": 20},
        {"statement": "balance_sheet", "nominal_from": "1200", "line": "Bank", "line_order": 10},
    ],
}
PARTITIONED = ("ledger_postings", "known_documents", "period_movements")
OF_A_RUN = {"touched_months", "touched_companies", "changed_documents", "changed_allocations"}
"""What says which rows a run computed again."""
OF_TABLES = "table_type = 'BASE TABLE'"
TABLES = ("--exclude", "config.materialized:view")
"""Chooses what a run makes that follows another one: the views are the same."""
EDITS = (
    ("transactions", "amount = amount + 10, net_amount = net_amount + 10", "id in ('txn_1', 'zero')"),
    ("transactions", "date = date + interval '40 days'", "id in ('txn_2', 'exempt')"),
    ("invoices", "exchange_rate = 0.25", "id in ('inv_1', 'euro')"),
    ("invoice_line_items", "net_amount = net_amount + 5", "invoice_id = 'inv_0' and line_number = 1"),
)
Files = dict[str, set[str]]


@pytest.fixture(scope="module")
def engine() -> Iterator[tuple[str, Any]]:
    exact_spark.replace_dbts()
    with sail() as started:
        yield started


@pytest.fixture(scope="module")
def all_books(books: Mapping[str, Any]) -> dict[str, Any]:
    """The books of the other tests, and some made up at random."""
    files = [yaml.safe_load((HERE / f"{name}_books.yml").read_text()) for name in ("odd", "vat", "cash_flow")]
    found = {company: book for file in files for company, book in file.items()}
    made_up = {f"seed {seed}": Bookkeeper(seed).books() for seed in SEEDS}
    return {**found, **GROUP, **books, **made_up, QUOTED: books["alpha"]}


@pytest.fixture(scope="module")
def built(
    build_in: Callable[..., Any],
    all_books: dict[str, Any],
    engine: tuple[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Any, Lake]:
    """The same books in DuckDB and in a lake, built in both."""
    warehouse = build_in(tmp_path_factory.mktemp("duckdb"), all_books)
    warehouse.insert(GROUPS | BUDGETS)
    extra = f'{{"_unreadable": {{"due_date": {UNREADABLE}, "reference": 1.5}}, "other": {{"due_date": 2}}}}'
    warehouse.execute(
        f"update accbooks_raw.invoices set extra = '{extra}' where company_id = '{next(iter(all_books))}'"
    )
    lake = Lake(warehouse, tmp_path_factory.mktemp("lake"), *engine)
    lake.copy_raw_tables()
    build(warehouse)
    build(lake)
    return warehouse, lake


def build(place: Any, *options: str, **variables: Any) -> None:
    outcomes = place.dbt("run", *options, variables={**VARIABLES, **variables})
    assert {name: each.status for name, each in outcomes.items() if each.status != "success"} == {}


def different(found: Mapping[str, Relation], expected: Mapping[str, Relation]) -> dict[str, Any]:
    """The relations that are not the same: their columns, or the rows that only one of the two has."""
    return {
        name: (
            found[name].columns if found[name].columns != expected[name].columns else None,
            [*(found[name].rows - expected[name].rows)][:2],
            [*(expected[name].rows - found[name].rows)][:2],
        )
        for name in expected
        if found[name] != expected[name]
    }


def compare(warehouse: Any, lake: Lake, condition: str = "1 = 1") -> dict[str, Any]:
    expected = relations_of(warehouse.connect, condition)
    return different({name: lake.rows(name) for name in expected}, expected)


def test_every_relation_is_duckdbs_field_by_field(built: tuple[Any, Lake]) -> None:
    warehouse, lake = built
    assert len(relations_of(warehouse.connect)) > 100
    assert compare(warehouse, lake) == {}


def test_the_books_have_what_is_written_differently(built: tuple[Any, Lake]) -> None:
    """Texts in order, halves away from zero, quotes, and JSON word for word."""
    _, lake = built
    assert len(lake.rows("accbooks.findings").rows) > 50
    found = [cell for row in lake.rows("accbooks.findings").rows for cell in row]
    assert any(UNREADABLE in str(cell) for cell in found)
    assert any(QUOTED in row for row in lake.rows("accbooks.general_ledger").rows)


CHANGED, UNTOUCHED = "seed 1", "seed 2"


@pytest.fixture(scope="module")
def edited(built: tuple[Any, Lake], all_books: dict[str, Any], put_books: Any) -> tuple[Any, Lake, Files]:
    """The books after records were changed, moved to another month and deleted, and a company was added."""
    warehouse, lake = built
    before = {table: lake.files(f"accbooks_staging.{table}") for table in PARTITIONED}
    warehouse.execute(
        *(
            f"update accbooks_raw.{table} set {setting}, row_hash = 'later', _dlt_load_id = 'later'"
            f" where company_id in ('{CHANGED}', 'odd') and {condition}"
            for table, setting, condition in EDITS
        ),
        f"delete from accbooks_raw.transactions where company_id = '{CHANGED}' and id = 'txn_0'",
        "delete from accbooks_raw.journals where company_id = 'odd' and id = 'wear'",
        "delete from accbooks_raw.journal_lines where company_id = 'odd' and journal_id = 'wear'",
    )
    put_books(warehouse, {"added later": all_books["alpha"]})
    lake.copy_raw_tables()
    build(warehouse, *TABLES)
    build(lake, *TABLES)
    return warehouse, lake, before


def test_what_changed_moved_went_or_came_is_built_as_in_duckdb(edited: tuple[Any, Lake, Files]) -> None:
    warehouse, lake, _ = edited
    touched = lake.rows("accbooks_staging.touched_companies").rows
    assert {company for company, _ in touched} == {CHANGED, "odd", "added later"}
    assert sum(lake.rows("accbooks.change_log").rows.values()) > 5
    assert compare(warehouse, lake, OF_TABLES) == {}


def test_no_file_of_another_company_is_written_again(edited: tuple[Any, Lake, Files]) -> None:
    _, lake, before = edited
    for table, files in before.items():
        after = lake.files(f"accbooks_staging.{table}")
        assert files != after, table
        rewritten = {file.split("company_id=")[1].split("/")[0] for file in files ^ after}
        assert rewritten == {"seed%201", "odd", "added%20later"}, table


def test_a_full_refresh_makes_the_same(edited: tuple[Any, Lake, Files]) -> None:
    warehouse, lake, _ = edited
    before = {name: lake.rows(name) for name in relations_of(warehouse.connect, OF_TABLES)}
    build(lake, "--full-refresh", *TABLES)
    after = {name: lake.rows(name) for name in before}
    assert {name.split(".")[1] for name in different(after, before)} <= OF_A_RUN
