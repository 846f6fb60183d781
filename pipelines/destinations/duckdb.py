"""A warehouse in a DuckDB file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.destination import Destination
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from sources.accbooks.errors import ConfigurationError

from pipelines.destinations.base import RAW, STAGING, Warehouse, held_by_another
from pipelines.destinations.lookups import FixedCapabilities
from pipelines.locks import Turn, file_lock, lock_file

DEFAULT_FILE = "accbooks.duckdb"
MEMORY = "72MB"
"""What DuckDB may hold while rows are loaded; beyond it the disk is used. Unbounded it takes most of the
machine's for a merge. See destination.duckdb.memory_limit."""
DBT_DUCKDB = "dbt.adapters.duckdb.connections"
UNUSABLE_STEMS = frozenset({RAW, STAGING, "main", "system", "temp"})
"""DuckDB names a database after its file: these would be taken for our schemas, or are renamed by DuckDB."""


class DuckDBDestination(FixedCapabilities, dlt.destinations.duckdb):
    """dlt's destination."""

    @property
    def destination_type(self) -> str:
        """Go by dlt's own name, under which the state of a pipeline remembers it."""
        return "dlt.destinations.duckdb"


class DuckDB(Warehouse):
    """A DuckDB file."""

    name = "duckdb"

    def __init__(self, credentials: str, memory_limit: str = MEMORY) -> None:
        super().__init__()
        self._config = {"memory_limit": memory_limit, "preserve_insertion_order": False}
        try:
            self._path = Path(DuckDbCredentials(credentials).database)
        except (ConfigurationException, ValueError) as error:
            raise ConfigurationError(
                f"destination.duckdb.credentials is '{credentials}'; write it as the path of a DuckDB file."
            ) from error
        if self._path.stem.lower() in UNUSABLE_STEMS or re.search(r'[."]', self._path.stem):
            raise ConfigurationError(
                f"A DuckDB file of the warehouse cannot be called '{self._path.name}', because DuckDB takes "
                "schema names from it. Choose a plain name like accbooks.duckdb."
            )

    def qualified(self, schema: str) -> str:
        """Put the catalog first: in accbooks.duckdb, `accbooks` alone is both catalog and schema."""
        return f'"{self._path.stem}".{schema}'

    def describe(self) -> str:
        """Say which file."""
        return f"DuckDB file {self._path}"

    def exists(self) -> bool:
        """Tell whether the file is there."""
        return self._path.exists()

    def try_out(self) -> None:
        """Open the file, if it is there; raises ConfigurationError if there is no folder to make it in."""
        if self.exists():
            self.open()
        elif not self._path.parent.is_dir():
            raise ConfigurationError(
                f"There is no folder {self._path.parent}. Make it, or choose another place for the file."
            )

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Lock a file beside the database's."""
        if not self._path.parent.is_dir():
            return nullcontext()  # to open it will fail, and say why
        path = lock_file(self._locks_folder(), name)
        return file_lock(path, wait=wait, complaint=held_by_another(name))

    def turn(self) -> AbstractContextManager[None]:
        """Take the turn to have the file open: DuckDB gives it to one process at a time."""
        if not self._path.parent.is_dir():
            return nullcontext()  # to open it will fail, and say why
        return Turn.of(self._locks_folder() / "turn").taken()

    def defining(self) -> AbstractContextManager[None]:
        """Take the turn."""
        return self.turn()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep a file that is there open: every query would start and end DuckDB, with its threads.

        Not while many rows are loaded: what is not written out before the file is closed would take more
        memory than a load may. Raises WarehouseError if it cannot be opened.
        """
        with super().kept_open() if self.exists() else self.turn():
            yield

    def _locks_folder(self) -> Path:
        """Return the folder kept for lock files beside the database's file."""
        path = self._path.absolute()
        folder = path.with_name(f".{path.name}.locks")
        folder.mkdir(exist_ok=True)
        return folder

    def release(self) -> None:
        """Close the file that dbt keeps open in this process, so that other programs can open it."""
        # to import it takes a second, and it holds nothing until then; another thread may be importing it
        manager = getattr(sys.modules.get(DBT_DUCKDB), "DuckDBConnectionManager", None)
        if manager is not None:
            manager.close_all_connections()

    def dbt_environment(self) -> Mapping[str, str]:
        """Return the path of the file."""
        return {"ACCBOOKS_DUCKDB_PATH": str(self._path.absolute())}

    def parsing_environment(self) -> Mapping[str, str]:
        """Return the name of the file, which is that of the database."""
        return {"ACCBOOKS_DUCKDB_PATH": self._path.name}

    def widen(self) -> None:
        """Widen columns of an earlier version; views take the new type by themselves."""
        for column in self._narrow_columns() if self.exists() else ():
            self.execute(f"alter table {self.qualified(column.schema)}.{column.table} {column.alteration}")

    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:
        """Return dlt's DuckDB destination; its credentials are complete, so nothing of them is looked up."""
        config = dict(self._config) if loading else None
        credentials = DuckDbCredentials(str(self._path.absolute()), global_config=config).resolve()
        return DuckDBDestination(credentials=credentials, staging_dataset_name_layout=staging_layout)
