"""The command as an operator runs it, in processes ended at random moments, and the truth beside it."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from emulator.server import Emulator, running
from emulator.settings import Settings
from pipelines.destinations import DuckDB, Postgres, Warehouse

COMMAND = Path(sys.executable).with_name("accbooks")
DONE = "Done. The warehouse equals AccBooks' reports to the penny."
LONGEST = 900
UNFORESEEN = ("unforeseen", "Traceback", "Exception ignored", "Fatal Python error")
"""What no operator is ever to read."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, what it said, and how long it took; `lasted` since it was told to end."""

    code: int
    said: str
    seconds: float
    lasted: float = 0.0


@dataclass
class Operator:
    """Somebody at a terminal, with a warehouse of one's own, who runs commands and ends them."""

    emulator: Emulator
    directory: Path
    destination: str
    address: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Warehouse:
        """Open the warehouse."""
        if self.destination == DuckDB.name:
            return DuckDB(str(self.directory / "books.duckdb"))
        return Postgres(self.address)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Begin a command."""
        inherited = {name: value for name, value in os.environ.items() if "__" not in name}
        ours = {
            "COLUMNS": "200",
            "XDG_STATE_HOME": str(self.directory / "state"),
            "TMPDIR": str(self.directory / "tmp"),
            "SOURCES__ACCBOOKS__API_KEY": self.emulator.key,
            "SOURCES__ACCBOOKS__BASE_URL": self.emulator.base_url,
            "DESTINATION__DUCKDB__CREDENTIALS": "books.duckdb",
            "DESTINATION__POSTGRES__CREDENTIALS": self.address,
        }
        (self.directory / "tmp").mkdir(exist_ok=True)
        there = () if arguments[0] in {"check", "--help"} else ("--destination", self.destination)
        # a job of a background shell is deaf to SIGINT, and so are its children
        return subprocess.Popen(
            [COMMAND, *arguments, *there],
            cwd=self.directory,
            env=inherited | ours | self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run a command to its end."""
        return self.ended(self.start(*arguments, **environment))

    def ended(self, process: subprocess.Popen[str], began: float | None = None) -> Ended:
        """Wait for the end of a command; whatever it says is a sentence."""
        begun = time.monotonic() if began is None else began
        try:
            said, _ = process.communicate(timeout=LONGEST)
        finally:
            process.kill()
        found = Ended(process.returncode, said, time.monotonic() - begun)
        assert not [word for word in UNFORESEEN if word in said], said
        return found

    def told(self, number: int, after: float, *arguments: str) -> Ended:
        """Begin a command and send it a signal after some seconds, unless it has ended by then."""
        process = self.start(*arguments)
        began = time.monotonic()
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        sent = time.monotonic()
        end = self.ended(process, began)
        return Ended(end.code, end.said, end.seconds, time.monotonic() - sent)

    def edit(self, chance: Random) -> None:
        """Change some invoices of the books, and what AccBooks' reports say by it."""
        invoices = self.emulator.books.all("invoices")
        for invoice in chance.sample(invoices, 3):
            lines = [
                line | {"net_amount": line["net_amount"] + Decimal("1.00")} for line in invoice["line_items"]
            ]
            self.emulator.books.put("invoices", invoice | {"line_items": lines})

    def prove(self, *arguments: str) -> Ended:
        """Sync, and assert that the warehouse equals the books: in every report, and record by record."""
        end = self.run("sync", *arguments)
        assert end.code == 0, end.said
        assert DONE in end.said, end.said
        self.assert_equal()
        return end

    def assert_equal(self) -> None:
        """Assert that every record is held as the books have it, and no other."""
        house = self.warehouse
        for resource, amount in (
            ("transactions", "amount"),
            ("invoices", "gross_total"),
            ("journals", "null"),
            ("contacts", "null"),
            ("bank_accounts", "null"),
        ):
            held = house.query(f"select cast(id as varchar), {amount} from {house.raw}.{resource}")
            books = self.emulator.books.all(resource)
            there = [(str(each["id"]), each[amount] if amount != "null" else None) for each in books]
            assert sorted(held, key=str) == sorted(
                ((each, None if value is None else Decimal(value)) for each, value in there), key=str
            ), resource


@pytest.fixture(autouse=True)
def _hearing() -> Iterator[None]:
    """Take interrupts as a terminal's shell does: children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def served() -> Iterator[Emulator]:
    """Books that a sync reads in a second or two."""
    with running(Settings(plan="enterprise", port=0, size="tiny")) as emulator:
        yield emulator


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The name of each database in turn."""
    name: str = request.param
    return name


@pytest.fixture
def new_operator(
    database: str, served: Emulator, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Operator]]:
    """Make operators, each with an empty warehouse and directory."""
    numbers = itertools.count()
    with ExitStack() as stack:

        def make(emulator: Emulator = served, **options: Any) -> Operator:
            directory = tmp_path / f"operator{next(numbers)}"
            directory.mkdir()
            address = ""
            if database == Postgres.name:
                address = stack.enter_context(request.getfixturevalue("new_database")())
            return Operator(emulator, directory, database, address, **options)

        yield make
