"""Whatever happens to the service and around it: no acknowledged event is lost, and it goes on by itself."""

from __future__ import annotations

import contextlib
import os
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
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.findings import findings
from services import (
    COMMAND,
    SECRET,
    Service,
    backlogs,
    differences,
    environment_of,
    serving,
)

pytestmark = pytest.mark.long

SECONDS = 60.0


@dataclass
class Place:
    """Books, an empty or a synced warehouse, and services that follow them one after another."""

    emulator: Emulator
    warehouse: Warehouse
    home: Path
    _numbers: Iterator[int] = field(default_factory=count)

    @contextlib.contextmanager
    def serving(self, *options: str, **environment: str) -> Iterator[Service]:
        told = environment_of(self.warehouse, self.emulator, self.home) | environment
        with serving(told, self.home, "--destination", self.warehouse.name, *options) as service:
            self.emulator.register(service.url, SECRET, first_wait=0.2, growth=1.0)
            yield service

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
        until = time.monotonic() + SECONDS
        while self.pending():
            assert time.monotonic() < until
            time.sleep(0.1)

    def assert_equal(self) -> None:
        assert differences(self.warehouse, self.emulator.books) == {}
        assert [each.message for each in findings(self.warehouse, None).errors] == []


@pytest.fixture(scope="module")
def place(open_warehouse: Any, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("home")
    with (
        running(Settings(plan="enterprise", size="tiny", port=0)) as emulator,
        open_warehouse(database) as warehouse,
    ):
        yield Place(emulator, warehouse, home)


@pytest.mark.parametrize("kills", [2, pytest.param(8, marks=pytest.mark.soak)])
def test_a_killed_service_loses_nothing(place, kills):
    """It is killed during its first sync, and at a random moment up to the end of the build."""
    chance = Random(7)  # noqa: S311 - not used for security
    for number in range(kills):
        with place.serving("--sync-every", "1d") as service:
            if number:
                service.wait_for_sync()
            else:
                service.wait_for(lambda each: each["event"] in {"read", "company"})
            before = len(service.said)
            place.edit(number)
            place.edit(number + 3)
            assert place.emulator.webhooks.wait_for("delivered", 1, SECONDS)
            service.process.poll()
            with contextlib.suppress(AssertionError):
                threading.Event().wait(chance.uniform(0, 4))
            service.kill()
            assert len(service.said) >= before
    with place.serving("--sync-every", "1d"):
        place.wait_until_read()
    place.assert_equal()


@pytest.mark.soak_on("postgres")
def test_events_wait_while_accbooks_cannot_be_reached(place):
    with place.serving("--sync-every", "1d") as service:
        service.wait_for_sync()
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
        assert service.stop() == 0
    place.assert_equal()


@pytest.mark.soak_on("postgres")
def test_a_hole_in_the_events_is_found_by_the_next_sync(place):
    with place.serving("--sync-every", "5s") as service:
        service.wait_for_sync()
        place.emulator.webhooks.unregister(0)
        place.edit(2)
        until = time.monotonic() + SECONDS
        while differences(place.warehouse, place.emulator.books):
            assert time.monotonic() < until
            time.sleep(0.2)
        missed = service.wait_for(lambda each: "no event told" in each["message"])
        assert missed["level"] == "warning"
        assert service.stop() == 0
    place.assert_equal()


@pytest.mark.soak_on("postgres")
def test_a_stop_in_the_middle_of_a_batch_finishes_it(place):
    with place.serving("--sync-every", "1d") as service:
        service.wait_for_sync()
        before = len(service.said)
        place.edit(4)
        service.wait_for(lambda each: each["event"] == "step", before)
        assert service.stop() == 0
        assert [each["events"] for each in service.said[before:] if each["event"] == "batch"] == [1]
    assert place.pending() == 0
    place.assert_equal()


@pytest.mark.soak_on("postgres")
def test_events_are_read_again_on_request(place):
    with place.serving("--sync-every", "1d") as service:
        service.wait_for_sync()
        place.edit(5)
        place.wait_until_read()
        assert service.stop() == 0
    with place.serving("--sync-every", "1d", "--replay-since", "2020-01-01") as service:
        service.wait_for(lambda each: each["event"] == "step" and "again" in each["message"])
        place.wait_until_read()
        assert service.stop() == 0
    place.assert_equal()


@pytest.mark.soak_on("postgres")
def test_the_share_of_the_day_for_webhooks_is_kept(place):
    with place.serving("--sync-every", "8s", SOURCES__ACCBOOKS__LISTEN_SHARE="0") as service:
        service.wait_for_sync()
        place.edit(6)
        place.wait_until_read()
        assert service.stop() == 0
    place.assert_equal()


@pytest.mark.databases("duckdb")
def test_a_reader_that_holds_the_file_only_delays(place):
    with place.serving("--sync-every", "1d") as service:
        service.wait_for_sync()
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
        assert service.stop() == 0
    place.assert_equal()


HOLD = """
import duckdb
with duckdb.connect({path!r}, read_only=True):
    print("held", flush=True)
    input()
"""


@pytest.mark.databases("duckdb")
def test_a_copy_is_published_for_readers_and_kept_by_those_that_have_it_open(place, tmp_path):
    published = tmp_path / "published.duckdb"
    with place.serving("--sync-every", "1d", "--publish", str(published)) as service:
        service.wait_for_sync()
        wait_for(published.exists)
        with duckdb.connect(published, read_only=True) as reader:
            first = published.stat().st_ino
            before = len(service.said)
            reference = place.edit(8)
            service.wait_for(lambda each: each["event"] == "batch", before)
            wait_for(lambda: published.stat().st_ino != first)
            assert reader.execute("select count(*) from accbooks.general_ledger").fetchall()
        assert service.stop() == 0
    with duckdb.connect(published, read_only=True) as reader:
        (count,) = reader.execute(
            "select count(*) from accbooks_raw.invoices where reference = ?", [reference]
        ).fetchall()[0]
    assert count == 1


@pytest.mark.soak_on("postgres")
def test_a_second_signal_ends_it_at_once(place):
    with place.serving("--sync-every", "1d") as service:
        service.wait_for_sync()
        place.edit(9)
        service.process.send_signal(signal.SIGTERM)
        assert service.stop(signal.SIGINT) in {0, 1}
    with place.serving("--sync-every", "1d"):
        place.wait_until_read()
    place.assert_equal()


@pytest.mark.soak_on("postgres")
def test_a_port_in_use_is_named(place):
    with place.serving() as service:
        done = subprocess.run(
            [COMMAND, "listen", "--port", str(service.port), "--destination", place.warehouse.name],
            env={**os.environ, **environment_of(place.warehouse, place.emulator, place.home)},
            cwd=place.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1 port {service.port}" in done.stderr


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
