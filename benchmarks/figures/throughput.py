"""Records per second where nothing limits them, against dlt's rest_api and against mere downloading.

What is compared runs in turns, so that a machine busy with something else slows all sides. The first load of
books that were just written warms the emulator up, and does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Run, Workshop

LEAST_AGAINST_DEFAULTS = 15.0
LEAST_AGAINST_TUNED = 4.0
MOST_AGAINST_PLAIN = 3.0

OURS, TUNED, DEFAULTS = "this load", "rest_api, jsonl", "rest_api, dlt's defaults"
TURNS = (OURS, TUNED, OURS, OURS, DEFAULTS, TUNED, OURS, OURS, TUNED, OURS)
"""With dlt's defaults a load takes so long, and so much memory, that one has to do."""
QUICK_TURNS = (OURS, TUNED, DEFAULTS)
PAIRS, QUICK_PAIRS = 5, 1


def against_generic(workshop: Workshop) -> Iterator[Value]:
    """Load the same books with dlt's rest_api source, with dlt's defaults and tuned."""
    records = workshop.backfill(workshop.medium).records
    loads: dict[str, Callable[[], Run]] = {
        OURS: lambda: load_again(workshop),
        TUNED: lambda: load_generic(workshop, "jsonl"),
        DEFAULTS: lambda: load_generic(workshop),
    }
    runs: dict[str, list[Run]] = {name: [] for name in loads}
    for name in QUICK_TURNS if workshop.quick else TURNS:
        runs[name].append(loads[name]())
    yield from compared(runs, records)


def against_plain(workshop: Workshop) -> Iterator[Value]:
    """Download and parse the same pages one after another, and keep nothing."""
    books = workshop.backfill(workshop.medium).books
    pairs = range(QUICK_PAIRS if workshop.quick else PAIRS)
    turns = [(load_again(workshop).seconds, workshop.run("download", books).seconds) for _ in pairs]
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


def compared(runs: dict[str, list[Run]], records: int) -> Iterator[Value]:
    """Return the speed of each kind of load, and how many times as fast as the others ours is."""
    seconds = {name: median(run.seconds for run in of_kind) for name, of_kind in runs.items()}
    for name, of_kind in runs.items():
        yield Value(name, ratio(records, seconds[name]), unit="records/s", note=_note(of_kind, records))
    for name, least in ((DEFAULTS, LEAST_AGAINST_DEFAULTS), (TUNED, LEAST_AGAINST_TUNED)):
        times = ratio(seconds[name], seconds[OURS])
        note = f"{seconds[name]:.1f} s / {seconds[OURS]:.1f} s"
        yield Value(f"times as fast as {name}", times, Bar(least, at_least=True), note=note)


def _note(runs: list[Run], records: int) -> str:
    seconds = [run.seconds for run in runs]
    took = f"{median(seconds):.1f} s"
    if len(runs) > 1:
        took += f", median of {len(runs)} from {min(seconds):.1f} to {max(seconds):.1f} s"
    return f"{records:,} records in {took}; peak memory {median(run.megabytes for run in runs):,.0f} MB"
