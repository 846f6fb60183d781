"""A statement as it is printed: rows of cells, each with its amount and where its documents are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from accbooks_warehouse.pipelines.queries.pack.statement import (
    Column,
    Group,
    Line,
    Margin,
    Result,
    Statement,
)
from accbooks_warehouse.pipelines.report.labels import CASH_FLOW, result_title
from accbooks_warehouse.pipelines.report.references import References, worked

Kind = Literal["heading", "line", "total", "result", "margin"]
ACTIVITIES = frozenset({"operating", "investing", "financing"})
"""The groups of the cash flow."""
PlaceOf = Callable[[Group, Line, int, Column], str | None]


@dataclass(frozen=True)
class Cell:
    """An amount, or a percentage; None where there is none. `href` leads to its documents."""

    column: Column
    value: Decimal | None
    href: str | None = None


@dataclass(frozen=True)
class Row:
    """A row of a statement; a heading has no cells. `code` is that of a single account."""

    kind: Kind
    label: str
    cells: tuple[Cell, ...] = ()
    code: str | None = None


def statement_rows(statement: Statement, references: References) -> tuple[Row, ...]:
    """Return the rows of a profit and loss or a balance sheet."""

    def place(group: Group, line: Line, _: int, column: Column) -> str | None:
        return references.line(line.accounts, group.key, column)

    return tuple(_rows(statement, place, str))


def cash_flow_rows(statement: Statement) -> tuple[Row, ...]:
    """Return the rows of a cash flow; a line leads to what it is made of."""

    def place(group: Group, _: Line, number: int, __: Column) -> str | None:
        return worked(f"{group.key}-{number}")

    return tuple(_rows(statement, place, lambda label: CASH_FLOW.get(label, label)))


def _rows(statement: Statement, place: PlaceOf, label: Callable[[str], str]) -> Iterator[Row]:
    for part in statement.parts:
        match part:
            case Group(lines=()):
                yield Row("line", part.title, tuple(_cells(statement, part, f"#w-{part.key}")))
            case Group():
                if not part.is_one_line:
                    yield Row("heading", part.title)
                for number, line in enumerate(part.lines, 1):
                    cells = tuple(
                        Cell(column, value, place(part, line, number, column))
                        for column, value in zip(statement.columns, line.values, strict=True)
                    )
                    code = line.accounts[0] if len(line.accounts) == 1 else None
                    yield Row("line", label(line.label), cells, code)
                if not part.is_one_line:
                    yield Row("total", total_title(part), tuple(_cells(statement, part, total_place(part))))
            case Result():
                title = result_title(part.key, part.title, is_loss=(part.values[0] if part.values else 0) < 0)
                yield Row("result", title, tuple(_cells(statement, part, worked(part.key))))
            case Margin():
                yield Row("margin", part.title, tuple(_cells(statement, part, worked(part.key))))


def _cells(statement: Statement, part: Group | Result | Margin, href: str) -> Iterator[Cell]:
    for column, value in zip(statement.columns, part.values, strict=True):
        yield Cell(column, value, href)


def total_place(group: Group) -> str:
    """Return where the documents of a group are."""
    return worked(group.key) if group.key in ACTIVITIES else f"#g-{group.key}"


def total_title(group: Group) -> str:
    """Return what the total of a group is called."""
    if group.key in ACTIVITIES:
        return f"Net cash from {group.title.lower()}"
    return f"Total {group.title[0].lower()}{group.title[1:]}"
