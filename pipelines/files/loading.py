"""Load the files that are configured, or one given as an option, if they differ from what is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.files.kinds import KINDS, FileKind
from accbooks_warehouse.pipelines.files.known import compared
from accbooks_warehouse.pipelines.files.reading import BadFileError, FileContent, digest_of, read_file
from accbooks_warehouse.pipelines.files.tables import (
    LoadedFile,
    loaded_files,
    note_fault,
    remove_rows,
    replace_rows,
)
from accbooks_warehouse.pipelines.queries.known_books import known_books


@dataclass(frozen=True)
class LoadedFiles:
    """The kinds that were loaded anew, and a sentence for each file that was not because rows are bad."""

    changed: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def load_configured(warehouse: Warehouse, paths: Mapping[str, Path]) -> LoadedFiles:
    """Load the files of the configuration that differ from what is loaded.

    Of a file with bad rows the last good version stays. Rows of a kind that is no longer configured are
    removed. The tables have to exist.
    """
    loaded = loaded_files(warehouse)
    changed, faults = [], []
    for name, kind in KINDS.items():
        if name not in paths:
            if name in loaded:
                remove_rows(warehouse, kind)
                changed.append(name)
            continue
        try:
            if _load(warehouse, kind, paths[name], loaded.get(name)):
                changed.append(name)
        except BadFileError as error:
            kept = loaded.get(name)
            is_kept = kept is not None and kept.digest is not None
            note_fault(warehouse, kind, paths[name], str(error), kept)
            faults.append(f"{error} The last good version stays." if is_kept else str(error))
    return LoadedFiles(tuple(changed), tuple(faults))


def load_file(warehouse: Warehouse, name: str, path: Path) -> bool:
    """Load a file given as an option; returns whether it differs from what is loaded.

    Raises BadFileError, which is a ConfigurationError, if rows are bad; the warehouse is as before then.
    """
    return _load(warehouse, KINDS[name], path, loaded_files(warehouse).get(name))


def checked_rows(warehouse: Warehouse, name: str, path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file for one run, by the columns of the table; nothing is loaded.

    Raises BadFileError, which is a ConfigurationError, if rows are bad.
    """
    kind = KINDS[name]
    columns = {column.name: column.column for column in kind.columns}
    return [
        {columns[key]: value for key, value in row.values.items()}
        for row in _checked(warehouse, kind, path).rows
    ]


def _load(warehouse: Warehouse, kind: FileKind, path: Path, loaded: LoadedFile | None) -> bool:
    _, digest = digest_of(kind, path)
    if loaded is not None and loaded.digest == digest and loaded.fault is None and loaded.path == str(path):
        return False
    content = _checked(warehouse, kind, path)
    replace_rows(warehouse, kind, path, content)
    return True


def _checked(warehouse: Warehouse, kind: FileKind, path: Path) -> FileContent:
    """Return the rows of a file, all of them good; raises BadFileError if not."""
    content = compared(kind, read_file(kind, path), known_books(warehouse))
    if content.faults:
        raise BadFileError(kind, path, sorted(content.faults, key=_line))
    return content


def _line(fault: str) -> int:
    """Return the number of the line that a sentence begins with."""
    number = fault.removeprefix("Line ").partition(":")[0]
    return int(number) if number.isdigit() else 0
