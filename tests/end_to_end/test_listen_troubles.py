"""Whatever happens to the service and around it: no acknowledged event is lost, and it goes on by itself.

The tests share one warehouse, and the service that runs beside it: one that is over is followed by another.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
import requests
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Settings
from accbooks_warehouse.pipelines.destinations import DuckDB, Warehouse
from accbooks_warehouse.pipelines.queries.findings import findings
from copies import TINY
from services import (
    COMMAND,
    SECRET,
    Service,
    backlogs,
    differences,
    environment_of,
)

pytestmark = pytest.mark.long

SECONDS = 60.0
IMPATIENT = """
import datetime as dt
from accbooks_warehouse.__main__ import main
from accbooks_warehouse.pipelines.live import untold
untold.PATIENCE = dt.timedelta(seconds=3)
main()
"""
"""The command that waits 3 s for events of what a sync saw, not 30."""


@dataclass
class Place:
    """Books, an empty or a synced warehouse, and services that follow them one after another."""

    emulator: Emulator
    warehouse: Warehouse
    home: Path
    _service: Service | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def published(self) -> Path:
        return self.home / "published.duckdb"

    def start(self, *options: str, code: str = "", **environment: str) -> Service:
        """Start a service in place of the one that runs."""
        self.end()
        told = environment_of(self.warehouse, self.emulator, self.home) | environment
        command = [sys.executable, "-c", code] if code else [COMMAND]
        if isinstance(self.warehouse, DuckDB):
            options = (*options, "--publish", str(self.published))
        self._service = Service(
            told, self.home, "--destination", self.warehouse.name, *options, command=command
        )
        self.emulator.register(self._service.url, SECRET, first_wait=0.2, growth=1.0)
        return self._service

    def service(self) -> Service:
        """Return the service that runs, or a new one, after its first sync."""
        found = self._service
        if found is None or found.process.poll() is not None:
            found = self.start("--sync-every", "1d")
        found.wait_for_sync()
        return found

    def end(self) -> None:
        if self._service is not None:
            self._service.kill()

    def edit(self, number: int) -> str:
        """Change an invoice, another one with each number; returns its new reference."""
        invoices = [each for each in self.emulator.books.all("invoices") if each["status"] == "sent"]
        invoice = invoices[-1 - number % len(invoices)]
        reference = f"edit {next(self._numbers)}"
        self.emulator.books.put("invoices", {**invoice, "reference": reference})
        return reference

    def pending(self) -> int:
        return sum(each.pending for each in backlogs(self.warehouse))

    def wait_until_read(self) -> None:
        """Wait until every event is sent and in the models."""
        assert self.emulator.webhooks.wait_until_sent(SECONDS)
        wait_for(lambda: not self.pending())

    def assert_equal(self) -> None:
        assert differences(self.warehouse, self.emulator.books) == {}
        assert [each.message for each in findings(self.warehouse, None).errors] == []


@pytest.fixture(scope="module")
def place(open_warehouse: Any, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("home")
    with (
        running(Settings(plan="enterprise", port=0, **TINY)) as emulator,
        open_warehouse(database) as warehouse,
    ):
        place = Place(emulator, warehouse, home)
        yield place
        place.end()


@pytest.mark.soak_on("postgres")
@pytest.mark.parametrize("kills", [2, pytest.param(25, marks=pytest.mark.soak)])
def test_a_killed_service_loses_nothing(place, kills):
    """It is killed during its first sync, and at a random moment up to the end of the build."""
    chance = Random(7)  # noqa: S311 - not used for security
    for number in range(kills):
        service = place.start("--sync-every", "1d")
        if number:
            service.wait_for_sync()
        else:
            service.wait_for(lambda each: each["event"] in {"read", "company"})
        place.edit(number)
        place.edit(number + 3)
        assert place.emulator.webhooks.wait_for("delivered", 1, SECONDS)
        threading.Event().wait(chance.uniform(0, 4))
        assert service.process.poll() is None
        service.kill()
    place.service()
    place.wait_until_read()
    place.assert_equal()


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_events_wait_while_accbooks_cannot_be_reached(place):
    service = place.service()
    before = len(service.said)
    place.emulator.arm(Fault("status", count=100_000, status=503))
    try:
        place.edit(1)
        warning = service.wait_for(lambda each: each["level"] in {"warning", "error"}, before)
        assert warning["message"]
        assert place.pending() == 1
        health = requests.get(f"http://127.0.0.1:{service.port}/healthz", timeout=10)
        assert health.status_code == 200
    finally:
        place.emulator.clear_faults()
    place.wait_until_read()
    place.assert_equal()


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_a_second_signal_ends_it_at_once(place):
    service = place.service()
    place.edit(9)
    service.process.send_signal(signal.SIGTERM)
    assert service.stop(signal.SIGINT) in {0, 1}
    place.service()
    place.wait_until_read()
    place.assert_equal()


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_a_reader_that_holds_the_file_only_delays(place):
    service = place.service()
    before = len(service.said)
    path = place.warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(path=path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    place.edit(7)
    service.wait_for(lambda each: each["level"] == "error", before)
    assert place.pending() == 1
    holder.communicate(b"\n")
    place.wait_until_read()
    place.assert_equal()


HOLD = """
import duckdb
import time
held = None
while held is None:
    try:
        held = duckdb.connect({path!r}, read_only=True)
    except duckdb.IOException:  # the service has it open for a moment more
        time.sleep(0.05)
print("held", flush=True)
input()
"""


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_a_copy_is_published_for_readers_and_kept_by_those_that_have_it_open(place, tmp_path):
    place.service()
    wait_for(place.published.exists)

    def is_published() -> bool:
        # of a file that this process has open, DuckDB would show what was in it then
        copied = shutil.copy(place.published, tmp_path / f"{place.published.stat().st_ino}.duckdb")
        with duckdb.connect(copied, read_only=True) as newest:
            return newest.execute(asked, [reference]).fetchall() == [(1,)]

    asked = "select count(*) from accbooks_raw.invoices where reference = ?"
    with duckdb.connect(place.published, read_only=True) as reader:
        reference = place.edit(8)
        wait_for(is_published)
        assert reader.execute(asked, [reference]).fetchall() == [(0,)]
        assert reader.execute("select count(*) > 0 from accbooks.general_ledger").fetchall() == [(True,)]
    place.wait_until_read()


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_a_sync_beside_the_service_works(place):
    place.service()
    done = run_beside(place, "sync")
    assert done.returncode == 0, done.stdout + done.stderr
    place.assert_equal()


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_a_port_in_use_is_named(place):
    port = place.service().port
    done = run_beside(place, "listen", "--port", str(port))
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1 port {port}" in done.stderr


def run_beside(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the service's warehouse."""
    return subprocess.run(
        [COMMAND, *arguments, "--destination", place.warehouse.name],
        env={**os.environ, **environment_of(place.warehouse, place.emulator, place.home)},
        cwd=place.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_events_are_read_again_on_request(place):
    place.service()
    place.edit(5)
    place.wait_until_read()
    service = place.start("--sync-every", "1d", "--replay-since", "2020-01-01")
    service.wait_for(lambda each: each["event"] == "step" and "again" in each["message"])
    place.wait_until_read()
    place.assert_equal()


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_a_stop_in_the_middle_of_a_batch_finishes_it(place):
    service = place.service()
    before = len(service.said)
    place.edit(4)
    service.wait_for(lambda each: each["event"] == "step", before)
    assert service.stop() == 0
    assert [each["events"] for each in service.said[before:] if each["event"] == "batch"] == [1]
    assert place.pending() == 0
    place.assert_equal()


@pytest.mark.nightly
@pytest.mark.soak_on("postgres")
def test_the_next_sync_reads_what_the_share_of_the_day_leaves_unread_and_finds_a_hole_in_the_events(place):
    service = place.start("--sync-every", "5s", code=IMPATIENT, SOURCES__ACCBOOKS__LISTEN_SHARE="0")
    service.wait_for_sync()
    place.edit(6)
    place.wait_until_read()
    place.assert_equal()
    place.emulator.webhooks.unregister(0)
    place.edit(2)
    wait_for(lambda: not differences(place.warehouse, place.emulator.books))
    missed = service.wait_for(lambda each: "no event told" in each["message"])
    assert missed["level"] == "warning"
    assert "(invoices: 1)" in missed["message"]
    assert service.stop() == 0
    place.assert_equal()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
