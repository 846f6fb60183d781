"""From a hundred companies to a hundred thousand: service times are measured, and the rest is simulated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.costs import CORES, Passes, companies_of, costs_of
from benchmarks.figure import Bar, Value, announced, ratio
from benchmarks.fleets import Assumed, Fleet, Volume, disturbed, first_pass, fleet_of
from benchmarks.passes import JOBS, LIMIT, Pass, Practice, many_companies, practice_of
from benchmarks.service_times import of_events, of_postgres, of_postings, on_postgres
from benchmarks.simulation.sync import simulate
from benchmarks.simulation.world import Costs, End, Kind, Machines, World
from benchmarks.workshop import Workshop

MOST_OFF = 1.2
"""How many times the measured a prediction may be, or the measured the prediction: within 20 %."""
HOURLY = Assumed()
NIGHTLY = replace(HOURLY, passes_a_day=1, within=6 * 3_600.0, changed=0.3)
DAGSTERS_BATCH = 50
WAYS = {
    "DuckDB": {
        "hourly": HOURLY,
        f"hourly, --jobs {JOBS}": replace(HOURLY, jobs=JOBS),
        "nightly": NIGHTLY,
    },
    "PostgreSQL": {
        "hourly": HOURLY,
        f"hourly, runs of {DAGSTERS_BATCH}": replace(HOURLY, batch=DAGSTERS_BATCH),
        "nightly": NIGHTLY,
    },
}
"""How companies are read in each database: in runs of a thousand, or as Dagster's runs are by default."""


@dataclass(frozen=True)
class Sizes:
    """How many companies are measured, how many predicted, and of how many something changes."""

    few: int = 50
    many: int = 100
    predicted: int = 1_000
    few_changed: int = 5
    changed: int = 25
    predicted_changed: int = 20
    on_paper: tuple[int, ...] = (1, 100, 10_000, 100_000)


WHOLE = Sizes()
QUICK = Sizes(
    few=3, many=6, predicted=24, few_changed=1, changed=3, predicted_changed=2, on_paper=(1, 100, 1_000)
)


def scale(workshop: Workshop) -> Iterator[Value]:
    """Measure a hundred companies, predict a thousand, compare, and say what more would need."""
    return announced(workshop, _scale(workshop))


def _scale(workshop: Workshop) -> Iterator[Value]:
    sizes = QUICK if workshop.quick else WHOLE
    passes = _measured(workshop, sizes)
    costs = {kind: costs_of(passes, kind) for kind in Kind}
    yield from _service_times(passes, costs)
    yield from _predictions(workshop, sizes, passes, costs)
    of_databases = {"DuckDB": costs, "PostgreSQL": on_postgres(workshop, passes, costs)}
    yield from of_postgres(of_databases["PostgreSQL"])
    volumes: dict[str, Volume] = {}
    for name, new in (("DuckDB", workshop.new_warehouse), ("PostgreSQL", workshop.new_database)):
        volumes[name], values = of_postings(workshop, name, new)
        yield from values
    yield from of_events(workshop)
    for companies in sizes.on_paper:
        for name, each in of_databases.items():
            yield from _on_paper(companies, name, each, volumes[name])


def _measured(workshop: Workshop, sizes: Sizes) -> Passes:
    """Sync a hundred companies, and fifty of them."""
    with workshop.own_books(size="tiny", companies=sizes.many, **LIMIT) as books:
        few = practice_of(workshop, books, sizes.few, workshop.new_warehouse)
        many = practice_of(workshop, books, sizes.many, workshop.new_warehouse)
        workshop.announce(f"{sizes.few} and {sizes.many} companies: first syncs, and nothing changed")
        few_first, few_unchanged, first, unchanged = few.sync(), few.sync(), many.sync(), many.sync()
        workshop.announce(f"{sizes.few_changed} and {sizes.changed} of {sizes.many} companies changed")
        few_changed, changed = (_changed(many, each) for each in (sizes.few_changed, sizes.changed))
    return Passes(
        few_first,
        few_unchanged,
        first,
        unchanged,
        few_changed,
        changed,
        sizes.few_changed,
        sizes.changed,
    )


def _changed(practice: Practice, number: int) -> Pass:
    practice.change(number)
    return practice.sync()


def _service_times(passes: Passes, costs: dict[Kind, Costs]) -> Iterator[Value]:
    """Say what was measured of at most a hundred companies, for scale."""
    unchanged, first, changed = passes.unchanged_line, passes.first_line, passes.changed_line
    numbers = f"{passes.few_unchanged.companies} and {passes.unchanged.companies} companies"
    yield Value("nothing changed, processor time of a run", unchanged.fixed, unit="s", note=numbers)
    yield Value("the same, of each company", unchanged.each, unit="s")
    yield Value("first sync, processor time of a run", first.fixed, unit="s", note=numbers)
    yield Value("the same, of each company", first.each, unit="s")
    note = f"{passes.number_few_changed} and {passes.number_changed} companies"
    yield Value("if any changed, processor time of a run more", changed.fixed, unit="s", note=note)
    yield Value("the same, of each that changed", changed.each, unit="s")
    for kind, each in costs.items():
        requests_each = each.works[kind].requests
        note = f"with Python's lock {each.alone:.2f} of the processor time; the emulator {each.answer:.4f} s"
        yield Value(f"requests of a company, {kind}", requests_each, note=note)


def _predictions(
    workshop: Workshop, sizes: Sizes, passes: Passes, costs: dict[Kind, Costs]
) -> Iterator[Value]:
    """Compare what the simulation says of a thousand companies with a measurement of them."""
    predicted = {
        kind: simulate(
            World(
                companies_of(kind, sizes.predicted, passes, sizes.predicted_changed),
                costs[kind],
                Machines(cores=CORES),
            )
        )
        for kind in Kind
    }
    many = many_companies(workshop, sizes.predicted, sizes.predicted_changed)
    measured = {Kind.FIRST: many.first, Kind.UNCHANGED: many.unchanged, Kind.CHANGED: many.changed}
    for kind, outcome in predicted.items():
        taken = measured[kind]
        for name, ours, theirs in (
            ("processor time", outcome.processor, taken.processor),
            ("seconds", outcome.seconds, taken.seconds),
            ("requests", outcome.requests, taken.requests),
        ):
            off = max(ratio(ours, theirs), ratio(theirs, ours))
            note = f"predicted {ours:,.0f}, measured {theirs:,.0f}"
            title = f"{sizes.predicted:,} companies, {kind}, {name}: off by a factor of"
            yield Value(title, off, Bar(MOST_OFF), note=note)


def _on_paper(companies: int, name: str, costs: dict[Kind, Costs], volume: Volume) -> Iterator[Value]:
    """Say what so many companies need: one process with DuckDB, many with PostgreSQL."""
    for way, assumed in WAYS[name].items():
        fleet = fleet_of(companies, costs[Kind.CHANGED], volume, assumed)
        title = f"{companies:,} companies, {name}, {way}"
        yield from _of_fleet(title, fleet, costs[Kind.FIRST], volume)
        if name == "PostgreSQL" and assumed is HOURLY:
            yield from _of_failures(title, fleet, costs[Kind.CHANGED])


def _of_fleet(title: str, fleet: Fleet, costs: Costs, volume: Volume) -> Iterator[Value]:
    outcome = fleet.outcome
    verdict = "in time" if fleet.is_in_time else "too late"
    note = (
        f"PostgreSQL's cores {fleet.database_cores}; a pass {outcome.seconds:,.0f} s, {verdict}; "
        f"{outcome.runs:,} runs, {outcome.building:,.0f} s of models"
    )
    yield Value(f"{title}: workers", fleet.workers, note=note)
    if not fleet.is_in_time:
        return
    hours = math.ceil(first_pass(fleet, costs, volume).seconds / 360) / 10
    note = f"{fleet.requests_a_day:,} requests a day, {fleet.gigabytes:,.1f} GB; first syncs {hours:,.1f} h"
    yield Value(f"{title}: money a month", fleet.money_a_month, note=note)


def _of_failures(title: str, fleet: Fleet, costs: Costs) -> Iterator[Value]:
    """Say what becomes of a pass if workers die, AccBooks does not answer, or keys are refused."""
    minutes = fleet.outcome.seconds / 60
    dying = disturbed(fleet, costs, deaths=math.ceil(minutes / 5))
    note = (
        f"{len(dying.ended(End.DONE)):,} companies done; {fleet.outcome.seconds:,.0f} s with {HOURLY.deaths}"
    )
    yield Value(f"{title}: a pass in which a worker dies every 5 minutes", dying.seconds, unit="s", note=note)
    away = disturbed(fleet, costs, away=[(fleet.outcome.seconds / 4, fleet.outcome.seconds / 2)])
    unread = len(away.ended(End.UNREACHABLE))
    note = f"the pass takes {away.seconds:,.0f} s; the next one reads them"
    yield Value(f"{title}: not read if AccBooks is away for a quarter of a pass", unread, note=note)
    refused = disturbed(fleet, costs, forbidden=0.01)
    note = f"{len(refused.ended(End.FORBIDDEN)):,} keys refused"
    yield Value(f"{title}: a pass in which 1 % of the keys are refused", refused.seconds, unit="s", note=note)
