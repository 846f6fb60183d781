"""A statement as it is printed: headings, lines, totals, results; this year's figure beside last year's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["heading", "line", "total", "result"]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """A row of a statement; a heading has no amounts."""

    kind: Kind
    label: str
    now: Decimal = ZERO
    before: Decimal = ZERO
    code: str | None = None

    @property
    def change(self) -> Decimal:
        """Return by how much the amount went up."""
        return self.now - self.before


@dataclass(frozen=True)
class Section:
    """The lines of one category, and what they add up to."""

    title: str
    lines: tuple[Row, ...]

    @property
    def now(self) -> Decimal:
        """Return this year's total."""
        return sum((line.now for line in self.lines), ZERO)

    @property
    def before(self) -> Decimal:
        """Return last year's total."""
        return sum((line.before for line in self.lines), ZERO)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the section as it is printed: nothing of it where it has no lines."""
        if not self.lines:
            return ()
        total = Row("total", f"Total {self.title[0].lower()}{self.title[1:]}", self.now, self.before)
        return (Row("heading", self.title), *self.lines, total)


@dataclass(frozen=True)
class Account:
    """A line of a statement as the warehouse holds it: an account, its category and both its amounts."""

    code: str | None
    name: str
    category: str
    now: Decimal
    before: Decimal


def section(accounts: Sequence[Account], category: str, title: str) -> Section:
    """Return the accounts of a category as a section; those at nothing in both years are left out."""
    lines = [
        Row("line", each.name, each.now, each.before, each.code)
        for each in accounts
        if each.category == category and (each.now or each.before)
    ]
    return Section(title, tuple(lines))


def result(label: str, plus: Sequence[Section], minus: Sequence[Section] = ()) -> Row:
    """Return what sections come to, added and taken away."""
    return Row(
        "result",
        label,
        sum((each.now for each in plus), ZERO) - sum((each.now for each in minus), ZERO),
        sum((each.before for each in plus), ZERO) - sum((each.before for each in minus), ZERO),
    )
