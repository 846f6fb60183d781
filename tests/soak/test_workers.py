"""Several workers over many companies: some are killed, one is paused for longer than its claim."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings, key_of
from accbooks_warehouse.pipelines.control.claim import TERM_SECONDS
from accbooks_warehouse.pipelines.destinations import Postgres

logger = logging.getLogger(__name__)

COMMAND = Path(sys.executable).with_name("accbooks")
COMPANIES = int(os.environ.get("ACCBOOKS_COMPANIES", "40"))
SECONDS = float(os.environ.get("ACCBOOKS_SECONDS", "180"))
WORKERS = 4
KILL_EVERY_SECONDS = 20
KEY = re.compile(rb"authorization: *bearer +(\S+)", re.IGNORECASE)


@dataclass
class Forwarder:
    """A way to the emulator for one process: it notes when which key asked."""

    port: int
    asked: list[tuple[float, bytes]] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:  # noqa: FBT001
        with source, target, suppress(OSError):
            while data := source.recv(65_536):
                if is_request:
                    self.asked += [(time.monotonic(), key) for key in KEY.findall(data)]
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class Workers:
    """Workers that sync all companies again and again, each run a process of its own."""

    def __init__(self, emulator: Emulator, warehouse: Postgres, control: str, folder: Path) -> None:
        self._emulator = emulator
        self._environment = {
            "SOURCES__ACCBOOKS__CONTROL": control,
            "SOURCES__ACCBOOKS__COMPANIES": json.dumps(
                {f"company_{number}": key_of(number) for number in range(COMPANIES)}
            ),
            "DESTINATION__POSTGRES__CREDENTIALS": warehouse.address.of_dlt().to_native_representation(),
        }
        self._folder = folder
        self._stack = ExitStack()
        self.ways: list[Forwarder] = []
        self.codes: list[int] = []

    def start(self, number: int, *arguments: str) -> subprocess.Popen[str]:
        way = Forwarder(int(self._emulator.base_url.split(":")[2].split("/")[0]))
        self.ways.append(way)
        machine = self._folder / f"machine_{number}"
        machine.mkdir(exist_ok=True)
        environment = {
            "SOURCES__ACCBOOKS__BASE_URL": self._stack.enter_context(way.open()),
            "XDG_STATE_HOME": str(machine),
        }
        with (machine / f"run_{len(self.ways)}.log").open("w") as log:
            return subprocess.Popen(
                [COMMAND, "sync", "--destination", "postgres", *arguments],
                env=os.environ | self._environment | environment,
                cwd=machine,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def overlaps(self) -> list[tuple[bytes, float]]:
        """Return the keys with which a process asked before another had ended to, and for how long."""
        spans: dict[bytes, list[tuple[float, float]]] = defaultdict(list)
        for way in self.ways:
            times: dict[bytes, list[float]] = defaultdict(list)
            for moment, key in way.asked:
                times[key].append(moment)
            for key, found in times.items():
                spans[key].append((min(found), max(found)))
        return [
            (key, one[1] - other[0])
            for key, found in spans.items()
            for one, other in pairwise(sorted(found))
            if other[0] < one[1]
        ]

    def close(self) -> None:
        self._stack.close()


@pytest.mark.soak
def test_workers_that_are_killed_and_paused_lose_nothing_and_never_read_a_company_twice_at_once(
    new_database: Any, tmp_path: Path
) -> None:
    settings = Settings(plan="starter", companies=COMPANIES, size="tiny")
    with running(settings) as emulator, new_database() as place, new_database() as control:
        warehouse = Postgres(place)
        workers = Workers(emulator, warehouse, control, tmp_path)
        running_now = {number: workers.start(number, "--jobs", "4") for number in range(WORKERS)}
        paused = running_now[WORKERS - 1]
        began, kills = time.monotonic(), 0
        is_paused = False
        while time.monotonic() < began + SECONDS:
            time.sleep(0.2)
            passed = time.monotonic() - began
            if not is_paused and passed > KILL_EVERY_SECONDS / 2:
                paused.send_signal(signal.SIGSTOP)
                is_paused = True
            if is_paused and passed > KILL_EVERY_SECONDS / 2 + TERM_SECONDS * 1.5:
                paused.send_signal(signal.SIGCONT)
            if passed > (kills + 1) * KILL_EVERY_SECONDS:
                running_now[kills % (WORKERS - 1)].kill()
                kills += 1
            for number, process in running_now.items():
                if process.poll() is not None:
                    workers.codes.append(process.returncode)
                    running_now[number] = workers.start(number, "--jobs", "4")
        paused.send_signal(signal.SIGCONT)
        for process in running_now.values():
            process.kill()
            process.wait()
        logger.info("%s kills, statuses %s, %s runs", kills, workers.codes, len(workers.ways))
        time.sleep(TERM_SECONDS + 1)  # the claims of the last ones expire, as nobody ends them
        last = workers.start(0, "--jobs", "4")
        assert last.wait(1800) == 0, (tmp_path / "machine_0" / f"run_{len(workers.ways)}.log").read_text()
        assert emulator.statistics.refused == 0
        assert workers.overlaps() == []
        statuses = warehouse.query(
            f"select status, count(distinct company_id) from {warehouse.models}.reconciliation group by 1"
        )
        assert statuses == [("match", COMPANIES)]
        for name in ("invoices", "transactions", "journals", "contacts"):
            held = warehouse.query(f"select company_id, id from {warehouse.raw}.{name}")
            truth = [
                (books.company["id"], each["id"]) for books in emulator.all_books for each in books.all(name)
            ]
            assert sorted(held) == sorted(truth)
        workers.close()
