"""The raw tables of the files: one for each kind, and `configured_files`, which says what is in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders
from accbooks_warehouse.pipelines.files.kinds import KINDS, FileKind
from accbooks_warehouse.pipelines.files.reading import FileContent

CONFIGURED_FILES = "configured_files"
LINE, DIGEST = "line_number", "file_hash"
ROWS_AT_ONCE = 500
TABLES: Mapping[str, Mapping[str, str]] = {
    CONFIGURED_FILES: {
        "file": "varchar",
        "path": "varchar",
        "file_hash": "varchar",
        "number_of_rows": "integer",
        "loaded_at": "timestamp with time zone",
        "fault": "varchar",
    },
    **{
        kind.table: {column.column: column.sql_type for column in kind.columns}
        | {LINE: "integer", DIGEST: "varchar"}
        for kind in KINDS.values()
    },
}
"""The columns of each table and their types, as both databases write them."""


@dataclass(frozen=True)
class LoadedFile:
    """What is loaded of a kind of file; its digest is None if that never was. `fault` is its last one."""

    path: str
    digest: str | None
    rows: int
    loaded_at: dt.datetime | None
    fault: str | None


def loaded_files(warehouse: Warehouse) -> dict[str, LoadedFile]:
    """Return what the warehouse has, by kind; only kinds that were configured or given once."""
    rows = warehouse.query(
        "select file, path, file_hash, number_of_rows, loaded_at, fault "
        f"from {warehouse.raw}.{CONFIGURED_FILES}"
    )
    return {kind: LoadedFile(*rest) for kind, *rest in rows}


def replace_rows(warehouse: Warehouse, kind: FileKind, path: Path, content: FileContent) -> None:
    """Replace all rows of a kind by those of a file, and write down which file it is."""
    table = f"{warehouse.raw}.{kind.table}"
    names = [*(column.column for column in kind.columns), LINE, DIGEST]
    rows = [
        (*(row.values[column.name] for column in kind.columns), row.line, content.digest)
        for row in content.rows
    ]
    with warehouse.transaction():
        # first: without a note the file is loaded again, also where a transaction is of one table
        warehouse.execute(f"delete from {warehouse.raw}.{CONFIGURED_FILES} where file = %s", kind.name)
        warehouse.execute(f"delete from {table}")
        for first in range(0, len(rows), ROWS_AT_ONCE):
            _insert(warehouse, table, names, rows[first : first + ROWS_AT_ONCE])
        _note(
            warehouse,
            kind.name,
            LoadedFile(str(path), content.digest, len(rows), pendulum.now("UTC"), None),
        )


def note_fault(
    warehouse: Warehouse, kind: FileKind, path: Path, fault: str, loaded: LoadedFile | None
) -> None:
    """Write down why a file was not loaded; its last good rows stay."""
    if loaded is not None and (loaded.path, loaded.fault) == (str(path), fault):
        return
    with warehouse.transaction():
        before = loaded or LoadedFile(str(path), None, 0, None, None)
        note = LoadedFile(str(path), before.digest, before.rows, before.loaded_at, fault)
        _note(warehouse, kind.name, note)


def remove_rows(warehouse: Warehouse, kind: FileKind) -> None:
    """Remove the rows of a kind that is no longer configured."""
    with warehouse.transaction():
        warehouse.execute(f"delete from {warehouse.raw}.{kind.table}")
        warehouse.execute(f"delete from {warehouse.raw}.{CONFIGURED_FILES} where file = %s", kind.name)


def _note(warehouse: Warehouse, name: str, note: LoadedFile) -> None:
    table = f"{warehouse.raw}.{CONFIGURED_FILES}"
    warehouse.execute(f"delete from {table} where file = %s", name)
    row = (name, note.path, note.digest, note.rows, note.loaded_at, note.fault)
    _insert(warehouse, table, [*TABLES[CONFIGURED_FILES]], [row])


def _insert(warehouse: Warehouse, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    places = f"({placeholders(names)})"
    warehouse.execute(
        f"insert into {table} ({', '.join(names)}) values {', '.join([places] * len(rows))}",
        *(value for row in rows for value in row),
    )
