"""A backfill killed at random moments, then one run: all of it has to be there, and little be asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.emulated import PER_PAGE, Served
from benchmarks.figure import Bar, Value
from benchmarks.workshop import Run, Workshop

KILLS, QUICK_KILLS = 25, 3
SEED = 25
LATENCY = 0.02
"""Seconds added to each answer, so that many of the kills fall into the reading, as they would in life."""
PACKAGE_RECORDS, QUICK_PACKAGE_RECORDS = 40_000, 26_000
"""Few enough for the books to take several packages, and more than may be read ahead of one."""


@dataclass(frozen=True)
class Crash:
    """A load killed after some seconds and run again: the requests of both runs, and where they loaded to."""

    after: float
    finished: bool
    requests: int
    warehouse: str = ""


def recovery(workshop: Workshop) -> Iterator[Value]:
    """Kill, run once more and compare with the books; requests beyond an undisturbed run's are repeats."""
    books = workshop.books(size=workshop.medium, latency=LATENCY)
    records = QUICK_PACKAGE_RECORDS if workshop.quick else PACKAGE_RECORDS
    _, undisturbed = (load(workshop, books, records, workshop.new_warehouse()) for _ in range(2))
    random = Random(SEED)
    kills = QUICK_KILLS if workshop.quick else KILLS
    moments = [random.uniform(0, undisturbed.seconds) for _ in range(kills)]
    crashes = [crash(workshop, books, records, after) for after in moments]
    yield faithful(crashes, differences(workshop, crashes))
    yield from repeated(crashes, undisturbed.asked.requests, records // PER_PAGE)


def crash(workshop: Workshop, books: Served, records: int, after: float) -> Crash:
    """Kill a load after so many seconds, and run it again."""
    warehouse = workshop.new_warehouse()
    request = {"base_url": books.base_url, "warehouse": warehouse, "package_records": records}
    books.reset()
    with workshop.running("load", **request) as killed:
        finished = killed.wait(after)
        killed.kill()
    spent = books.statistics().requests
    again = load(workshop, books, records, warehouse)
    return Crash(after, finished, spent + again.asked.requests, warehouse)


def load(workshop: Workshop, books: Served, records: int, warehouse: str) -> Run:
    """Load in packages of so many records."""
    return workshop.run("load", books, warehouse=warehouse, package_records=records)


def differences(workshop: Workshop, crashes: list[Crash]) -> list[dict[str, int]]:
    """Compare every warehouse with the same books, served without latency."""
    books = workshop.books(size=workshop.medium)
    found: list[dict[str, int]] = workshop.run(
        "compare", books, warehouses=[each.warehouse for each in crashes]
    ).result
    return found


def faithful(crashes: list[Crash], different: list[dict[str, int]]) -> Value:
    """Return how many warehouses differ."""
    unequal = [found for found in different if found]
    moments = [each.after for each in crashes if not each.finished]
    note = f"{len(moments)} loads killed between {min(moments):.1f} and {max(moments):.1f} s"
    return Value("warehouses that differ from the books", len(unequal), Bar(0), note=note)


def repeated(crashes: list[Crash], undisturbed: int, package: int) -> Iterator[Value]:
    """Return the most requests that were asked beyond those of an undisturbed load, and their median."""
    beyond = [each.requests - undisturbed for each in crashes if not each.finished]
    note = f"a package is {package} requests with what is read ahead, an undisturbed load {undisturbed}"
    yield Value("most requests repeated", max(beyond), Bar(package), note=note)
    yield Value("requests repeated, median", median(beyond), note=", ".join(map(str, sorted(beyond))))
