"""`accbooks listen` as a process, what it says in its log, and clients that send events to it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from benchmarks.emulated import KEY, SECONDS, Served
from benchmarks.processor import processor_seconds
from benchmarks.whole_processes import COMMANDS, QUIET

SECRET = "whsec_benchmark"  # noqa: S105 - of a benchmark
LONGEST_SECONDS = 1_200.0
Line = dict[str, Any]


class Listening:
    """A running service and what it said; each line has the time at which it was read, as `heard`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._said: list[Line] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = str(self.wait(lambda each: each["event"] == "listening")["url"])

    @property
    def position(self) -> int:
        """Return how many lines it said so far."""
        return len(self._said)

    @property
    def megabytes(self) -> float:
        """Return the memory of the service and its children, what they share divided among them, in MB."""
        return sum(proportional_set_size(each) for each in family(self._process.pid))

    @property
    def processor(self) -> float:
        """Return the seconds of processor time that the service and its children took so far."""
        return processor_seconds(self._process.pid)

    def wait(self, accept: Callable[[Line], bool], after: int = 0) -> Line:
        """Wait until it says what `accept` likes, and return that."""
        found: list[Line] = []

        def is_said() -> bool:
            found[:] = [each for each in self._said[after:] if accept(each)]
            return bool(found) or not self._reader.is_alive()

        with self._changed:
            self._changed.wait_for(is_said, LONGEST_SECONDS)
        if not found:
            raise TimeoutError(f"the service did not say it; last: {self._said[-3:]}")
        return found[0]

    def wait_for_events(self, count: int, after: int) -> list[Line]:
        """Wait until so many events are in the models; returns the batches that brought them."""
        self.wait(lambda _: sum(each["events"] for each in self.batches(after)) >= count, after)
        return self.batches(after)

    def batches(self, after: int) -> list[Line]:
        """Return the batches it reported after so many lines."""
        return [each for each in self._said[after:] if each["event"] == "batch"]

    def _read(self) -> None:
        for line in self._process.stdout or ():
            with self._changed:
                self._said.append({**json.loads(line), "heard": time.time()})
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


def family(pid: int) -> list[int]:
    """Return a process and all its descendants, as Linux knows them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for each_child in children for each in family(int(each_child)))]


def proportional_set_size(pid: int) -> float:
    """Return a process's memory in MB, of what it shares its part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


@contextmanager
def listening(books: Served, warehouse: str, folder: Path) -> Iterator[Listening]:
    """Run the service on a warehouse, after its first sync, with the books' events sent to it."""
    is_postgres = warehouse.startswith("postgresql:")
    environment = {
        "SOURCES__ACCBOOKS__API_KEY": KEY,
        "SOURCES__ACCBOOKS__BASE_URL": books.base_url,
        "SOURCES__ACCBOOKS__WEBHOOK_SECRET": SECRET,
        f"DESTINATION__{'POSTGRES' if is_postgres else 'DUCKDB'}__CREDENTIALS": warehouse,
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    inherited = {name: value for name, value in os.environ.items() if "__" not in name}
    options = ("--port", "0", "--log-format", "json", "--sync-every", "10d")
    place = ("--destination", "postgres" if is_postgres else "duckdb")
    with (folder / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            (COMMANDS / "accbooks", "listen", *options, *place),
            cwd=folder,
            env={**inherited, **QUIET, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            service = Listening(process)
            service.wait(lambda each: each["event"] == "company")
            send_events(books, service.url)
            yield service
        finally:
            process.terminate()
            process.wait()


def send_events(books: Served, url: str) -> None:
    """Have the emulator send the events of its first company there."""
    endpoint = {"url": url, "secrets": [SECRET]}
    requests.put(books.admin_url + "webhook", json=endpoint, timeout=SECONDS).raise_for_status()


def signed(body: bytes) -> dict[str, str]:
    """Return the headers that sign a body now."""
    epoch = int(time.time())
    digest = hmac.new(SECRET.encode(), f"{epoch}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-AccBooks-Signature": f"t={epoch},v1={digest}"}


def acknowledged(url: str, bodies: list[bytes], pause: float) -> list[float]:
    """POST these bodies one after another with a pause between; returns the seconds until each answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=SECONDS)
    taken = []
    for body in bodies:
        headers = signed(body)
        began = time.perf_counter()
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - began)
        if answer.status != http.client.OK:
            raise AssertionError(f"an event was answered with {answer.status}")
        time.sleep(pause)
    connection.close()
    return taken


def event_bodies(count: int, company_id: str, record: Line, type_: str = "invoice.updated") -> list[bytes]:
    """Return the bodies of so many events of one record, with ids that were not used before."""
    stamp = time.time_ns()
    return [
        json.dumps(
            {
                "id": f"evt_{stamp}_{number}",
                "type": type_,
                "company_id": company_id,
                "data": {"id": record["id"], "date": record.get("date")},
            }
        ).encode()
        for number in range(count)
    ]


def at_once(url: str, bodies: list[bytes], senders: int = 8) -> None:
    """POST these bodies by several senders."""
    with ThreadPoolExecutor(senders) as pool:
        list(
            pool.map(lambda part: acknowledged(url, part, 0.0), [bodies[n::senders] for n in range(senders)])
        )
