"""Suppliers' bills and their credit notes, and costs paid straight from the bank."""

from datetime import timedelta

from accbooks_warehouse.emulator.generator.clerk import Clerk, Goods
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


def trade(clerk: Clerk, people: People) -> None:
    """Enter a day's bills and small costs."""
    if not weekday(clerk.day):
        return
    busy = clerk.scale.volume * season(clerk.day)
    for _ in range(count(clerk.random, 0.72 * busy)):
        _bill(clerk, people)
    for _ in range(count(clerk.random, 0.45 * busy)):
        _cost(clerk)


def _bill(clerk: Clerk, people: People) -> None:
    random = clerk.random
    abroad = random.random() < 0.03
    supplier = random.choice(people.euro_suppliers if abroad else people.suppliers)
    goods = [_goods(clerk, abroad=abroad) for _ in range(random.choice((1, 1, 2)))]
    number = clerk.next_number("bill")
    status = "draft" if number % 130 == 0 else "void" if number % 95 == 0 else "sent"
    bill = clerk.invoice("purchase", supplier, clerk.day, goods, status=status)
    if status == "sent" and random.random() < 0.98:
        gross = pence(bill["gross_total"])
        part = gross // 2 if random.random() < 0.05 else gross
        day = clerk.day + timedelta(days=random.randrange(5, 50))
        clerk.promise(bill, part, day)
        if part < gross:
            clerk.promise(bill, gross - part, day + timedelta(days=30))
    if status == "sent" and random.random() < 0.02:
        credit = clerk.invoice("purchase_credit", supplier, clerk.day, goods[:1])
        if random.random() < 0.5:
            clerk.promise(credit, pence(credit["gross_total"]), clerk.day + timedelta(days=21))


def _goods(clerk: Clerk, *, abroad: bool) -> Goods:
    description, nominal, low, high, vat_rate, _ = clerk.random.choices(BILLS, WEIGHTS)[0]
    return Goods(description, 1, clerk.random.randrange(low, high), "0" if abroad else vat_rate, nominal)


def _cost(clerk: Clerk) -> None:
    description, nominal, low, high, vat_rate = clerk.random.choice(COSTS)
    clerk.transaction("money_out", clerk.random.randrange(low, high), nominal, description, vat_rate=vat_rate)
