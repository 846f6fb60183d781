"""A model as CSV: UTF-8, every digit, nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

import pandas as pd
from accbooks_warehouse.pipelines.export.columns import Column, Kind

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; texts of the books come from other people."""


def write_csv(
    file: BinaryIO, columns: Sequence[Column], frames: Iterable[pd.DataFrame], *, as_is: bool
) -> int:
    """Write the frames one after another; returns how many rows there were.

    A text that begins like a formula gets an apostrophe before it, as spreadsheets write such texts, unless
    it is wanted `as_is`. Nulls are empty.
    """
    rows, lines = 0, _Lines(file)
    header = [column.name for column in columns]
    file.write(pd.DataFrame(columns=header).to_csv(index=False, lineterminator="\n").encode())
    for frame in frames:
        written = frame.assign(
            **{each.name: frame[each.name].map(_spelling(each, as_is=as_is)) for each in columns}
        )
        written.to_csv(lines, index=False, header=False, lineterminator="\r\n")
        rows += len(frame)
    return rows


class _Lines(io.TextIOBase):
    """Writes rows, of which each ends in CR and LF, with LF alone.

    A text with either of them is quoted then: csv quotes what has a character of the end of lines, and
    readers take a bare CR for one.
    """

    mode = "w"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        """Write a row; csv writes each at once."""
        return self._file.write(row.removesuffix("\r\n").encode() + b"\n")


def escape_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def _spelling(column: Column, *, as_is: bool) -> Callable[[Any], str | None]:
    match column.kind:
        case Kind.AMOUNT:
            spell: Callable[[Any], str] = "{:f}".format  # never with an exponent
        case Kind.DAY | Kind.MOMENT:
            spell = _iso
        case Kind.TRUTH:
            spell = {True: "true", False: "false"}.__getitem__
        case Kind.TEXT if not as_is:
            spell = _defused_text
        case _:
            spell = str
    return lambda value: None if value is None else spell(value)


def _iso(value: Any) -> str:
    text: str = value.isoformat()
    return text


def _defused_text(value: Any) -> str:
    return escape_formula(str(value))
