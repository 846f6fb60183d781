"""What a first sync of 65,000 records takes, as a process, beside one that loads them with dlt's rest_api."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Bar, Value, ratio
from benchmarks.whole_processes import Elapsed, lists_by_dlt, parse_ahead, sync
from benchmarks.workshop import Workshop

REPEATS, QUICK_REPEATS = 3, 1
MOST = 1.0


def first_sync(workshop: Workshop) -> Iterator[Value]:
    """Load, rebuild and compare every month of the medium books; in turns, load them with rest_api."""
    books = workshop.books(size=workshop.medium)
    records = books.records()
    cache = workshop.new_folder(made=True)
    parse_ahead(cache)
    ours: list[Elapsed] = []
    theirs: list[Elapsed] = []
    lists_by_dlt(books, workshop.new_warehouse(), workshop.new_folder(made=True))  # warms the emulator up
    for _ in range(QUICK_REPEATS if workshop.quick else REPEATS):
        folder = workshop.new_folder(made=True)
        ours.append(sync(books, workshop.new_warehouse(), folder, cache))
        theirs.append(lists_by_dlt(books, workshop.new_warehouse(), workshop.new_folder(made=True)))
    seconds = [median(each.seconds for each in turns) for turns in (ours, theirs)]
    processor = [median(each.processor for each in turns) for turns in (ours, theirs)]
    note = f"{records:,} records, {seconds[0]:.1f} s / {seconds[1]:.1f} s"
    yield Value("seconds / those of loading by rest_api, jsonl", ratio(*seconds), Bar(MOST), note=note)
    note = f"{processor[0]:.1f} s / {processor[1]:.1f} s"
    yield Value("the same, of processor time", ratio(*processor), note=note)
