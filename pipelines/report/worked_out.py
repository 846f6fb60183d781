"""How totals and results are worked out, in words that lead to the documents of each term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accbooks_warehouse.pipelines.queries.cash_flow import CLOSING, OPENING
from accbooks_warehouse.pipelines.queries.figures import Books
from accbooks_warehouse.pipelines.queries.pack.statement import Group, Margin, Result, Statement
from accbooks_warehouse.pipelines.report.labels import CASH_FLOW
from accbooks_warehouse.pipelines.report.references import References
from accbooks_warehouse.pipelines.report.statement import total_title

SIGNS = {1: "plus", -1: "less"}
TRANSFERS = (
    "What was no money, or not yet, is moved to the line where it belongs: an asset bought on credit counts "
    "as investing when its invoice is paid, and depreciation is added back to the profit."
)


@dataclass(frozen=True)
class Term:
    """A term of a result: how it counts, its name, and where its documents are."""

    how: str
    title: str
    href: str | None


@dataclass(frozen=True)
class Worked:
    """How a figure is worked out. `key` is that of its place on the page."""

    key: str
    title: str
    terms: tuple[Term, ...]
    note: str = ""


VAT = Worked(
    "vat",
    "Boxes 3 and 5 of the VAT return",
    (Term("", "box 1", "#vat"), Term("less", "box 4", "#vat")),
    "Box 3 is box 1 and box 2, which is nothing. Box 5 is box 3 less box 4.",
)


def worked_out(books: Books, references: References) -> tuple[Worked, ...]:
    """Return how each result, margin and line of the cash flow is worked out."""
    flow = () if books.cash_flow is None else _cash_flow(books, books.cash_flow, references)
    vat = (VAT,) if books.vat else ()
    return (*_results(books.profit_and_loss), *_results(books.balance_sheet), *flow, *vat)


def _results(statement: Statement) -> Iterator[Worked]:
    titles = {part.key: part.title for part in statement.parts}
    groups = {part.key for part in statement.groups}

    def href(key: str) -> str | None:
        if key not in titles:
            return None
        return f"#g-{key}" if key in groups else f"#w-{key}"

    for part in statement.parts:
        if isinstance(part, Result):
            terms = tuple(
                Term("" if place == 0 and sign > 0 else SIGNS[sign], titles[key], href(key))
                for place, (sign, key) in enumerate(part.of)
            )
            yield Worked(part.key, part.title, terms)
        elif isinstance(part, Margin):
            terms = (
                Term("", titles.get(part.part, "Gross profit"), href(part.part)),
                Term("divided by", titles.get(part.whole, "Turnover"), href(part.whole)),
            )
            yield Worked(part.key, part.title, terms, "In percent, rounded to one decimal.")


def _cash_flow(books: Books, flow: Statement, references: References) -> Iterator[Worked]:
    banks = [account.nominal_code for account in books.cash.accounts]
    of_banks = _accounts(banks, books, references)
    names = {each.key: total_title(each) for each in flow.groups}
    for part in flow.parts:
        if part.key in {OPENING, CLOSING}:
            yield Worked(part.key, part.title, of_banks)
        elif isinstance(part, Group):
            yield from _activity(part, books, references, banks)
        elif isinstance(part, Result):
            yield Worked(part.key, part.title, _added([(names[key], key) for _, key in part.of]))


def _activity(part: Group, books: Books, references: References, banks: Sequence[str]) -> Iterator[Worked]:
    titles = [CASH_FLOW.get(line.label, line.label) for line in part.lines]
    keys = [f"{part.key}-{number}" for number, _ in enumerate(part.lines, 1)]
    yield Worked(part.key, total_title(part), _added(list(zip(titles, keys, strict=True))))
    for line, title, key in zip(part.lines, titles, keys, strict=True):
        terms = _accounts(_behind(line.label, books, banks), books, references)
        profit = (Term("", "Profit for the period", "#w-net_profit"),)
        yield Worked(key, title, profit if line.label == "Profit for the period" else terms, TRANSFERS)


def _added(terms: Sequence[tuple[str, str]]) -> tuple[Term, ...]:
    return tuple(
        Term("plus" if place else "", title, f"#w-{key}") for place, (title, key) in enumerate(terms)
    )


def _behind(label: str, books: Books, banks: Sequence[str]) -> list[str]:
    """Return the accounts whose postings a line of the cash flow is made of."""
    control, accounts = books.control, books.documents.accounts
    named = {"Decrease in trade debtors": control.debtors, "Increase in trade creditors": control.creditors}
    if label in named:
        return [named[label]]
    category = {
        "Depreciation and other non-cash items": "fixed_assets",
        "Decrease in other current assets": "current_assets",
        "Increase in VAT owed": "current_liabilities",
        "Increase in other current liabilities": "current_liabilities",
        "Sale less purchase of fixed assets": "fixed_assets",
        "Increase in long-term liabilities": "long_term_liabilities",
        "Capital paid in less dividends": "capital_and_reserves",
    }.get(label)
    apart = {control.debtors, control.creditors, *banks}
    return [each.code for each in accounts if each.category == category and each.code not in apart]


def _accounts(codes: Sequence[str], books: Books, references: References) -> tuple[Term, ...]:
    names = {each.code: each.name for each in books.documents.accounts}
    return tuple(
        Term("", f"{code} {names[code]}", references.account(code)) for code in codes if code in names
    )
