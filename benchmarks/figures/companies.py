"""Many small companies, several at a time, against one after another."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.settings import key_of

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

COMPANIES, QUICK_COMPANIES = 20, 4
JOBS = 8
LATENCY = 0.3
LEAST = 5.0


def side_by_side(workshop: Workshop) -> Iterator[Value]:
    """Sync small companies for the first time, eight at a time and one at a time, into DuckDB."""
    count = QUICK_COMPANIES if workshop.quick else COMPANIES
    books = workshop.books(size="small", companies=count, latency=LATENCY)
    keys = {f"company_{number}": key_of(number) for number in range(count)}
    seconds = {}
    for jobs in (JOBS, 1):
        run = workshop.run("sync", books, warehouse=workshop.new_warehouse(), keys=keys, jobs=jobs)
        if run.result != 0:
            raise ValueError(f"A sync ended with {run.result}.")
        seconds[jobs] = run.seconds
    note = f"{seconds[1]:.0f} s / {seconds[JOBS]:.0f} s, {count} companies, {LATENCY} s of latency"
    yield Value("times as fast", ratio(seconds[1], seconds[JOBS]), Bar(LEAST, at_least=True), note=note)
