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
LEAST_UNDER_PLANS, LEAST_WITHOUT_LIMIT = 5.0, 3.0
"""How many times as fast eight at a time are at least: without a limit our processor time is one."""


def without_limit(workshop: Workshop) -> Iterator[Value]:
    """Sync where only latency and this machine take time, which no plan of AccBooks' is like."""
    yield side_by_side(workshop)


def under_plans(workshop: Workshop) -> Iterator[Value]:
    """Sync under the documented plans, a minute a minute: each company waits for its own limit."""
    for plan in ("pro", "starter"):
        yield side_by_side(workshop, plan)


def side_by_side(workshop: Workshop, plan: PlanName | None = None) -> Value:
    """Sync small companies for the first time, eight at a time and one at a time, into DuckDB."""
    count = QUICK_COMPANIES if workshop.quick else COMPANIES
    limit: dict[str, Any] = {} if plan is None else {"plan": plan, "minute_limit": None}
    keys = {f"company_{number}": key_of(number) for number in range(count)}
    runs = {}
    for jobs in (JOBS, 1):
        with workshop.own_books(size="small", companies=count, latency=LATENCY, **limit) as books:
            run = workshop.run("sync", books, warehouse=workshop.new_warehouse(), keys=keys, jobs=jobs)
        if run.result != 0:
            raise ValueError(f"A sync ended with {run.result}.")
        runs[jobs] = run
    together, alone = runs[JOBS], runs[1]
    note = (
        f"{alone.seconds:.0f} s / {together.seconds:.0f} s, {count} companies, {LATENCY} s of latency; "
        f"our processor time {together.processor:.0f} s"
    )
    bar = Bar(LEAST_UNDER_PLANS if plan else LEAST_WITHOUT_LIMIT, at_least=True)
    return Value(
        f"times as fast, {plan or 'no limit'}", ratio(alone.seconds, together.seconds), bar, note=note
    )
