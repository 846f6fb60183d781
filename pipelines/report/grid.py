"""Months by reports: which of AccBooks' own equals ours, as a grid with a row for every year and report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accbooks_warehouse.pipelines.days import Days, span
from accbooks_warehouse.pipelines.destinations import Warehouse

REPORTS = {
    "trial_balance": "Trial balance",
    "balance_sheet": "Balance sheet",
    "profit_loss": "Profit and loss",
}
LAST_DAYS = 28
"""A year that ends on this day of a month or later ends with the month."""
WHOLE_YEAR = 13
"""The column after the twelve months."""


class Finding(StrEnum):
    """What the comparison of one report with AccBooks' own says."""

    equal = "equal to the penny"
    differs = "differs"
    incomparable = "not comparable"
    outdated = "out of date, to be fetched again"
    absent = "not fetched"


@dataclass(frozen=True)
class Compared:
    """A report that was compared: of a month, of a financial year, or of months without postings."""

    report: str
    is_year: bool
    start: dt.date | None
    end: dt.date
    finding: Finding
    is_stretch: bool = False

    @property
    def middle(self) -> dt.date:
        """Return a day that is well inside the period, which decides on the year it belongs to."""
        return self.end if self.start is None else self.start + (self.end - self.start) / 2


@dataclass(frozen=True)
class Cell:
    """One report of one month or year; `title` says which, None where the books have no such month."""

    title: str
    finding: Finding | None


@dataclass(frozen=True)
class GridRow:
    """One report in all months of a year, and of the year as a whole."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class GridYear:
    """A year of the grid, a row for each report."""

    title: str
    rows: tuple[GridRow, ...]


@dataclass(frozen=True)
class Grid:
    """The grid: the names of its twelve columns, and its years, the latest first."""

    months: tuple[str, ...]
    years: tuple[GridYear, ...]

    def count(self, finding: Finding) -> int:
        """Return how many reports the comparison says this of."""
        cells = (cell for year in self.years for row in year.rows for cell in row.cells)
        return sum(cell.finding is finding for cell in cells)

    @property
    def compared(self) -> int:
        """Return how many reports were compared, with whatever result."""
        return sum(self.count(each) for each in Finding if each is not Finding.absent)


def grid(warehouse: Warehouse, company_id: str) -> Grid:
    """Return the grid of a company, its years beginning with the month after the year end."""
    months = warehouse.query(
        f"select month_end from {warehouse.models}.months where company_id = %s order by 1", company_id
    )
    ends = warehouse.query(
        f"select max(financial_year_end) from {warehouse.models}.financial_years "
        "where company_id = %s and is_year_end_known",
        company_id,
    )
    return lay_out([end for (end,) in months], compared(warehouse, company_id), ends[0][0])


def compared(warehouse: Warehouse, company_id: str) -> list[Compared]:
    """Return the reports that were compared or set aside."""
    rows = warehouse.query(
        "select report, kind, period_start, period_end, is_overtaken, differing_lines, not_comparable_lines "
        f"from {warehouse.staging}.compared_periods where company_id = %s",
        company_id,
    )
    return [
        Compared(report, kind == "financial year", start, end, _finding(*lines), kind == "empty stretch")
        for report, kind, start, end, *lines in rows
    ]


def _finding(is_overtaken: Any, differing: int, incomparable: int) -> Finding:
    if is_overtaken:
        return Finding.outdated
    if differing:
        return Finding.differs
    return Finding.incomparable if incomparable else Finding.equal


def first_month_of_year(year_end: dt.date | None) -> int:
    """Return the month that a year of the grid begins with: the first that ends in the financial year."""
    if year_end is None:
        return 1
    return year_end.month % 12 + 1 if year_end.day >= LAST_DAYS else year_end.month


def lay_out(ends: Sequence[dt.date], reports: Iterable[Compared], year_end: dt.date | None) -> Grid:
    """Lay reports out in a grid of the months of the books."""
    first = first_month_of_year(year_end)
    compared = list(reports)
    found = {
        **_found_in_stretches([each for each in compared if each.is_stretch], ends, first),
        **{_place(each, first): each.finding for each in compared if not each.is_stretch},
    }
    days = {
        _year(each.middle, first): Days(each.start, each.end)
        for each in compared
        if each.is_year and each.start is not None
    }
    held = {(_year(end, first), end.month) for end in ends}
    columns = [(first + offset - 1) % 12 + 1 for offset in range(12)]
    years = sorted({year for year, _ in held}, reverse=True)
    return Grid(
        tuple(f"{dt.date(2000, month, 1):%b}" for month in columns),
        tuple(_grid_year(year, columns, held, found, days.get(year)) for year in years),
    )


def _found_in_stretches(
    stretches: Iterable[Compared], ends: Sequence[dt.date], first: int
) -> dict[tuple[str, int, int], Finding]:
    """Return what is said of months in which nothing was posted: their reports are compared together."""
    return {
        (report, _year(end, first), end.month): each.finding
        for each in stretches
        for end in ends
        if each.start is not None and each.start <= end <= each.end
        for report in REPORTS
    }


def _grid_year(
    year: int,
    columns: Sequence[int],
    held: set[tuple[int, int]],
    found: Mapping[tuple[str, int, int], Finding],
    days: Days | None,
) -> GridYear:
    name = f"{year:04}" if columns[0] == 1 else f"{year:04}/{(year + 1) % 100:02}"
    rows = []
    for report, title in REPORTS.items():
        cells = [
            Cell(
                f"{dt.date(2000, month, 1):%B} {year if month >= columns[0] else year + 1:04}",
                found.get((report, year, month), Finding.absent) if (year, month) in held else None,
            )
            for month in columns
        ]
        title_of_year = f"the year {name}" if days is None else span(days)
        cells.append(Cell(title_of_year, found.get((report, year, WHOLE_YEAR))))
        rows.append(GridRow(title, tuple(cells)))
    return GridYear(name, tuple(rows))


def _place(report: Compared, first: int) -> tuple[str, int, int]:
    return (
        report.report,
        _year(report.middle, first),
        WHOLE_YEAR if report.is_year else report.end.month,
    )


def _year(day: dt.date, first: int) -> int:
    """Return the year of the grid that a day lies in."""
    return day.year if day.month >= first else day.year - 1
