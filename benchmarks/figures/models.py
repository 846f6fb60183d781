"""What the models cost: all of them at once, and after a few edits."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.emulated import KEY, Served
from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Run, Workshop

MOST_PER_STATEMENT = 4.0
MOST_PER_SHORT = {"DuckDB": 1.3, "PostgreSQL": 1.5}
EDITS = 200
REPEATS = 3
SHORT = "small"


def full_rebuild(workshop: Workshop) -> Iterator[Value]:
    """Rebuild everything, against one statement that groups and writes the same posting lines."""
    whole = workshop.backfill(workshop.large)
    measured = workshop.run("rebuild", whole.books, warehouse=whole.warehouse).result
    seconds, reference = measured["rebuild"], measured["reference"]
    note = f"{seconds:.1f} s / {reference:.1f} s, {measured['lines']:,} posting lines"
    yield Value("seconds / one group by", ratio(seconds, reference), Bar(MOST_PER_STATEMENT), note=note)


def after_edits(workshop: Workshop) -> Iterator[Value]:
    """Sync after 200 edits of the last weeks, on a long history and on a short one."""
    repeats = 1 if workshop.quick else REPEATS
    with workshop.own_books(size=workshop.large) as long, workshop.own_books(size=SHORT) as short:
        for database, most in MOST_PER_SHORT.items():
            new = workshop.new_warehouse if database == "DuckDB" else workshop.new_database
            places = {books: new() for books in (long, short)}
            for books, place in places.items():
                synced(workshop, books, place)
            runs: dict[Served, list[Run]] = {long: [], short: []}
            for _ in range(repeats):
                for books, place in places.items():
                    workshop.run("edit", books, count=EDITS)
                    runs[books].append(synced(workshop, books, place))
            seconds = [median(run.seconds for run in runs[books]) for books in (long, short)]
            note = (
                f"{seconds[0]:.1f} s / {seconds[1]:.1f} s, {long.records():,} records / {short.records():,}"
            )
            yield Value(f"{database}, seconds / short history's", ratio(*seconds), Bar(most), note=note)


def synced(workshop: Workshop, books: Served, place: str) -> Run:
    """Sync the books; raises ValueError if they do not match."""
    run = workshop.run("sync", books, warehouse=place, keys={"default": KEY}, jobs=1)
    if run.result != 0:
        raise ValueError(f"A sync ended with {run.result}.")
    return run
