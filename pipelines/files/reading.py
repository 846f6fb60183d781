"""Read a file: its text, its header and its rows, and everything that is wrong with them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.files.kinds import FileKind
from accbooks_warehouse.pipelines.files.values import CellError, read_cell
from accbooks_warehouse.sources.accbooks import ConfigurationError

FAULTS_NAMED = 10
LARGEST_FILE = 50_000_000
"""In bytes; a budget of 200 companies, 300 accounts and 12 months has 30 million."""


class BadFileError(ConfigurationError):
    """A file cannot be used. Its message names the bad rows and says what to do."""

    def __init__(self, kind: FileKind, path: Path, faults: Sequence[str]) -> None:
        self.kind, self.path, self.faults = kind, path, tuple(faults)
        more = len(faults) - FAULTS_NAMED
        named = " ".join(faults[:FAULTS_NAMED]) + (f" {more:,} more rows are bad." if more > 0 else "")
        super().__init__(f"{path} ({kind.name}) was not loaded. {named}")


@dataclass(frozen=True)
class Row:
    """A row of a file: the number of its line, and its values by column; None where a cell is empty."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class FileContent:
    """A file as read: a digest of its bytes, its good rows, and a sentence for each bad one."""

    digest: str
    rows: tuple[Row, ...] = ()
    faults: tuple[str, ...] = field(default=())


def digest_of(kind: FileKind, path: Path) -> tuple[bytes, str]:
    """Return the content of a file and its digest; raises BadFileError if it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadFileError(kind, path, [f"It is larger than {LARGEST_FILE:,} bytes. Remove old months."])
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        problem = (
            f"It cannot be read: {reason}. Correct the path, here or in sources.accbooks.files.{kind.name}."
        )
        raise BadFileError(kind, path, [problem]) from None
    return content, hashlib.blake2b(content, digest_size=16).hexdigest()


def read_file(kind: FileKind, path: Path) -> FileContent:
    """Return the rows of a file and what is wrong with them; raises BadFileError if it is no such file."""
    content, digest = digest_of(kind, path)
    lines = _lines(kind, path, _decoded(kind, path, content))
    header = _header(kind, path, next(lines, (1, []))[1])
    rows: list[Row] = []
    faults: list[str] = []
    for line, cells in lines:
        row, found = _row(kind, header, line, cells)
        faults += found
        if row is not None:
            rows.append(row)
    faults += _duplicates(kind, rows)
    return FileContent(digest, tuple(rows), tuple(faults))


def _decoded(kind: FileKind, path: Path, content: bytes) -> str:
    """Return the text, without the mark that a spreadsheet may put in front of UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeError:
        raise BadFileError(
            kind, path, ["It is not UTF-8. In Excel, save it as 'CSV UTF-8 (comma delimited)'."]
        ) from None


def _lines(kind: FileKind, path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that is not empty, and its cells."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise BadFileError(
            kind, path, [f"Line {before + 1}: it is not CSV ({error}). Check the quotation marks."]
        ) from None


def _header(kind: FileKind, path: Path, cells: Sequence[str]) -> list[str]:
    """Return the names in the header; raises BadFileError if one is missing, unknown or there twice."""
    names = [cell.lower() for cell in cells]
    wanted = [column.name for column in kind.columns]
    expected = f"The first line is: {','.join(wanted)}"
    if not names:
        raise BadFileError(kind, path, [f"It is empty. {expected}."])
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        separator = "semicolons" if ";" in names[0] else "tabs"
        problem = (
            f"Line 1: its columns are separated by {separator}. Save it with commas: in Excel as 'CSV UTF-8 "
            "(comma delimited)', with a comma as the list separator of your system."
        )
        raise BadFileError(kind, path, [problem])
    faults = [f"Line 1: there is no column {name}." for name in _missing(kind, names)]
    faults += [f"Line 1: the column '{name}' is unknown." for name in names if name not in wanted]
    faults += [f"Line 1: the column {name} is there twice." for name in wanted if names.count(name) > 1]
    if faults:
        raise BadFileError(kind, path, [*faults, f"{expected}."])
    return names


def _missing(kind: FileKind, names: Sequence[str]) -> list[str]:
    return [column.name for column in kind.columns if column.is_needed and column.name not in names]


def _row(
    kind: FileKind, header: Sequence[str], line: int, cells: Sequence[str]
) -> tuple[Row | None, list[str]]:
    """Return a row, or what is wrong with it."""
    if len(cells) != len(header):
        problem = (
            f"Line {line}: it has {len(cells)} cells, and the header {len(header)}. Put a text with a comma "
            "in quotation marks."
        )
        return None, [problem]
    texts = {column.name: "" for column in kind.columns} | dict(zip(header, cells, strict=True))
    if tuple(texts[column.name] for column in kind.columns) == kind.example:
        return None, [f"Line {line}: it is the template's example. Replace or remove it."]
    values: dict[str, Any] = {}
    faults = []
    for column in kind.columns:
        text = texts[column.name]
        if not text:
            values[column.name] = None
            if column.is_needed:
                faults.append(f"Line {line}: {column.name} is empty.")
            continue
        try:
            values[column.name] = read_cell(column.form, text)
        except CellError as error:
            faults.append(f"Line {line}: {column.name} '{text}' {error}.")
    if not faults and kind.one_of and sum(values[name] is not None for name in kind.one_of) != 1:
        faults.append(f"Line {line}: fill in one of {' and '.join(kind.one_of)}, and only one.")
    return (None, faults) if faults else (Row(line, values), [])


def _duplicates(kind: FileKind, rows: Sequence[Row]) -> list[str]:
    """Return a sentence for each row whose key an earlier one has."""
    first: dict[tuple[Any, ...], int] = {}
    faults = []
    for row in rows:
        key = tuple(row.values[name] for name in kind.key)
        if key in first:
            named = ", ".join(name for name in kind.key if row.values[name] is not None)
            faults.append(
                f"Line {row.line}: it has the same {named} as line {first[key]}. Keep one of the two."
            )
        first.setdefault(key, row.line)
    return faults
