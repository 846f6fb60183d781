"""A run that finds nothing changed, on a long history and on a short one.

Both are the same books, so that the days read again hold the same records: the short history is a copy that
begins where the lookback does.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import pendulum

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Run, Workshop

LOOKBACK_DAYS = 35
MOST_PER_SHORT = 1.3
REPEATS = 3


def nothing_changed(workshop: Workshop) -> Iterator[Value]:
    """Compare requests and seconds of a second run on all of the books and on their last days."""
    whole = workshop.backfill(workshop.large)
    recent = pendulum.today("UTC").date().subtract(days=LOOKBACK_DAYS)
    start, short_warehouse = str(recent), workshop.new_warehouse()
    workshop.run("load", whole.books, warehouse=short_warehouse, start_date=start)
    long, short = [], []
    for _ in range(REPEATS):
        long.append(workshop.run("load", whole.books, warehouse=whole.warehouse))
        short.append(workshop.run("load", whole.books, warehouse=short_warehouse, start_date=start))
    histories = f"{whole.records:,} records of history / {whole.books.records(recent):,}"
    yield from _compared(long, short, histories)


def _compared(long: list[Run], short: list[Run], histories: str) -> Iterator[Value]:
    more = long[0].asked.requests - short[0].asked.requests
    note = f"{long[0].asked.requests} / {short[0].asked.requests}; {histories}"
    yield Value("requests more than short history's", more, Bar(0), note=note)
    seconds = [median(run.seconds for run in runs) for runs in (long, short)]
    note = f"{seconds[0]:.1f} s / {seconds[1]:.1f} s, medians of {len(long)}"
    yield Value("seconds / short history's", ratio(*seconds), Bar(MOST_PER_SHORT), note=note)
