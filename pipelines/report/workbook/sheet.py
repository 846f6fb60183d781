"""A sheet that is written from top to bottom: formats, headings, cells, and how it prints on A4."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

A4 = 9
"""Excel's number of the paper."""
MOST_LETTERS = 32_767
"""Of a cell."""
FIRST_DAY = dt.date(1900, 3, 1)
"""Before it Excel's calendar has a day that never was."""
MONEY = '#,##0.00;(#,##0.00);"–"'  # noqa: RUF001 - a dash, as on the page
PERCENT = '0.0%;(0.0%);"–"'  # noqa: RUF001
INK, QUIET, RULE = "#1c2733", "#55626e", "#8c98a4"
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "note": {"font_color": QUIET, "text_wrap": False},
    "prose": {"text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bottom": 1, "bottom_color": RULE, "text_wrap": True, "valign": "bottom"},
    "head_number": {
        "bold": True,
        "bottom": 1,
        "bottom_color": RULE,
        "align": "right",
        "text_wrap": True,
        "valign": "bottom",
    },
    "above": {"bold": True, "align": "right"},
    "heading": {"bold": True},
    "line": {},
    "link": {"font_color": "#1f5673", "underline": 1},
    "total": {"bold": True, "top": 1, "top_color": RULE},
    "result": {"bold": True, "top": 1, "bottom": 6, "top_color": RULE, "bottom_color": RULE},
    "margin": {"italic": True, "font_color": QUIET},
}


@dataclass
class Sheet:
    """A sheet and the row that is written next. `places` remembers the rows of parts by their keys."""

    book: Book
    sheet: Worksheet
    row: int = 0
    places: dict[str, int] = field(default_factory=dict)

    def text(self, column: int, text: object, look: str = "line") -> None:
        """Write a text, never a formula or a link."""
        shown = str(text)
        shown = shown if len(shown) <= MOST_LETTERS else f"{shown[: MOST_LETTERS - 1]}…"
        self.sheet.write_string(self.row, column, shown, self.book.look(look))

    def link(self, column: int, text: str, target: str) -> None:
        """Write a text that leads to a cell of the workbook."""
        self.sheet.write_url(self.row, column, f"internal:{target}", self.book.look("link"), text)

    def number(self, column: int, value: Decimal | None, look: str = "line", form: str = MONEY) -> None:
        """Write a number; nothing where there is none."""
        style = self.book.look(look, form)
        if value is None:
            self.sheet.write_blank(self.row, column, None, style)
        else:
            self.sheet.write_number(self.row, column, float(value), style)

    def formula(
        self, column: int, formula: str, value: Decimal | None, look: str = "total", form: str = MONEY
    ) -> None:
        """Write a formula together with the value that it comes to by the warehouse."""
        cached: Any = "" if value is None else float(value)
        self.sheet.write_formula(self.row, column, f"={formula}", self.book.look(look, form), cached)

    def day(self, column: int, day: dt.date | None, look: str = "line") -> None:
        """Write a day; as text where Excel has none."""
        if day is None:
            self.sheet.write_blank(self.row, column, None, self.book.look(look))
        elif day < FIRST_DAY:
            self.text(column, day.isoformat(), look)
        else:
            self.sheet.write_datetime(self.row, column, day, self.book.look(look, "d mmm yyyy"))

    def heads(self, titles: Sequence[str], numbers: int) -> None:
        """Write the headings of columns, the last `numbers` of them above numbers."""
        for column, title in enumerate(titles):
            self.text(column, title, "head_number" if column >= len(titles) - numbers else "head")
        self.row += 1

    def begin(self, title: str, notes: Sequence[str]) -> None:
        """Write the title and what the sheet is about."""
        self.text(0, title, "title")
        self.sheet.set_row(self.row, 24)
        self.row += 1
        for note in notes:
            self.text(0, note, "note")
            self.row += 1
        self.row += 1

    def prints(self, columns: int, *, first_head: int, last_head: int, landscape: bool = False) -> None:
        """Say how it prints: A4, as wide as a page, with the headings on each."""
        self.sheet.set_paper(A4)
        if landscape:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        self.sheet.set_footer("&L&9Unaudited&C&9&A&R&9&P of &N")
        self.sheet.repeat_rows(first_head, last_head)
        self.sheet.freeze_panes(last_head + 1, 0)
        self.sheet.print_area(0, 0, max(self.row, last_head + 1), columns - 1)
        self.sheet.hide_gridlines(2)

    def cell(self, key: str, column: int) -> str:
        """Return the name of the cell of a part."""
        return at(self.places[key], column)


class Book:
    """A workbook, and its formats: one for each look and number format."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._formats: dict[tuple[str, str], Format] = {}

    def arrange(self, names: Sequence[str]) -> None:
        """Add empty sheets in this order, so that they can be written in another."""
        for name in names:
            self._workbook.add_worksheet(name)

    def begin(self, name: str, widths: Sequence[float]) -> Sheet:
        """Begin to write a sheet, whose columns get these widths, in characters."""
        sheet = self._workbook.get_worksheet_by_name(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return Sheet(self, sheet)

    def look(self, name: str, form: str = "General") -> Format:
        """Return a format."""
        key = (name, form)
        if key not in self._formats:
            base = {"font_name": "Arial", "font_size": 10, "font_color": INK, "num_format": form}
            self._formats[key] = self._workbook.add_format({**base, **LOOKS[name]})
        return self._formats[key]


def at(row: int, column: int) -> str:
    """Return the name of a cell, such as B3."""
    return str(xl_rowcol_to_cell(row, column))
