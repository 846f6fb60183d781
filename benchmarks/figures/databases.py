"""A first load into PostgreSQL, against the same one into DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

MOST_PER_DUCKDB = 3.0
REPEATS = 3


def postgres_load(workshop: Workshop) -> Iterator[Value]:
    """Load large books into each database, in turns."""
    whole = workshop.backfill(workshop.large)
    seconds: dict[str, list[float]] = {"PostgreSQL": [], "DuckDB": []}
    for _ in range(1 if workshop.quick else REPEATS):
        for database, place in (
            ("PostgreSQL", workshop.new_database()),
            ("DuckDB", workshop.new_warehouse()),
        ):
            seconds[database].append(workshop.run("load", whole.books, warehouse=place).seconds)
    ours, theirs = (median(seconds[database]) for database in ("PostgreSQL", "DuckDB"))
    note = f"{ours:.1f} s / {theirs:.1f} s, {whole.records:,} records"
    yield Value("seconds / DuckDB's", ratio(ours, theirs), Bar(MOST_PER_DUCKDB), note=note)
