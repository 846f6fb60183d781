"""What changed in closed periods, worked out by hand, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

ACCOUNTS = {
    "1200": ["Bank", "current_assets"],
    "1100": ["Trade debtors", "current_assets"],
    "2100": ["Trade creditors", "current_liabilities"],
    "2200": ["VAT on sales", "current_liabilities"],
    "2201": ["VAT on purchases", "current_liabilities"],
    "3200": ["Profit and loss account", "capital_and_reserves"],
    "4000": ["Sales", "turnover"],
    "5000": ["Materials", "cost_of_sales"],
}
COMPANY = {
    "company": {"base_currency": "GBP", "financial_year_end": "12-31"},
    "bank_accounts": {1: "1200"},
    "accounts": ACCOUNTS,
    "trial_balance": {"2024-05-31": dict.fromkeys(ACCOUNTS, 0)},
}
THROUGH, CLOSED_AT = "2024-03-31", "2024-04-20 09:00:00+00"


def receipt(record_id: str, date: str, amount: int) -> dict[str, Any]:
    return {
        "id": record_id,
        "date": date,
        "type": "money_in",
        "account_id": 1,
        "reference": f"R-{record_id}",
        "amount": amount,
        "net_amount": amount,
        "vat_amount": 0,
        "nominal_code": "4000",
    }


def invoice(record_id: str, kind: str, date: str, net: int, vat: int) -> dict[str, Any]:
    nominal = "4000" if kind == "sales" else "5000"
    return {
        "id": record_id,
        "number": record_id.upper(),
        "type": kind,
        "status": "sent",
        "date": date,
        "lines": [[nominal, net, vat]],
    }


RECEIPTS_NOW = [
    receipt("same", "2024-01-10", 5),
    receipt("changed", "2024-02-01", 7),
    receipt("added", "2024-03-31", 3),
    receipt("moved-in", "2024-03-15", 4),
    receipt("moved-out", "2024-04-02", 6),
    receipt("moved-within", "2024-01-31", 2),
    receipt("later", "2024-04-01", 9),
]
RECEIPTS_WHEN_CLOSED = {
    "same": ("2024-01-10", 5),
    "changed": ("2024-02-01", 5),
    "moved-in": ("2024-04-15", 4),
    "moved-out": ("2024-03-30", 6),
    "moved-within": ("2024-02-05", 2),
    "deleted": ("2024-01-20", 8),
}
IN_ALL = 5 + 5 + 6 + 2 + 8
"""What the bank had received through the day that was closed."""
INVOICES_NOW = [
    invoice("s1", "sales", "2024-02-01", 200, 40),
    invoice("s2", "sales", "2024-04-03", 300, 60),
    invoice("p1", "purchase", "2024-03-05", 50, 10),
]
BOXES_WHEN_CLOSED = {  # document: date, and debit less credit by box
    "s1": ("2024-02-01", {1: -20, 6: -100}),
    "p2": ("2024-01-15", {4: 2, 7: 10}),
}
BOOKS: Mapping[str, Any] = {
    "closed": COMPANY | {"transactions": RECEIPTS_NOW},
    "doctored": COMPANY | {"transactions": RECEIPTS_NOW},
    "reopened": COMPANY | {"transactions": RECEIPTS_NOW},
    "superseded": COMPANY | {"transactions": RECEIPTS_NOW},
    "vat": COMPANY | {"company": COMPANY["company"] | {"vat_scheme": "standard"}, "invoices": INVOICES_NOW},
    "doctored vat": COMPANY
    | {"company": COMPANY["company"] | {"vat_scheme": "standard"}, "invoices": INVOICES_NOW},
}


def closing(company_id: str, kind: str = "accounts", through: str = THROUGH, reopened: str = "null") -> str:
    return (
        "insert into accbooks_raw.closings (company_id, kind, closed_through, financial_year_start,"
        f" closed_at, closed_by, forced, reopened_at) values ('{company_id}', '{kind}', '{through}',"
        f" '2024-01-01', '{CLOSED_AT}', 'anna', false, {reopened})"
    )


def closed_postings(company_id: str, through: str = THROUGH) -> list[str]:
    return [
        "insert into accbooks_raw.closed_postings (company_id, kind, closed_through, closed_at, source_type,"
        " source_id, posting_date, nominal_code, amount, document_number) values"
        f" ('{company_id}', 'accounts', '{through}', '{CLOSED_AT}', 'transaction', '{record}', '{date}',"
        f" '{code}', {sign * amount}, 'R-{record}')"
        for record, (date, amount) in RECEIPTS_WHEN_CLOSED.items()
        for code, sign in (("1200", 1), ("4000", -1))
    ]


def closed_balances(company_id: str, bank: int) -> list[str]:
    return [
        "insert into accbooks_raw.closed_balances (company_id, kind, closed_through, closed_at, nominal_code,"
        f" balance, movement_of_year, statement) values ('{company_id}', 'accounts', '{THROUGH}',"
        f" '{CLOSED_AT}', '{code}', {balance}, {balance}, '{statement}')"
        for code, balance, statement in (
            ("1200", bank, "balance_sheet"),
            ("4000", -IN_ALL, "profit_and_loss"),
        )
    ]


def closed_vat(company_id: str, box_1: int) -> list[str]:
    said = f"'{company_id}', 'vat', '{THROUGH}', '{CLOSED_AT}'"
    postings = [
        "insert into accbooks_raw.closed_postings (company_id, kind, closed_through, closed_at, source_type,"
        f" source_id, posting_date, vat_box, amount) values ({said}, 'invoice', '{record}', '{date}',"
        f" {box}, {amount})"
        for record, (date, boxes) in BOXES_WHEN_CLOSED.items()
        for box, amount in boxes.items()
    ]
    boxes = [
        "insert into accbooks_raw.closed_balances (company_id, kind, closed_through, closed_at, vat_box,"
        f" balance) values ({said}, {box}, {amount})"
        for box, amount in {1: box_1, 4: 2, 6: 100, 7: 10}.items()
    ]
    return [*postings, *boxes]


@pytest.fixture(scope="module")
def books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.execute(
        closing("closed"),
        *closed_postings("closed"),
        *closed_balances("closed", IN_ALL),
        closing("doctored"),
        *closed_postings("doctored"),
        *closed_balances("doctored", IN_ALL + 1),
        closing("reopened", reopened=f"'{CLOSED_AT}'"),
        *closed_balances("reopened", IN_ALL),
        closing("superseded", through="2024-01-31"),
        closing("superseded"),
        *closed_postings("superseded"),
        closing("vat", "vat"),
        *closed_vat("vat", 20),
        closing("doctored vat", "vat"),
        *closed_vat("doctored vat", 21),
    )
    empty_warehouse.dbt("run")
    return empty_warehouse


def changes(books: Any, company_id: str) -> list[tuple[str | None, ...]]:
    return books.rows(
        "select nominal_code, source_id, document_number, document_date, amount_when_closed, amount_now,"
        f" difference, change from prior_period_changes where company_id = '{company_id}'"
        " order by nominal_code, source_id"
    )


BANK_CHANGES = [
    ("1200", "added", "R-added", "2024-03-31", "0.00", "3.00", "3.00", "added"),
    ("1200", "changed", "R-changed", "2024-02-01", "5.00", "7.00", "2.00", "changed"),
    ("1200", "deleted", "R-deleted", "2024-01-20", "8.00", "0.00", "-8.00", "deleted"),
    ("1200", "moved-in", "R-moved-in", "2024-03-15", "0.00", "4.00", "4.00", "moved"),
    ("1200", "moved-out", "R-moved-out", "2024-04-02", "6.00", "0.00", "-6.00", "moved"),
    ("1200", "moved-within", "R-moved-within", "2024-01-31", "2.00", "2.00", "0.00", "moved"),
]


def negated(amount: str) -> str:
    return str(-Decimal(amount) + 0)


def test_every_kind_of_change_in_a_closed_period_is_a_row_and_what_is_dated_later_is_none(books: Any) -> None:
    assert changes(books, "closed") == BANK_CHANGES + [
        ("4000", *row[1:4], *(negated(amount) for amount in row[4:7]), row[7]) for row in BANK_CHANGES
    ]


def test_rows_of_an_account_add_up_to_the_difference_of_its_balance(books: Any) -> None:
    # the bank holds 5 + 7 + 3 + 4 + 2 now
    assert books.rows(
        "select nominal_code, balance, profit_and_loss_of_year from closed_balances"
        " where company_id = 'closed' order by 1"
    ) == [("1200", "26.00", None), ("4000", "-26.00", "-26.00")]
    assert books.rows(
        "select nominal_code, sum(difference) from prior_period_changes where company_id = 'closed'"
        " group by nominal_code order by 1"
    ) == [("1200", "-5.00"), ("4000", "5.00")]
    assert books.rows(
        "select nominal_code, debit - credit from trial_balance"
        f" where company_id = 'closed' and as_at = '{THROUGH}' and debit <> credit order by 1"
    ) == [("1200", "21.00"), ("4000", "-21.00")]


def test_the_latest_open_closing_alone_judges_and_a_reopened_one_nothing(books: Any) -> None:
    assert books.rows("select distinct company_id, closed_through from prior_period_changes order by 1") == [
        ("closed", THROUGH),
        ("doctored", THROUGH),
        ("superseded", THROUGH),
    ]


def test_the_ledger_is_closed_through_the_day_of_the_latest_open_closing(books: Any) -> None:
    assert books.rows(
        "select company_id, max(case when is_closed then posting_date end),"
        " min(case when is_closed then null else posting_date end) from general_ledger"
        " where company_id in ('closed', 'reopened', 'superseded') group by company_id order by 1"
    ) == [
        ("closed", "2024-03-31", "2024-04-01"),
        ("reopened", None, "2024-01-10"),
        ("superseded", "2024-03-31", "2024-04-01"),
    ]


def test_late_vat_shows_its_boxes_and_keeps_purchases_entered_late_apart(books: Any) -> None:
    assert books.rows(
        "select source_id, period_start, change, treatment, box_1, box_4, box_6, box_7, net_vat from late_vat"
        " where company_id = 'vat' order by source_id"
    ) == [
        ("p1", "2024-01-01", "added", "late_purchase", "0.00", "10.00", "0.00", "50.00", "-10.00"),
        ("p2", "2024-01-01", "deleted", "error", "0.00", "-2.00", "0.00", "-10.00", "2.00"),
        ("s1", "2024-01-01", "changed", "error", "20.00", "0.00", "100.00", "0.00", "20.00"),
    ]
    assert books.rows(
        "select errors, net_error, late_purchases, vat_on_late_purchases, limit_amount, below_limit_by"
        " from late_vat_limits where company_id = 'vat'"
    ) == [("2", "22.00", "1", "10.00", "10000.00", "9978.00")]


AFTER = (
    ", after the books were closed through 2024-03-31. Correct it in AccBooks, or reopen and close the period"
    " again to accept it."
)
CHANGED = f"Transaction R-changed (changed) of 2024-02-01 was changed, by 2.00 (1200 2.00, 4000 -2.00){AFTER}"
MOVED = (
    "Transaction R-moved-out (moved-out) of 2024-04-02 was moved from 2024-03-30, by 6.00 (1200 -6.00, 4000"
    f" 6.00){AFTER}"
)


def test_a_document_is_one_finding_with_its_amount_and_accounts(books: Any) -> None:
    assert books.rows(
        "select resource, record_id, period_end, expected, found, message from closing_findings"
        " where company_id = 'closed' and record_id in ('changed', 'moved-out') order by record_id"
    ) == [
        (
            "transactions",
            "changed",
            "2024-02-01",
            "1200 5.00, 4000 -5.00",
            "1200 7.00, 4000 -7.00",
            CHANGED,
        ),
        (
            "transactions",
            "moved-out",
            "2024-04-02",
            "1200 6.00, 4000 -6.00",
            "1200 0.00, 4000 0.00",
            MOVED,
        ),
    ]


def test_closed_figures_that_do_not_add_up_to_the_reports_are_named(books: Any) -> None:
    assert books.rows(
        "select company_id, check_name, record_id, nominal_code, expected, found from closing_findings"
        " where check_name in ('closed_balances_differ', 'late_vat_differs') order by 1, 2, 4"
    ) == [
        ("doctored", "closed_balances_differ", None, "1200", "21.00", "22.00"),
        ("doctored vat", "late_vat_differs", "box 1", None, "40.00", "41.00"),
        # nothing was recorded of its balances
        ("superseded", "closed_balances_differ", None, "1200", "21.00", "-5.00"),
        ("superseded", "closed_balances_differ", None, "4000", "-21.00", "5.00"),
    ]


def test_late_vat_is_one_finding_with_the_arithmetic_and_no_verdict(books: Any) -> None:
    ((message,),) = books.rows(
        "select message from closing_findings where company_id = 'vat' and check_name = 'late_vat'"
    )
    assert message.startswith("VAT periods closed through 2024-03-31 changed: net error 22.00 in 2 documents")
    assert message.endswith(
        "Careless errors may have to be notified below it: see late_vat and VAT Notice 700/45."
    )


def test_the_view_of_all_findings_shows_what_was_stored_of_closings(books: Any) -> None:
    columns = (
        "company_id, check_name, resource, record_id, report, period_start, period_end, nominal_code,"
        " expected, found, message"
    )
    books.execute(
        f"insert into accbooks_raw.closing_findings ({columns}) select {columns}"
        " from closing_findings where company_id = 'closed'"
    )
    assert books.rows(
        "select distinct check_name, severity from findings"
        " where company_id = 'closed' and check_name like 'prior%'"
    ) == [("prior_period_change", "warning")]
    assert books.rows("select count(*) from findings where check_name = 'prior_period_change'") == [("6",)]
