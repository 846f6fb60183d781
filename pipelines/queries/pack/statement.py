"""The facts of a statement: its columns, and its parts from the first line to the last result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.queries.sections import ZERO

Measure = Literal["actual", "budget", "variance", "before"]
Length = Literal["month", "year", "balance"]
Values = tuple[Decimal, ...]


@dataclass(frozen=True)
class Column:
    """A column of amounts: the `length` it is about, what it measures, and the days.

    `length` is `month`, `year` (to date) or `balance`, which is at the last of the days. `before` is the
    actual amount of the same days a year before. A `variance` is good where it is positive. `held_since` is
    the first day that the books hold, if they do not hold all of the days.
    """

    length: Length
    measure: Measure
    days: Days
    held_since: dt.date | None = None

    @property
    def key(self) -> str:
        """Return a name that no other column of a statement has."""
        return self.length if self.measure == "actual" else f"{self.length}_{self.measure}"

    @property
    def has_documents(self) -> bool:
        """Tell whether its amounts are made of documents."""
        return self.measure in {"actual", "before"}


@dataclass(frozen=True)
class Line:
    """A line of a statement: one account, or several that the layout prints together.

    `accounts` are their codes; None is the current year's earnings. `values` has an amount for each column.
    """

    label: str
    accounts: tuple[str | None, ...]
    values: Values


@dataclass(frozen=True)
class Group:
    """Lines under a heading, with their total."""

    key: str
    title: str
    lines: tuple[Line, ...]
    values: Values

    @property
    def is_one_line(self) -> bool:
        """Tell whether it is a line of a configured layout that adds to no subtotal."""
        labels = [line.label for line in self.lines]
        return "layout_" in self.key and labels == [self.title]


@dataclass(frozen=True)
class Result:
    """What groups come to: `of` names groups and results by key, each with 1 where it is added, else -1."""

    key: str
    title: str
    of: tuple[tuple[int, str], ...]
    values: Values


@dataclass(frozen=True)
class Margin:
    """A result in percent of another part, for each column; None where there is nothing to divide by."""

    key: str
    title: str
    part: str
    whole: str
    values: tuple[Decimal | None, ...]


Part = Group | Result | Margin


@dataclass(frozen=True)
class Statement:
    """A statement's columns, and its groups, results and margins in the order they are printed.

    `turnover` is what the first screen shows where a configured layout has no such group.
    """

    columns: tuple[Column, ...]
    parts: tuple[Part, ...]
    turnover: Group | None = None

    def part(self, key: str) -> Part | None:
        """Return a part by its key; None where it has none."""
        found = next((each for each in self.parts if each.key == key), None)
        return self.turnover if found is None and key == "turnover" else found

    def value(self, key: str, column: str) -> Decimal:
        """Return an amount of a group or result; zero where the statement has none."""
        found, names = self.part(key), [each.key for each in self.columns]
        if found is None or column not in names:
            return ZERO
        return found.values[names.index(column)] or ZERO

    def column(self, key: str) -> Column | None:
        """Return a column by its key; None where the statement has none."""
        return next((each for each in self.columns if each.key == key), None)

    def has(self, column: str) -> bool:
        """Tell whether there is a column."""
        return any(each.key == column for each in self.columns)

    @property
    def groups(self) -> Iterator[Group]:
        """Yield the groups."""
        return (each for each in self.parts if isinstance(each, Group))


def added(lines: tuple[Values, ...], columns: int) -> Values:
    """Return the sums of some lines, column by column."""
    return tuple(sum((line[place] for line in lines), ZERO) for place in range(columns))


def result(
    key: str,
    title: str,
    of: tuple[tuple[int, str], ...],
    parts: Mapping[str, Part],
    columns: tuple[Column, ...],
) -> Result:
    """Return what parts come to; a part that is missing counts as nothing.

    A variance is added whatever the part's sign: it is good or bad for the profit already.
    """
    terms = [(sign, parts[key]) for sign, key in of if key in parts]
    values = tuple(
        sum(
            (
                (1 if column.measure == "variance" else sign) * (part.values[place] or ZERO)
                for sign, part in terms
            ),
            ZERO,
        )
        for place, column in enumerate(columns)
    )
    return Result(key, title, tuple((sign, name) for sign, name in of if name in parts), values)
