"""Bank accounts and monthly entries: the loan, transfers, interest, charges and rent."""

from datetime import date

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator.bookkeeper import (
    CURRENT,
    EURO,
    SAVINGS,
    Bookkeeper,
    currency_abroad,
)

LOAN, REPAYMENT = 4_000_000, 60_000
LOAN_MONTH = 3
SWEPT_SHARE = 80


def open_accounts(books: Books, start: date) -> None:
    """Enter the bank accounts."""
    home = books.company["base_currency"]
    abroad = currency_abroad(home)
    accounts = ((CURRENT, "Current account", "1200", home), (SAVINGS, "Savings account", "1205", home))
    for number, name, nominal, currency in (*accounts, (EURO, f"{abroad} account", "1210", abroad)):
        record = {
            "id": number,
            "name": name,
            "nominal_code": nominal,
            "currency": currency,
            "is_active": True,
        }
        stamp = f"{start}T09:00:00Z"
        books.put("bank_accounts", record | {"created_at": stamp, "updated_at": stamp})


def run(bookkeeper: Bookkeeper, start: date) -> None:
    """Enter what is due on the day."""
    month = (bookkeeper.day.year - start.year) * 12 + bookkeeper.day.month - start.month
    if bookkeeper.day.day == 1:
        _rent(bookkeeper)
    elif bookkeeper.day.day == 2:
        _loan(bookkeeper, month)
    elif bookkeeper.day.day == 3:
        _transfers(bookkeeper, month)
    elif bookkeeper.day.day == 30:
        _charges(bookkeeper)


def _rent(bookkeeper: Bookkeeper) -> None:
    bookkeeper.transaction(
        "money_out", int(90_000 * bookkeeper.scale.volume), "7100", "Rent", vat_rate="exempt"
    )


def _loan(bookkeeper: Bookkeeper, month: int) -> None:
    amount, part = int(LOAN * bookkeeper.scale.volume), int(REPAYMENT * bookkeeper.scale.volume)
    if month == LOAN_MONTH:
        bookkeeper.transaction("money_in", amount, "2300", "Bank loan received")
    paid = max(0, month - LOAN_MONTH - 1) * part
    if month > LOAN_MONTH and paid < amount:
        bookkeeper.transaction("money_out", min(part, amount - paid), "2300", "Loan repayment")
        bookkeeper.transaction(
            "money_out", (amount - paid) * 6 // 1200, "7901", "Loan interest", vat_rate="exempt"
        )


def _transfers(bookkeeper: Bookkeeper, month: int) -> None:
    amount = int(40_000 * bookkeeper.scale.volume)
    if month % 6 == 5:
        bookkeeper.transaction(
            "transfer", 4 * amount, None, "From savings", account=SAVINGS, transfer_account_id=CURRENT
        )
    else:
        bookkeeper.transaction("transfer", amount, None, "To savings", transfer_account_id=SAVINGS)
    swept = bookkeeper.euros * SWEPT_SHARE // 100
    if month % 3 == 0 and swept > 0:
        bookkeeper.transaction(
            "transfer", swept, None, "Euros sold", account=EURO, transfer_account_id=CURRENT
        )


def _charges(bookkeeper: Bookkeeper) -> None:
    bookkeeper.transaction("money_out", 1_250, "7900", "Bank charges", vat_rate="exempt")
    interest = bookkeeper.balance("1205") * 2 // 1200
    if interest > 0:
        bookkeeper.transaction(
            "money_in", interest, "4900", "Interest received", vat_rate="exempt", account=SAVINGS
        )
