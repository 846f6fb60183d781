"""Records per second where nothing limits them, against dlt's rest_api and against mere downloading."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Backfill, Run, Workshop

LEAST_AGAINST_DEFAULTS = 15.0
LEAST_AGAINST_TUNED = 4.0
MOST_AGAINST_PLAIN = 3.0
REPEATS = 3


def against_generic(workshop: Workshop) -> Iterator[Value]:
    """Load the same books with dlt's rest_api source, with dlt's defaults and tuned."""
    ours = workshop.backfill(workshop.medium)
    seconds = median(run.seconds for run in loads(workshop, ours))
    yield _speed("this load", ours.records, seconds, ours.run)
    for name, file_format, least in (
        ("rest_api, dlt's defaults", None, LEAST_AGAINST_DEFAULTS),
        ("rest_api, jsonl", "jsonl", LEAST_AGAINST_TUNED),
    ):
        run = workshop.run("generic", ours.books, warehouse=workshop.new_warehouse(), file_format=file_format)
        yield _speed(name, ours.records, run.seconds, run)
        yield Value(f"times as fast as {name}", ratio(run.seconds, seconds), Bar(least, at_least=True))


def against_plain(workshop: Workshop) -> Iterator[Value]:
    """Download and parse the same pages one after another, and keep nothing."""
    ours = workshop.backfill(workshop.medium)
    seconds = median(run.seconds for run in loads(workshop, ours))
    plain = median(workshop.run("download", ours.books).seconds for _ in range(REPEATS))
    note = f"{seconds:.1f} s / {plain:.1f} s"
    yield Value("seconds / downloading's", ratio(seconds, plain), Bar(MOST_AGAINST_PLAIN), note=note)


def loads(workshop: Workshop, first: Backfill) -> list[Run]:
    """Return the first load and more like it, for a median."""
    again = [
        workshop.run("load", first.books, warehouse=workshop.new_warehouse()) for _ in range(REPEATS - 1)
    ]
    return [first.run, *again]


def _speed(name: str, records: int, seconds: float, run: Run) -> Value:
    note = f"{records:,} records in {seconds:.1f} s, peak memory {run.megabytes:,.0f} MB"
    return Value(name, ratio(records, seconds), unit="records/s", note=note)
