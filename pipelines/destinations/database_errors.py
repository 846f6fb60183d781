"""What goes wrong with any database, as sentences that say what to do."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

DRIVERS = {
    "duckdb",
    "_duckdb",
    "psycopg2",
    "adbc_driver_manager",
    "_internal",
    "deltalake",
    "pyspark",
    "grpc",
}
"""The packages whose errors come from a database."""
LOCKED = re.compile(r"\block\b", re.IGNORECASE)
FULL = re.compile("No space left|Disk quota exceeded|File too large")
UNDEFINED = re.compile("^(Binder|Catalog) Error: ")
OTHER_VERSION = (
    "{where} has no table or column that this version of accbooks needs. It was not built yet, or by another "
    "version. Run 'accbooks transform' first. ({message})"
)


def sentence(error: BaseException, where: str) -> str:
    """Return what to say about an error of the database that is called `where`."""
    text = str(error)
    if LOCKED.search(text):
        holder = re.search(r"PID (\d+)", text)
        who = f" (process {holder[1]})" if holder else ""
        return (
            f"{where} is in use by another program{who}. "
            "Close that program or wait for the other run to end, then run again."
        )
    if "Out of Memory" in text:
        return (
            f"{where} reached its memory limit during a load. Raise "
            "destination.duckdb.memory_limit in .dlt/config.toml, for example to 512MB, and run again."
        )
    if FULL.search(text):
        return f"The disk of {where} is full. Free some space, then run again."
    first_line = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    if UNDEFINED.search(first_line):
        return OTHER_VERSION.format(where=where, message=first_line)
    return f"{where} cannot be used: {first_line}"


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error, or a cause of it, is a full disk."""
    return any(
        FULL.search(str(each)) or getattr(each, "errno", None) == errno.ENOSPC for each in causes(error)
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, the innermost last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def is_outside_error(error: BaseException) -> bool:
    """Tell whether an error comes from the database or the system, not from a library."""
    return is_database_error(error) or isinstance(error, OSError)


def is_database_error(error: BaseException) -> bool:
    """Tell whether an error comes from a database driver."""
    return type(error).__module__.partition(".")[0] in DRIVERS
