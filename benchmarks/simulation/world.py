"""What is simulated: companies, what their syncs cost, machines, failures, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from benchmarks.simulation.keys import NO_LIMIT, Limit

TERM_SECONDS = 60.0
"""How long the leases of a worker last after it died: `TERM_SECONDS` of pipelines/control/claim.py."""
GIVES_UP_SECONDS = 7.5
"""How long a request is tried again if AccBooks is away: four pauses, of at most 0.5, 1, 2 and 4 s."""
UNDER_WAY = 96
"""How many companies a process has under way: `UNDER_WAY` of pipelines/sync/warehouse_access.py."""
JOBS = 4
"""How many of them ask AccBooks at once, by default."""
ALL = 10**9


class Kind(StrEnum):
    """What a sync finds: nothing of the company in the warehouse, no change, or one."""

    FIRST = "first"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


class End(StrEnum):
    """How the syncs of a company ended."""

    DONE = "done"
    LIMIT_REACHED = "limit reached"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Work:
    """What the sync of one company takes beyond the process that does it; seconds are of processor time.

    `reading` is done beside other companies, `loading` while no other process loads into the warehouse.
    `database` is PostgreSQL's own, which is 0 for DuckDB.
    """

    requests: int
    reading: float
    loading: float = 0.0
    database: float = 0.0


@dataclass(frozen=True)
class Costs:
    """Service times, as measured: seconds of processor time, but for `latency`.

    `start` is what a run takes that syncs nothing, `build` what it takes more if a company changed, and
    `per_million` what each million rebuilt postings takes. `answer` is the emulator's own time for a request,
    where it shares the machine. `alone` is the share of a run's processor time with Python's lock, which one
    thread has at a time; above 1 it says that other programs have the cores as well.
    """

    works: Mapping[Kind, Work]
    start: float = 0.0
    build: float = 0.0
    per_million: float = 0.0
    latency: float = 0.0
    answer: float = 0.0
    alone: float = 1.0


@dataclass(frozen=True)
class Company:
    """A company and its key; `postings` are those that a change of it makes anew."""

    name: str
    kind: Kind = Kind.UNCHANGED
    limit: Limit = NO_LIMIT
    postings: int = 0
    is_forbidden: bool = False


@dataclass(frozen=True)
class Machines:
    """So many machines, each with one worker: a process that syncs batches of companies, run by run.

    `database_cores` are PostgreSQL's own; 0 says that the warehouse and AccBooks' emulator, if there is one,
    are on the first machine. `jobs` of a run's companies ask AccBooks at once.
    """

    number: int = 1
    cores: int = 2
    database_cores: int = 0
    jobs: int = JOBS
    batch: int = ALL


@dataclass(frozen=True)
class Death:
    """A worker (counted from 0) dies at a time; another one takes its place so many seconds later."""

    worker: int
    at: float
    until_restart: float = 30.0


@dataclass(frozen=True)
class World:
    """All of it. At each of `passes`, in seconds, every company is synced that is not done yet.

    `away` are the times, from and to, at which AccBooks does not answer.
    """

    companies: Sequence[Company]
    costs: Costs
    machines: Machines = Machines()
    passes: Sequence[float] = (0.0,)
    deaths: Sequence[Death] = ()
    away: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Ended:
    """How the syncs of a company ended, when, and with how many requests; `busiest_minute` of its key."""

    end: End
    at: float
    requests: int
    busiest_minute: int


@dataclass(frozen=True)
class Outcome:
    """What came of it: seconds from the beginning to the last end, and seconds of processor time.

    `building` are the seconds in which a run made models, and no other run could.
    """

    seconds: float
    processor: float
    database: float
    building: float
    runs: int
    companies: Mapping[str, Ended] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """Return how many requests all companies took."""
        return sum(each.requests for each in self.companies.values())

    def ended(self, end: End) -> list[str]:
        """Return the companies that ended so."""
        return [name for name, each in self.companies.items() if each.end is end]
