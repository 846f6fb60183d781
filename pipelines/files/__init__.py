"""The CSV files that the configuration names: budgets, statement layout, account mapping, groups and rates.

A module is a step of a file's way: `kinds` declares the columns of each, `values` reads a cell, `reading` a
file, `known` compares it with the books, `tables` and `loading` put it into the warehouse. `templates` writes
an example of each. A file with a bad row changes nothing in the warehouse.
"""

from __future__ import annotations

from accbooks_warehouse.pipelines.files.kinds import KINDS, FileKind
from accbooks_warehouse.pipelines.files.loading import LoadedFiles, checked_rows, load_configured, load_file
from accbooks_warehouse.pipelines.files.reading import BadFileError
from accbooks_warehouse.pipelines.files.tables import TABLES
from accbooks_warehouse.pipelines.files.templates import write_templates

__all__ = [
    "KINDS",
    "TABLES",
    "BadFileError",
    "FileKind",
    "LoadedFiles",
    "checked_rows",
    "load_configured",
    "load_file",
    "write_templates",
]
