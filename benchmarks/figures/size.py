"""Peak memory of a first load as the books grow tenfold."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

MOST_GROWTH = 1.3
MOST_MEGABYTES = 500.0


def memory(workshop: Workshop) -> Iterator[Value]:
    """Compare the peak memory of a load of large books with one of medium books."""
    large, medium = workshop.backfill(workshop.large), workshop.backfill(workshop.medium)
    note = f"{large.records:,} records in {large.run.seconds:.1f} s"
    yield Value("peak memory, large books", large.run.megabytes, Bar(MOST_MEGABYTES), "MB", note)
    note = f"{medium.run.megabytes:,.0f} MB for {medium.records:,} records"
    growth = ratio(large.run.megabytes, medium.run.megabytes)
    yield Value("peak memory / medium books'", growth, Bar(MOST_GROWTH), note=note)
