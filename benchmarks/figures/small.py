"""What a small company's sync costs on top of reading and loading."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.emulated import KEY
from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

REPEATS, QUICK_REPEATS = 5, 2
MOST_PER_LOAD = 2.0
JOB = {"keys": {"default": KEY}, "jobs": 1}


def small_syncs(workshop: Workshop) -> Iterator[Value]:
    """Compare a first sync, and one in which nothing changed, with the loads that are part of them."""
    books = workshop.books(size="tiny")
    records = books.records()
    first, first_load, again, again_load = [], [], [], []
    for _ in range(QUICK_REPEATS if workshop.quick else REPEATS):
        synced, loaded = workshop.new_warehouse(), workshop.new_warehouse()
        first.append(workshop.run("sync", books, warehouse=synced, **JOB).seconds)
        first_load.append(workshop.run("load", books, warehouse=loaded).seconds)
        again.append(workshop.run("sync", books, warehouse=synced, **JOB).seconds)
        again_load.append(workshop.run("load", books, warehouse=loaded).seconds)
    note = f"{median(first):.1f} s / {median(first_load):.1f} s, {records:,} records; medians of {len(first)}"
    yield Value("first sync / its load", ratio(median(first), median(first_load)), note=note)
    note = f"{median(again):.1f} s / {median(again_load):.1f} s"
    value = ratio(median(again), median(again_load))
    yield Value("nothing changed / its load", value, Bar(MOST_PER_LOAD), note=note)
