"""A configured layout of statements: which account is in which line, in which order, under which subtotal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations import RAW, Warehouse
from accbooks_warehouse.pipelines.queries.pack.statement import Group, Line, Values, added

TABLE = "statement_layout"
NOT_LAID_OUT = "Not in the layout"
"""The line of accounts that no row of the layout names: they must not be lost."""
LAST = 1_000_000


@dataclass(frozen=True)
class LaidOut:
    """A line of the layout, for a range of codes or a category; lines of one name are one line."""

    first: str | None
    last: str | None
    category: str | None
    line: str
    order: int
    subtotal: str | None

    def shows(self, code: str | None) -> bool:
        """Tell whether a code is in the range: codes of the same length compare as texts."""
        if code is None or self.first is None:
            return False
        last = self.last or self.first
        return len(code) == len(self.first) and self.first <= code <= last


@dataclass(frozen=True)
class AccountRow:
    """An account of a statement with an amount for each column, and how it counts in the statement's result.

    `signs` is 1 or -1 for each column: what the amount is multiplied by where it is added to accounts that
    count otherwise.
    """

    code: str | None
    name: str
    category: str
    values: Values
    signs: tuple[int, ...]

    @property
    def adds(self) -> bool:
        """Tell whether it adds to the result."""
        return self.signs[0] > 0

    @property
    def signed(self) -> Values:
        """Return the amounts as they count in the result."""
        return tuple(sign * value for sign, value in zip(self.signs, self.values, strict=True))


def layout(warehouse: Warehouse, statement: str) -> tuple[LaidOut, ...]:
    """Return the layout that is loaded from the configured file, in order; none without one."""
    if not warehouse.has_table(RAW, TABLE):
        return ()
    rows = warehouse.query(
        f"select nominal_from, nominal_to, category, line, line_order, subtotal from {warehouse.raw}.{TABLE} "
        "where statement = %s order by line_order, line, nominal_from",
        statement,
    )
    return tuple(LaidOut(*row) for row in rows)


def laid_out(
    rows: Sequence[AccountRow], lines: Sequence[LaidOut]
) -> tuple[tuple[Group, ...], tuple[tuple[int, str], ...]]:
    """Return the groups of a layout, and how each counts in the result.

    Lines of one subtotal are a group. A range comes before a category. Where a group has accounts that add
    and others that reduce, the latter are subtracted in it.
    """
    placed: defaultdict[tuple[int, str, str], list[AccountRow]] = defaultdict(list)
    for row in rows:
        placed[_place(row, lines)].append(row)
    groups, of = [], []
    for number, name in enumerate(dict.fromkeys(key[2] for key in sorted(placed)), 1):
        mine = {key: found for key, found in sorted(placed.items()) if key[2] == name}
        accounts = [row for found in mine.values() for row in found]
        is_mixed = len({row.adds for row in accounts}) > 1
        printed = tuple(_line(key[1], found, is_mixed=is_mixed) for key, found in mine.items())
        total = added(tuple(each.values for each in printed), len(accounts[0].values))
        groups.append(Group(f"layout_{number}", name, printed, total))
        of.append((1 if is_mixed or accounts[0].adds else -1, f"layout_{number}"))
    return tuple(groups), tuple(of)


def _place(row: AccountRow, lines: Sequence[LaidOut]) -> tuple[int, str, str]:
    """Return the order, the name and the subtotal of an account's line."""
    ranges = (each for each in lines if each.shows(row.code))
    categories = (each for each in lines if each.category == row.category)
    found = next(ranges, None) or next(categories, None)
    if found is None:
        return LAST, NOT_LAID_OUT, NOT_LAID_OUT
    return found.order, found.line, found.subtotal or found.line


def _line(name: str, rows: Sequence[AccountRow], *, is_mixed: bool) -> Line:
    amounts = tuple(row.signed if is_mixed else row.values for row in rows)
    return Line(name, tuple(row.code for row in rows), added(amounts, len(rows[0].values)))
