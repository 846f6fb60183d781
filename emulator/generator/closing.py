"""What closes a period: opening balances, depreciation, VAT returns, corporation tax, year-end entries."""

from datetime import date, timedelta

from accbooks_warehouse.emulator.chart import PROFIT_AND_LOSS, VAT_ON_PURCHASES, VAT_ON_SALES
from accbooks_warehouse.emulator.generator.clerk import CURRENT, Clerk, Goods
from accbooks_warehouse.emulator.generator.people import People
from accbooks_warehouse.emulator.money import pence
from accbooks_warehouse.emulator.years import add_months, last_day_of_month, year_end, year_start

VAT_DAY = 7
TAX_PERCENT = 19


def open_books(clerk: Clerk, people: People) -> None:
    """Enter the opening journal, and a few records dated before it."""
    start, volume = clerk.day, clerk.scale.volume
    opening = {"1200": 1_500_000, "0030": 600_000, "0040": 2_400_000, "0041": -480_000, "3000": -10_000}
    amounts = {nominal: int(amount * volume) for nominal, amount in opening.items()}
    clerk.journal("Opening balances", amounts | {"3200": -sum(amounts.values())}, kind="opening")
    for position, days in enumerate((5, 17, 38)):
        day = start - timedelta(days=days)
        goods = [Goods("Timber ordered before the books were opened", 1, 12_345 + days, "20", "5000")]
        bill = clerk.invoice("purchase", people.suppliers[position], day, goods)
        clerk.promise(bill, pence(bill["gross_total"]), start + timedelta(days=days))
    earlier = start - timedelta(days=9)
    clerk.transaction("money_in", 45_600, "4002", "Counter sale", vat_rate="20", day=earlier)
    clerk.transaction("money_out", 9_900, "7600", "Formation agent", vat_rate="20", day=earlier)


def run(clerk: Clerk, year_ends: str) -> None:
    """Enter what the end of a day, month, quarter or financial year calls for."""
    if last_day_of_month(clerk.day):
        _depreciation(clerk)
        if clerk.day.month % 3 == 0:
            _vat_return(clerk)
    if clerk.day.day == VAT_DAY and clerk.day.month % 3 == 2:
        _pay_vat(clerk)
    if clerk.day == year_end(clerk.day.year, year_ends):
        _year_end(clerk, year_ends)
    elif year_start(clerk.day, year_ends) == clerk.day:
        _new_year(clerk)
    _pay_tax(clerk, year_ends)


def _depreciation(clerk: Clerk) -> None:
    office, plant = _wear(clerk, 10_000, "0030", "0031"), _wear(clerk, 25_000, "0040", "0041")
    clerk.journal("Depreciation", {"8000": office + plant, "0031": -office, "0041": -plant})


def _wear(clerk: Clerk, monthly: int, cost: str, depreciation: str) -> int:
    """Return a month's depreciation in pence, as long as the assets are worth it."""
    worth = clerk.balance(cost) + clerk.balance(depreciation)
    return max(0, min(int(monthly * clerk.scale.volume), worth))


def _vat_return(clerk: Clerk) -> None:
    sales, purchases = clerk.balance(VAT_ON_SALES), clerk.balance(VAT_ON_PURCHASES)
    clerk.journal(
        "VAT return", {VAT_ON_SALES: -sales, VAT_ON_PURCHASES: -purchases, "2202": sales + purchases}
    )


def _pay_vat(clerk: Clerk) -> None:
    owed = -clerk.balance("2202")
    if owed:
        clerk.transaction("money_out" if owed > 0 else "money_in", abs(owed), "2202", "HMRC VAT")


def _year_end(clerk: Clerk, year_ends: str) -> None:
    """Post to profit and loss on the last day of the year, accrue, and charge tax on the profit."""
    clerk.transaction("money_out", 12_000, "7500", "Year-end stationery", vat_rate="20")
    clerk.transaction("money_in", 8_400, "4002", "Year-end counter sale", vat_rate="20")
    clerk.journal("Audit accrual", {"7600": 150_000, "2109": -150_000})
    profit = -_profit_and_loss(clerk, year_start(clerk.day, year_ends))
    tax = max(0, profit) * TAX_PERCENT // 100
    clerk.journal("Corporation tax for the year", {"9000": tax, "2240": -tax})


def _new_year(clerk: Clerk) -> None:
    clerk.transaction("money_out", 6_600, "7500", "First stationery of the year", vat_rate="20")
    if clerk.balance("2109"):
        clerk.journal("Audit accrual reversed", {"2109": 150_000, "7600": -150_000})


def _pay_tax(clerk: Clerk, year_ends: str) -> None:
    """Pay corporation tax nine months and a day after the year end, and half as much in dividends."""
    end = year_start(clerk.day, year_ends) - timedelta(days=1)
    if clerk.day != add_months(end, 9) + timedelta(days=1):
        return
    owed = -clerk.balance("2240")
    if owed > 0:
        clerk.transaction("money_out", owed, "2240", "HMRC corporation tax")
        clerk.transaction("money_out", owed // 2, "3100", "Dividend", account=CURRENT)


def _profit_and_loss(clerk: Clerk, first: date) -> int:
    sums = clerk.books.ledger.movement(first.isoformat(), clerk.day.isoformat())
    return sum(
        amount for code, amount in sums.items() if clerk.books.chart.account(code).category in PROFIT_AND_LOSS
    )
