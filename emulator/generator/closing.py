"""Opening balances and period-end entries: depreciation, VAT returns, corporation tax, accruals."""

from datetime import date, timedelta

from accbooks_warehouse.emulator.chart import PROFIT_AND_LOSS, VAT_ON_PURCHASES, VAT_ON_SALES
from accbooks_warehouse.emulator.generator.bookkeeper import CURRENT, Bookkeeper, Goods
from accbooks_warehouse.emulator.generator.people import People
from accbooks_warehouse.emulator.money import pence
from accbooks_warehouse.emulator.years import add_months, last_day_of_month, year_end, year_start

VAT_DAY = 7
TAX_PERCENT = 19


def open_books(bookkeeper: Bookkeeper, people: People) -> None:
    """Enter the opening journal, and a few records dated before it."""
    start, volume = bookkeeper.day, bookkeeper.scale.volume
    opening = {"1200": 1_500_000, "0030": 600_000, "0040": 2_400_000, "0041": -480_000, "3000": -10_000}
    amounts = {nominal: int(amount * volume) for nominal, amount in opening.items()}
    bookkeeper.journal("Opening balances", amounts | {"3200": -sum(amounts.values())}, kind="opening")
    for position, days in enumerate((5, 17, 38)):
        day = start - timedelta(days=days)
        goods = [Goods("Timber ordered before the books were opened", 1, 12_345 + days, "20", "5000")]
        bill = bookkeeper.invoice("purchase", people.suppliers[position], day, goods)
        bookkeeper.schedule_payment(bill, pence(bill["gross_total"]), start + timedelta(days=days))
    earlier = start - timedelta(days=9)
    bookkeeper.transaction("money_in", 45_600, "4002", "Counter sale", vat_rate="20", day=earlier)
    bookkeeper.transaction("money_out", 9_900, "7600", "Formation agent", vat_rate="20", day=earlier)


def run(bookkeeper: Bookkeeper, year_ends: str) -> None:
    """Enter what is due at the end of a day, month, quarter or financial year."""
    if last_day_of_month(bookkeeper.day):
        _depreciation(bookkeeper)
        if bookkeeper.day.month % 3 == 0:
            _vat_return(bookkeeper)
    if bookkeeper.day.day == VAT_DAY and bookkeeper.day.month % 3 == 2:
        _pay_vat(bookkeeper)
    if bookkeeper.day == year_end(bookkeeper.day.year, year_ends):
        _year_end(bookkeeper, year_ends)
    elif year_start(bookkeeper.day, year_ends) == bookkeeper.day:
        _new_year(bookkeeper)
    _pay_tax(bookkeeper, year_ends)


def _depreciation(bookkeeper: Bookkeeper) -> None:
    office, plant = (
        _monthly_depreciation(bookkeeper, 10_000, "0030", "0031"),
        _monthly_depreciation(bookkeeper, 25_000, "0040", "0041"),
    )
    bookkeeper.journal("Depreciation", {"8000": office + plant, "0031": -office, "0041": -plant})


def _monthly_depreciation(bookkeeper: Bookkeeper, monthly: int, cost: str, depreciation: str) -> int:
    """Return a month's depreciation in pence, at most what the assets are still worth."""
    worth = bookkeeper.balance(cost) + bookkeeper.balance(depreciation)
    return max(0, min(int(monthly * bookkeeper.scale.volume), worth))


def _vat_return(bookkeeper: Bookkeeper) -> None:
    sales, purchases = bookkeeper.balance(VAT_ON_SALES), bookkeeper.balance(VAT_ON_PURCHASES)
    bookkeeper.journal(
        "VAT return", {VAT_ON_SALES: -sales, VAT_ON_PURCHASES: -purchases, "2202": sales + purchases}
    )


def _pay_vat(bookkeeper: Bookkeeper) -> None:
    owed = -bookkeeper.balance("2202")
    if owed:
        bookkeeper.transaction("money_out" if owed > 0 else "money_in", abs(owed), "2202", "HMRC VAT")


def _year_end(bookkeeper: Bookkeeper, year_ends: str) -> None:
    """Post to profit and loss on the last day of the year, accrue, and charge tax on the profit."""
    bookkeeper.transaction("money_out", 12_000, "7500", "Year-end stationery", vat_rate="20")
    bookkeeper.transaction("money_in", 8_400, "4002", "Year-end counter sale", vat_rate="20")
    bookkeeper.journal("Audit accrual", {"7600": 150_000, "2109": -150_000})
    profit = -_profit_and_loss(bookkeeper, year_start(bookkeeper.day, year_ends))
    tax = max(0, profit) * TAX_PERCENT // 100
    bookkeeper.journal("Corporation tax for the year", {"9000": tax, "2240": -tax})


def _new_year(bookkeeper: Bookkeeper) -> None:
    bookkeeper.transaction("money_out", 6_600, "7500", "First stationery of the year", vat_rate="20")
    if bookkeeper.balance("2109"):
        bookkeeper.journal("Audit accrual reversed", {"2109": 150_000, "7600": -150_000})


def _pay_tax(bookkeeper: Bookkeeper, year_ends: str) -> None:
    """Pay corporation tax nine months and a day after the year end, and half as much in dividends."""
    end = year_start(bookkeeper.day, year_ends) - timedelta(days=1)
    if bookkeeper.day != add_months(end, 9) + timedelta(days=1):
        return
    owed = -bookkeeper.balance("2240")
    if owed > 0:
        bookkeeper.transaction("money_out", owed, "2240", "HMRC corporation tax")
        bookkeeper.transaction("money_out", owed // 2, "3100", "Dividend", account=CURRENT)


def _profit_and_loss(bookkeeper: Bookkeeper, first: date) -> int:
    sums = bookkeeper.books.ledger.movement(first.isoformat(), bookkeeper.day.isoformat())
    return sum(
        amount
        for code, amount in sums.items()
        if bookkeeper.books.chart.account(code).category in PROFIT_AND_LOSS
    )
