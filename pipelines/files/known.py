"""Compare the rows of a file with the books, and with each other: companies, accounts, ranges, parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from accbooks_warehouse.pipelines.files.kinds import (
    BUDGETS,
    ELIMINATIONS,
    GROUPS,
    STATEMENT_LAYOUT,
    Column,
    FileKind,
    Form,
)
from accbooks_warehouse.pipelines.files.reading import FileContent, Row
from accbooks_warehouse.pipelines.queries.known_books import KnownBooks
from accbooks_warehouse.pipelines.queries.sections import COSTS, INCOME

CODE_LENGTH = 4


def compared(kind: FileKind, content: FileContent, books: KnownBooks) -> FileContent:
    """Return a file with the ids of its companies, and with a sentence for each row that does not fit."""
    rows: list[Row] = []
    faults = list(content.faults)
    for row in content.rows:
        values = dict(row.values)
        found = [*_companies(kind, values, books)]
        found = found or [*_accounts(kind, values, books)] or [*_balance_sheet(kind, values, books)]
        if found:
            faults += [f"Line {row.line}: {fault}" for fault in found]
        else:
            rows.append(Row(row.line, values))
    if not faults:
        faults += _same_company_twice(kind, rows)
    if not faults and kind.name in ACROSS_ROWS:
        faults += ACROSS_ROWS[kind.name](rows)
    return FileContent(content.digest, tuple(rows), tuple(faults))


def _companies(kind: FileKind, values: dict[str, Any], books: KnownBooks) -> Iterator[str]:
    """Put ids in the place of names; yields what is wrong."""
    for column in kind.columns:
        name = values[column.name]
        if column.form is not Form.COMPANY or name is None:
            continue
        if name in books.ids:
            values[column.name] = books.ids[name]
        elif name in books.unread:
            yield f"the company '{name}' was not synced yet. Run 'accbooks sync' for it first."
        else:
            known = ", ".join(sorted(books.ids)) or "none"
            yield f"the company '{name}' is unknown. Write a name or an id (known are {known})."


def _accounts(kind: FileKind, values: Mapping[str, Any], books: KnownBooks) -> Iterator[str]:
    if not books.accounts:
        return
    for column in kind.columns:
        code = values[column.name]
        if column.form is Form.ACCOUNT and code is not None and not _is_new(kind, column, values):
            company = values.get(column.company)
            where = books.accounts.get(company, frozenset()) if company else _all(books)
            if code not in where:
                yield _unknown_account(kind, column, code, books.called(company) if company else None)


def _balance_sheet(kind: FileKind, values: Mapping[str, Any], books: KnownBooks) -> Iterator[str]:
    """Yield that an account is none of the profit and loss: its budget would be in no statement."""
    if not kind.is_of_profit:
        return
    company, code, category = (values[name] for name in ("company_id", "nominal_code", "category"))
    if code in books.off_profit.get(company, ()):
        whose = books.called(company)
        yield f"account {code} of {whose} is in the balance sheet. Remove the row: budgets are of profit."
    elif category is not None and category not in (*INCOME, *COSTS):
        yield f"category '{category}' is of the balance sheet. Write one of {', '.join((*INCOME, *COSTS))}."


def _all(books: KnownBooks) -> frozenset[str]:
    return frozenset().union(*books.accounts.values())


def _is_new(kind: FileKind, column: Column, values: Mapping[str, Any]) -> bool:
    """Tell whether the row says what an account is that the books have no posting of."""
    name_column = kind.new_account_column
    return bool(name_column) and values[name_column] is not None and len(values[column.name]) == CODE_LENGTH


def _unknown_account(kind: FileKind, column: Column, code: str, company: str | None) -> str:
    whose = f"{company} has" if company else "the companies have"
    if not (code.isdigit() and len(code) == CODE_LENGTH):
        return (
            f"{column.name} '{code}' has not four digits, and {whose} no such account. Write all digits; "
            "a spreadsheet removes zeros in front unless the column is formatted as text."
        )
    new = f", or fill in {kind.new_account_column} if it is new" if kind.new_account_column else ""
    return f"{whose} no account {code}. Correct {column.name}{new}."


def _same_company_twice(kind: FileKind, rows: Sequence[Row]) -> list[str]:
    """Return rows that have the same key once names are ids."""
    first: dict[tuple[Any, ...], int] = {}
    faults = []
    for row in rows:
        key = tuple(row.values[name] for name in kind.key)
        if key in first:
            faults.append(
                f"Line {row.line}: it is about the same as line {first[key]}, which names the company "
                "otherwise. Keep one of the two."
            )
        first.setdefault(key, row.line)
    return faults


def _one_category(rows: Sequence[Row]) -> list[str]:
    """Return rows that give an account of a company another category than a row before them."""
    faults = []
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        category = row.values["category"]
        if category is None:
            continue
        before = first.setdefault((row.values["company_id"], row.values["nominal_code"]), row)
        if before.values["category"] != category:
            faults.append(
                f"Line {row.line}: account {row.values['nominal_code']} has category '{category}', and "
                f"'{before.values['category']}' in line {before.line}. Write the same category in both."
            )
    return faults


def _overlapping_ranges(rows: Sequence[Row]) -> list[str]:
    """Return ranges of a statement's layout that have accounts in common, or end before they begin."""
    ranges: defaultdict[str, list[tuple[str, str, int]]] = defaultdict(list)
    faults = []
    for row in rows:
        first = row.values["nominal_from"]
        last = row.values["nominal_to"] or first
        if first is None:
            if row.values["nominal_to"] is not None:
                faults.append(f"Line {row.line}: nominal_to has no nominal_from. Fill it in, or empty both.")
            continue
        if len(first) != len(last) or last < first:
            faults.append(
                f"Line {row.line}: the range {first} to {last} is empty. Write the lower code into "
                "nominal_from, and as many digits in both."
            )
            continue
        ranges[row.values["statement"]].append((first, last, row.line))
    for found in ranges.values():
        faults += [
            f"Line {line}: its range has accounts of line {other} as well. Make them end before each other."
            for (_, end, other), (start, _, line) in pairwise(sorted(found))
            if start <= end
        ]
    return faults


def _parents(rows: Sequence[Row]) -> list[str]:
    """Return groups that have not one parent: the row without acquired_on, with a share of 1."""
    faults = []
    members: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        members[row.values["group"]].append(row)
    for group, found in members.items():
        parents = [row for row in found if row.values["acquired_on"] is None]
        lines = ", ".join(str(row.line) for row in parents)
        if len(parents) != 1:
            places = f"lines {lines} have" if parents else "no line has"
            faults.append(
                f"Group '{group}': {places} an empty acquired_on. Leave it empty for the parent alone, and "
                "fill it in for every other company."
            )
        elif parents[0].values["share"] != 1:
            faults.append(f"Line {lines}: the parent of group '{group}' has not the share 1. Write 1.")
    return faults


def _eliminated_once(rows: Sequence[Row]) -> list[str]:
    """Return rows with an account that another row eliminates as well.

    Only the first account of a pair may have several counterparties, all of one kind: accounts or capital.
    """
    faults = []
    firsts: dict[tuple[str, str, str | None], Row] = {}
    others: dict[tuple[str, str, str | None], Row] = {}
    for row in rows:
        group = row.values["group"]
        first = (group, row.values["company_id"], row.values["nominal_code"])
        code = row.values["counterparty_nominal_code"]
        other = (group, row.values["counterparty_company_id"], code)
        if first[:2] == other[:2]:
            faults.append(f"Line {row.line}: both accounts are of one company. Name the other company.")
        before = firsts.setdefault(first, row)
        if (before.values["counterparty_nominal_code"] is None) != (code is None):
            faults.append(
                f"Line {row.line}: line {before.line} has the same account, and one of the two is an "
                "investment. Use an account of its own for the investment."
            )
        if other in others:
            faults.append(
                f"Line {row.line}: line {others[other].line} has the same counterparty account. Put the "
                "account first that several share, with a row for each counterparty."
            )
        others.setdefault(other, row)
    for key, row in others.items():
        if key in firsts:
            faults.append(
                f"Line {row.line}: its counterparty account is the first account of line "
                f"{firsts[key].line}. Name each account on one side only."
            )
    return faults


ACROSS_ROWS: Mapping[str, Callable[[Sequence[Row]], list[str]]] = {
    BUDGETS.name: _one_category,
    STATEMENT_LAYOUT.name: _overlapping_ranges,
    GROUPS.name: _parents,
    ELIMINATIONS.name: _eliminated_once,
}
"""What rows of a file have to be to each other."""
