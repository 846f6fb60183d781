"""`accbooks listen` as a process of its own, for tests."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.server import Emulator
from accbooks_warehouse.pipelines.destinations import DuckDB, Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import Backlog
from accbooks_warehouse.pipelines.destinations.event_stores import open_store

Record = dict[str, Any]

COMMAND = Path(sys.executable).with_name("accbooks")
SECRET = "whsec_test"
LONGEST_SECONDS = 120.0
DATED = ("transactions", "invoices", "journals")
LISTS = ("contacts", "bank_accounts", *DATED)


class Service:
    """A running service: what it said, as objects, and the address it listens on."""

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        *options: str,
        command: Sequence[str | Path] = (COMMAND,),
    ) -> None:
        self.said: list[Record] = []
        self._changed = threading.Condition()
        self._is_over = False
        self.process = subprocess.Popen(
            [*command, "listen", "--port", "0", "--log-format", "json", *options],
            env={**os.environ, **environment},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        """The address to register, once the service is ready."""
        return str(self.wait_for(lambda each: each["event"] == "listening")["url"])

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    @property
    def metrics_url(self) -> str:
        return str(self.wait_for(lambda each: each["event"] == "listening")["metrics_url"])

    def wait_for(self, accept: Callable[[Record], bool], after: int = 0) -> Record:
        """Wait until it says, after so many lines, what `accept` likes; fails if it ends before."""

        def found() -> bool:
            return self._is_over or any(map(accept, self.said[after:]))

        with self._changed:
            assert self._changed.wait_for(found, LONGEST_SECONDS), self.said[-20:]
            said = [each for each in self.said[after:] if accept(each)]
            assert said, self.said[-20:]
            return said[0]

    def wait_for_sync(self) -> None:
        """Wait until the first sync ended."""
        self.wait_for(lambda each: each["event"] == "company")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self) -> None:
        """End it at once, if it is not over."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        self._reader.join(60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._take(line)
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _take(self, line: str) -> None:
        with self._changed:
            try:
                self.said.append(json.loads(line))
            except ValueError:
                self.said.append({"event": "text", "message": line})
            self._changed.notify_all()


@contextmanager
def serving(environment: Mapping[str, str], folder: Path, *options: str) -> Iterator[Service]:
    """Run a service, which is killed afterwards if it still runs."""
    service = Service(environment, folder, *options)
    try:
        yield service
    finally:
        service.kill()


def environment_of(warehouse: Warehouse, emulator: Emulator, home: Path) -> dict[str, str]:
    """Return the environment in which a command syncs the emulator's first company into a warehouse."""
    place = (
        {"DESTINATION__DUCKDB__CREDENTIALS": warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]}
        if isinstance(warehouse, DuckDB)
        else {"DESTINATION__POSTGRES__CREDENTIALS": warehouse.events.postgres or ""}
    )
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),  # dbt's parse
        "SOURCES__ACCBOOKS__API_KEY": emulator.key,
        "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
        "SOURCES__ACCBOOKS__WEBHOOK_SECRET": SECRET,
        **place,
    }


def backlogs(warehouse: Warehouse) -> list[Backlog]:
    store = open_store(warehouse.events)
    try:
        return store.backlogs()
    finally:
        store.close()


def differences(warehouse: Warehouse, books: Books) -> dict[str, list[Any]]:
    """Return the records that differ between the raw tables and the books, field by field; none if equal."""
    found = {}
    for resource in LISTS:
        held = _held(warehouse, resource, str(books.company["id"]))
        truth = {str(each["id"]): each for each in books.all(resource)}
        wrong: list[Any] = sorted(held.keys() ^ truth.keys())
        for identifier in held.keys() & truth.keys():
            wrong += [
                (identifier, name, held[identifier][name], _plain(truth[identifier][name]))
                for name in held[identifier].keys() & truth[identifier].keys()
                if held[identifier][name] != _plain(truth[identifier][name])
            ]
        if wrong:
            found[resource] = wrong
    return found


def _held(warehouse: Warehouse, resource: str, company_id: str) -> dict[str, Record]:
    sql = f"select * from {warehouse.raw}.{resource} where company_id = '{company_id}'"
    names, rows = warehouse.sample(sql, 1_000_000)
    held = [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows]
    return {str(each["id"]): each for each in held}


def _plain(value: Any) -> Any:
    """Return a value in the form that both sides share."""
    match value:
        case bool() | None:
            return value
        case Decimal() | int() | float():
            return Decimal(str(value)).normalize()
        case dt.datetime():
            return value.astimezone(dt.UTC).replace(microsecond=0, tzinfo=None).isoformat()
        case dt.date():
            return value.isoformat()
        case str() if len(value) == 20 and value.endswith("Z"):
            return value.removesuffix("Z")
    return value
