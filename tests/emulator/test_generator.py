from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator import reports
from accbooks_warehouse.emulator.books import DATED, Books
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.money import pence
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.emulator.years import year_end, year_start


def texts(books: Books, resource: str) -> dict[str, str]:
    return {row.handle: row.text for row in books.stores[resource]}


def settled(books: Books) -> Counter[str]:
    """Pence settled by invoice, refunds counted the same way."""
    paid: Counter[str] = Counter()
    for record in books.all("transactions"):
        if record["invoice_id"]:
            paid[record["invoice_id"]] += pence(record["amount"])
    return paid


def test_the_same_seed_size_and_date_give_the_same_bytes(small_books: Books, today: date) -> None:
    again = generate(Settings(today=today))
    for resource in small_books.stores:
        assert texts(again, resource) == texts(small_books, resource)
    assert again.company == small_books.company


def test_another_seed_gives_other_books(small_books: Books, today: date) -> None:
    assert texts(generate(Settings(today=today, seed=2)), "transactions") != texts(
        small_books, "transactions"
    )


def test_tomorrow_s_books_are_today_s_and_a_day(small_books: Books, today: date) -> None:
    tomorrow = generate(Settings(today=today + timedelta(days=1)))
    stamp = today.isoformat() + "T24"
    for resource in ("contacts", "transactions", "journals"):
        before, after = texts(small_books, resource), texts(tomorrow, resource)
        assert {handle: after[handle] for handle in before} == before
    later = [record for record in tomorrow.all("invoices") if record["updated_at"] < stamp]
    assert all(small_books.get("invoices", record["id"]) == record for record in later)
    assert len(later) < len(small_books.stores["invoices"]) < len(tomorrow.stores["invoices"]) + 1


def test_companies_keep_their_books_in_a_currency_of_their_own(today: date) -> None:
    settings = Settings(today=today, base_currencies=("GBP", "USD", "EUR"))
    for index, (home, abroad) in enumerate((("GBP", "EUR"), ("USD", "EUR"), ("EUR", "GBP"), ("GBP", "EUR"))):
        books = generate(settings, index)
        assert books.company["base_currency"] == home
        for resource in ("transactions", "invoices"):
            rates = {record["currency"]: record["exchange_rate"] for record in books.all(resource)}
            assert rates.keys() == {home, abroad}
            assert rates[home] == 1 != rates[abroad]
        assert reports.trial_balance(books, today, "")["currency"] == home


def test_small_books_are_about_five_thousand_records_over_four_years(small_books: Books) -> None:
    assert 4_500 < sum(len(store) for store in small_books.stores.values()) < 6_000
    assert small_books.company["books_start_date"] == "2023-04-01"


def test_what_invoices_show_as_paid_is_what_was_paid(small_books: Books) -> None:
    paid = settled(small_books)
    for record in small_books.all("invoices"):
        amount = paid[record["id"]]
        due = pence(record["gross_total"]) - amount
        assert pence(record["amount_paid"]) == amount
        if record["status"] == "void":
            assert record["amount_due"] == 0
            continue
        assert pence(record["amount_due"]) == due
        expected = "sent" if not amount else "part_paid" if due else "paid"
        assert record["status"] in ("draft", expected)


def test_totals_are_those_of_the_lines(small_books: Books) -> None:
    for record in small_books.all("invoices"):
        lines = record["line_items"]
        assert record["net_total"] == sum(line["net_amount"] for line in lines)
        assert record["vat_total"] == sum(line["vat_amount"] for line in lines)
        assert record["gross_total"] == record["net_total"] + record["vat_total"]
    for record in small_books.all("transactions"):
        assert record["amount"] == record["net_amount"] + record["vat_amount"] > 0


def test_one_financial_year_in_four_makes_a_loss(small_books: Books) -> None:
    profits = []
    first = date.fromisoformat(small_books.company["books_start_date"])
    for _ in range(4):
        last = year_end(first.year + 1, "03-31")
        profits.append(reports.profit_and_loss(small_books, first, last, "")["net_profit"] > 0)
        first = last + timedelta(days=1)
    assert profits == [True, False, True, True]


def present(records: list[dict[str, Any]], **wanted: Any) -> int:
    return sum(all(record[name] == value for name, value in wanted.items()) for record in records)


def test_the_books_hold_what_books_hold(small_books: Books, today: date) -> None:
    invoices, bank, journals = (small_books.all(name) for name in ("invoices", "transactions", "journals"))
    paid, known = settled(small_books), {record["id"]: record for record in small_books.all("invoices")}
    start = small_books.company["books_start_date"]
    rates = {line["vat_rate"] for record in invoices for line in record["line_items"]}
    found = {
        "credit notes": present(invoices, type="sales_credit") > 3
        and present(invoices, type="purchase_credit") > 3,
        "refunds": any(known[name]["type"] == "sales_credit" for name in paid),
        "part payments": present(invoices, status="part_paid") > 5,
        "paid drafts": any(known[name]["status"] == "draft" for name in paid),
        "paid voids": any(known[name]["status"] == "void" for name in paid),
        "void money": present(bank, status="void") > 3,
        "euros": present(invoices, currency="EUR") > 10 and present(bank, account_id=1003) > 10,
        "transfers": present(bank, type="transfer", currency="EUR") > 3,
        "before the books": sum(record["date"] < start for record in invoices + bank) == 5,
        "to come": sum(record["date"] > today.isoformat() for record in invoices) > 0,
        "opening": present(journals, type="opening", date=start) == 1,
        "fractions": any(
            isinstance(line["quantity"], Decimal) and line["quantity"].as_tuple().exponent == -6
            for record in invoices
            for line in record["line_items"]
        ),
        "VAT rates": rates == {"20", "5", "0", "exempt"},
        "year ends": all(present(bank, date=f"2025-{day}") > 0 for day in ("03-31", "04-01")),
    }
    assert {name for name, there in found.items() if not there} == set()


def test_settlements_in_euros_leave_gains_and_losses(small_books: Books) -> None:
    amounts = {
        (amount > 0) for (_, nominal), amount in small_books.ledger.entries().items() if nominal == "7906"
    }
    assert amounts == {True, False}


def test_companies_differ_but_their_ids_collide(today: date) -> None:
    first, second = (generate(Settings(today=today, companies=2), index) for index in range(2))
    assert second.company["financial_year_end"] == "02-28"
    assert first.company["id"] != second.company["id"]
    for resource in DATED:
        assert texts(first, resource).keys() & texts(second, resource).keys()
        assert texts(first, resource) != texts(second, resource)


@pytest.mark.parametrize(
    ("day", "month_day", "start"),
    [
        (date(2024, 2, 29), "02-28", date(2024, 2, 29)),
        (date(2024, 2, 29), "02-29", date(2023, 3, 1)),
        (date(2025, 2, 28), "02-29", date(2024, 3, 1)),
        (date(2026, 4, 5), "04-05", date(2025, 4, 6)),
        (date(2026, 12, 31), "12-31", date(2026, 1, 1)),
    ],
)
def test_a_financial_year_starts_the_day_after_the_last_one_ended(
    day: date, month_day: str, start: date
) -> None:
    assert year_start(day, month_day) == start
