"""What each record posts: the standard UK double entry (assumed), in pence, debits positive."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from accbooks_warehouse.emulator.chart import (
    CREDITORS,
    DEBTORS,
    EXCHANGE_DIFFERENCES,
    VAT_ON_PURCHASES,
    VAT_ON_SALES,
)
from accbooks_warehouse.emulator.ledger import Posting
from accbooks_warehouse.emulator.money import base_pence
from accbooks_warehouse.emulator.rendering import Record

UNPOSTED = ("draft", "void")
INVOICE_TYPES = ("sales", "purchase", "sales_credit", "purchase_credit")


class MalformedError(ValueError):
    """The record cannot be posted, not even in part."""


class SettledInvoice(NamedTuple):
    """The fields of an invoice that its settlements need."""

    type: str
    rate: Decimal | int


class Setting(NamedTuple):
    """The other records that a posting depends on."""

    invoices: Mapping[str, SettledInvoice]
    banks: Mapping[int, str]


class Entry(NamedTuple):
    """The postings of one record, all on one day."""

    day: str
    postings: list[Posting]


def entry(resource: str, record: Record, setting: Setting) -> Entry:
    """Return a record's postings; contacts and bank accounts have none. Raises MalformedError."""
    rule = RULES.get(resource)
    if rule is None:
        return Entry("", [])
    try:
        if not record["id"] or not isinstance(record["id"], str):
            raise MalformedError("no id")
        day = calendar_day(record["date"])
        postings = rule(record, setting)
    except (KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise MalformedError(f"{type(error).__name__}: {error}") from error
    return Entry(day, postings)


def calendar_day(value: object) -> str:
    """Return a valid YYYY-MM-DD text. Raises MalformedError."""
    if not isinstance(value, str) or len(value) != len("2026-01-31") or value[7] != "-":
        raise MalformedError(f"{value!r} is no date")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise MalformedError(f"{value!r} is no date") from error
    return value


def number(value: object) -> Decimal | int:
    """Return a JSON number, never a string or a boolean. Raises MalformedError."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise MalformedError(f"{value!r} is no number")


def code(value: object) -> str:
    """Return a nominal code. Raises MalformedError."""
    if isinstance(value, str) and value:
        return value
    raise MalformedError(f"{value!r} is no nominal code")


def _invoice(record: Record, _: Setting) -> list[Posting]:
    kind = record["type"]
    if kind not in INVOICE_TYPES:
        raise MalformedError(f"{kind!r} is no type of invoice")
    rate = number(record["exchange_rate"])
    sales = kind.startswith("sales")
    sign = -1 if kind in ("sales", "purchase_credit") else 1
    vat_account, control = (VAT_ON_SALES, DEBTORS) if sales else (VAT_ON_PURCHASES, CREDITORS)
    postings = []
    for line in record["line_items"]:
        postings.append((code(line["nominal_code"]), sign * base_pence(number(line["net_amount"]), rate)))
        postings.append((vat_account, sign * base_pence(number(line["vat_amount"]), rate)))
    postings.append((control, -sum(amount for _, amount in postings)))
    return [] if record.get("status") in UNPOSTED else postings


def _transaction(record: Record, setting: Setting) -> list[Posting]:
    kind = record["type"]
    bank = setting.banks[record["account_id"]]
    rate = number(record["exchange_rate"])
    if kind == "transfer":
        moved = base_pence(number(record["amount"]), rate)
        postings = [(setting.banks[record["transfer_account_id"]], moved), (bank, -moved)]
    elif kind not in ("money_in", "money_out"):
        raise MalformedError(f"{kind!r} is no type of transaction")
    elif record.get("invoice_id") is not None:
        postings = _settlement(record, bank, rate, setting)
    else:
        postings = _direct(record, bank, rate)
    return [] if record.get("status") in UNPOSTED else postings


def _settlement(record: Record, bank: str, rate: Decimal | int, setting: Setting) -> list[Posting]:
    sign = 1 if record["type"] == "money_in" else -1
    settled = setting.invoices.get(record["invoice_id"])
    if settled is None:
        control, invoice_rate = (DEBTORS if sign > 0 else CREDITORS), rate
    else:
        control = DEBTORS if settled.type.startswith("sales") else CREDITORS
        invoice_rate = settled.rate
    amount = number(record["amount"])
    banked, owed = sign * base_pence(amount, rate), sign * base_pence(amount, invoice_rate)
    postings = [(bank, banked), (control, -owed)]
    return postings if banked == owed else [*postings, (EXCHANGE_DIFFERENCES, owed - banked)]


def _direct(record: Record, bank: str, rate: Decimal | int) -> list[Posting]:
    sign = 1 if record["type"] == "money_in" else -1
    net = sign * base_pence(number(record["net_amount"]), rate)
    vat = sign * base_pence(number(record["vat_amount"]), rate)
    vat_account = VAT_ON_SALES if sign > 0 else VAT_ON_PURCHASES
    return [(bank, net + vat), (code(record["nominal_code"]), -net), (vat_account, -vat)]


def _journal(record: Record, _: Setting) -> list[Posting]:
    postings = [
        (
            code(line["nominal_code"]),
            base_pence(number(line["debit"]), 1) - base_pence(number(line["credit"]), 1),
        )
        for line in record["lines"]
    ]
    if sum(amount for _, amount in postings):
        raise MalformedError("debits and credits differ")
    return [] if record.get("status") in UNPOSTED else postings


RULES: dict[str, Callable[[Record, Setting], list[Posting]]] = {
    "invoices": _invoice,
    "transactions": _transaction,
    "journals": _journal,
}
