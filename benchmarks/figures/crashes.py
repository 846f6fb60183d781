"""A backfill killed at random moments, then one run: all of it has to be there, and little be asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.emulated import Served
from benchmarks.figure import Bar, Value
from benchmarks.workshop import Run, Workshop

KILLS, QUICK_KILLS = 25, 3
SEED = 25
LATENCY = 0.02
"""Seconds added to each answer, so that most of the kills fall into the reading, as they would in life."""


@dataclass(frozen=True)
class Recovery:
    """One kill: after how many seconds, the requests of both runs together, and what differs at the end."""

    after: float
    finished: bool
    requests: int
    differences: dict[str, Any]


def recovery(workshop: Workshop) -> Iterator[Value]:
    """Kill, run once more and compare with the books; requests beyond an undisturbed run's are repeats."""
    books = workshop.books(size="small", latency=LATENCY)
    undisturbed = workshop.run("load", books, warehouse=workshop.new_warehouse())
    random = Random(SEED)
    kills = QUICK_KILLS if workshop.quick else KILLS
    moments = [random.uniform(0, undisturbed.seconds) for _ in range(kills)]
    yield from summary([recover(workshop, books, after) for after in moments], undisturbed)


def recover(workshop: Workshop, books: Served, after: float) -> Recovery:
    """Kill a load after so many seconds, and run it again."""
    warehouse = workshop.new_warehouse()
    books.reset()
    with workshop.running("load", base_url=books.base_url, warehouse=warehouse) as load:
        finished = load.wait(after)
        load.kill()
    spent = books.statistics().requests
    again = workshop.run("load", books, warehouse=warehouse)
    compared = workshop.run("compare", books, warehouse=warehouse)
    return Recovery(after, finished, spent + again.asked.requests, compared.result)


def summary(recoveries: list[Recovery], undisturbed: Run) -> Iterator[Value]:
    """Return how many warehouses differ, and the most requests that were repeated."""
    unequal = [each for each in recoveries if each.differences]
    killed = [each for each in recoveries if not each.finished]
    note = f"{len(killed)} loads killed between {min(each.after for each in killed):.1f} and "
    note += f"{max(each.after for each in killed):.1f} s"
    yield Value("warehouses that differ from the books", len(unequal), Bar(0), note=note)
    package = undisturbed.asked.requests
    repeated = max(each.requests for each in killed) - package
    note = f"a package of these books is {package} requests"
    yield Value("most requests repeated", repeated, Bar(package), note=note)
