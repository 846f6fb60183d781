"""Where figures are measured: a directory, emulators, and the runs that several figures share."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from accbooks_warehouse.pipelines.destinations.duckdb import DEFAULT_FILE

from benchmarks.children import Child, child, run
from benchmarks.database import new_database, postgres_server
from benchmarks.emulated import Served, Statistics, served
from benchmarks.processor import processor_seconds

Made = TypeVar("Made")

JOBS = "benchmarks.jobs"


@dataclass(frozen=True)
class Run:
    """What a job took: seconds, the peak memory of its process in MB, and the requests the emulator saw.

    `processor` are its seconds of processor time.
    """

    seconds: float
    megabytes: float
    asked: Statistics
    result: Any = None
    processor: float = 0.0


@dataclass(frozen=True)
class Backfill:
    """A first load of whole books, and the warehouse it went into."""

    books: Served
    records: int
    warehouse: str
    run: Run


class Workshop:
    """Measures; `quick` chooses smaller books, for trying the benchmarks themselves."""

    def __init__(self, directory: Path, announce: Callable[[str], None], *, quick: bool) -> None:
        self.quick = quick
        self.announce = announce
        self._directory = directory
        self._stack = ExitStack()
        self._numbers = itertools.count(1)
        self._books: dict[str, Served] = {}
        self._backfills: dict[str, Backfill] = {}
        self._server: str | None = None
        self._made: dict[str, object] = {}

    @property
    def medium(self) -> str:
        """Return the size of books of about 65,000 records; small ones if quick."""
        return "small" if self.quick else "medium"

    @property
    def large(self) -> str:
        """Return the size of books of about 667,000 records; ten times fewer if quick."""
        return "medium" if self.quick else "large"

    def books(self, **settings: Any) -> Served:
        """Return books that are served until the end; the same ones for the same settings of the emulator."""
        name = json.dumps(settings, sort_keys=True)
        if name not in self._books:
            self.announce(f"writing books {name}")
            self._books[name] = self._stack.enter_context(served(self._directory, **settings))
        return self._books[name]

    @contextmanager
    def own_books(self, **settings: Any) -> Iterator[Served]:
        """Serve books for one measurement alone."""
        with served(self._directory, **settings) as books:
            yield books

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what `make` returned when it was first asked for by this name: what figures share."""
        if name not in self._made:
            self._made[name] = make()
        return cast(Made, self._made[name])

    def new_warehouse(self) -> str:
        """Return the path of a DuckDB file that is not there yet, in a folder of its own."""
        folder = self._directory / f"warehouse_{next(self._numbers)}"
        folder.mkdir()
        return str(folder / DEFAULT_FILE)

    def new_folder(self, *, made: bool = False) -> Path:
        """Return the path of a folder that no other measurement uses; it is not there yet unless `made`."""
        folder = self._directory / f"folder_{next(self._numbers)}"
        if made:
            folder.mkdir()
        return folder

    def new_database(self) -> str:
        """Return the URI of an empty PostgreSQL database, on a server that runs until the end."""
        if self._server is None:
            self._server = self._stack.enter_context(postgres_server(self._directory / "postgres"))
        return new_database(self._server, f"warehouse_{next(self._numbers)}")

    @property
    def database_processor(self) -> float:
        """Return the seconds of processor time that the PostgreSQL server took so far."""
        if self._server is None:
            return 0.0
        postmaster = (self._directory / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        return processor_seconds(int(postmaster))

    def run(self, job: str, books: Served, **request: Any) -> Run:
        """Run a job against these books, alone."""
        self.announce(
            ", ".join([job, *(f"{name} {_in_words(value)}" for name, value in request.items() if value)])
        )
        books.reset()
        answer = run(JOBS, {"job": job, "base_url": books.base_url, **request}, self._directory)
        return Run(
            answer["seconds"],
            answer["megabytes"],
            books.statistics(),
            answer["result"],
            answer["processor"],
        )

    @contextmanager
    def running(self, job: str, **request: Any) -> Iterator[Child]:
        """Run a job beside others until the block ends, and begin when its imports are done."""
        with child(JOBS, {"job": job, **request}, self._directory) as running:
            running.answer()
            yield running

    def backfill(self, size: str) -> Backfill:
        """Return the first load of books of this size, without a limit; it is done once and shared."""
        if size not in self._backfills:
            books = self.books(size=size)
            records, warehouse = books.records(), self.new_warehouse()
            loaded = self.run("load", books, warehouse=warehouse)
            self._backfills[size] = Backfill(books, records, warehouse, loaded)
        return self._backfills[size]

    def close(self) -> None:
        """Stop every emulator."""
        self._stack.close()


def _in_words(value: Any) -> str:
    return f"({len(value)} of them)" if isinstance(value, list) else str(value)


@contextmanager
def open_workshop(announce: Callable[[str], None], *, quick: bool) -> Iterator[Workshop]:
    """Give a workshop whose processes and files are gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="accbooks-bench-") as directory:
        workshop = Workshop(Path(directory), announce, quick=quick)
        try:
            yield workshop
        finally:
            workshop.close()
