"""VAT returns by every scheme: the books of vat_books.yml, worked out by hand as in docs/vat.md."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

BOOKS = yaml.safe_load((Path(__file__).parent / "vat_books.yml").read_text())
WINTER, SPRING = ("2024-01-01", "2024-03-31"), ("2024-04-01", "2024-06-30")
ASSET_SOLD = (
    "An asset was sold, and is in the turnover. If you reclaimed VAT on it, its VAT is due at its own rate"
    " instead."
)
LIMITED_COST = (
    "Purchases are 4500.00 with VAT, turnover 3819.90. Whether goods are 2 % of turnover is not known. Work"
    " it out, and set limited_cost."
)
CONTRADICTED = (
    "AccBooks names the VAT scheme flat_rate of the company cash, but its setting of VAT says cash. Correct"
    " the one that is wrong: vat_return goes by the setting."
)
NOT_OF_VAT = "('comparison_overdue', 'report_differs', 'not_compared', 'invoice_not_found')"


@pytest.fixture(scope="module")
def vat_books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.dbt("run")
    return empty_warehouse


def boxes(warehouse: Any, company: str, column: str = "amount") -> dict[tuple[str, str], dict[str, str]]:
    """The amounts of the boxes that are not zero, by the days of the period."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for start, end, box, amount in warehouse.rows(
        f"select period_start, period_end, box, {column} from vat_return"
        f" where company_id = '{company}' order by period_start, box"
    ):
        period = found.setdefault((start, end), {})
        if amount != "0.00":
            period[box] = amount
    return found


def lines(warehouse: Any, company: str, columns: str, condition: str) -> list[tuple[str | None, ...]]:
    return list(
        warehouse.rows(
            f"select {columns} from vat_return_lines where company_id = '{company}' and {condition}"
            " order by period_end, box, tax_date, source_id, amount"
        )
    )


def test_the_standard_scheme_counts_documents_on_their_dates_and_adjustments(vat_books: Any) -> None:
    """Box 1 is 200 - 20 of documents, 80 and 30 of journals; box 4 60, and 45.50, 80 and 10 coded to 2201."""
    assert boxes(vat_books, "standard") == {
        WINTER: {"1": "290.00", "3": "290.00", "4": "195.50", "5": "94.50", "6": "1150.60", "7": "300.00"},
        SPRING: {},
    }


def test_what_is_filed_has_no_pence_from_box_6_on_and_no_sign_in_box_5(vat_books: Any) -> None:
    assert boxes(vat_books, "standard", "filed_amount")[WINTER] == {
        "1": "290.00",
        "3": "290.00",
        "4": "195.50",
        "5": "94.50",
        "6": "1151.00",
        "7": "300.00",
    }
    assert boxes(vat_books, "annual")["2024-04-01", "2025-03-31"]["5"] == "-8.00"
    assert boxes(vat_books, "annual", "filed_amount")["2024-04-01", "2025-03-31"]["5"] == "8.00"


def test_every_adjustment_is_named_and_the_rest_of_the_vat_accounts_is_listed(vat_books: Any) -> None:
    columns = "box, tax_date, source_type, source_id, amount, reason"
    journal, coded = (
        "A journal on the VAT account.",
        "A line of a document that is coded to the VAT account.",
    )
    assert lines(vat_books, "standard", columns, "kind = 'adjustment'") == [
        ("1", "2024-03-20", "journal", "reverse charge", "80.00", journal),
        ("1", "2024-03-31", "journal", "fuel scale", "30.00", journal),
        ("4", "2024-03-12", "invoice", "import", "45.50", coded),
        ("4", "2024-03-20", "journal", "reverse charge", "80.00", journal),
        ("4", "2024-03-31", "journal", "bad debt", "10.00", journal),
    ]
    assert vat_books.rows(
        "select kind, source_id, nominal_code, amount from vat_return_notes"
        " where company_id = 'standard' order by posting_date, nominal_code"
    ) == [
        ("opening", "opening", "2200", "35.00"),
        ("payment", "hmrc", "2200", "-35.00"),
        ("reverse charge", "reverse charge", "2200", "80.00"),
        ("transfer", "return", "2200", "-290.00"),
        ("transfer", "return", "2201", "195.50"),
    ]


def test_cash_accounting_counts_payments_pro_rata_and_credit_notes(vat_books: Any) -> None:
    """March: 500 of 1200 are 83.33 of 200; 18 of 54 are 1.33 of 4; 60 in advance 10; a shop's sale 20."""
    assert boxes(vat_books, "cash") == {
        WINTER: {"1": "113.33", "3": "113.33", "4": "1.33", "5": "112.00", "6": "566.67", "7": "16.67"},
        SPRING: {"1": "100.00", "3": "100.00", "5": "100.00", "6": "500.00"},
    }
    assert lines(vat_books, "cash", "tax_date, source_id, amount, kind, reason", "box = 1") == [
        ("2024-03-20", "sale", "83.33", "payment", "500.00 of 1200.00 paid"),
        ("2024-03-28", "advance", "10.00", "payment", "60.00 of 60.00 paid"),
        ("2024-03-29", "shop", "20.00", "document", None),
        ("2024-04-10", "credit", "-16.67", "allocation", "100.00 of 100.00 set against other documents"),
        ("2024-04-10", "sale", "16.67", "allocation", "100.00 of 1200.00 set against other documents"),
        ("2024-05-20", "sale", "100.00", "payment", "600.00 of 1200.00 paid"),
    ]
    assert vat_books.rows(
        "select kind, source_id, amount from vat_return_notes where company_id = 'cash'"
    ) == [("payment without invoice", "unknown", "77.00")]


def test_what_is_overpaid_pays_another_invoice_when_the_money_comes(vat_books: Any) -> None:
    assert boxes(vat_books, "overpaid") == {
        WINTER: {},
        SPRING: {"1": "25.00", "3": "25.00", "5": "25.00", "6": "125.00"},
    }
    assert vat_books.rows(
        "select document_id, posting_date, amount from accbooks_staging.allocations"
        " where company_id = 'overpaid' order by document_id"
    ) == [("first", "2024-04-20", "50.00"), ("second", "2024-04-20", "-50.00")]
    assert vat_books.rows(
        "select document_id, outstanding from accbooks_staging.aged_items"
        " where company_id = 'overpaid' and period_end = '2024-03-31' order by document_id"
    ) == [("first", "100.00"), ("second", "50.00")]


def test_a_document_of_nothing_counts_once_whatever_is_paid_of_it(vat_books: Any) -> None:
    assert boxes(vat_books, "nothing") == {
        WINTER: {"1": "20.00", "3": "20.00", "5": "20.00", "6": "-20.00"},
        SPRING: {},
    }


def test_a_line_coded_to_the_control_account_is_nothing_that_was_not_paid(vat_books: Any) -> None:
    assert boxes(vat_books, "own line")[WINTER] == {"1": "20.00", "3": "20.00", "5": "20.00", "6": "100.00"}


def test_periods_that_end_within_a_month_have_their_documents(vat_books: Any) -> None:
    assert boxes(vat_books, "within a month") == {
        ("2024-01-01", "2024-02-14"): {"1": "60.00", "3": "60.00", "5": "60.00", "6": "300.00"},
        ("2024-02-15", "2024-03-31"): {"1": "10.00", "3": "10.00", "5": "10.00", "6": "50.00"},
        SPRING: {},
    }
    assert boxes(vat_books, "another calendar") == {
        ("2024-01-01", "2024-02-14"): {},
        ("2024-02-15", "2024-02-29"): {},
        ("2024-03-01", "2024-03-31"): {"1": "10.00", "3": "10.00", "5": "10.00", "6": "50.00"},
        **{(f"2024-0{month}-01", f"2024-0{month}-{last}"): {} for month, last in ((4, 30), (5, 31), (6, 30))},
    }


def test_whoever_leaves_cash_accounting_owes_what_is_unpaid_and_nothing_twice(vat_books: Any) -> None:
    assert boxes(vat_books, "leaving") == {
        ("2023-10-01", "2023-12-31"): {"1": "2.00", "3": "2.00", "5": "2.00", "6": "10.00"},
        WINTER: {"1": "20.00", "3": "20.00", "5": "20.00", "6": "100.00"},
        SPRING: {"1": "200.00", "3": "200.00", "5": "200.00", "6": "1000.00"},
    }
    assert lines(vat_books, "leaving", "tax_date, source_id, amount, reason", "box = 1") == [
        ("2023-12-20", "before", "2.00", None),
        ("2024-03-01", "sale", "5.00", "30.00 of 120.00 paid"),
        ("2024-03-31", "sale", "15.00", "Unpaid when the company left cash accounting."),
        ("2024-04-15", "after", "200.00", None),
    ]


def test_the_flat_rate_is_of_turnover_with_vat_less_the_discount_of_the_first_year(vat_books: Any) -> None:
    """11.5 % of 1200.00 until 30 April is 138.00; 12.5 % of 2619.90 after it is 327.4875."""
    assert boxes(vat_books, "flat") == {
        SPRING: {"1": "465.49", "3": "465.49", "4": "340.00", "5": "125.49", "6": "3819.90", "7": "1700.00"}
    }
    assert lines(vat_books, "flat", "amount, reason", "box = 1") == [
        ("138.00", "11.50 % of 1200.00 with VAT"),
        ("327.49", "12.50 % of 2619.90 with VAT"),
    ]
    assert boxes(vat_books, "limited")[WINTER] == {
        "1": "198.00",
        "3": "198.00",
        "5": "198.00",
        "6": "1200.00",
    }


def test_the_flat_rate_reclaims_assets_of_2000_with_vat_and_lists_what_is_not_told(vat_books: Any) -> None:
    assert lines(vat_books, "flat", "box, source_id, amount", "kind = 'capital goods'") == [
        ("4", "machine", "40.00"),
        ("4", "machine", "300.00"),
        ("7", "machine", "200.00"),
        ("7", "machine", "1500.00"),
    ]
    assert vat_books.rows(
        "select kind, source_id, amount, note from vat_return_notes where company_id = 'flat' order by kind"
    ) == [
        ("asset sold", "sold machine", "100.00", ASSET_SOLD),
        ("limited cost", None, "4500.00", LIMITED_COST),
    ]


def test_what_is_in_box_1_and_not_on_the_account_is_found_by_the_query_of_the_page(vat_books: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "vat.md").read_text()
    (query,) = re.findall(r"```sql\n(select .*?)```", page, re.DOTALL)
    here = query.replace("accbooks.", "").replace("2026-03-31", WINTER[1])
    # 500.00 of the sale are paid in March; the other one is dated in April, and paid in March
    assert vat_books.rows(here.replace("comp_1", "cash")) == [
        ("invoice", "advance", "10.00", "0.00"),
        ("invoice", "sale", "83.33", "200.00"),
    ]
    assert vat_books.rows(
        "select company_id, line, amount from vat_account_reconciliation"
        f" where company_id in ('standard', 'cash') and period_end = '{WINTER[1]}' and nominal_code = '2200'"
        " and line_number = 2 order by company_id"
    ) == [
        ("cash", "VAT of documents by their dates", "220.00"),
        ("standard", "VAT of the return", "290.00"),
    ]


def test_periods_are_months_or_years_and_begin_with_their_setting(vat_books: Any) -> None:
    def sale(vat: str, net: str) -> dict[str, str]:
        return {"1": vat, "3": vat, "5": vat, "6": net}

    assert boxes(vat_books, "annual") == {
        ("2024-01-01", "2024-01-16"): sale("1.00", "5.00"),
        ("2024-01-17", "2024-01-31"): sale("2.00", "10.00"),
        ("2024-02-01", "2024-02-29"): sale("4.00", "20.00"),
        ("2024-03-01", "2024-03-31"): {},
        ("2024-04-01", "2025-03-31"): {
            "1": "8.00",
            "3": "8.00",
            "4": "16.00",
            "5": "-8.00",
            "6": "40.00",
            "7": "80.00",
        },
    }
    assert vat_books.rows(
        "select period_start, scheme, periods, caution from vat_periods where company_id = 'annual'"
        " and period_start < '2024-02-01' order by period_start"
    ) == [
        (
            *("2024-01-01", "standard", "quarterly"),
            "No setting of VAT is valid so early: these are the figures of the standard scheme.",
        ),
        ("2024-01-17", "standard", "monthly", None),
    ]
    assert vat_books.rows(
        "select distinct period_start, period_end from vat_return where company_id = 'third'"
        " order by period_start"
    ) == [("2023-12-01", "2024-02-29"), ("2024-03-01", "2024-05-31"), ("2024-06-01", "2024-08-31")]


def test_a_registered_company_without_postings_files_nil_returns_of_the_last_year(vat_books: Any) -> None:
    """Of today's quarter and the four before it, which all are of stagger group 1 without a setting."""
    today = dt.date.today()  # noqa: DTZ011 - the database's
    this = (today.year * 12 + today.month - 1) // 3 * 3
    quarters = [(this + 3 * number) for number in range(-4, 1)]
    starts = [f"{month // 12}-{month % 12 + 1:02}-01" for month in quarters]
    assert boxes(vat_books, "unregistered") == {}
    found = boxes(vat_books, "idle")
    assert [start for start, _ in found] == starts
    assert set(map(str, found.values())) == {"{}"}, "all boxes are zero"
    assert vat_books.rows(
        "select distinct period_start, period_status, caution from vat_return where company_id = 'idle'"
        " order by period_start"
    ) == [(start, "open" if start == starts[-1] else "finished", None) for start in starts]


def test_every_line_adds_up_to_its_box_and_nothing_is_wrong(vat_books: Any) -> None:
    assert (
        vat_books.rows(
            "select returns.company_id, returns.period_start, returns.box, returns.amount, sum(lines.amount)"
            " from vat_return as returns left join vat_return_lines as lines"
            " on returns.company_id = lines.company_id and returns.period_start = lines.period_start"
            " and returns.box = lines.box where returns.box in (1, 4, 6, 7)"
            " group by returns.company_id, returns.period_start, returns.box, returns.amount"
            " having returns.amount <> coalesce(sum(lines.amount), 0)"
        )
        == []
    )
    assert (
        vat_books.rows(f"select company_id, message from findings where check_name not in {NOT_OF_VAT}") == []
    )


def test_a_line_that_is_not_in_its_box_is_found(vat_books: Any) -> None:
    """The sums by day are kept: one that is changed is in the box, and in no line."""
    change = "update accbooks_staging.vat_movements set amount = amount - 7 where company_id = 'limited'"
    vat_books.execute(f"{change} and vat_box = 6")
    judged = vat_books.dbt("run", "--select", "vat_findings", variables={"everything": True})
    assert judged["vat_findings"].status == "success"
    assert vat_books.rows(
        "select check_name, record_id, period_end, expected, found from findings"
        " where company_id = 'limited' and check_name = 'vat_lines_differ' order by record_id"
    ) == [("vat_lines_differ", "box 6", "2024-03-31", "1207.00", "1200.00")]


def test_a_payment_that_the_open_documents_do_not_have_is_found(vat_books: Any) -> None:
    """Of the unpaid 600.00, 60.00 are no longer open: a tenth of it would have to be in the return."""
    vat_books.execute(
        "update accbooks_staging.aged_items set outstanding_in_currency = 540"
        " where company_id = 'cash' and document_id = 'unpaid' and period_end = '2024-06-30'"
    )
    vat_books.dbt("run", "--select", "vat_findings", variables={"everything": True})
    assert vat_books.rows(
        "select check_name, record_id, period_end, expected, found from findings"
        " where company_id = 'cash' and check_name = 'vat_paid_differs' order by record_id"
    ) == [
        ("vat_paid_differs", "box 1", "2024-06-30", "203.33", "193.33"),
        ("vat_paid_differs", "box 6", "2024-06-30", "1016.67", "966.67"),
    ]


def test_a_scheme_that_the_setting_contradicts_is_found(vat_books: Any) -> None:
    vat_books.execute("update accbooks_raw.company set vat_scheme = 'flat_rate' where company_id = 'cash'")
    assert vat_books.rows(
        "select expected, found, message from findings where check_name = 'vat_scheme_not_supported'"
    ) == [("cash", "flat_rate", CONTRADICTED)]
    vat_books.execute("update accbooks_raw.company set vat_scheme = 'cash' where company_id = 'cash'")
    assert not vat_books.rows("select 1 from findings where check_name = 'vat_scheme_not_supported'")
