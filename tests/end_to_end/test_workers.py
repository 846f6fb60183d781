"""Workers as on several machines: one warehouse in PostgreSQL, one control database, a data folder each.

The tests share the databases: each syncs what is new in the books, or the books for the first time.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Settings, key_of
from accbooks_warehouse.pipelines.control.schema import SCHEMA
from accbooks_warehouse.pipelines.destinations import Postgres, Warehouse
from copies import TINY
from services import SECRET, environment_of, serving

pytestmark = [pytest.mark.long, pytest.mark.databases("postgres")]

COMMAND = Path(sys.executable).with_name("accbooks")
NAMES = ("alpha", "beta")
LONGEST_SECONDS = 120
MANY = 100_000


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(Settings(plan="enterprise", daily_limit=MANY, companies=len(NAMES), **TINY)) as server:
        yield server


class Workers:
    """The command on one warehouse as on several machines: each has its own data folder."""

    def __init__(self, warehouse: Postgres, control: str, emulator: Emulator, folder: Path) -> None:
        self.warehouse = warehouse
        self.control = control
        self._emulator = emulator
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []
        self._machines = itertools.count()

    def start(
        self, *arguments: str, names: tuple[str, ...] = NAMES, command: str = "sync"
    ) -> subprocess.Popen[str]:
        machine = self._folder / f"machine_{next(self._machines)}"
        machine.mkdir()
        process = subprocess.Popen(
            [COMMAND, command, "--destination", "postgres", *arguments],
            env=os.environ
            | {
                "COLUMNS": "200",
                "XDG_STATE_HOME": str(machine),
                "SOURCES__ACCBOOKS__BASE_URL": self._emulator.base_url,
                "SOURCES__ACCBOOKS__CONTROL": self.control,
                "SOURCES__ACCBOOKS__COMPANIES": json.dumps(
                    {name: key_of(NAMES.index(name)) for name in names}
                ),
                "DESTINATION__POSTGRES__CREDENTIALS": place_of(self.warehouse),
            },
            cwd=machine,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._processes.append(process)
        return process

    def sync(self, *arguments: str, names: tuple[str, ...] = NAMES) -> tuple[int, str]:
        return ended(self.start(*arguments, names=names))

    def without_control(self, command: str = "sync") -> tuple[int, str]:
        """Run a command on the first company while the control database cannot be reached."""
        there, self.control = self.control, "postgresql://someone:secret@127.0.0.1:9/control"
        try:
            return ended(self.start(names=NAMES[:1], command=command))
        finally:
            self.control = there

    def claims(self, what: str = "worker") -> list[Any]:
        return self._control(f"select {what} from {SCHEMA}.claims order by began_at")

    def expire_claims(self) -> None:
        """Have all claims that live now be ones that were not renewed for longer than their term."""
        self._control(
            f"update {SCHEMA}.claims set expires_at = clock_timestamp() - interval '1 s'"
            " where ended_at is null returning claim"
        )

    def _control(self, sql: str) -> list[Any]:
        with psycopg2.connect(self.control) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [value for (value,) in cursor.fetchall()]

    def add_a_record(self) -> None:
        """Give every company a contact that the warehouse does not have."""
        for books in self._emulator.all_books:
            contact = dict(books.all("contacts")[-1])
            books.put("contacts", {**contact, "id": f"added_{next(self._machines)}"})

    def is_equal_to_the_books(self, *names: str) -> bool:
        """Tell whether the reports of these companies, or of all, match, and their records are the books'."""
        raw, models = self.warehouse.raw, self.warehouse.models
        statuses = self.warehouse.query(f"select distinct company_id, status from {models}.reconciliation")
        all_books = [self._emulator.all_books[NAMES.index(name)] for name in names or NAMES]
        wanted = [books.company["id"] for books in all_books]
        ids = {
            name: sorted((books.company["id"], each["id"]) for books in all_books for each in books.all(name))
            for name in ("invoices", "transactions", "journals", "contacts")
        }
        return sorted(each for each in statuses if each[0] in wanted) == [
            (each, "match") for each in wanted
        ] and all(
            sorted(
                each
                for each in self.warehouse.query(f"select company_id, id from {raw}.{name}")
                if each[0] in wanted
            )
            == found
            for name, found in ids.items()
        )

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._processes.clear()


def place_of(warehouse: Postgres) -> str:
    return warehouse.address.of_dlt().to_native_representation()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=LONGEST_SECONDS)
    return process.returncode, said


@pytest.fixture(scope="module")
def shared_workers(
    open_warehouse: Any, new_database: Any, emulator: Emulator, tmp_path_factory: Any, database: str
) -> Iterator[Workers]:
    with open_warehouse(database) as warehouse, new_database() as control:
        assert isinstance(warehouse, Warehouse)
        yield Workers(warehouse, control, emulator, tmp_path_factory.mktemp("workers"))


@pytest.fixture
def workers(shared_workers: Workers, emulator: Emulator) -> Iterator[Workers]:
    shared_workers.add_a_record()
    emulator.statistics.reset()
    yield shared_workers
    emulator.clear_faults()
    shared_workers.end()


@contextmanager
def held(emulator: Emulator, path: str) -> Iterator[Callable[[], bool]]:
    """Hold every answer of a path until the block ends; gives whether a request arrived."""
    emulator.arm(Fault("hold", count=MANY, path=path))
    try:
        yield lambda: any(asked.startswith(path) for asked in emulator.statistics.by_path)
    finally:
        emulator.clear_faults()


def wait_until(met: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    ends_at = time.monotonic() + LONGEST_SECONDS
    while not met():
        if time.monotonic() > ends_at or (process is not None and process.poll() is not None):
            if process is not None:
                process.kill()
            pytest.fail(f"waited for too long: {process and process.communicate()[0]}")
        time.sleep(0.02)


def test_a_company_that_another_machine_reads_is_left_alone_or_waited_for(
    workers: Workers, emulator: Emulator
) -> None:
    with held(emulator, "/v1/") as arrived:
        first = workers.start(names=("alpha",))
        wait_until(arrived)
        claims = len(workers.claims())
        code, said = workers.sync(names=("alpha",))
        assert (code, "alpha: skipped, because another run is syncing it." in said) == (0, True), said
        assert emulator.statistics.requests == 1
        waiting = workers.start("--wait", names=("alpha",))
        wait_until(lambda: len(workers.claims()) == claims + 2)
    for process in (first, waiting):
        code, said = ended(process)
        assert code == 0, said
    assert workers.is_equal_to_the_books("alpha")


def test_the_companies_of_a_worker_that_was_killed_are_taken_over_when_its_claim_expired(
    workers: Workers, emulator: Emulator
) -> None:
    with held(emulator, "/v1/invoices") as arrived:
        killed = workers.start()
        wait_until(arrived)
        *before, _ = workers.claims()
        killed.kill()
        killed.wait()
    code, said = workers.sync()
    assert (code, said.count("skipped, because another run is syncing it")) == (0, 2), said
    workers.expire_claims()
    code, said = workers.sync()
    assert code == 0, said
    assert workers.is_equal_to_the_books()
    assert workers.claims("has_expired")[len(before) :] == [True, False, False]


@pytest.mark.nightly
def test_a_worker_that_was_paused_writes_nothing_after_another_took_over_and_stops_asking(
    workers: Workers, emulator: Emulator
) -> None:
    with held(emulator, "/v1/invoices") as arrived:
        paused = workers.start()
        wait_until(arrived, paused)
        paused.send_signal(signal.SIGSTOP)
    workers.expire_claims()
    code, said = workers.sync()
    assert code == 0, said
    assert workers.is_equal_to_the_books()
    asked = emulator.statistics.requests
    loads = workers.warehouse.query(f"select count(*) from {workers.warehouse.raw}._dlt_loads")
    paused.send_signal(signal.SIGCONT)
    code, said = ended(paused)
    assert code == 1, said
    assert "Traceback" not in said
    assert "Run again to finish." in said
    # each company may have had one granted in the moment before
    assert emulator.statistics.requests - asked <= len(NAMES)
    assert workers.warehouse.query(f"select count(*) from {workers.warehouse.raw}._dlt_loads") == loads
    assert workers.is_equal_to_the_books()


@pytest.mark.nightly
def test_a_service_and_a_sync_on_another_machine_share_companies_and_one_that_lost_them_ends(
    workers: Workers, emulator: Emulator, tmp_path: Path
) -> None:
    environment = environment_of(workers.warehouse, emulator, tmp_path) | {
        "SOURCES__ACCBOOKS__CONTROL": workers.control
    }
    with serving(environment, tmp_path, "--destination", "postgres") as service:
        emulator.register(service.url, SECRET, first_wait=0.2, growth=1.0)
        service.wait_for_sync()
        code, said = workers.sync()
        assert code == 0, said
        invoice = emulator.books.all("invoices")[-1]
        emulator.books.put("invoices", {**invoice, "reference": "told by an event"})
        service.wait_for(lambda each: each["event"] == "batch")
        assert workers.warehouse.query(
            f"select reference from {workers.warehouse.raw}.invoices where id = %s and company_id = 'comp_1'",
            invoice["id"],
        ) == [("told by an event",)]
        service.process.send_signal(signal.SIGSTOP)  # it renews its claim every few seconds
        workers.expire_claims()
        code, said = workers.sync()
        service.process.send_signal(signal.SIGCONT)
        assert code == 0, said
        assert service.process.wait(LONGEST_SECONDS) == 1
        told = [each.get("message", "") for each in service.said]
        assert [each for each in told if "another one may have taken over its companies" in each]
        assert not [each for each in told if "Traceback" in each]
    assert workers.is_equal_to_the_books()


def test_a_run_without_the_control_database_makes_no_request(workers: Workers, emulator: Emulator) -> None:
    code, said = workers.without_control()
    assert code == 1, said
    assert "The control database cannot be used" in said
    assert "secret" not in said
    assert emulator.statistics.requests == 0


def test_a_warehouse_is_read_without_the_control_database_and_what_is_not_known_is_said(
    workers: Workers,
) -> None:
    if not workers.warehouse.has_table("accbooks_raw", "company"):
        code, said = workers.sync(names=("alpha",))
        assert code == 0, said
    code, said = workers.without_control("status")
    assert code == 0, said
    assert "The requests of today are not shown. The control database cannot be used" in said
    assert "secret" not in said
