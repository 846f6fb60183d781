"""What companies are called in sentences: as they are configured, with the id that tables have."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.errors import ModelError, NotBuiltError
from accbooks_warehouse.pipelines.queries.company import title
from accbooks_warehouse.pipelines.queries.configured_companies import called, configured_names, named
from accbooks_warehouse.pipelines.queries.findings import Finding, Findings, first_line
from accbooks_warehouse.pipelines.queries.known_books import KnownBooks
from pendulum import date

TABLES = """
create schema accbooks_raw;
create table accbooks_raw.configured_companies (name text, company_id text, last_seen_at timestamptz);
create table accbooks_raw.company (company_id text, name text);
insert into accbooks_raw.configured_companies values
    ('old', 'comp_5', '2026-01-01'), ('kade', 'comp_5', '2026-02-01'), ('new', null, '2026-02-01'),
    ('default', 'comp_1', '2026-02-01');
insert into accbooks_raw.company values ('comp_1', 'Alder Ltd'), ('comp_5', null);
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    path = str(tmp_path / "books.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(TABLES)
    return DuckDB(path)


def test_a_company_is_called_by_its_latest_configured_name_and_its_id(warehouse: DuckDB) -> None:
    assert configured_names(warehouse) == {"comp_5": "kade"}
    assert named(warehouse, ["comp_1", "comp_5"]) == "comp_1, kade (comp_5)"
    assert (title(warehouse, "comp_1"), title(warehouse, "comp_5")) == ("Alder Ltd (comp_1)", "kade (comp_5)")
    assert called("comp_1", "default") == called("comp_1", None) == called("comp_1", "comp_1") == "comp_1"


def test_what_cannot_be_built_or_closed_names_the_company_and_the_command_takes_that_name() -> None:
    reason = ModelError("ledger_postings (why)", 0)
    assert str(NotBuiltError({"comp_5": reason}, {"comp_5": "kade"})) == (
        f"The models of kade (comp_5) could not be built: {reason} The earlier models are kept. Run "
        "'accbooks transform --company kade --verbose' for details."
    )
    period = Period("comp_5", "vat", date(2026, 3, 31), "kade")
    assert period.title == "VAT of kade (comp_5) through 2026-03-31"


def test_a_line_about_several_companies_names_each() -> None:
    rows = tuple(
        Finding(each, each, "prior_period_change", "warning", *[None] * 8, f"Invoice {each} posts otherwise.")
        for each in ("comp_1", "comp_5")
    )
    line = first_line(Findings(rows, {"comp_5": "kade"}))
    assert line is not None
    assert "comp_1: Invoice comp_1 posts otherwise; kade (comp_5): Invoice comp_5 posts otherwise" in line


def test_a_file_is_told_of_the_company_by_the_name_that_it_may_write() -> None:
    books = KnownBooks({"kade": "comp_5", "comp_5": "comp_5", "comp_6": "comp_6"})
    assert (books.called("comp_5"), books.called("comp_6")) == ("kade (comp_5)", "comp_6")
