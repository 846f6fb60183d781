"""The rule of the cash flow statement in Python, document by document: a second opinion on the models."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

CATEGORIES: Mapping[str, str | None] = {
    "0040": "fixed_assets",
    "0041": "fixed_assets",
    "1100": "current_assets",
    "1150": "current_assets",
    "1200": "current_assets",
    "1210": "current_assets",
    "2100": "current_liabilities",
    "2200": "current_liabilities",
    "2250": "current_liabilities",
    "2300": "long_term_liabilities",
    "3000": "capital_and_reserves",
    "4000": "turnover",
    "4200": "other_income",
    "5000": "cost_of_sales",
    "7500": "overheads",
    "8000": "overheads",
    "9000": "taxation",
    "9999": None,
}
BANKS = {1: "1200", 2: "1210"}
FIXED_ASSETS = {"0040", "0041"}
CONTROL = {"1100": 3, "2100": 5}
PROFIT = {"turnover", "other_income", "cost_of_sales", "overheads", "taxation"}
LONG_TERM = {"fixed_assets": 9, "long_term_liabilities": 10, "capital_and_reserves": 11}
NON_CASH, INVESTING = 2, 9

Pennies = int
Statement = Counter[int]
"""Pennies by line number; zeros count like lines that are not there."""


@dataclass(frozen=True)
class Document:
    """A document's lines, debit less credit in pennies; an invoice's first is that of its control account."""

    source_type: str
    source_id: str
    day: date
    lines: tuple[tuple[str, Pennies], ...]
    settles: str | None = None


def class_of(code: str) -> str:
    """Return `bank`, a category of long standing, `profit`, or else `rest`."""
    if code in BANKS.values():
        return "bank"
    category = CATEGORIES[code]
    if category in PROFIT:
        return "profit"
    return category if category in LONG_TERM else "rest"


def line_of(code: str) -> int:
    """Return the line of the statement that an account's movement goes to if nothing is said about it."""
    if code in CONTROL:
        return CONTROL[code]
    if code == "2200":
        return 6
    places = {"current_assets": 4, "current_liabilities": 7, None: 8}
    return 1 if class_of(code) == "profit" else places[CATEGORIES[code]]


def statement(documents: Iterable[Document], counted: Iterable[Document]) -> Statement:
    """Return the statement of the `counted` ones among the documents of a company."""
    everything = list(documents)
    result: Statement = Counter()
    for document in counted:
        for line, amount in _flows(document, everything):
            result[line] += amount
    return result


def _flows(document: Document, documents: Sequence[Document]) -> Iterator[tuple[int, Pennies]]:
    sums = Counter[str]()
    for code, amount in document.lines:
        sums[class_of(code)] += amount
        if class_of(code) in {"profit", "rest"}:
            yield line_of(code), -amount
    if document.source_type == "invoice":
        yield CONTROL[document.lines[0][0]], -sum(sums[kind] for kind in LONG_TERM)
    elif sums["bank"] == 0:
        yield NON_CASH, -sum(sums[kind] for kind in LONG_TERM)
    else:
        adjustment = _adjustment(document, sums)
        yield NON_CASH, adjustment
        yield INVESTING, -adjustment
        for kind, line in LONG_TERM.items():
            yield line, -sums[kind]
        if document.settles is not None:
            yield from _shares(document, documents)


def _adjustment(document: Document, sums: Counter[str]) -> Pennies:
    """Return what a document that moves money has of gain, loss and depreciation of fixed assets."""
    if sums["fixed_assets"] >= 0:
        return 0
    trade = {"turnover", "cost_of_sales", "taxation"}
    if sums["bank"] > 0 and not any(CATEGORIES[code] in trade for code, amount in document.lines if amount):
        return sums["profit"]
    overheads = sum(
        amount for code, amount in document.lines if CATEGORIES[code] == "overheads" and amount > 0
    )
    return min(-sums["fixed_assets"], overheads)


def _shares(settlement: Document, documents: Sequence[Document]) -> Iterator[tuple[int, Pennies]]:
    invoice = next((each for each in documents if each.source_id == settlement.settles), None)
    if invoice is None or invoice.lines[0][1] == 0:
        return
    control, gross = invoice.lines[0]
    others = [each for each in documents if each.settles == settlement.settles]
    before = sum(
        each.lines[1][1]
        for each in others
        if (each.day, each.source_id) < (settlement.day, settlement.source_id) and _moves_money(each)
    )
    for kind, line in LONG_TERM.items():
        part = sum(amount for code, amount in invoice.lines if class_of(code) == kind)
        after = before + settlement.lines[1][1]
        share = _rounded(Fraction(after * part, gross)) - _rounded(Fraction(before * part, gross))
        yield line, share
        yield CONTROL[control], -share


def _moves_money(document: Document) -> bool:
    return sum(amount for code, amount in document.lines if class_of(code) == "bank") != 0


def _rounded(pennies: Fraction) -> Pennies:
    """Round halves away from zero."""
    whole = int(abs(pennies) + Fraction(1, 2))
    return whole if pennies >= 0 else -whole
