"""What is to be filed, from tables filled by hand."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.filing_rules import FilingDate, FilingKind
from accbooks_warehouse.pipelines.queries.filing_dates import filing_dates

day = dt.date.fromisoformat
TODAY = day("2026-04-20")
TABLES = """
create schema {models};
create table {models}.vat_periods (company_id text, period_start date, period_end date, periods text);
create table {models}.financial_years (
    company_id text, financial_year_start date, financial_year_end date, is_year_end_known boolean);
create table {models}.closings (
    company_id text, kind text, closed_through date, reopened_at timestamptz, filed_on date);
insert into {models}.vat_periods
select company_id, period_start, period_start + interval '3 months' - interval '1 day', 'quarterly'
from (values ('a'), ('b')) as companies (company_id),
    (values (date '2025-04-01'), ('2025-07-01'), ('2025-10-01'), ('2026-01-01'), ('2026-04-01'),
        ('2026-07-01')) as starts (period_start);
insert into {models}.financial_years
select company_id, year_end - interval '1 year' + interval '1 day', year_end, true
from (values ('a'), ('b')) as companies (company_id),
    (values (date '2024-06-30'), ('2025-06-30'), ('2026-06-30'), ('2027-06-30')) as years (year_end);
"""
VAT_TO_DECEMBER = FilingDate(FilingKind.vat, day("2025-12-31"), day("2026-02-07"))
VAT_TO_MARCH = FilingDate(FilingKind.vat, day("2026-03-31"), day("2026-05-07"))
VAT_TO_JUNE = FilingDate(FilingKind.vat, day("2026-06-30"), day("2026-08-07"))
ACCOUNTS_OF_2025 = FilingDate(FilingKind.accounts, day("2025-06-30"), day("2026-03-31"))
RETURN_OF_2025 = FilingDate(FilingKind.tax_return, day("2025-06-30"), day("2026-06-30"))
OF_2026 = (
    FilingDate(FilingKind.accounts, day("2026-06-30"), day("2027-03-31")),
    FilingDate(FilingKind.tax_payment, day("2026-06-30"), day("2027-04-01")),
    FilingDate(FilingKind.tax_return, day("2026-06-30"), day("2027-06-30")),
)


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    path = str(tmp_path / "accbooks.duckdb")
    found = DuckDB(path)
    with duckdb.connect(path) as connection:
        connection.execute(TABLES.format(models=found.models))
    return found


def close(warehouse: DuckDB, *rows: tuple[Any, ...]) -> None:
    for row in rows:
        warehouse.execute(f"insert into {warehouse.models}.closings select %s, %s, %s, %s, %s", *row)


def of(warehouse: DuckDB, incorporated: Any = None) -> dict[str, tuple[FilingDate, ...]]:
    return filing_dates(warehouse, {"a": "01234567", "b": None}, incorporated or {}, TODAY)


def test_without_a_closing_that_says_filed_old_dates_are_left_out(warehouse: DuckDB) -> None:
    close(warehouse, ("a", "vat", day("2025-09-30"), None, None))  # closed, and perhaps not filed
    assert of(warehouse) == {
        "a": (ACCOUNTS_OF_2025, VAT_TO_MARCH, RETURN_OF_2025, VAT_TO_JUNE, *OF_2026),
        "b": (VAT_TO_MARCH, VAT_TO_JUNE),
    }


def test_what_follows_the_last_that_was_filed_is_due_and_what_precedes_it_is_not(warehouse: DuckDB) -> None:
    filed = day("2025-11-01")
    close(
        warehouse,
        ("a", "vat", day("2025-06-30"), None, filed),
        ("a", "vat", day("2025-09-30"), None, filed),
        ("a", "accounts", day("2025-06-30"), dt.datetime.now(dt.UTC), filed),  # reopened, and filed
        ("a", "corporation_tax", day("2025-06-30"), None, filed),
        ("b", "vat", day("2026-03-31"), None, day("2026-04-19")),
    )
    assert of(warehouse) == {
        "a": (VAT_TO_DECEMBER, VAT_TO_MARCH, VAT_TO_JUNE, *OF_2026),
        "b": (VAT_TO_JUNE,),
    }


def test_a_first_year_is_due_by_the_incorporation(warehouse: DuckDB) -> None:
    first = FilingDate(FilingKind.accounts, day("2026-06-30"), day("2027-02-20"))
    payment = FilingDate(FilingKind.tax_payment, day("2026-05-19"), day("2027-02-20"))
    assert of(warehouse, {"a": day("2025-05-20")})["a"] == (
        VAT_TO_MARCH,
        VAT_TO_JUNE,
        first,
        payment,
        *OF_2026[1:],
    )


def test_a_warehouse_of_an_earlier_version_has_what_it_can_tell(warehouse: DuckDB) -> None:
    warehouse.execute(f"drop table {warehouse.models}.vat_periods")
    warehouse.execute(f"alter table {warehouse.models}.closings drop column filed_on")
    assert of(warehouse) == {"a": (ACCOUNTS_OF_2025, RETURN_OF_2025, *OF_2026)}
    assert filing_dates(warehouse, {}, {}, TODAY) == {}
