"""Books laid down by hand in a real DuckDB file."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import subprocess
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.queries.figures import Figures, figures
from browser import chromium, tab  # noqa: F401 - fixtures

Rows = Mapping[str, list[tuple[Any, ...]]]
MakeWarehouse = Callable[[Rows], DuckDB]
FiguresOf = Callable[[Rows], Figures]
NOW = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
MONEY = "decimal(18, 2)"
AXE = "axe-core@4"
YEAR = "financial_year_to_date"
TABLES = {
    "accbooks_raw.company": "company_id text, name text, company_number text, base_currency text, plan text, "
    "financial_year_end text, books_start_date date",
    "accbooks_raw.sync_windows": (
        'company_id text, resource text, "from" date, "to" date, reason text, outcome text, '
        "fetched_at timestamptz, _dlt_load_id text default 'whole'"
    ),
    "accbooks_raw._dlt_loads": "load_id text, status integer",
    "accbooks_raw.rejected_records": "company_id text, resource text, id text, date date, reason text",
    "accbooks_raw.transactions": "company_id text, date date, status text",
    "accbooks_raw.invoices": "company_id text, date date, status text",
    "accbooks_raw.journals": "company_id text, date date",
    "accbooks_staging.compared_periods": (
        "company_id text, report text, kind text, period_start date, period_end date, is_overtaken boolean, "
        "differing_lines integer, not_comparable_lines integer, matching_lines integer, cause text"
    ),
    "accbooks.months": "company_id text, month_start date, month_end date",
    "accbooks.financial_years": (
        "company_id text, financial_year_start date, financial_year_end date, is_year_end_known boolean"
    ),
    "accbooks.nominal_accounts": "company_id text, nominal_code text, name text, category text",
    "accbooks.account_categories": "category text, statement text, sign integer",
    "accbooks.period_balances": (
        f"company_id text, period_start date, period_end date, nominal_code text, amount {MONEY}"
    ),
    "accbooks_staging.ledger_postings": (
        "company_id text, posting_date date, source_type text, source_id text, nominal_code text, "
        f"amount {MONEY}, "
        "line_number integer, posting_id text, contact_id text, document_id text, "
        f"amount_in_currency {MONEY}, description text"
    ),
    "accbooks.general_ledger": (
        "company_id text, posting_date date, source_type text, source_id text, nominal_code text, "
        f"amount {MONEY}, "
        "line_number integer, posting_id text, description text, document_number text, contact_name text"
    ),
    "accbooks_staging.aged_items": (
        "company_id text, period_end date, nominal_code text, kind text, document_id text, contact_id text, "
        f"outstanding {MONEY}, outstanding_in_currency {MONEY}"
    ),
    "accbooks_staging.allocations": (
        "company_id text, nominal_code text, kind text, document_id text, contact_id text, "
        f"posting_date date, amount {MONEY}, amount_in_currency {MONEY}"
    ),
    "accbooks_staging.stg_contacts": "company_id text, contact_id text, contact_name text",
    "accbooks_staging.stg_invoices": (
        "company_id text, invoice_id text, invoice_number text, invoice_date date, due_date date, "
        "customer_id text, supplier_id text"
    ),
    "accbooks_staging.stg_transactions": "company_id text, transaction_id text, reference text",
    "accbooks_staging.stg_journals": "company_id text, journal_id text, journal_type text, reference text",
    "accbooks_raw.closed_vat_lines": (
        "company_id text, closed_through date, closed_at timestamptz, period_start date, period_end date, "
        f"box integer, amount {MONEY}"
    ),
    "accbooks.closings": (
        "company_id text, kind text, closed_through date, closed_at timestamptz, closed_by text, note text, "
        "forced boolean, reopened_at timestamptz"
    ),
    "accbooks.vat_periods": "company_id text, period_start date, period_end date, periods text",
    "accbooks.vat_return": (
        "company_id text, period_start date, period_end date, box integer, description text, "
        f"amount {MONEY}, filed_amount {MONEY}, period_status text, scheme text, caution text"
    ),
    "accbooks.vat_return_lines": (
        f"company_id text, period_start date, period_end date, box integer, tax_date date, amount {MONEY}, "
        "line_id text, source_type text, source_id text, contact_id text, description text, reason text"
    ),
    "accbooks.profit_and_loss_comparative": (
        "company_id text, period_type text, period_start date, period_end date, nominal_code text, "
        f"name text, category text, amount {MONEY}, amount_last_year {MONEY}"
    ),
    "accbooks.bank_accounts": (
        "company_id text, bank_account_id bigint, name text, is_active boolean, nominal_code text, "
        "currency text"
    ),
    "accbooks.bank_balances": (
        "company_id text, bank_account_id bigint, balance_date date, nominal_code text, currency text, "
        f"balance {MONEY}, balance_in_currency {MONEY}"
    ),
    "accbooks_staging.bank_movements": (
        f"company_id text, nominal_code text, posting_date date, currency text, amount {MONEY}, "
        f"amount_in_currency {MONEY}, amounts_unknown integer default 0"
    ),
    "accbooks_staging.stg_company": "company_id text, vat_number text, vat_scheme text",
    "accbooks_staging.stg_vat_schemes": "company_id text, valid_from date",
    "accbooks_staging.vat_movements": "company_id text, posting_date date, vat_box integer",
    "accbooks.cash_flow": (
        "company_id text, period_start date, period_end date, section text, line text, line_number integer, "
        f"amount {MONEY}"
    ),
    "accbooks.cash_flow_by_financial_year": (
        "company_id text, period_start date, period_end date, section text, line text, line_number integer, "
        f"amount {MONEY}"
    ),
    "accbooks.aged_receivables": (
        "company_id text, as_at date, contact_id text, contact_name text, bucket text, "
        f"outstanding {MONEY}, source_type text default 'invoice', source_id text, document_number text, "
        "document_date date, due_date date, days_overdue integer"
    ),
    "accbooks.aged_payables": (
        "company_id text, as_at date, contact_id text, contact_name text, bucket text, "
        f"outstanding {MONEY}, source_type text default 'invoice', source_id text, document_number text, "
        "document_date date, due_date date, days_overdue integer"
    ),
    "accbooks.reconciliation": (
        "company_id text, report text, period_start date, period_end date, nominal_code text, "
        f"api_amount {MONEY}, warehouse_amount {MONEY}, difference {MONEY}, status text, cause text, "
        "explanation text"
    ),
    "accbooks.reconciliation_suspects": (
        f"company_id text, source_type text, source_id text, posting_date date, amount {MONEY}"
    ),
    "accbooks.findings": (
        "finding_id text, company_id text, check_name text, severity text, resource text, record_id text, "
        "report text, period_start date, period_end date, nominal_code text, expected text, found text, "
        "message text"
    ),
    "accbooks.prior_period_changes": (
        "company_id text, closed_through date, nominal_code text, nominal_name text, source_type text, "
        "source_id text, document_number text, contact_name text, document_date date, "
        f"amount_when_closed {MONEY}, amount_now {MONEY}, difference {MONEY}, change text"
    ),
    "accbooks.late_vat": (
        "company_id text, treatment text, source_type text, source_id text, document_number text, "
        f"contact_name text, document_date date, change text, box_1 {MONEY}, box_4 {MONEY}, box_6 {MONEY}, "
        f"box_7 {MONEY}, net_vat {MONEY}"
    ),
    "accbooks.late_vat_limits": (
        "company_id text, period_start date, period_end date, errors integer, "
        f"net_error {MONEY}, late_purchases integer, vat_on_late_purchases {MONEY}, box_6 {MONEY}, "
        f"limit_amount {MONEY}"
    ),
    "accbooks.certificates": (
        "company_id text, depth text, period_start date, period_end date, certified_at timestamptz"
    ),
}
"""The columns that a report reads, of the tables that the models make."""

LEDGER = """
    insert into accbooks.accbooks.general_ledger
    select
        company_id, posting_date, source_type, source_id, nominal_code, amount, line_number,
        source_id || ':' || nominal_code, description, upper(source_id), null
    from accbooks.accbooks_staging.ledger_postings
"""
"""What the view general_ledger shows of the postings."""


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the tables of TABLES, all empty."""
    path = tmp_path_factory.mktemp("empty") / "accbooks.duckdb"
    with duckdb.connect(str(path)) as connection:
        for schema in ("accbooks_raw", "accbooks_staging", "accbooks"):
            connection.execute(f"create schema accbooks.{schema}")
        for name, columns in TABLES.items():
            connection.execute(f"create table accbooks.{name} ({columns})")
    return path


@pytest.fixture(scope="session")
def make_warehouse(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeWarehouse:
    """Make a warehouse of tables filled by hand; those not given are empty."""

    def make(rows: Rows) -> DuckDB:
        path = shutil.copy(empty_file, tmp_path_factory.mktemp("warehouse") / "accbooks.duckdb")
        with duckdb.connect(str(path)) as connection:
            connection.execute("insert into accbooks.accbooks_raw._dlt_loads values ('whole', 0)")
            for name, values in rows.items():
                columns = connection.table(f"accbooks.{name}").columns[: len(values[0])]
                names = ", ".join(f'"{column}"' for column in columns)
                marks = ", ".join("?" * len(values[0]))
                connection.executemany(f"insert into accbooks.{name} ({names}) values ({marks})", values)
            connection.execute(LEDGER)
        return DuckDB(str(path))

    return make


@pytest.fixture(scope="session")
def figures_of(make_warehouse: MakeWarehouse) -> FiguresOf:
    """Gather the figures of company c from tables filled by hand, as on the day of NOW."""

    def gather(rows: Rows) -> Figures:
        warehouse = make_warehouse(rows)
        with warehouse.kept_open():
            return figures(warehouse, "c", [], NOW)

    return gather


@pytest.fixture(scope="session")
def finding() -> Callable[..., tuple[Any, ...]]:
    """Make a row of the findings of company c."""
    numbers = itertools.count(1)

    def make(
        check_name: str, message: str = "", *, severity: str = "error", **values: Any
    ) -> tuple[Any, ...]:
        names = ("resource", "record_id", "report", "period_start", "period_end", "nominal_code")
        company_details = tuple(values.get(name) for name in (*names, "expected", "found"))
        return (str(next(numbers)), "c", check_name, severity, *company_details, message or f"{check_name}.")

    return make


@pytest.fixture
def books() -> dict[str, list[tuple[Any, ...]]]:
    """The books of two months, for a test to change."""
    return two_months()


@pytest.fixture(scope="session")
def unchanged_books() -> Rows:
    """The books of two months, as they are."""
    return two_months()


def two_months() -> dict[str, list[tuple[Any, ...]]]:
    """Return books of two months, April and May 2026, of a year from 1 April on; all reports are equal."""
    april, may = (dt.date(2026, 4, 1), dt.date(2026, 4, 30)), (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    june = (dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    compared = [
        ("c", report, kind, start if report == "profit_loss" else None, end, False, 0, 0, 3, None)
        for start, end in (april, may, june)
        for report, kind in (
            ("trial_balance", "month-end"),
            ("balance_sheet", "month-end"),
            ("profit_loss", "month"),
        )
    ]
    return {
        "accbooks_raw.company": [("c", "North & Sons Ltd", "01234567", "GBP", "pro")],
        "accbooks_raw.sync_windows": [("c", "invoices", None, None, "first", "complete", NOW)],
        "accbooks_staging.compared_periods": compared,
        "accbooks.months": [("c", *each) for each in (april, may, june)],
        "accbooks.financial_years": [
            ("c", dt.date(year, 4, 1), dt.date(year + 1, 3, 31), True) for year in (2025, 2026)
        ],
        "accbooks.nominal_accounts": [
            ("c", "1100", "Debtors control", "current_assets"),
            ("c", "1200", "Current account", "current_assets"),
            ("c", "2100", "Creditors control", "current_liabilities"),
            ("c", "4000", "Sales", "turnover"),
            ("c", "7100", "Rent", "overheads"),
            ("c", "7200", "Heat", "overheads"),
        ],
        "accbooks.account_categories": [
            ("turnover", "profit_and_loss", -1),
            ("overheads", "profit_and_loss", 1),
            ("cost_of_sales", "profit_and_loss", 1),
            ("taxation", "profit_and_loss", 1),
            ("current_assets", "balance_sheet", 1),
            ("current_liabilities", "balance_sheet", -1),
        ],
        "accbooks.period_balances": [
            ("c", *april, "4000", Decimal("-1000.10")),
            ("c", *april, "7100", Decimal("400.05")),
            ("c", *may, "4000", Decimal("-2000.20")),
            ("c", *may, "1200", Decimal("5.00")),
            ("c", *june, "4000", Decimal("-77.00")),
        ],
        "accbooks_staging.ledger_postings": [
            ("c", dt.date(2026, month, day), source, identifier, code, Decimal(amount))
            for month, day, source, identifier, lines in (
                (4, 10, "invoice", "s1", (("1100", "1000.10"), ("4000", "-1000.10"))),
                (4, 20, "invoice", "p1", (("7100", "400.05"), ("2100", "-400.05"))),
                (4, 25, "transaction", "t1", (("2100", "200.05"), ("1200", "-200.05"))),
                (5, 10, "invoice", "s2", (("1100", "2000.20"), ("4000", "-2000.20"))),
                (5, 20, "transaction", "t2", (("1200", "2100.30"), ("1100", "-2100.30"))),
                (6, 1, "invoice", "s3", (("1100", "77.00"), ("4000", "-77.00"))),
            )
            for code, amount in lines
        ],
        "accbooks.bank_accounts": [
            ("c", 1, "Current account", True, "1200"),
            ("c", 2, "Old account", False, "1201"),
        ],
        "accbooks.bank_balances": [
            ("c", 1, dt.date(2026, 5, 30), "1200", "GBP", Decimal("1000.25"), Decimal("1000.25")),
            ("c", 1, may[1], "1200", "GBP", Decimal("1900.25"), Decimal("1900.25")),
            ("c", 2, may[1], "1201", "GBP", Decimal(0), Decimal(0)),
        ],
        "accbooks.cash_flow": [
            ("c", *month, section, line, number, amount)
            for month, opening, change in ((april, "0.00", "1000.25"), (may, "1000.25", "900.00"))
            for section, line, number, amount in (
                ("operating", "Profit", 1, Decimal(change) + 100),
                ("operating", "Stock", 2, Decimal(0)),
                ("financing", "Loans", 3, Decimal(-100)),
                ("net_change", "Net change", 4, Decimal(change)),
                ("opening_cash", "Opening", 5, Decimal(opening)),
                ("closing_cash", "Closing", 6, Decimal(opening) + Decimal(change)),
            )
        ],
        "accbooks.aged_receivables": [
            ("c", may[1], "cust_1", "Ash Ltd", "current", Decimal("300.10")),
            ("c", may[1], "cust_1", "Ash Ltd", "current", Decimal("100.20")),
            ("c", may[1], "cust_1", "Ash Ltd", "over 90", Decimal("-0.30")),
            ("c", may[1], "cust_2", "Ash Ltd", "31-60", Decimal("500.00")),
            ("c", april[1], "cust_2", "Ash Ltd", "1-30", Decimal("9999.00")),
        ],
        "accbooks.aged_payables": [("c", may[1], None, None, "1-30", Decimal("200.00"))],
        "accbooks.certificates": [
            ("c", "months", start, end, NOW - dt.timedelta(hours=1)) for start, end in (april, may, june)
        ],
    }


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, installed by npm for this session; without npm tests are skipped."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm, which installs axe-core")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
    installed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if installed.returncode:
        pytest.skip(f"npm does not install axe-core: {installed.stderr[-200:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()
