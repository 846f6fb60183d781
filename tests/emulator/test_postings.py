from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator.books import Books

Make = Callable[..., Any]
EVER = "9999-12-31"


def balances(books: Books) -> dict[str, int]:
    """Balances in pence, debits positive, of the accounts that have one."""
    return {nominal: amount for nominal, amount in books.ledger.movement(None, EVER).items() if amount}


def test_a_sales_invoice_debits_debtors_and_credits_each_line_and_vat(blank: Make, invoice: Make) -> None:
    books = blank()
    books.put("invoices", invoice("sales", ("4000", "100.00", "20.00"), ("4001", "50.00", "2.50")))
    assert balances(books) == {"1100": 17250, "4000": -10000, "4001": -5000, "2200": -2250}


def test_a_purchase_invoice_debits_each_line_and_vat_and_credits_creditors(
    blank: Make, invoice: Make
) -> None:
    books = blank()
    books.put("invoices", invoice("purchase", ("5000", "100.00", "20.00"), ("7500", "10.00", "0.00")))
    assert balances(books) == {"5000": 10000, "7500": 1000, "2201": 2000, "2100": -13000}


def test_credit_notes_mirror_invoices(blank: Make, invoice: Make) -> None:
    books = blank()
    books.put("invoices", invoice("sales_credit", ("4000", "100.00", "20.00")))
    books.put("invoices", invoice("purchase_credit", ("5000", "30.00", "6.00"), id="inv_2"))
    assert balances(books) == {
        "1100": -12000,
        "4000": 10000,
        "2200": 2000,
        "2100": 3600,
        "5000": -3000,
        "2201": -600,
    }


def test_base_amounts_are_rounded_half_away_from_zero_for_each_line_and_the_control_account_is_their_sum(
    blank: Make, invoice: Make
) -> None:
    books = blank()
    lines = (("4000", "0.01", "0.00"), ("4001", "0.01", "0.01"))
    books.put("invoices", invoice("sales", *lines, exchange_rate=Decimal("0.5")))
    assert balances(books) == {"1100": 3, "4000": -1, "4001": -1, "2200": -1}


def test_a_negative_half_penny_is_rounded_away_from_zero_too(blank: Make, invoice: Make) -> None:
    books = blank()
    books.put("invoices", invoice("sales", ("4000", "-0.01", "0.00"), exchange_rate=Decimal("0.5")))
    assert balances(books) == {"1100": -1, "4000": 1}


def test_a_settlement_at_another_rate_leaves_the_difference_on_exchange_gains_and_losses(
    blank: Make, invoice: Make, transaction: Make
) -> None:
    books = blank()
    books.put("invoices", invoice("sales", ("4009", "1000.00", "0.00"), exchange_rate=Decimal("0.85")))
    receipt = transaction(
        "money_in", "1000.00", account_id=1003, invoice_id="inv_1", exchange_rate=Decimal("0.87654321")
    )
    books.put("transactions", receipt)
    assert balances(books) == {"4009": -85000, "1210": 87654, "7906": -2654}


def test_a_payment_of_a_bill_at_a_higher_rate_is_a_loss(
    blank: Make, invoice: Make, transaction: Make
) -> None:
    books = blank()
    books.put("invoices", invoice("purchase", ("5000", "100.00", "0.00"), exchange_rate=Decimal("0.85")))
    books.put(
        "transactions",
        transaction("money_out", "100.00", account_id=1003, invoice_id="inv_1", exchange_rate=Decimal("0.9")),
    )
    assert balances(books) == {"5000": 8500, "1210": -9000, "7906": 500}


@pytest.mark.parametrize(
    ("invoice_type", "direction", "control", "amount"),
    [
        ("sales", "money_in", "1100", -12000),
        ("sales", "money_out", "1100", 12000),
        ("sales_credit", "money_out", "1100", 12000),
        ("sales_credit", "money_in", "1100", -12000),
        ("purchase", "money_out", "2100", 12000),
        ("purchase", "money_in", "2100", -12000),
        ("purchase_credit", "money_in", "2100", -12000),
        ("purchase_credit", "money_out", "2100", 12000),
    ],
)
def test_the_invoices_type_picks_the_control_account_and_the_direction_its_side(
    blank: Make,
    invoice: Make,
    transaction: Make,
    invoice_type: str,
    direction: str,
    control: str,
    amount: int,
) -> None:
    books = blank()
    books.put("invoices", invoice(invoice_type, ("4000", "100.00", "20.00"), status="draft"))
    settlement = transaction(direction, "120.00", "20.00", invoice_id="inv_1", nominal_code="4000")
    books.put("transactions", settlement)
    assert balances(books) == {control: amount, "1200": -amount}


@pytest.mark.parametrize("status", ["draft", "void"])
def test_a_draft_or_void_invoice_posts_nothing_but_its_payment_does(
    blank: Make, invoice: Make, transaction: Make, status: str
) -> None:
    books = blank()
    books.put("invoices", invoice("sales", ("4000", "100.00", "20.00"), status=status))
    assert balances(books) == {}
    books.put("transactions", transaction("money_in", "120.00", invoice_id="inv_1"))
    assert balances(books) == {"1200": 12000, "1100": -12000}


def test_a_void_transaction_posts_nothing(blank: Make, transaction: Make) -> None:
    books = blank()
    books.put("transactions", transaction("money_in", "12.00", "2.00", nominal_code="4000", status="void"))
    assert balances(books) == {}


@pytest.mark.parametrize(
    ("direction", "control", "sign"), [("money_in", "1100", 1), ("money_out", "2100", -1)]
)
def test_a_settlement_of_a_missing_invoice_follows_its_direction_at_its_own_rate(
    blank: Make, transaction: Make, direction: str, control: str, sign: int
) -> None:
    books = blank()
    settlement = transaction(direction, "10.00", invoice_id="inv_9", exchange_rate=Decimal("0.85"))
    books.put("transactions", settlement)
    assert balances(books) == {"1200": sign * 850, control: -sign * 850}


def test_money_in_without_an_invoice_credits_its_nominal_and_vat_on_sales(
    blank: Make, transaction: Make
) -> None:
    books = blank()
    books.put("transactions", transaction("money_in", "120.00", "20.00", nominal_code="4002"))
    assert balances(books) == {"1200": 12000, "4002": -10000, "2200": -2000}


def test_money_out_without_an_invoice_debits_its_nominal_and_vat_on_purchases(
    blank: Make, transaction: Make
) -> None:
    books = blank()
    books.put("transactions", transaction("money_out", "120.00", "20.00", nominal_code="7500"))
    assert balances(books) == {"1200": -12000, "7500": 10000, "2201": 2000}


def test_the_bank_gets_the_sum_of_the_rounded_net_and_vat(blank: Make, transaction: Make) -> None:
    books = blank()
    direct = transaction("money_in", "0.02", "0.01", nominal_code="4000", exchange_rate=Decimal("0.5"))
    books.put("transactions", direct)
    assert balances(books) == {"1200": 2, "4000": -1, "2200": -1}


def test_a_transfer_moves_the_same_base_amount_between_two_banks(blank: Make, transaction: Make) -> None:
    books = blank()
    transfer = transaction(
        "transfer", "100.00", account_id=1003, transfer_account_id=1001, exchange_rate=Decimal("0.8555")
    )
    books.put("transactions", transfer)
    assert balances(books) == {"1200": 8555, "1210": -8555}


def test_a_journal_posts_as_its_lines_say(blank: Make, journal: Make) -> None:
    books = blank()
    books.put("journals", journal("2026-04-30", ("8000", "35.00"), ("0031", "-10.00"), ("0041", "-25.00")))
    assert balances(books) == {"8000": 3500, "0031": -1000, "0041": -2500}


@pytest.mark.parametrize(
    "flaw",
    [
        {"amount": "abc", "net_amount": "abc"},
        {"net_amount": "10.00"},
        {"net_amount": True},
        {"date": None},
        {"date": "2026-02-30"},
        {"date": "20260420"},
        {"id": None},
        {"type": "gift"},
        {"nominal_code": None},
        {"nominal_code": 4000},
        {"account_id": 9},
        {"exchange_rate": None},
    ],
)
def test_a_malformed_transaction_posts_nothing_and_is_listed_all_the_same(
    blank: Make, transaction: Make, flaw: dict[str, Any]
) -> None:
    books = blank()
    record = transaction("money_in", "12.00", "2.00", nominal_code="4000") | flaw
    handle = books.put("transactions", record)
    assert balances(books) == {}
    assert books.get("transactions", handle) == record


def test_one_bad_line_makes_the_whole_record_bad(blank: Make, invoice: Make, journal: Make) -> None:
    books = blank()
    record = invoice("sales", ("4000", "1.00", "0.20"), ("4000", "2.00", "0.40"))
    record["line_items"][1]["net_amount"] = "abc"
    books.put("invoices", record)
    unbalanced = journal("2026-04-30", ("8000", "35.00"), ("0031", "-34.99"))
    books.put("journals", unbalanced)
    assert balances(books) == {}
