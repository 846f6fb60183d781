"""Customers and suppliers."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator.bookkeeper import currency_abroad
from accbooks_warehouse.emulator.generator.scale import Scale
from accbooks_warehouse.emulator.rendering import Record

FIRST = (
    "Ashdown",
    "Brook",
    "Carrow",
    "Denby",
    "Elmfield",
    "Fenwick",
    "Garth",
    "Holt",
    "Ivel",
    "Kestrel",
    "Larch",
)
SECOND = (
    "Bakery",
    "Cycles",
    "Design",
    "Electrical",
    "Foods",
    "Interiors",
    "Joinery",
    "Logistics",
    "Motors",
    "Print",
)
THIRD = ("Ltd", "& Sons", "Group", "LLP", "Partners", "(North) Ltd", "Café")
ABROAD = ("IE", "DE", "NL", "FR")


@dataclass(frozen=True)
class People:
    """The company's customers and suppliers; those paid in euros are separate."""

    customers: list[Record]
    euro_customers: list[Record]
    suppliers: list[Record]
    euro_suppliers: list[Record]


def enter_contacts(books: Books, scale: Scale, seed: str, start: date) -> People:
    """Enter the contacts and return them."""
    random = Random(f"{seed}/people")
    home = books.company["base_currency"]
    customers = [
        _contact(random, "customer", number, start, home, _abroad(number))
        for number in range(1, scale.customers + 1)
    ]
    suppliers = [
        _contact(random, "supplier", number, start, home, number == 2)
        for number in range(1, scale.suppliers + 1)
    ]
    for contact in customers + suppliers:
        books.put("contacts", contact)
    return People(
        [contact for contact in customers if contact["currency"] == home],
        [contact for contact in customers if contact["currency"] != home],
        [contact for contact in suppliers if contact["currency"] == home],
        [contact for contact in suppliers if contact["currency"] != home],
    )


def _abroad(number: int) -> bool:
    return number % 19 == 5


def _contact(random: Random, kind: str, number: int, start: date, home: str, abroad: bool) -> Record:  # noqa: FBT001 - a field
    name = f"{random.choice(FIRST)} {random.choice(SECOND)} {random.choice(THIRD)}"
    identity = f"{'cust' if kind == 'customer' else 'supp'}_{number}"
    vat_number = f"GB{random.randrange(10**8, 10**9)}" if not abroad and random.random() < 0.7 else None
    if kind == "supplier" and not abroad:  # they charge VAT
        vat_number = vat_number or f"GB{900_000_000 + number}"
    created = f"{start - timedelta(days=random.randrange(1, 900))}T09:00:00Z"
    return {
        "id": identity,
        "type": kind,
        "name": name,
        "email": f"accounts@{identity.replace('_', '')}.example" if random.random() < 0.9 else None,
        "vat_number": vat_number,
        "country": random.choice(ABROAD) if abroad else "GB",
        "currency": currency_abroad(home) if abroad else home,
        "payment_terms_days": random.choice((7, 14, 30, 30, 30, 60)),
        "is_active": random.random() < 0.95,
        "created_at": created,
        "updated_at": created,
    }
