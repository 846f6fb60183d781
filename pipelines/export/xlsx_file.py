"""A model as a sheet of Excel: amounts as numbers, dates as dates, texts never as formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import pandas as pd
from accbooks_warehouse.pipelines.errors import ExportError
from accbooks_warehouse.pipelines.export.columns import Column, Kind
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""Of a sheet, its heading included."""
MOST_LETTERS = 32_767
"""Of a cell."""
MOST_DIGITS = 15
"""Of a number: Excel keeps binary floats, and of these no more decimal digits are sure."""
LONGEST_NAME = 31
"""Of a sheet."""
FIRST_DAY = dt.date(1900, 3, 1)
"""Before it Excel's calendar has a day that never was."""
WIDTHS = {
    Kind.AMOUNT: 15,
    Kind.DAY: 12,
    Kind.MOMENT: 20,
    Kind.WHOLE: 10,
    Kind.TRUTH: 10,
    Kind.RATIO: 12,
    Kind.TEXT: 24,
}


def check_rows(rows: int) -> None:
    """Raise ExportError if a sheet cannot hold so many rows."""
    if rows >= MOST_ROWS:
        raise ExportError(
            f"The table has {rows:,} rows, and an Excel sheet holds {MOST_ROWS - 1:,} below its heading. "
            "Choose one company with --company, or csv or parquet."
        )


def write_xlsx(file: BinaryIO, columns: Sequence[Column], frames: Iterable[pd.DataFrame], name: str) -> int:
    """Write one sheet, row by row to disk; returns how many rows there were.

    Raises ExportError for a value that a cell cannot hold whole, and for more rows than a sheet has.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    rows = 0
    with Workbook(file, options) as book:
        sheet = book.add_worksheet(name[:LONGEST_NAME])
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        cells = [_Cells(book, sheet, each, place) for place, each in enumerate(columns)]
        for cell in cells:
            cell.write_heading(bold)
        for frame in frames:
            check_rows(rows + len(frame))
            for row in frame.itertuples(index=False, name=None):
                rows += 1
                for cell, value in zip(cells, row, strict=True):
                    if value is not None:
                        cell.write(rows, value)
        sheet.autofilter(0, 0, rows, len(columns) - 1)
    return rows


class _Cells:
    """The cells of one column."""

    def __init__(self, book: Workbook, sheet: Worksheet, column: Column, place: int) -> None:
        self._sheet, self._place, self._name = sheet, place, column.name
        self._format = book.add_format({"num_format": _number_format(column)})
        sheet.set_column(place, place, max(WIDTHS[column.kind], len(column.name) + 3))
        self.write: Callable[[int, Any], None] = getattr(self, f"_write_{column.kind}")

    def write_heading(self, form: Format) -> None:
        self._sheet.write_string(0, self._place, self._name, form)

    def _write_text(self, row: int, value: Any) -> None:
        text = str(value)
        if len(text) > MOST_LETTERS:
            raise self._too_long(row, f"{len(text):,} characters, and an Excel cell holds {MOST_LETTERS:,}")
        self._sheet.write_string(row, self._place, text)

    def _write_decimal(self, row: int, value: Decimal) -> None:
        if len(value.normalize().as_tuple().digits) > MOST_DIGITS:
            raise self._too_long(row, f"a number with more than the {MOST_DIGITS} digits that Excel keeps")
        self._sheet.write_number(row, self._place, float(value), self._format)

    def _write_integer(self, row: int, value: int) -> None:
        self._write_decimal(row, Decimal(value))

    def _write_float(self, row: int, value: float) -> None:
        self._sheet.write_number(row, self._place, value, self._format)

    def _write_date(self, row: int, value: dt.date) -> None:
        if value < FIRST_DAY:
            self._write_text(row, value.isoformat())
        else:
            self._sheet.write_datetime(row, self._place, value, self._format)

    def _write_timestamp(self, row: int, value: dt.datetime) -> None:
        in_utc = value.astimezone(dt.UTC).replace(tzinfo=None)
        self._sheet.write_datetime(row, self._place, in_utc, self._format)

    def _write_boolean(self, row: int, value: Any) -> None:
        self._sheet.write_boolean(row, self._place, value)

    def _too_long(self, row: int, what: str) -> ExportError:
        return ExportError(f"{self._name} in row {row} has {what}. Choose csv or parquet.")


def _number_format(column: Column) -> str:
    match column.kind:
        case Kind.AMOUNT:
            return "#,##0." + "0" * column.decimals if column.decimals else "#,##0"
        case Kind.DAY:
            return "yyyy-mm-dd"
        case Kind.MOMENT:
            return "yyyy-mm-dd hh:mm:ss"
        case Kind.WHOLE:
            return "0"
        case _:
            return "General"
