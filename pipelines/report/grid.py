"""Months by reports: which of AccBooks' own equals ours, as a grid with a row for every year and report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accbooks_warehouse.pipelines.days import Days, span
from accbooks_warehouse.pipelines.queries.compared_reports import ComparedReport, ReportState
from accbooks_warehouse.pipelines.queries.reconciliation import REPORT_TITLES

LAST_DAYS = 28
"""A year that ends on this day of a month or later ends with the month."""
WHOLE_YEAR = 13
"""The column after the twelve months."""


@dataclass(frozen=True)
class Cell:
    """One report of one month or year; `title` says which, None where the books have no such month."""

    title: str
    state: ReportState | None


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

    def count(self, state: ReportState) -> int:
        """Return how many reports the comparison says this of."""
        cells = (cell for year in self.years for row in year.rows for cell in row.cells)
        return sum(cell.state is state for cell in cells)

    @property
    def compared(self) -> int:
        """Return how many reports were compared, with whatever result."""
        return sum(self.count(each) for each in ReportState if each is not ReportState.absent)


def first_month_of_year(year_end: dt.date | None) -> int:
    """Return the month that a year of the grid begins with: the first that ends in the financial year."""
    if year_end is None:
        return 1
    return year_end.month % 12 + 1 if year_end.day >= LAST_DAYS else year_end.month


def lay_out(ends: Sequence[dt.date], reports: Iterable[ComparedReport], year_end: dt.date | None) -> Grid:
    """Lay reports out in a grid of the months of the books."""
    first = first_month_of_year(year_end)
    compared = list(reports)
    found = {
        **_found_in_stretches([each for each in compared if each.is_stretch], ends, first),
        **{_place(each, first): each.state for each in compared if not each.is_stretch},
    }
    days = {
        _year(each.middle, first): Days(each.start, each.end)
        for each in compared
        if each.is_year and each.start is not None
    }
    present = {(_year(end, first), end.month) for end in ends}
    columns = [(first + offset - 1) % 12 + 1 for offset in range(12)]
    years = sorted({year for year, _ in present}, reverse=True)
    return Grid(
        tuple(f"{dt.date(2000, month, 1):%b}" for month in columns),
        tuple(_grid_year(year, columns, present, found, days.get(year)) for year in years),
    )


def _found_in_stretches(
    stretches: Iterable[ComparedReport], ends: Sequence[dt.date], first: int
) -> dict[tuple[str, int, int], ReportState]:
    """Return what is said of months in which nothing was posted: their reports are compared together."""
    return {
        (report, _year(end, first), end.month): each.state
        for each in stretches
        for end in ends
        if each.start is not None and each.start <= end <= each.end
        for report in REPORT_TITLES
    }


def _grid_year(
    year: int,
    columns: Sequence[int],
    present: set[tuple[int, int]],
    found: Mapping[tuple[str, int, int], ReportState],
    days: Days | None,
) -> GridYear:
    name = f"{year:04}" if columns[0] == 1 else f"{year:04}/{(year + 1) % 100:02}"
    rows = []
    for report, title in REPORT_TITLES.items():
        cells = [
            Cell(
                f"{dt.date(2000, month, 1):%B} {year if month >= columns[0] else year + 1:04}",
                found.get((report, year, month), ReportState.absent) if (year, month) in present else None,
            )
            for month in columns
        ]
        title_of_year = f"the year {name}" if days is None else span(days)
        cells.append(Cell(title_of_year, found.get((report, year, WHOLE_YEAR))))
        rows.append(GridRow(title.capitalize(), tuple(cells)))
    return GridYear(name, tuple(rows))


def _place(report: ComparedReport, first: int) -> tuple[str, int, int]:
    return (
        report.report,
        _year(report.middle, first),
        WHOLE_YEAR if report.is_year else report.end.month,
    )


def _year(day: dt.date, first: int) -> int:
    """Return the year of the grid that a day lies in."""
    return day.year if day.month >= first else day.year - 1
