"""What is to be filed, from tables filled by hand."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.filing_rules import FilingDate, FilingKind
from accbooks_warehouse.pipelines.queries.filing_dates import Filer, filing_dates

day = dt.date.fromisoformat
TODAY = day("2026-04-20")
TABLES = """
create schema {models};
create schema {staging};
create table {staging}.stg_company (company_id text, vat_number text, vat_scheme text);
create table {staging}.stg_vat_schemes (company_id text, valid_from date);
create table {staging}.vat_movements (company_id text, posting_date date, vat_box integer);
insert into {staging}.stg_company values ('a', 'GB123456789', null), ('b', null, 'standard');
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
        connection.execute(TABLES.format(models=found.models, staging=found.staging))
    return found


def close(warehouse: DuckDB, *rows: tuple[Any, ...]) -> None:
    for row in rows:
        warehouse.execute(f"insert into {warehouse.models}.closings select %s, %s, %s, %s, %s", *row)


def of(warehouse: DuckDB, incorporated: Any = None) -> dict[str, tuple[FilingDate, ...]]:
    days = incorporated or {}
    filers = {
        "a": Filer("01234567", "06-30", incorporated_on=days.get("a")),
        "b": Filer(None, "06-30"),
    }
    return filing_dates(warehouse, filers, TODAY)


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
    assert filing_dates(warehouse, {}, TODAY) == {}


def test_a_company_that_is_not_registered_files_only_for_periods_with_vat(warehouse: DuckDB) -> None:
    """b is no longer registered, and had VAT in March; a is registered since May, and had none before."""
    warehouse.execute(f"update {warehouse.staging}.stg_company set vat_scheme = null where company_id = 'b'")
    assert "b" not in of(warehouse)
    warehouse.execute(
        f"insert into {warehouse.staging}.vat_movements values ('b', '2026-03-31', 4), ('b', '2026-04-01', 6)"
    )
    warehouse.execute(f"insert into {warehouse.staging}.stg_vat_schemes values ('a', '2026-05-01')")
    found = of(warehouse)
    assert found["b"] == (VAT_TO_MARCH,)
    assert [each for each in found["a"] if each.kind is FilingKind.vat] == [VAT_TO_JUNE]


def test_a_company_without_postings_files_by_its_year_end(warehouse: DuckDB) -> None:
    dormant = Filer("01234567", "06-30")
    others = {"no number": Filer(None, "06-30"), "no year": Filer("1"), "no month": Filer("1", "13-01")}
    found = filing_dates(warehouse, {"d": dormant, **others}, TODAY)
    assert found == {"d": (ACCOUNTS_OF_2025, RETURN_OF_2025, *OF_2026)}, "as of one with postings"
    # the books began in this year, so nothing is known of the years before
    begun = replace(dormant, books_start=day("2025-09-01"))
    assert filing_dates(warehouse, {"d": begun}, TODAY) == {"d": OF_2026}
    close(warehouse, ("d", "accounts", day("2022-06-30"), None, day("2023-03-01")))
    assert filing_dates(warehouse, {"d": dormant}, TODAY)["d"] == (
        FilingDate(FilingKind.accounts, day("2023-06-30"), day("2024-03-31")),
        FilingDate(FilingKind.accounts, day("2024-06-30"), day("2025-03-31")),
        ACCOUNTS_OF_2025,
        RETURN_OF_2025,
        *OF_2026,
    )


def test_years_before_the_first_posting_count_from_the_incorporation(warehouse: DuckDB) -> None:
    """The books of a begin on 1 July 2023; incorporated on 10 May 2022, its first year ended in June 2023."""
    close(warehouse, ("a", "accounts", day("2022-06-30"), None, day("2022-07-01")))
    accounts = [
        each for each in of(warehouse, {"a": day("2022-05-10")})["a"] if each.kind is FilingKind.accounts
    ]
    assert accounts[0] == FilingDate(FilingKind.accounts, day("2023-06-30"), day("2024-02-10"))
    dormant = Filer("01234567", "06-30", incorporated_on=day("2025-05-20"))
    assert filing_dates(warehouse, {"d": dormant}, TODAY)["d"] == (
        FilingDate(FilingKind.accounts, day("2026-06-30"), day("2027-02-20")),
        FilingDate(FilingKind.tax_payment, day("2026-05-19"), day("2027-02-20")),
        *OF_2026[1:],
    )


def test_a_year_that_begins_after_today_is_not_due_yet(warehouse: DuckDB) -> None:
    young = Filer("01234567", "06-30", incorporated_on=day("2026-05-01"))
    assert filing_dates(warehouse, {"d": young}, TODAY) == {}
