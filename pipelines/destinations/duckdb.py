"""A warehouse in a DuckDB file."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from copy import copy
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from accbooks_warehouse.pipelines.destinations.base import (
    MODELS,
    RAW,
    STAGING,
    Rows,
    Warehouse,
)
from accbooks_warehouse.pipelines.destinations.clients import Clients
from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress
from accbooks_warehouse.pipelines.destinations.fixed_capabilities import FixedCapabilities
from accbooks_warehouse.pipelines.destinations.locks import ReentrantLock, file_lock, lock_file
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.configuration import configspec
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.destination import Destination
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.sql_client import SqlClientBase

import duckdb

DEFAULT_FILE = "books.duckdb"
FORMER_DEFAULT_FILE = "accbooks.duckdb"
"""The default file of earlier versions; it is used if it exists and the new default does not."""
FORMER_DEFAULT_IS_USED = (
    f"Using {FORMER_DEFAULT_FILE}, because no DuckDB file is configured and {DEFAULT_FILE} does not exist. "
    "To choose another file, set destination.duckdb.credentials in .dlt/config.toml."
)
MEMORY = "72MB"
"""DuckDB's memory limit while rows are loaded; beyond it DuckDB uses the disk. Without a limit a merge takes
most of the machine's memory. See destination.duckdb.memory_limit."""
PARSED_FOR = DEFAULT_FILE.partition(".")[0]
"""The database that dbt parses the project for."""
DBT_DUCKDB = "dbt.adapters.duckdb.connections"
AMBIGUOUS_NAMES = frozenset({RAW, STAGING, "information_schema"})
"""Names a file must not have: DuckDB names the database after it, and a schema has the same name."""
OWN_NAMES = frozenset({"main", "system", "temp"})
"""Names of DuckDB's own databases; a file with such a name gets a suffix."""


DAMAGED = re.compile(
    "Could not read enough bytes|[Cc]orrupt|does not match stored checksum"
    "|Failed to (load metadata|read block)|Failed to deserialize"
)
"""DuckDB's messages for a file that was cut or overwritten."""
FORBIDDEN = re.compile("Permission denied|Read-only file system")
"""What the system says of a file or a folder that this user may not write."""
LONGEST_FILE_NAME = 255
"""In bytes, on common file systems."""


@configspec(init=False)
class FileCredentials(DuckDbCredentials):
    """dlt's credentials of a file, which become text without SQLAlchemy: importing it takes 0.1 s."""

    def __str__(self) -> str:
        """Return the address of the file, as dlt writes it."""
        return f"duckdb:///{self.database}"


class DuckDBDestination(FixedCapabilities, dlt.destinations.duckdb):
    """dlt's destination."""

    @property
    def destination_type(self) -> str:
        """Return dlt's own name, which pipelines save in their state."""
        return "dlt.destinations.duckdb"


class DuckDB(Warehouse):
    """A DuckDB file."""

    name = "duckdb"

    def __init__(self, credentials: str, memory_limit: str = MEMORY) -> None:
        super().__init__()
        self._config = {"memory_limit": memory_limit, "preserve_insertion_order": False}
        self._only_reads = False
        self._while_idle = _Count()
        self._loading = _Count()
        self._is_limited = False
        """Whether the open file may have the memory limit of a load that has ended."""
        self._turn_with_idle: ReentrantLock | None = None
        self._clients = Clients(self._new_client, self._stays_open)
        self._path = _path_of(credentials)
        self._database = database_name(self._path)
        if self._database.lower() in AMBIGUOUS_NAMES:
            raise ConfigurationError(
                f"The DuckDB file cannot be called '{self._path.name}'. DuckDB names the database after the "
                f"file, and a schema has that name already. Choose another name, like {DEFAULT_FILE}."
            )
        if not self._database:
            raise ConfigurationError(
                f"The DuckDB file cannot be called '{self._path.name}'. DuckDB names the database after the "
                "text before the question mark, which is empty. Choose another name."
            )
        path = self._path.absolute()
        if "\\" in str(path) or "?" in str(path.parent):
            raise ConfigurationError(
                f"DuckDB cannot use the path '{path}': a backslash ends a folder and a question mark ends "
                "the path. Choose a path without them."
            )

    def qualified(self, schema: str) -> str:
        """Return the schema's name, after the database's if both are the same: DuckDB requires it."""
        return f'"{self._database}".{schema}' if self._database.lower() == MODELS else schema

    def describe(self) -> str:
        """Return the file's path."""
        return f"DuckDB file {self._path}"

    def exists(self) -> bool:
        """Tell whether the file exists."""
        return self._path.exists()

    def for_reading(self) -> DuckDB:
        """Return the same file, opened read-only: beside other readers, and where nothing may be written.

        Returns itself if this process has it open for writing, or if it cannot be opened: the next query says
        why.
        """
        reader = copy(self)
        reader._only_reads = True  # noqa: SLF001 - it is this class
        reader._clients = Clients(reader._new_client, reader._stays_open)  # noqa: SLF001
        if not self.exists():
            return self
        try:
            with reader.exclusive_access(), duckdb.connect(self._path, read_only=True):
                return reader
        except (duckdb.Error, OSError):
            return self

    def check_access(self) -> None:
        """Open the file if it exists; raises ConfigurationError if its folder does not."""
        if self.exists():
            self.open()
        elif not self._path.parent.is_dir():
            raise ConfigurationError(
                f"The folder {self._path.parent} does not exist. Create it, or choose another path."
            )

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Lock a file beside the database's."""
        if not self._path.parent.is_dir():
            return nullcontext()  # to open it will fail, and say why
        path = lock_file(self._locks_folder(), name)
        if self._only_reads and not _can_write(path):
            return nullcontext()
        return file_lock(path, name, wait=wait)

    @property
    def events(self) -> StoreAddress:
        """Return a file beside the database's, so that they move and fill the disk together."""
        path = self._path.absolute()
        return StoreAddress(file=path.with_name(f"{path.name}.events.sqlite"))

    def exclusive_access(self, *, resuming: bool = False) -> AbstractContextManager[None]:
        """Lock the file: only one process at a time can open it in DuckDB."""
        if not self._path.parent.is_dir():
            return nullcontext()  # to open it will fail, and say why
        path = self._locks_folder() / "turn"
        if self._only_reads and not _can_write(path):
            return nullcontext()  # DuckDB itself lets nobody write while somebody reads
        return ReentrantLock.of(path).taken(self._clients if resuming else None)

    @contextmanager
    def open_while_idle(self) -> Iterator[None]:
        """Keep the file open and locked for IDLE_SECONDS after each use: to open it takes 0.05 s.

        Blocks may overlap, in any threads.
        """
        self._while_idle.change(1)
        try:
            yield
        finally:
            if self._while_idle.change(-1) == 0 and self._turn_with_idle is not None:
                self._turn_with_idle.close_idle()

    @contextmanager
    def _pipeline(self, name: str, *, loading: bool) -> Iterator[dlt.Pipeline]:
        """Yield a pipeline; while one loads, the file is closed after each use.

        A load's memory limit is one of the open file, and stays as long as it does.
        """
        self._loading.change(int(loading))
        try:
            with super()._pipeline(name, loading=loading) as pipeline:
                yield pipeline
        finally:
            self._loading.change(-int(loading))
            self._is_limited = self._is_limited or loading

    @contextmanager
    def _opening(self) -> Iterator[None]:
        with super()._opening():
            yield
        self._is_limited = False

    def _stays_open(self) -> bool:
        """Have the client that was kept stay open while idle; returns whether it does."""
        if self._while_idle.change(0) == 0 or self._loading.change(0) > 0 or self._is_limited:
            return False
        self._turn_with_idle = ReentrantLock.of(self._locks_folder() / "turn")
        self._turn_with_idle.leave_idle(self._clients, self._clients.close_idle)
        return True

    def defining(self) -> AbstractContextManager[None]:
        """Exclude other runs from the file."""
        return self.exclusive_access()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep an existing file open, because otherwise every query starts and stops DuckDB's threads.

        Do not use it while many rows are loaded: data not yet written to the file would take more memory than
        a load may. Raises WarehouseError if the file cannot be opened.
        """
        with super().kept_open() if self.exists() else self.exclusive_access():
            yield

    @contextmanager
    def _client(self) -> Iterator[SqlClientBase[Any]]:
        """Yield a client, which may be an idle one."""
        with self.explaining(), self.kept_open(), super()._client() as client:
            yield client

    def unpublishable(self, target: Path) -> str | None:
        """Return why no copy for readers can be written to a file; None if it can."""
        if not target.absolute().parent.is_dir():
            return f"the folder {target.absolute().parent} does not exist. Create it first."
        if target.is_dir():
            return "this is a folder. Write the path of a file."
        if target.resolve() == self._path.resolve():
            return "this is the warehouse itself. Choose another file."
        if database_name(target).lower() in {*AMBIGUOUS_NAMES, MODELS, ""}:
            return (
                "DuckDB names the database after the file, and a schema has that name. Choose another name."
            )
        return None

    def publish(self, target: Path) -> None:
        """Replace a file atomically by a read-only copy of the database.

        Programs that have the earlier copy open keep it. Raises WarehouseError if it cannot be written.
        """
        target = target.absolute()
        new = target.with_name(f".{target.name}.new")
        try:
            with self.exclusive_access():
                self.release()
                self._write_out()
                new.unlink(missing_ok=True)  # of a run that was cut off: nobody may write into it
                with self.handed_over():  # to close a copied file ends the locks that this process has on it
                    shutil.copyfile(self._path, new)
                    new.chmod(new.stat().st_mode & 0o444)  # whom the umask keeps out stays out
                    with new.open("rb") as file:
                        os.fsync(file.fileno())
                    self._check_copy(new)
                    new.replace(target)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise WarehouseError(f"The copy cannot be written ({error.strerror or error}).") from error

    def size(self) -> int:
        """Return the bytes of the file, and of its write-ahead log."""
        log = self._path.with_name(f"{self._path.name}.wal")
        return sum(path.stat().st_size for path in (self._path, log) if path.exists())

    def maintain(self) -> None:
        """Write the log into the file, whose end is cut off where nothing is left in it."""
        self._write_out()

    def _write_out(self) -> None:
        """Write what is in the write-ahead log into the file, so that the file alone is complete."""
        self.execute("force checkpoint")

    def _check_copy(self, path: Path) -> None:
        """Raise WarehouseError unless a copy can be read: a file of this name may hide a schema's."""
        try:
            with duckdb.connect(path, read_only=True) as connection:
                connection.execute(f"select 1 from {MODELS}.findings limit 1")
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise WarehouseError(
                f"The copy cannot be read ({reason}). Give the warehouse a name that no schema has, such as "
                f"{DEFAULT_FILE}, in destination.duckdb.credentials."
            ) from error

    def _locks_folder(self) -> Path:
        """Return the folder for lock files beside the database's file."""
        path = self._path.absolute()
        folder = path.with_name(f".{path.name}.locks")
        if len(os.fsencode(folder.name)) > LONGEST_FILE_NAME:
            digest = hashlib.blake2b(os.fsencode(path.name), digest_size=8).hexdigest()
            folder = path.with_name(f".{digest}.locks")
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            if not self._only_reads:
                raise
        return folder

    def explain(self, error: BaseException) -> WarehouseError:
        """Turn an error into a sentence."""
        if DAMAGED.search(str(error)):
            reason = str(error).strip().splitlines()[0]
            return WarehouseError(
                f"{self.describe()} is damaged ({reason}). Restore it from a backup, or move it away: then "
                "the next sync reads everything again. Without a backup the change log and the "
                "reconciliation history are lost."
            )
        if FORBIDDEN.search(str(error)) and not self._only_reads:
            return WarehouseError(
                f"{self.describe()} cannot be written ({FORBIDDEN.findall(str(error))[0].lower()}). Get the "
                "right to write the file and its folder. accbooks status, report, metrics, plan and export "
                "need none."
            )
        return super().explain(error)

    def has_table(self, schema: str, name: str) -> bool:
        """Tell whether there is a table or view of that name, without resolving the columns of all views."""
        if not self.exists():
            return False
        with self.explaining(), self.kept_open():  # while it is open, no other program drops one
            if (schema, name) not in self._clients.known:
                self._clients.known.update(
                    self.query(
                        "select schema_name, table_name from duckdb_tables() "
                        "where database_name = current_database() union all "
                        "select schema_name, view_name from duckdb_views() "
                        "where database_name = current_database()"
                    )
                )
            return (schema, name) in self._clients.known

    def execute(self, sql: str, *parameters: Any) -> None:
        """Run one statement that changes something, with `%s` for each parameter."""
        super().execute(sql, *parameters)
        self._clients.known.clear()

    makes_checksums = True

    def microseconds(self, column: str) -> str:
        """Return the SQL of a timestamp as microseconds since 1970."""
        return f"epoch_us({self.quoted(column)})"

    def checksum(self, columns: Sequence[tuple[str, str]]) -> str:
        """Add up a hash of each row."""
        names = ", ".join(self.quoted(name) for name, _ in columns)
        return f"cast(sum(cast(hash({names}) as hugeint)) as varchar)"

    def release(self) -> None:
        """Close the file that dbt keeps open in this process, so that other programs can open it."""
        # if it is not imported it has no file open; the import takes a second and may run in another thread
        manager = getattr(sys.modules.get(DBT_DUCKDB), "DuckDBConnectionManager", None)
        if manager is not None:
            manager.close_all_connections()

    def dbt_environment(self) -> Mapping[str, str]:
        """Return the path of the file, and the database's name escaped for use in quotes."""
        return {"ACCBOOKS_DUCKDB_PATH": str(self._path.absolute()), "ACCBOOKS_DUCKDB_NAME": self.dbt_database}

    def parsing_environment(self) -> Mapping[str, str]:
        """Return the path and name of a file that stands for all."""
        return {"ACCBOOKS_DUCKDB_PATH": f"/{DEFAULT_FILE}", "ACCBOOKS_DUCKDB_NAME": PARSED_FOR}

    @property
    def dbt_database(self) -> str:
        """Return the database's name, escaped for use in quotes."""
        return self._database.replace('"', '""')

    @contextmanager
    def streamed_tables(self, sql: str, *parameters: Any, rows: int) -> Iterator[Iterator[Rows]]:
        """Yield the rows of one query in chunks, as Arrow tables."""
        with self._client() as client:
            found = client.native_connection.sql(sql.replace("%s", "?"), params=parameters)
            yield (pa.Table.from_batches([batch]) for batch in found.to_arrow_reader(rows))

    def widen(self) -> None:
        """Widen columns of an earlier version; views follow automatically."""
        for column in self._outdated_columns() if self.exists() else ():
            self.execute(f"alter table {self.qualified(column.schema)}.{column.table} {column.alteration}")

    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:
        """Return dlt's DuckDB destination with complete credentials, so that dlt looks nothing up."""
        config = dict(self._config) if loading else None
        credentials = FileCredentials(global_config=config)
        credentials.database = str(self._path.absolute())  # set here, because the constructor parses a path
        credentials.read_only = self._only_reads
        return DuckDBDestination(
            credentials=credentials.resolve(), staging_dataset_name_layout=staging_layout
        )


class _Count:
    """A number that threads change."""

    def __init__(self) -> None:
        self._number = 0
        self._changing = threading.Lock()

    def change(self, by: int) -> int:
        """Add to the number, and return what it is then."""
        with self._changing:
            self._number += by
            return self._number


def default_file() -> str:
    """Return the file to use if none is configured: the former default if only that one exists."""
    former_alone = Path(FORMER_DEFAULT_FILE).exists() and not Path(DEFAULT_FILE).exists()
    return FORMER_DEFAULT_FILE if former_alone else DEFAULT_FILE


def database_name(path: Path) -> str:
    """Return DuckDB's name for the database in a file: the file's name up to the first dot.

    DuckDB also ends the name at a question mark. A test compares this with DuckDB itself.
    """
    name, *_ = path.name.partition("?")[0].lstrip(".").split(".")
    return f"{name}_db" if name.lower() in OWN_NAMES else name


def _can_write(path: Path) -> bool:
    """Tell whether a file can be written, or created if it does not exist: the rights alone do not say so."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o644))
    except OSError:
        return False
    return True


def _path_of(credentials: str) -> Path:
    """Return the path, which may be written as dlt's address of a file; raises ConfigurationError."""
    if not credentials.startswith("duckdb:"):
        return Path(credentials)
    try:
        return Path(DuckDbCredentials(credentials).database)
    except (ConfigurationException, ValueError) as error:
        raise ConfigurationError(
            f"destination.duckdb.credentials is '{credentials}'. Write the path of a DuckDB file."
        ) from error
