"""Write a template of each file: its header, and an example row to be replaced."""

from __future__ import annotations

import csv
from pathlib import Path

from accbooks_warehouse.pipelines.files.kinds import KINDS
from accbooks_warehouse.sources.accbooks import ConfigurationError


def write_templates(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the templates into a folder; returns the files written, and those left because they exist."""
    written, left = [], []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind in KINDS.values():
            path = folder / f"{kind.name}.csv"
            try:
                with path.open("x", encoding="utf-8", newline="") as file:
                    rows = csv.writer(file, lineterminator="\n")
                    rows.writerow([column.name for column in kind.columns])
                    rows.writerow(kind.example)
                written.append(path)
            except FileExistsError:
                left.append(path)
    except OSError as error:
        raise ConfigurationError(f"No templates can be written to {folder}: {error.strerror}.") from None
    return written, left
