"""A statement as it is printed: headings, lines, totals, results; this year's figure beside last year's."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from accbooks_warehouse.pipelines.queries.sections import CATEGORY_TITLES, ZERO, Amounts, Section

Kind = Literal["heading", "line", "total", "result"]


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


def row(kind: Kind, label: str, amounts: Amounts, code: str | None = None) -> Row:
    """Return a row that has amounts."""
    return Row(kind, label, amounts.now, amounts.before, code)


def section_rows(section: Section) -> tuple[Row, ...]:
    """Return a section as it is printed: nothing of it where it has no accounts."""
    if not section.accounts:
        return ()
    title = CATEGORY_TITLES[section.category]
    return (
        Row("heading", title),
        *(row("line", each.name, each.amounts, each.code) for each in section.accounts),
        row("total", f"Total {title[0].lower()}{title[1:]}", section.total),
    )
