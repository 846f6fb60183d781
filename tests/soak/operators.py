"""The command as an operator runs it, in processes ended at random moments, and the truth beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random

from accbooks_warehouse.emulator.server import Emulator
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse

COMMAND = Path(sys.executable).with_name("accbooks")
DONE = "Done. The warehouse matches AccBooks' reports to the penny."
LONGEST = 900
POLL_SECONDS = 0.02
PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
AMOUNTS = {
    "transactions": "amount",
    "invoices": "gross_total",
    "journals": None,
    "contacts": None,
    "bank_accounts": None,
}
"""The records that are compared one by one, and the amount that is."""
MOST_ABOVE_MEGABYTES = 400
"""What a sync may have more than an ordinary one, whatever it is sent."""
UNFORESEEN = ("Unexpected error", "Traceback", "Exception ignored", "Fatal Python error")
"""What no operator is ever to read."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, what it said, and how long it took; `lasted` since it was told to end.

    `peak` is the most memory it had, in megabytes, as far as Linux told.
    """

    code: int
    said: str
    seconds: float
    lasted: float = 0.0
    peak: int = 0


@dataclass
class Command:
    """A command at work, the file that has what it says, and the most memory it had so far, in megabytes.

    That is looked up again and again: what the system tells at the end (ru_maxrss) counts the memory of the
    process, this one, that the command was forked from.
    """

    process: subprocess.Popen[bytes]
    output: Path
    began: float = field(default_factory=time.monotonic)
    peak: int = 0

    def wait(self, seconds: float) -> bool:
        """Wait for the end for so long; tell whether it came."""
        until = time.monotonic() + seconds
        while not self._is_over():
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self) -> Ended:
        """Wait for the end; whatever the command says is a sentence."""
        if not self.wait(LONGEST):
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still at work after {LONGEST} s: {self._said()}")
        seconds = time.monotonic() - self.began
        said = self._said()
        assert not [word for word in UNFORESEEN if word in said], said
        return Ended(self.process.returncode, said, seconds, peak=self.peak)

    def _is_over(self) -> bool:
        with suppress(OSError):
            found = PEAK.search(Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8"))
            self.peak = max(self.peak, int(found[1]) // 1024 if found else 0)
        return self.process.poll() is not None

    def _said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="backslashreplace")


@dataclass
class Operator:
    """Somebody at a terminal, with a warehouse of one's own, who runs commands and ends them."""

    emulator: Emulator
    directory: Path
    outputs: Path
    """Where what commands say is kept: not in their directory, whose disk may be full."""
    destination: str
    address: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Warehouse:
        """Open the warehouse."""
        if self.destination == DuckDB.name:
            return DuckDB(str(self.directory / "books.duckdb"))
        return Postgres(self.address)

    def start(self, *arguments: str, **environment: str) -> Command:
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
        output, place = tempfile.mkstemp(prefix="accbooks-said-", dir=self.outputs)
        with os.fdopen(output, "wb") as written:
            process = subprocess.Popen(
                [COMMAND, *arguments, *there],
                cwd=self.directory,
                env=inherited | ours | self.environment | environment,
                stdout=written,
                stderr=written,
            )
        return Command(process, Path(place))

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments, **environment).ended()

    def told(self, number: int, after: float, *arguments: str) -> Ended:
        """Begin a command and send it a signal after some seconds, unless it has ended by then."""
        command = self.start(*arguments)
        if not command.wait(after):
            command.send_signal(number)
        sent = time.monotonic()
        end = command.ended()
        return replace(end, lasted=time.monotonic() - sent)

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
        for resource in AMOUNTS:
            assert self.held(resource) == self.in_books(resource), resource

    def held(self, resource: str) -> list[tuple[str, Decimal | None]]:
        """Return the ids and amounts that the warehouse has."""
        warehouse = self.warehouse
        amount = AMOUNTS[resource] or "null"
        rows = warehouse.query(f"select cast(id as varchar), {amount} from {warehouse.raw}.{resource}")
        return sorted(((each, None if value is None else Decimal(value)) for each, value in rows), key=str)

    def in_books(self, resource: str) -> list[tuple[str, Decimal | None]]:
        """Return the ids and amounts that AccBooks has."""
        books, amount = self.emulator.books.all(resource), AMOUNTS[resource]
        there = [(str(each["id"]), each[amount] if amount else None) for each in books]
        return sorted(((each, None if value is None else Decimal(value)) for each, value in there), key=str)


NewOperator = Callable[..., Operator]
"""Makes an operator with an empty warehouse and directory."""


@dataclass(frozen=True)
class Proven:
    """An operator whose warehouse equals the books, and how long the first sync took, in seconds."""

    operator: Operator
    seconds: float
