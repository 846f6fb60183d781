"""Enter generated records: their ids, times of entry, and payments still to be made."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator.scale import Scale, weekday
from accbooks_warehouse.emulator.money import base_pence, money, vat_pence
from accbooks_warehouse.emulator.rendering import Record

CURRENT, SAVINGS, EURO = 1001, 1002, 1003
OPENING_TIME = 8 * 3600
WORKING_DAY = 10 * 3600


class Payment(NamedTuple):
    """A payment that will be made or received for an invoice."""

    invoice: Record
    amount: int


class Goods(NamedTuple):
    """One line of an invoice before its totals: unit price in pence."""

    description: str
    quantity: int | Decimal
    unit_price: int
    vat_rate: str
    nominal: str


def currency_abroad(home: str) -> str:
    """Return the one foreign currency a company trades in: euros, or pounds if its books are in euros."""
    return "GBP" if home == "EUR" else "EUR"


class Bookkeeper:
    """Enters records into `books` on the current day, numbered in the order of entry."""

    def __init__(self, books: Books, scale: Scale, seed: str) -> None:
        self.books = books
        self.scale = scale
        self.seed = seed
        self.trade = 1.0
        self.home = books.company["base_currency"]
        self.abroad = currency_abroad(self.home)
        self.day = date.min
        self.due: dict[date, list[Payment]] = defaultdict(list)
        self.euros = 0
        self.numbers: dict[str, int] = defaultdict(int)
        self.random = Random(seed)
        self._entered = 0

    def start_day(self, day: date) -> Random:
        """Set the current day and return its own stream of random numbers."""
        self.day = day
        self._entered = 0
        self.random = Random(f"{self.seed}/{day}")
        return self.random

    def next_number(self, kind: str) -> int:
        """Return the next number of a series, from 1."""
        self.numbers[kind] += 1
        return self.numbers[kind]

    def euro_rate(self, day: date) -> Decimal:
        """Return the base currency per unit of the foreign one on `day`, to as many as eight places."""
        random = Random(f"{self.seed}/rate/{day}")
        places = random.choice((5, 6, 8))
        drift = abs((day.toordinal() % 500) - 250)
        return Decimal(round((0.84 + drift / 5_000 + random.random() / 100) * 10**places)).scaleb(-places)

    def rate(self, currency: str, day: date) -> Decimal | int:
        """Return the base currency per unit of `currency` on `day`."""
        return 1 if currency == self.home else self.euro_rate(day)

    def invoice(
        self, kind: str, contact: Record, day: date, goods: list[Goods], *, status: str = "sent"
    ) -> Record:
        """Enter an invoice or credit note dated `day` and return its record, which payments update."""
        lines = [_line(item) for item in goods]
        net = sum(item["net_amount"] for item in lines)
        vat = sum(item["vat_amount"] for item in lines)
        sales = kind.startswith("sales")
        prefix = {"sales": "INV", "purchase": "BILL"}.get(kind, "CN" if sales else "SCN")
        now = self._now()
        record = {
            "id": f"inv_{self.next_number('invoice'):06d}",
            "number": f"{prefix}-{self.next_number(prefix):05d}",
            "type": kind,
            "customer_id": contact["id"] if sales else None,
            "supplier_id": None if sales else contact["id"],
            "date": day.isoformat(),
            "due_date": (day + timedelta(days=contact["payment_terms_days"])).isoformat(),
            "status": status,
            "currency": contact["currency"],
            "exchange_rate": self.rate(contact["currency"], day),
            "reference": f"PO{self.numbers['invoice'] * 7919 % 100_000:05d}",
            "line_items": lines,
            "net_total": net,
            "vat_total": vat,
            "gross_total": net + vat,
            "amount_paid": money(0),
            "amount_due": money(0) if status == "void" else net + vat,
            "created_at": now,
            "updated_at": now,
        }
        self.books.put("invoices", record)
        return record

    def schedule_payment(self, invoice: Record, amount: int, day: date) -> None:
        """Plan to pay `amount` pence of an invoice on `day`, or on the next weekday after today."""
        day = max(day, self.day + timedelta(days=1))
        while not weekday(day):
            day += timedelta(days=1)
        self.due[day].append(Payment(invoice, amount))

    def pay(self, invoice: Record, amount: int) -> None:
        """Enter a settlement or refund of `amount` pence of an invoice today, and show it on the invoice."""
        incoming = invoice["type"] in ("sales", "purchase_credit")
        self.transaction(
            "money_in" if incoming else "money_out",
            amount,
            None,
            "Payment received" if incoming else "Payment made",
            account=CURRENT if invoice["currency"] == self.home else EURO,
            contact_id=invoice["customer_id"] or invoice["supplier_id"],
            invoice_id=invoice["id"],
            reference=invoice["number"],
        )
        show_payment(invoice, amount)
        invoice["updated_at"] = self._now()
        self.books.refresh("invoices", invoice)

    def void(self, invoice: Record) -> None:
        """Void an invoice that may have been paid."""
        now = self._now()
        invoice |= {"status": "void", "amount_due": money(0), "updated_at": now}
        self.books.put("invoices", invoice)

    def balance(self, nominal: str) -> int:
        """Return a nominal account's balance at the end of today in pence, debits positive."""
        return self.books.ledger.movement(None, self.day.isoformat())[nominal]

    def transaction(
        self,
        kind: str,
        net: int,
        nominal: str | None,
        description: str,
        *,
        vat_rate: str | None = None,
        account: int = CURRENT,
        day: date | None = None,
        **fields: Any,
    ) -> Record:
        """Enter bank money of `net` pence plus VAT, dated today unless said otherwise."""
        day = day or self.day
        currency = self.abroad if account == EURO else self.home
        vat = vat_pence(net, vat_rate)
        now = self._now()
        number = self.next_number("transaction")
        record = {
            "id": f"txn_{number:06d}",
            "date": day.isoformat(),
            "type": kind,
            "account_id": account,
            "transfer_account_id": None,
            "contact_id": None,
            "invoice_id": None,
            "description": description,
            "reference": f"T{number * 6151 % 1_000_000:06d}",
            "currency": currency,
            "exchange_rate": self.rate(currency, day),
            "amount": money(net + vat),
            "net_amount": money(net),
            "vat_amount": money(vat),
            "vat_rate": vat_rate,
            "nominal_code": nominal,
            "status": "posted",
            "created_at": now,
            "updated_at": now,
            **fields,
        }
        if account == EURO and record["status"] == "posted":
            self.euros += net + vat if kind == "money_in" else -net - vat
        self.books.put("transactions", record)
        return record

    def journal(
        self, description: str, amounts: dict[str, int], *, kind: str = "manual", day: date | None = None
    ) -> None:
        """Enter a journal of pence by nominal, debits positive; the sum has to be zero."""
        number = self.next_number("journal")
        now = self._now()
        lines = [
            {
                "nominal_code": nominal,
                "description": description,
                "debit": money(max(amount, 0)),
                "credit": money(max(-amount, 0)),
            }
            for nominal, amount in amounts.items()
            if amount
        ]
        if lines:
            record = {
                "id": f"jnl_{number:06d}",
                "date": (day or self.day).isoformat(),
                "type": kind,
                "reference": f"J{number:05d}",
                "description": description,
                "lines": lines,
                "created_at": now,
                "updated_at": now,
            }
            self.books.put("journals", record)

    def _now(self) -> str:
        """Return the time of the next entry of today, ISO 8601 in UTC."""
        self._entered += 1
        second = OPENING_TIME + self._entered * 37 % WORKING_DAY
        return f"{self.day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def show_payment(invoice: Record, amount: int) -> None:
    """Move `amount` pence of an invoice from due to paid; drafts and voids keep their status."""
    invoice["amount_paid"] += money(amount)
    if invoice["status"] == "void":
        return
    invoice["amount_due"] = invoice["gross_total"] - invoice["amount_paid"]
    if invoice["status"] != "draft":
        invoice["status"] = "paid" if invoice["amount_due"] <= 0 else "part_paid"


def _line(goods: Goods) -> Record:
    net = base_pence(money(goods.unit_price), goods.quantity)
    return {
        "description": goods.description,
        "quantity": goods.quantity,
        "unit_price": money(goods.unit_price),
        "vat_rate": goods.vat_rate,
        "nominal_code": goods.nominal,
        "net_amount": money(net),
        "vat_amount": money(vat_pence(net, goods.vat_rate)),
    }
