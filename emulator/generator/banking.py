"""Bank accounts, the loan, transfers, interest, charges and rent: what comes round every month."""

from datetime import date

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator.clerk import CURRENT, EURO, SAVINGS, Clerk, currency_abroad

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


def run(clerk: Clerk, start: date) -> None:
    """Enter what the day's date calls for."""
    month = (clerk.day.year - start.year) * 12 + clerk.day.month - start.month
    if clerk.day.day == 1:
        _rent(clerk)
    elif clerk.day.day == 2:
        _loan(clerk, month)
    elif clerk.day.day == 3:
        _transfers(clerk, month)
    elif clerk.day.day == 30:
        _charges(clerk)


def _rent(clerk: Clerk) -> None:
    clerk.transaction("money_out", int(90_000 * clerk.scale.volume), "7100", "Rent", vat_rate="exempt")


def _loan(clerk: Clerk, month: int) -> None:
    amount, part = int(LOAN * clerk.scale.volume), int(REPAYMENT * clerk.scale.volume)
    if month == LOAN_MONTH:
        clerk.transaction("money_in", amount, "2300", "Bank loan received")
    paid = max(0, month - LOAN_MONTH - 1) * part
    if month > LOAN_MONTH and paid < amount:
        clerk.transaction("money_out", min(part, amount - paid), "2300", "Loan repayment")
        clerk.transaction(
            "money_out", (amount - paid) * 6 // 1200, "7901", "Loan interest", vat_rate="exempt"
        )


def _transfers(clerk: Clerk, month: int) -> None:
    amount = int(40_000 * clerk.scale.volume)
    if month % 6 == 5:
        clerk.transaction(
            "transfer", 4 * amount, None, "From savings", account=SAVINGS, transfer_account_id=CURRENT
        )
    else:
        clerk.transaction("transfer", amount, None, "To savings", transfer_account_id=SAVINGS)
    swept = clerk.euros * SWEPT_SHARE // 100
    if month % 3 == 0 and swept > 0:
        clerk.transaction("transfer", swept, None, "Euros sold", account=EURO, transfer_account_id=CURRENT)


def _charges(clerk: Clerk) -> None:
    clerk.transaction("money_out", 1_250, "7900", "Bank charges", vat_rate="exempt")
    interest = clerk.balance("1205") * 2 // 1200
    if interest > 0:
        clerk.transaction(
            "money_in", interest, "4900", "Interest received", vat_rate="exempt", account=SAVINGS
        )
