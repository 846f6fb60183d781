"""Only postings make a calendar: what is fetched and built of books with odd dates, drafts and long gaps."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.comparison import print_compared_depths, print_match_counts
from accbooks_warehouse.pipelines.queries.comparison import compared
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.queries.status import company_status, company_statuses
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks.windows import Window
from rich.console import Console

# but for one that takes every table through such dates
pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

TODAY = pendulum.today("UTC").date()
THIS_MONTH = TODAY.start_of("month")
EVERYTHING = Scope(Window())
TABLES = (
    *("months", "financial_years", "period_balances", "trial_balance", "balance_sheet", "profit_and_loss"),
    *("profit_and_loss_by_financial_year", "coverage", "aged_receivables", "bank_balances", "cash_flow"),
    *("vat_return", "vat_account_reconciliation", "profit_and_loss_comparative", "calendar"),
    "financial_periods",
)
Record = dict[str, Any]


@pytest.fixture(scope="module")
def copy(open_module_copy):
    """Two companies, the second with a posting this month and never touched again."""
    opened = open_module_copy(size="empty", companies=2)
    second = opened.emulator.all_books[1]
    second.put("journals", journal("jnl_second", TODAY))
    second.put("bank_accounts", BANK)
    assert opened.sync(key=opened.emulator.keys[1]).status is ExitStatus.DONE
    return opened


@pytest.fixture(autouse=True)
def empty(copy):
    """Begin with a bank account and nothing else."""
    for resource in ("transactions", "invoices", "journals"):
        for record in copy.emulator.books.all(resource):
            copy.emulator.books.remove(resource, record["id"])
    copy.put("bank_accounts", BANK)


BANK = {
    "id": 1001,
    "name": "Current account",
    "nominal_code": "1200",
    "currency": "GBP",
    "is_active": True,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}


def journal(identifier: str, day: object, amount: str = "100.00") -> Record:
    """Return capital paid in, spent in part: a bank account and a profit-and-loss account move."""
    paid, nothing = Decimal(amount), Decimal("0.00")
    return {
        "id": identifier,
        "date": str(day),
        "type": "manual",
        "reference": identifier,
        "description": "",
        "lines": [
            {"nominal_code": "1200", "description": "", "debit": paid, "credit": nothing},
            {"nominal_code": "4000", "description": "", "debit": nothing, "credit": paid},
        ],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def invoice(identifier: str, day: object, status: str, *amounts: str) -> Record:
    """Return a sales invoice with a line for each net amount."""
    lines = [
        {
            "description": "",
            "quantity": 1,
            "unit_price": Decimal(amount),
            "vat_rate": "0",
            "nominal_code": "4000",
            "net_amount": Decimal(amount),
            "vat_amount": Decimal("0.00"),
        }
        for amount in amounts
    ]
    total = sum((Decimal(amount) for amount in amounts), Decimal("0.00"))
    return {
        "id": identifier,
        "number": identifier,
        "type": "sales",
        "customer_id": None,
        "supplier_id": None,
        "date": str(day),
        "due_date": str(day),
        "status": status,
        "currency": "GBP",
        "exchange_rate": 1,
        "reference": "",
        "line_items": lines,
        "net_total": total,
        "vat_total": Decimal("0.00"),
        "gross_total": total,
        "amount_paid": Decimal("0.00"),
        "amount_due": total,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def months(copy) -> list[str]:
    rows = copy.query("select month_start from {models}.months where company_id = 'comp_1' order by 1")
    return [str(month)[:7] for (month,) in rows]


def words(copy, result) -> list[str]:
    console = Console(file=io.StringIO(), width=200, highlight=False)
    print_match_counts(console, [each for each in result.match_counts if each.company_id == "comp_1"])
    print_compared_depths(console, compared(copy.warehouse, "comp_1"))
    return [line.strip() for line in console.file.getvalue().splitlines()]


def requests_of(copy, scope: Scope | None = None) -> int:
    return copy.sync_and_prove(scope).companies[0].books.budget.requests


def test_books_with_nothing_or_with_drafts_and_voids_only_are_proved_and_say_so(copy):
    copy.put("invoices", invoice("inv_draft", "2001-02-03", "draft", "10.00"))
    copy.put("invoices", invoice("inv_void", "2031-02-03", "void", "10.00"))
    copy.put("invoices", invoice("inv_bare", "2001-02-03", "sent"))
    copy.put("journals", journal("jnl_zero", "2044-01-01", "0.00"))
    result = copy.sync_and_prove(EVERYTHING)
    assert result.status is ExitStatus.DONE
    assert months(copy) == []
    said = words(copy, result)
    assert said[1] == "trial balance 1/1 month-ends match"
    assert said[4] == (
        "Nothing is posted in these books: AccBooks' reports of this month are empty, as ours are."
    )
    assert not any(" of 0" in line or "Nothing was compared" in line for line in said)
    status = company_status(copy.warehouse, "comp_1")
    assert status.compared.through == TODAY.end_of("month")
    assert not status.compared.has_postings


def test_a_sent_invoice_without_lines_makes_no_month_and_no_report(copy):
    copy.put("journals", journal("jnl_now", TODAY))
    copy.sync_and_prove(EVERYTHING)
    usual = requests_of(copy, EVERYTHING)
    copy.put("invoices", invoice("inv_2001", "2001-02-03", "sent"))
    copy.put("invoices", invoice("inv_2031", "2031-02-03", "sent"))
    assert requests_of(copy, EVERYTHING) <= usual + 3  # what may have changed in this month
    assert months(copy) == [str(TODAY)[:7]]


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("0206-01-03", marks=pytest.mark.nightly),
        pytest.param("2206-01-03", marks=pytest.mark.soak),
        "9999-12-31",
    ],
)
def test_a_posting_dated_centuries_away_costs_a_few_reports_and_its_month_alone(copy, day):
    copy.put("journals", journal("jnl_now", TODAY))
    copy.put("journals", journal("jnl_odd", day))
    assert requests_of(copy, EVERYTHING) < 40
    assert sorted(months(copy)) == sorted({day[:7], str(TODAY)[:7]})
    ((balances,),) = copy.query("select count(*) from {models}.bank_balances where company_id = 'comp_1'")
    assert balances < 70
    ((days,),) = copy.query("select count(*) from {models}.calendar where company_id = 'comp_1'")
    assert days <= 2 * 366
    (said,) = copy.query(
        "select covered_by from {models}.coverage where company_id = 'comp_1' and resource = 'reports'"
    )
    assert said[0].startswith("nothing was posted: compared were the balances at ")
    status = company_status(copy.warehouse, "comp_1")
    assert {(each.depth, each.matching == each.periods) for each in status.compared.depths} == {
        ("months", True),
        ("years", True),
        ("balances", True),
    }
    copy.transforms.compare(["comp_1"])
    odd = findings(copy.warehouse, ["comp_1"])
    assert [(each.check_name, each.record_id) for each in odd.rows] == [
        ("posting_far_from_all_others", "jnl_odd")
    ]
    assert f"Journal jnl_odd is dated {day}" in odd.rows[0].message
    second = copy.sync(key=copy.emulator.keys[1])
    assert (second.status, second.findings.rows) == (ExitStatus.DONE, ())
    assert second.companies[0].books.budget.requests < 15


@pytest.mark.nightly
def test_a_stretch_of_years_without_postings_is_compared_at_its_ends(copy):
    first = TODAY.subtract(years=6)
    copy.put("journals", journal("jnl_now", TODAY))
    copy.put("journals", journal("jnl_first", first))
    assert requests_of(copy, EVERYTHING) < 40
    assert len(months(copy)) == 12 * 6 + 1
    result = copy.sync_and_prove()
    assert "stretches without postings" in {each.kind for each in result.match_counts}
    status = company_status(copy.warehouse, "comp_1")
    assert {str(each).split(",")[0] for each in status.compared.depths if each.depth != "balances"} == {
        "months 73 of 73",
        "years 7 of 7",
    }


def test_a_date_that_stands_for_none_ends_no_command_of_any_company(copy):
    copy.put("journals", journal("jnl_first_day", "0001-01-01"))
    copy.put("journals", journal("jnl_today", TODAY))
    copy.sync(EVERYTHING)
    assert_named_alone(copy, "jnl_first_day")


def assert_named_alone(copy, *far: str) -> None:
    """Assert that postings far from others are found, of which one is of the first of all days."""
    assert len(company_statuses(copy.warehouse, ["comp_1", "comp_2"])) == 2
    found = findings(copy.warehouse, ["comp_1"])
    assert {each.check_name for each in found.errors} == {
        "report_unusable"
    }  # the emulator keeps none so early
    assert {each.record_id for each in found.warnings} == {*far}
    assert findings(copy.warehouse, ["comp_2"]).rows == ()


YEARS_BEFORE, YEARS_AFTER = TODAY.subtract(years=7), TODAY.add(years=3)


@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("duckdb")
@pytest.mark.parametrize(
    "days",
    [
        ("9999-12-31",),
        pytest.param(
            ("2206-01-03", "0206-01-03", "9999-12-31", YEARS_BEFORE, YEARS_AFTER), marks=pytest.mark.soak
        ),
    ],
)
@pytest.mark.nightly
def test_tables_built_step_by_step_equal_a_full_refresh_when_a_far_posting_comes_moves_and_goes(copy, days):
    copy.put("journals", journal("jnl_now", TODAY))
    copy.put("journals", journal("jnl_first", TODAY.subtract(years=15)))
    copy.put("invoices", invoice("inv_first", TODAY.subtract(years=15), "sent", "10.00"))
    copy.put("journals", journal("jnl_first_day", "0001-01-01"))
    copy.sync(EVERYTHING)
    assert_named_alone(copy, "jnl_first_day", "jnl_now")
    copy.emulator.books.remove("journals", "jnl_first_day")  # and no sync asks for those reports any more
    for day in (*days, None):
        if day is None:
            copy.emulator.books.remove("journals", "jnl_odd")
        else:
            copy.put("journals", journal("jnl_odd", day))
        copy.sync_and_prove(EVERYTHING)
        step_by_step = tables(copy)
        copy.transforms.build(full_refresh=True)
        at_once = tables(copy)
        for name in TABLES:
            assert step_by_step[name] == at_once[name], (day, name)


def tables(copy) -> dict[str, list[tuple[Any, ...]]]:
    return {name: sorted(copy.query(f"select * from {{models}}.{name}"), key=repr) for name in TABLES}
