"""What so many companies need: workers, PostgreSQL's cores, requests, storage and money, on paper.

Each number of workers is tried in the simulation. Everything here is arithmetic over measured costs and what
`Assumed` says; none of it was measured with so many companies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.simulation.drawing import draw_companies, draw_deaths
from benchmarks.simulation.keys import PRO, STARTER
from benchmarks.simulation.sync import simulate
from benchmarks.simulation.world import Company, Costs, End, Kind, Machines, Outcome, World

SEED = 1
HOURS_A_MONTH = 730
MILLION, GIGABYTE = 1_000_000, 1_000_000_000
RECORDS_MEASURED, PER_PAGE = 400, 100
"""Records of the companies that costs are measured of, and of a page of AccBooks' lists."""
MOST_WORKERS = 4_096


@dataclass(frozen=True)
class Assumed:
    """What nobody measured: how companies are read, how large they are, and what machines cost.

    A pass starts every hour and has to be over `within` seconds. `changed` is the share of the companies that
    changed since the one before, `latency` the seconds of a request. `deaths` workers die in each pass.
    """

    passes_a_day: int = 24
    within: float = 2_700.0
    changed: float = 0.02
    latency: float = 0.3
    deaths: int = 1
    jobs: int = 32
    batch: int = 1_000
    records: int = 5_000
    core_hour: float = 0.04
    gigabyte_month: float = 0.10
    busiest: float = 0.5
    """The share of PostgreSQL's cores that a pass may take on average."""


@dataclass(frozen=True)
class Volume:
    """What a record of AccBooks takes beyond a small company's own costs, and what its postings take.

    Bytes of a record in raw tables and of a posting in all models; seconds of processor time to load a record
    and to rebuild a posting, PostgreSQL's own included.
    """

    record_bytes: float
    posting_bytes: float
    postings_per_record: float
    load: float = 0.0
    rebuild: float = 0.0

    def gigabytes(self, records: float) -> float:
        """Return what so many records take with their models."""
        return records * (self.record_bytes + self.postings_per_record * self.posting_bytes) / GIGABYTE


@dataclass(frozen=True)
class Fleet:
    """What one warehouse's companies need; a worker has one core. `outcome` is that of a pass."""

    companies: int
    workers: int
    database_cores: int
    outcome: Outcome
    gigabytes: float
    assumed: Assumed

    @property
    def is_in_time(self) -> bool:
        """Tell whether the pass was over in time, with every company done."""
        return _is_in_time(self.outcome, self.assumed)

    @property
    def requests_a_day(self) -> int:
        """Return the requests of all passes of a day."""
        return self.outcome.requests * self.assumed.passes_a_day

    @property
    def money_a_month(self) -> float:
        """Return cores x hours x price + gigabytes x price: all always on, two cores for DuckDB's worker."""
        cores = self.workers + self.database_cores if self.database_cores else 2 * self.workers
        return cores * HOURS_A_MONTH * self.assumed.core_hour + self.gigabytes * self.assumed.gigabyte_month


def fleet_of(
    companies: int, costs: Costs, volume: Volume, assumed: Assumed, *, most_workers: int = MOST_WORKERS
) -> Fleet:
    """Return the smallest fleet whose pass is over in time; the largest one tried if none is.

    With PostgreSQL, which takes processor time of its own, there may be several workers, without it one.
    """
    has_database = any(each.database for each in costs.works.values())
    most = most_workers if has_database else 1
    workers = 1
    outcome, cores = _tried(companies, costs, assumed, workers, has_database=has_database)
    while not _is_in_time(outcome, assumed) and workers < most:
        wanted = math.ceil(workers * min(2.0, max(1.05, outcome.seconds / assumed.within)))
        more = min(most, max(workers + 1, wanted))
        tried, cores = _tried(companies, costs, assumed, more, has_database=has_database)
        workers, outcome = more, tried
        if outcome.building > assumed.within:  # runs wait for each other's models, and no worker helps
            break
    gigabytes = volume.gigabytes(companies * assumed.records)
    return Fleet(companies, workers, cores, outcome, gigabytes, assumed)


def _is_in_time(outcome: Outcome, assumed: Assumed) -> bool:
    are_done = len(outcome.ended(End.DONE)) == len(outcome.companies)
    return outcome.seconds <= assumed.within and are_done


def _tried(
    companies: int, costs: Costs, assumed: Assumed, workers: int, *, has_database: bool
) -> tuple[Outcome, int]:
    """Return the outcome of a pass, and how many cores PostgreSQL has if they are as busy as assumed."""
    drawn = _drawn(companies, assumed)
    taken = sum(costs.works[each.kind].database for each in drawn)
    cores = math.ceil(taken / assumed.within / assumed.busiest) if has_database else 0
    deaths = draw_deaths(assumed.deaths if workers > 1 else 0, workers, assumed.within / 4, SEED)
    machines = _machines(companies, workers, cores, assumed)
    return simulate(World(drawn, _as_assumed(costs, assumed), machines, deaths=deaths)), cores


def disturbed(
    fleet: Fleet,
    costs: Costs,
    *,
    deaths: int = 0,
    away: Sequence[tuple[float, float]] = (),
    forbidden: float = 0.0,
) -> Outcome:
    """Return the outcome of a pass in which workers die, AccBooks is away, or keys are refused."""
    assumed = fleet.assumed
    return simulate(
        World(
            _drawn(fleet.companies, assumed, forbidden),
            _as_assumed(costs, assumed),
            _machines(fleet.companies, fleet.workers, fleet.database_cores, assumed),
            deaths=draw_deaths(deaths, fleet.workers, fleet.outcome.seconds, SEED),
            away=away,
        )
    )


def first_pass(fleet: Fleet, costs: Costs, volume: Volume) -> Outcome:
    """Return the outcome of the first syncs of a fleet's companies, as far as one day's requests lead.

    Measured are companies of few records; the others are pages, and processor time to load and to rebuild.
    """
    limits = (STARTER, PRO)
    records = max(0, fleet.assumed.records - RECORDS_MEASURED)
    work = costs.works[Kind.FIRST]
    larger = replace(
        work,
        requests=work.requests + math.ceil(records / PER_PAGE),
        loading=work.loading + records * volume.load,
    )
    postings = round(records * volume.postings_per_record)
    first = [
        Company(f"company_{each}", Kind.FIRST, limits[each % len(limits)], postings)
        for each in range(fleet.companies)
    ]
    here = _as_assumed(costs, fleet.assumed)
    here = replace(here, works={**costs.works, Kind.FIRST: larger}, per_million=volume.rebuild * MILLION)
    machines = _machines(fleet.companies, fleet.workers, fleet.database_cores, fleet.assumed)
    return simulate(World(first, here, machines))


def _drawn(companies: int, assumed: Assumed, forbidden: float = 0.0) -> list[Company]:
    limits = [STARTER, PRO]
    return draw_companies(
        companies, SEED, changed=assumed.changed, limits=limits, postings=0, forbidden=forbidden
    )


def _machines(companies: int, workers: int, cores: int, assumed: Assumed) -> Machines:
    """Return machines of one worker each: of one core beside a PostgreSQL server, of two without one."""
    batch = max(1, min(assumed.batch, math.ceil(companies / workers)))
    return Machines(workers, 1 if cores else 2, cores, assumed.jobs, batch)


def _as_assumed(costs: Costs, assumed: Assumed) -> Costs:
    """Return costs with AccBooks far away, on machines that do nothing else."""
    return replace(costs, latency=assumed.latency, answer=0.0, alone=min(1.0, costs.alone))
