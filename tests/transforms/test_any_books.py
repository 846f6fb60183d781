"""Books that the contract allows, made at random: no check of ours may call them wrong."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.soak_on("postgres")  # which has the odd values of other tests

COMPANIES = 60
ACCOUNTS = {
    "0050": ["Vans", "fixed_assets"],
    "1100": ["Trade debtors", "current_assets"],
    "1200": ["Bank", "current_assets"],
    "1210": ["Second bank", "current_assets"],
    "1300": ["Prepayments", "current_assets"],
    "2100": ["Trade creditors", "current_liabilities"],
    "2200": ["VAT on sales", "current_liabilities"],
    "2201": ["VAT on purchases", "current_liabilities"],
    "2900": ["Loan", "long_term_liabilities"],
    "3000": ["Shares", "capital_and_reserves"],
    "3200": ["Profit and loss account", "capital_and_reserves"],
    "4000": ["Sales", "turnover"],
    "5000": ["Purchases", "cost_of_sales"],
    "7500": ["Office costs", "overheads"],
    "7906": ["Exchange differences", "overheads"],
    "9000": ["Corporation tax", "taxation"],
}
YEAR_ENDS = ("03-31", "12-31", "04-05", "05-15", "02-28", "02-29", "06-30")
MOMENTS = ((2023, 2024), (2023, 2024), (2023, 2024), (2019, 2020), (2026, 2027))
"""The years a document is dated in: mostly the last two, some ancient, some still to come."""
STATUSES = ("sent", "sent", "paid", "part_paid", "draft", "void")
SHARED = """
    select 1 from accbooks_raw.bank_accounts group by company_id, nominal_code having count(*) > 1
"""
NOT_ABOUT_OUR_SUMS = ("comparison_overdue", "report_differs", "invoice_not_found", "not_compared")
"""What such books may have: their reports are made up, and some payments are of no invoice."""


class Bookkeeper:
    """Makes up a company's books, from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nobody gains by guessing it
        # several banks on one nominal account, and some on none of their own
        codes = ["1200", self.chance.choice(["1200", "1210"]), self.chance.choice(["1200", "1210", "1100"])]
        self.banks = dict(enumerate(codes[: self.chance.randint(1, 3)], start=1))
        self.invoices = [self.invoice(number) for number in range(self.chance.randint(0, 8))]

    def day(self) -> dt.date:
        first, last = self.chance.choice(MOMENTS)
        days = (dt.date(last, 12, 31) - dt.date(first, 1, 1)).days
        return dt.date(first, 1, 1) + dt.timedelta(self.chance.randint(0, days))

    def amount(self) -> Decimal:
        return Decimal(self.chance.choice([0, 1, 333, 10000, self.chance.randint(1, 99999)])) / 100

    def currency(self) -> dict[str, Any]:
        if self.chance.random() < 0.7:
            return {}
        return {"currency": "EUR", "exchange_rate": Decimal(self.chance.randint(1, 200_000_000)) / 10**8}

    def invoice(self, number: int) -> dict[str, Any]:
        kind = self.chance.choice(["sales", "purchase", "sales_credit", "purchase_credit"])
        account = [*ACCOUNTS] if self.chance.random() < 0.3 else ["4000", "5000", "7500", "0050"]
        lines = [
            [self.chance.choice(account), self.amount(), self.chance.choice([Decimal(0), self.amount()])]
            for _ in range(self.chance.randint(0, 3))
        ]
        net, vat = sum(line[1] for line in lines), sum(line[2] for line in lines)
        contact = "customer_id" if kind.startswith("sales") else "supplier_id"
        status = self.chance.choice(STATUSES)
        return {
            "id": f"inv_{number}",
            "type": kind,
            "date": self.day(),
            "due_date": self.chance.choice([None, self.day()]),
            "status": status,
            contact: self.chance.choice([None, "c_1", "c_2"]),
            "net_total": net,
            "vat_total": vat,
            "gross_total": net + vat,
            "amount_due": Decimal(0) if status == "paid" else net + vat,
            "amount_paid": net + vat if status == "paid" else Decimal(0),
            "lines": lines,
            **self.currency(),
        }

    def transaction(self, number: int) -> dict[str, Any]:
        kind = self.chance.choice(["money_in", "money_out", "transfer"])
        net, vat = self.amount(), self.chance.choice([Decimal(0), self.amount()])
        record = {
            "id": f"txn_{number}",
            "date": self.day(),
            "type": kind,
            "status": self.chance.choice(["posted", "posted", "posted", "void"]),
            "account_id": self.chance.choice([*self.banks]),
            "amount": net + vat,
            "net_amount": net,
            "vat_amount": vat,
            "nominal_code": self.chance.choice([*ACCOUNTS]),
            **self.currency(),
        }
        if kind == "transfer":
            return record | {"transfer_account_id": self.chance.choice([*self.banks]), "nominal_code": None}
        # a payment may come before its invoice, be of a draft, or of an invoice that nobody knows
        if self.chance.random() < 0.6:
            known = [invoice["id"] for invoice in self.invoices]
            record["invoice_id"] = self.chance.choice([*known, "inv_unknown"])
        return record

    def journal(self, number: int) -> dict[str, Any]:
        codes = self.chance.sample([*ACCOUNTS], self.chance.randint(2, 4))
        amounts = [self.amount() for _ in codes[1:]]
        lines = [[code, amount, None] for code, amount in zip(codes[1:], amounts, strict=True)]
        lines.append([codes[0], None, sum(amounts)])
        if self.chance.random() < 0.5:
            lines = [[code, credit, debit] for code, debit, credit in lines]
        kind = "opening" if number == 0 else "manual"
        return {"id": f"jnl_{number}", "date": self.day(), "type": kind, "lines": lines}

    def books(self) -> Mapping[str, Any]:
        return {
            "company": {
                "base_currency": "GBP",
                "financial_year_end": self.chance.choice(YEAR_ENDS),
                "vat_scheme": self.chance.choice(["standard", None]),
            },
            "bank_accounts": self.banks,
            "accounts": ACCOUNTS,
            "invoices": self.invoices,
            "transactions": [self.transaction(number) for number in range(self.chance.randint(0, 10))],
            "journals": [self.journal(number) for number in range(self.chance.randint(0, 4))],
            "trial_balance": {"2024-05-31": dict.fromkeys(ACCOUNTS, 0)},
        }


@pytest.fixture(scope="module")
def any_books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, {f"seed {seed}": Bookkeeper(seed).books() for seed in range(COMPANIES)})
    empty_warehouse.dbt("run")
    return empty_warehouse


@pytest.mark.long
def test_no_check_calls_books_wrong_that_the_contract_allows(any_books: Any) -> None:
    said = any_books.rows("select company_id, check_name, message from findings order by company_id, message")
    assert [row for row in said if row[1] not in NOT_ABOUT_OUR_SUMS] == []


@pytest.mark.long
def test_the_books_are_odd_enough_to_be_worth_it(any_books: Any) -> None:
    """Each line counts something that a check might stumble over."""
    for odd in (
        "select count(*) from general_ledger where posting_date > '2025-01-01'",
        "select count(*) from general_ledger where posting_date < '2021-01-01'",
        "select count(*) from general_ledger where source_type = 'journal' and nominal_code = '1100'",
        "select count(*) from general_ledger where nominal_code = '7906' and source_type = 'transaction'",
        "select count(*) from general_ledger where flag = 'invoice_missing'",
        f"select count(*) from ({SHARED}) as shared",
    ):
        ((count,),) = any_books.rows(odd)
        assert int(count) > 10, odd
