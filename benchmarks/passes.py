"""Passes over many companies, `accbooks sync` as a process, and what each took of everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from accbooks_warehouse.emulator.settings import key_of

from benchmarks.editor import edit
from benchmarks.emulated import Served
from benchmarks.whole_processes import parse_ahead, sync_companies
from benchmarks.workshop import Workshop

JOBS = 4
LIMIT = {"minute_limit": 1_000}
"""Requests a minute, more than a company needs: AccBooks always says a limit, and this one is never met."""


@dataclass(frozen=True)
class Pass:
    """What a pass took: seconds on the clock, and processor seconds of ours, the emulator's, PostgreSQL's.

    `megabytes` is the most memory that our processes held at once.
    """

    companies: int
    seconds: float
    processor: float
    served: float
    database: float
    megabytes: float
    requests: int

    def __str__(self) -> str:
        return (
            f"{self.companies} companies: {self.seconds:.1f} s, {self.processor:.1f} s of processor time, "
            f"the emulator's {self.served:.1f} s, PostgreSQL's {self.database:.1f} s, "
            f"{self.requests:,} requests, {self.megabytes:.0f} MB"
        )


@dataclass
class Practice:
    """Companies of an emulator, and a warehouse that they are synced into.

    `control` is a database in which machines share leases and counts, if there is one.
    """

    workshop: Workshop
    books: Served
    companies: int
    warehouse: str
    folder: Path
    cache: Path
    control: str | None = None

    def sync(self, first: int = 0, jobs: int = JOBS) -> Pass:
        """Sync the companies, from the first one on."""
        numbers = range(first, self.companies)
        keys = {f"company_{number}": key_of(number) for number in numbers}
        self.books.reset()
        served, database = self.books.processor, self.workshop.database_processor
        taken = sync_companies(
            self.books, keys, self.warehouse, self.folder, self.cache, jobs=jobs, control=self.control
        )
        done = Pass(
            companies=len(keys),
            seconds=taken.seconds,
            processor=taken.processor,
            served=self.books.processor - served,
            database=self.workshop.database_processor - database,
            megabytes=taken.megabytes,
            requests=self.books.statistics().requests,
        )
        self.workshop.announce(f"  {done}")
        return done

    def change(self, number: int) -> None:
        """Edit a payment of so many of the companies, spread over them."""
        for each in range(number):
            edit(self.books.base_url, 1, key_of(each * self.companies // number))


def practice_of(
    workshop: Workshop, books: Served, companies: int, new: Callable[[], str], *, shared: bool = False
) -> Practice:
    """Return companies with a new warehouse; `shared` has leases and counts in it as well: PostgreSQL."""
    warehouse = new()
    control = warehouse if shared else None
    return Practice(
        workshop, books, companies, warehouse, workshop.new_folder(made=True), parsed(workshop), control
    )


def parsed(workshop: Workshop) -> Path:
    """Return the folder in which the parsed project is kept, as `make install` does."""

    def parse() -> Path:
        cache = workshop.new_folder(made=True)
        parse_ahead(cache)
        return cache

    return workshop.once("parsed project", parse)


@dataclass(frozen=True)
class Many:
    """Passes over many companies: the first one, one that finds nothing new, one after so many changed."""

    first: Pass
    unchanged: Pass
    changed: Pass


def many_companies(workshop: Workshop, companies: int, changed: int) -> Many:
    """Return these passes; they are made once, whoever asks."""

    def measure() -> Many:
        workshop.announce(f"{companies} companies: a first sync, nothing changed, {changed} changed")
        with workshop.own_books(size="tiny", companies=companies, **LIMIT) as books:
            every = practice_of(workshop, books, companies, workshop.new_warehouse)
            first, unchanged = every.sync(), every.sync()
            every.change(changed)
            return Many(first, unchanged, every.sync())

    return workshop.once(f"passes over {companies} companies", measure)
