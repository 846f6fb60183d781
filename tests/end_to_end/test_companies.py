"""Several companies: side by side in one process or in several, into one warehouse, and never one twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from emulator.server import Emulator, running
from emulator.settings import Fault, Settings, key_of

COMMAND = Path(sys.executable).with_name("accbooks")
NAMES = ("alpha", "beta", "gamma")
LONGEST_SECONDS = 90


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Three companies of different year ends, whose invoices and transactions have the same ids."""
    with running(
        Settings(plan="enterprise", port=0, companies=3, year_ends=("03-31", "11-10", "02-29"))
    ) as server:
        yield server


class Runs:
    """The command in a directory, as processes that end with the test."""

    def __init__(self, directory: Path, environment: dict[str, str], destination: str) -> None:
        self.directory = directory
        self.environment = environment
        self.destination = destination
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, names: tuple[str, ...] = NAMES) -> subprocess.Popen[str]:
        companies = {name: key_of(NAMES.index(name)) for name in names}
        process = subprocess.Popen(
            [COMMAND, "sync", "--destination", self.destination, *arguments],
            cwd=self.directory,
            env=self.environment | {"SOURCES__ACCBOOKS__COMPANIES": json.dumps(companies)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        said, _ = process.communicate(timeout=LONGEST_SECONDS)
        return process.returncode, said

    def sync(self, *arguments: str, names: tuple[str, ...] = NAMES) -> tuple[int, str]:
        return self.ended(self.start(*arguments, names=names))


@pytest.fixture(params=["duckdb", "postgres"])
def runs(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path) -> Iterator[Runs]:
    environment = {name: value for name, value in os.environ.items() if "__" not in name}
    environment |= {
        "COLUMNS": "80",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
        "DESTINATION__DUCKDB__CREDENTIALS": "books.duckdb",
    }
    stack = ExitStack()
    if request.param == "postgres":
        address = stack.enter_context(request.getfixturevalue("new_database")())
        environment["DESTINATION__POSTGRES__CREDENTIALS"] = address
    made = Runs(tmp_path, environment, request.param)
    emulator.clear_faults()
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
            process.communicate()
    stack.close()


def query(runs: Runs, sql: str) -> list[tuple[Any, ...]]:
    if runs.destination == "duckdb":
        with duckdb.connect(runs.directory / "books.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()
    connection = psycopg2.connect(runs.environment["DESTINATION__POSTGRES__CREDENTIALS"])
    cursor = connection.cursor()
    cursor.execute(sql)
    rows = cursor.fetchall()
    connection.close()
    return rows


def wait_until(met: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + LONGEST_SECONDS
    while not met():
        assert time.monotonic() < ends_at, "waited for too long"
        time.sleep(0.05)


def proved(runs: Runs) -> dict[str, set[str]]:
    """Return what the comparison says of each company."""
    rows = query(runs, "select distinct company_id, status from accbooks.reconciliation")
    said: dict[str, set[str]] = {}
    for company_id, status in rows:
        said.setdefault(company_id, set()).add(status)
    return said


def test_companies_of_two_processes_are_loaded_at_once_and_proved(runs, emulator):
    first, second = runs.start(names=("alpha", "beta")), runs.start(names=("gamma",))
    for process in (first, second):
        code, said = runs.ended(process)
        assert code == 0, said
    ids = {books.company["id"] for books in emulator.all_books}
    assert proved(runs) == {company_id: {"match"} for company_id in ids}
    shared = query(
        runs,
        "select count(*) from (select id from accbooks_raw.invoices group by id having count(*) > 1) as ids",
    )
    assert shared[0][0] > 0
    assert len(query(runs, "select distinct company_id, financial_year_end from accbooks_raw.company")) == 3


def test_a_second_run_of_a_company_leaves_it_alone_or_waits(runs, emulator):
    emulator.arm(Fault("slow", count=1_000, seconds=0.3))
    before = emulator.statistics.requests
    first = runs.start(names=("alpha",))
    wait_until(lambda: emulator.statistics.requests > before)
    code, said = runs.sync(names=("alpha",))
    assert code == 0, said
    assert "another run is syncing it" in said
    waiting = runs.start("--wait", names=("alpha",))
    emulator.clear_faults()
    for process in (first, waiting):
        code, said = runs.ended(process)
        assert code == 0, said
        assert "The warehouse equals AccBooks' reports to the penny." in said


def test_locks_end_with_a_run_that_is_killed(runs, emulator):
    before = emulator.statistics.requests
    first = runs.start(names=("beta",))
    wait_until(lambda: emulator.statistics.requests > before)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    code, said = runs.sync(names=("beta",))
    assert code == 0, said
    assert "another run" not in said
