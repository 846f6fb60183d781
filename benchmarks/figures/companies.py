"""Many small companies, several at a time, against one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accbooks_warehouse.emulator.settings import PlanName, key_of

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

COMPANIES, QUICK_COMPANIES = 20, 4
JOBS = 8
LATENCY = 0.3
LEAST = 5.0


def without_limit(workshop: Workshop) -> Iterator[Value]:
    """Sync where only latency and this machine take time, which no plan of AccBooks' is like."""
    yield side_by_side(workshop, "no limit")


def under_plans(workshop: Workshop) -> Iterator[Value]:
    """Sync under the documented plans, a minute a minute: each company waits for its own limit."""
    for plan in ("pro", "starter"):
        yield side_by_side(workshop, plan, plan=plan)


def side_by_side(workshop: Workshop, name: str, plan: PlanName | None = None) -> Value:
    """Sync small companies for the first time, eight at a time and one at a time, into DuckDB."""
    count = QUICK_COMPANIES if workshop.quick else COMPANIES
    limit: dict[str, Any] = {} if plan is None else {"plan": plan, "minute_limit": None}
    keys = {f"company_{number}": key_of(number) for number in range(count)}
    seconds = {}
    for jobs in (JOBS, 1):
        with workshop.own_books(size="small", companies=count, latency=LATENCY, **limit) as books:
            run = workshop.run("sync", books, warehouse=workshop.new_warehouse(), keys=keys, jobs=jobs)
        if run.result != 0:
            raise ValueError(f"A sync ended with {run.result}.")
        seconds[jobs] = run.seconds
    note = f"{seconds[1]:.0f} s / {seconds[JOBS]:.0f} s, {count} companies, {LATENCY} s of latency"
    return Value(
        f"times as fast, {name}", ratio(seconds[1], seconds[JOBS]), Bar(LEAST, at_least=True), note=note
    )
