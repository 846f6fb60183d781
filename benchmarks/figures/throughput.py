"""Records per second where nothing limits them, against dlt's rest_api and against mere downloading.

What is compared runs in turns, so that a machine busy with something else slows both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Run, Workshop

LEAST_AGAINST_DEFAULTS = 15.0
LEAST_AGAINST_TUNED = 4.0
MOST_AGAINST_PLAIN = 3.0
REPEATS = 3


def against_generic(workshop: Workshop) -> Iterator[Value]:
    """Load the same books with dlt's rest_api source, with dlt's defaults and tuned."""
    ours = workshop.backfill(workshop.medium)
    loads = [ours.run, load_again(workshop)]
    defaults = load_generic(workshop)
    loads.append(load_again(workshop))
    tuned = load_generic(workshop, "jsonl")
    seconds = median(run.seconds for run in loads)
    yield _speed("this load", ours.records, Run(seconds, ours.run.megabytes, ours.run.asked))
    yield _speed("rest_api, dlt's defaults", ours.records, defaults)
    yield _speed("rest_api, jsonl", ours.records, tuned)
    for name, run, least in (
        ("rest_api, dlt's defaults", defaults, LEAST_AGAINST_DEFAULTS),
        ("rest_api, jsonl", tuned, LEAST_AGAINST_TUNED),
    ):
        yield Value(f"times as fast as {name}", ratio(run.seconds, seconds), Bar(least, at_least=True))


def against_plain(workshop: Workshop) -> Iterator[Value]:
    """Download and parse the same pages one after another, and keep nothing."""
    books = workshop.backfill(workshop.medium).books
    turns = [(load_again(workshop).seconds, workshop.run("download", books).seconds) for _ in range(REPEATS)]
    note = "median of " + ", ".join(f"{ours:.1f} s / {plain:.1f} s" for ours, plain in turns)
    times = median(ratio(ours, plain) for ours, plain in turns)
    yield Value("seconds / downloading's", times, Bar(MOST_AGAINST_PLAIN), note=note)


def load_again(workshop: Workshop) -> Run:
    """Load the medium books into another warehouse."""
    books = workshop.backfill(workshop.medium).books
    return workshop.run("load", books, warehouse=workshop.new_warehouse())


def load_generic(workshop: Workshop, file_format: str | None = None) -> Run:
    """Load the medium books with dlt's rest_api source."""
    books = workshop.backfill(workshop.medium).books
    return workshop.run("generic", books, warehouse=workshop.new_warehouse(), file_format=file_format)


def _speed(name: str, records: int, run: Run) -> Value:
    note = f"{records:,} records in {run.seconds:.1f} s, peak memory {run.megabytes:,.0f} MB"
    return Value(name, ratio(records, run.seconds), unit="records/s", note=note)
