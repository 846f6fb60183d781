"""Sales on account and over the counter, their credit notes, and when customers pay."""

from datetime import timedelta
from decimal import Decimal

from accbooks_warehouse.emulator.generator.bookkeeper import Bookkeeper, Goods
from accbooks_warehouse.emulator.generator.people import People
from accbooks_warehouse.emulator.generator.scale import SATURDAY, count, season, weekday
from accbooks_warehouse.emulator.money import pence
from accbooks_warehouse.emulator.rendering import Record

# description, nominal, lowest and highest unit price in pence, VAT rate, largest quantity
OFFERS = (
    ("Oak table", "4000", 18_000, 64_000, "20", 2),
    ("Beech chair", "4000", 4_500, 12_900, "20", 6),
    ("Fitting, per hour", "4001", 4_200, 6_800, "20", 12),
    ("Design work, per hour", "4001", 5_500, 9_500, "20", 9),
    ("Energy-saving boiler jacket", "4000", 2_500, 8_000, "5", 4),
    ("Joinery handbook", "4000", 1_200, 3_900, "0", 5),
    ("Apprentice training", "4001", 9_000, 30_000, "exempt", 2),
    ("Carriage", "4905", 900, 4_500, "20", 1),
)
COUNTER = (("Counter sale", "4002", "20"), ("Books and patterns", "4002", "0"), ("Insulation", "4002", "5"))
HOURLY = "4001"
VOIDED_AFTER_PAYMENT, PAID_AS_DRAFT, VOID, DRAFT, FUTURE = 150, 200, 90, 110, 25


def trade(bookkeeper: Bookkeeper, people: People) -> None:
    """Enter a day's sales."""
    if bookkeeper.day.weekday() > SATURDAY:
        return
    busy = bookkeeper.scale.volume * season(bookkeeper.day) * bookkeeper.trade
    for _ in range(count(bookkeeper.random, 1.25 * busy)):
        _counter_sale(bookkeeper)
    if weekday(bookkeeper.day):
        for _ in range(count(bookkeeper.random, 1.05 * busy)):
            _sale(bookkeeper, people)


def _counter_sale(bookkeeper: Bookkeeper) -> None:
    random = bookkeeper.random
    description, nominal, vat_rate = COUNTER[0] if random.random() < 0.8 else random.choice(COUNTER)
    status = "void" if random.random() < 0.01 else "posted"
    bookkeeper.transaction(
        "money_in", random.randrange(400, 14_000), nominal, description, vat_rate=vat_rate, status=status
    )


def _sale(bookkeeper: Bookkeeper, people: People) -> None:
    random = bookkeeper.random
    number = bookkeeper.next_number("sale")
    abroad = random.random() < 0.07
    customer = random.choice(people.euro_customers if abroad else people.customers)
    day = (
        bookkeeper.day + timedelta(days=random.randrange(20, 50)) if number % FUTURE == 0 else bookkeeper.day
    )
    draft = number % DRAFT == 0 or number % PAID_AS_DRAFT == 120 % PAID_AS_DRAFT
    status = "draft" if draft else "void" if number % VOID == 0 else "sent"
    goods = [_goods(bookkeeper, abroad=abroad) for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4)))]
    invoice = bookkeeper.invoice("sales", customer, day, goods, status=status)
    if status == "sent" or number % PAID_AS_DRAFT == 120 % PAID_AS_DRAFT:
        _expect_payment(bookkeeper, invoice)
    if status == "sent" and random.random() < 0.03:
        _credit(bookkeeper, customer, goods[0])


def _goods(bookkeeper: Bookkeeper, *, abroad: bool) -> Goods:
    random = bookkeeper.random
    description, nominal, low, high, vat_rate, most = OFFERS[int(len(OFFERS) * random.random() ** 1.4)]
    quantity: int | Decimal = random.randrange(1, most + 1)
    if nominal == HOURLY and random.random() < 0.5:
        quantity = (
            Decimal(random.randrange(250_000, 9_000_000))
            .scaleb(-6)
            .quantize(random.choice((Decimal("0.01"), Decimal("0.1"), Decimal("0.000001"))))
        )
    price = random.randrange(low, high)
    return Goods(description, quantity, price, "0" if abroad else vat_rate, "4009" if abroad else nominal)


def _expect_payment(bookkeeper: Bookkeeper, invoice: Record) -> None:
    """Schedule the payment in full around the due date, in two parts, in part only, or not at all."""
    random = bookkeeper.random
    gross = pence(invoice["gross_total"])
    days = random.randrange(3, 55) if invoice["currency"] == bookkeeper.home else random.randrange(10, 70)
    day = bookkeeper.day + timedelta(days=days)
    chance = random.random()
    if chance < 0.02:
        return
    if chance < 0.11:
        part = max(1, gross * random.randrange(20, 80) // 100)
        bookkeeper.schedule_payment(invoice, part, day)
        if chance < 0.08 and gross > part:
            bookkeeper.schedule_payment(invoice, gross - part, day + timedelta(days=random.randrange(10, 40)))
        return
    bookkeeper.schedule_payment(invoice, gross, day)


def _credit(bookkeeper: Bookkeeper, customer: Record, goods: Goods) -> None:
    credit = bookkeeper.invoice("sales_credit", customer, bookkeeper.day, [goods])
    if bookkeeper.random.random() < 0.5:
        refund_on = bookkeeper.day + timedelta(days=bookkeeper.random.randrange(3, 30))
        bookkeeper.schedule_payment(credit, pence(credit["gross_total"]), refund_on)


def settle(bookkeeper: Bookkeeper) -> None:
    """Enter the payments scheduled for today; a few invoices are voided after they were paid."""
    for invoice, amount in bookkeeper.due.pop(bookkeeper.day, ()):
        bookkeeper.pay(invoice, amount)
        if bookkeeper.next_number("payment") % VOIDED_AFTER_PAYMENT == 70 % VOIDED_AFTER_PAYMENT:
            bookkeeper.void(invoice)
