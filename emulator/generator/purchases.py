"""Suppliers' bills and their credit notes, and costs paid straight from the bank."""

from datetime import timedelta

from accbooks_warehouse.emulator.generator.bookkeeper import Bookkeeper, Goods
from accbooks_warehouse.emulator.generator.people import People
from accbooks_warehouse.emulator.generator.scale import count, season, weekday
from accbooks_warehouse.emulator.money import pence

# description, nominal, lowest and highest price in pence, VAT rate, weight
BILLS = (
    ("Timber", "5000", 6_000, 52_000, "20", 30),
    ("Fixings and varnish", "5000", 1_500, 16_000, "20", 14),
    ("Haulage", "5100", 3_000, 15_000, "20", 8),
    ("Subcontract fitting", "5200", 9_000, 45_000, "20", 8),
    ("Fuel oil", "7200", 4_000, 20_000, "5", 3),
    ("Professional fees", "7600", 10_000, 60_000, "20", 2),
    ("Insurance premium", "7700", 8_000, 40_000, "exempt", 1),
    ("Trade manuals", "7500", 900, 6_000, "0", 3),
    ("Workshop tools", "0040", 20_000, 90_000, "20", 1),
)
WEIGHTS = tuple(bill[-1] for bill in BILLS)
COSTS = (
    ("Fuel", "7300", 2_000, 9_000, "20"),
    ("Train fares", "7400", 1_500, 14_000, "0"),
    ("Postage", "7500", 300, 3_500, "exempt"),
    ("Stationery", "7500", 500, 8_000, "20"),
    ("Mobile telephones", "7550", 2_000, 7_500, "20"),
)


def trade(bookkeeper: Bookkeeper, people: People) -> None:
    """Enter a day's bills and small costs."""
    if not weekday(bookkeeper.day):
        return
    busy = bookkeeper.scale.volume * season(bookkeeper.day)
    for _ in range(count(bookkeeper.random, 0.72 * busy)):
        _bill(bookkeeper, people)
    for _ in range(count(bookkeeper.random, 0.45 * busy)):
        _cost(bookkeeper)


def _bill(bookkeeper: Bookkeeper, people: People) -> None:
    random = bookkeeper.random
    abroad = random.random() < 0.03
    supplier = random.choice(people.euro_suppliers if abroad else people.suppliers)
    goods = [_goods(bookkeeper, abroad=abroad) for _ in range(random.choice((1, 1, 2)))]
    number = bookkeeper.next_number("bill")
    status = "draft" if number % 130 == 0 else "void" if number % 95 == 0 else "sent"
    bill = bookkeeper.invoice("purchase", supplier, bookkeeper.day, goods, status=status)
    if status == "sent" and random.random() < 0.98:
        gross = pence(bill["gross_total"])
        part = gross // 2 if random.random() < 0.05 else gross
        day = bookkeeper.day + timedelta(days=random.randrange(5, 50))
        bookkeeper.schedule_payment(bill, part, day)
        if part < gross:
            bookkeeper.schedule_payment(bill, gross - part, day + timedelta(days=30))
    if status == "sent" and random.random() < 0.02:
        credit = bookkeeper.invoice("purchase_credit", supplier, bookkeeper.day, goods[:1])
        if random.random() < 0.5:
            bookkeeper.schedule_payment(
                credit, pence(credit["gross_total"]), bookkeeper.day + timedelta(days=21)
            )


def _goods(bookkeeper: Bookkeeper, *, abroad: bool) -> Goods:
    description, nominal, low, high, vat_rate, _ = bookkeeper.random.choices(BILLS, WEIGHTS)[0]
    return Goods(description, 1, bookkeeper.random.randrange(low, high), "0" if abroad else vat_rate, nominal)


def _cost(bookkeeper: Bookkeeper) -> None:
    description, nominal, low, high, vat_rate = bookkeeper.random.choice(COSTS)
    bookkeeper.transaction(
        "money_out", bookkeeper.random.randrange(low, high), nominal, description, vat_rate=vat_rate
    )
