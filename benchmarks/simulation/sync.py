"""The simulated syncs: workers take batches of companies, read, load and build them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from benchmarks.simulation.clock import Clock, Process, Room, Steps
from benchmarks.simulation.keys import MINUTE, Key, Limit
from benchmarks.simulation.world import (
    GIVES_UP_SECONDS,
    TERM_SECONDS,
    UNDER_WAY,
    Company,
    Costs,
    Death,
    End,
    Ended,
    Kind,
    Outcome,
    Work,
    World,
)

MILLION = 1_000_000
FEWEST_IN_FLIGHT, MOST_IN_FLIGHT, HEADROOM, MOST_PER_SECOND = 2, 32, 1.5, 200.0
"""As in sources/accbooks/api/budget.py: requests in flight follow from limit and latency."""
WORTH_LENDING_SECONDS = 2.0
"""As in pipelines/sync/warehouse_access.py: who waits longer for its key lends its place among the jobs."""


def simulate(world: World) -> Outcome:
    """Sync the companies of a world; the same world has the same outcome."""
    return _Simulation(world).run()


@dataclass
class _Books:
    """A company, its key, and how far its sync is."""

    company: Company
    key: Key
    work: Work
    requests_left: int
    is_loaded: bool = False
    is_built: bool = False
    ended: Ended | None = None

    @property
    def is_done(self) -> bool:
        return self.ended is not None and self.ended.end is End.DONE


@dataclass
class _Worker:
    """A machine's worker: its cores, Python's lock, the places of companies, and what it has under way."""

    number: int
    cores: Room
    python: Room
    under_way: Room
    jobs: Room
    batch: list[_Books] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    is_alive: bool = True

    @property
    def is_idle(self) -> bool:
        return self.is_alive and all(each.is_over for each in self.processes)


class _Simulation:
    def __init__(self, world: World) -> None:
        self._world = world
        self._costs: Costs = world.costs
        self._clock = clock = Clock()
        machines = world.machines
        works = {kind: world.costs.works[kind] for kind in {each.kind for each in world.companies}}
        self._books = [
            _Books(each, Key(each.limit), works[each.kind], works[each.kind].requests)
            for each in world.companies
        ]
        self._workers = [
            _Worker(
                number,
                cores=Room(clock, machines.cores),
                python=Room(clock, 1),
                under_way=Room(clock, UNDER_WAY),
                jobs=Room(clock, machines.jobs),
            )
            for number in range(machines.number)
        ]
        first = self._workers[0].cores
        self._database = Room(clock, machines.database_cores) if machines.database_cores else first
        self._emulator, self._emulators_cores = Room(clock, 1), first
        self._loads, self._models = Room(clock, 1), Room(clock, 1)
        self._queue: deque[_Books] = deque()
        self._processor = self._databases_processor = 0.0
        self._last_end = 0.0
        self._runs = 0

    def run(self) -> Outcome:
        for begins in self._world.passes:
            self._clock.start(self._begin_pass(), at=begins)
        for death in self._world.deaths:
            self._clock.start(self._die(death), at=death.at)
        self._clock.run()
        return Outcome(
            seconds=self._last_end,
            processor=self._processor,
            database=self._databases_processor,
            building=self._models.seconds,
            runs=self._runs,
            companies={each.company.name: each.ended for each in self._books if each.ended is not None},
        )

    def _begin_pass(self) -> Steps:
        yield 0.0
        waiting = {id(each) for each in self._queue}
        under_way = {id(each) for worker in self._workers for each in worker.batch}
        self._line_up(
            [each for each in self._books if not each.is_done and id(each) not in waiting | under_way]
        )

    def _line_up(self, books: list[_Books]) -> None:
        """Have companies synced by whoever is free."""
        self._queue.extend(books)
        for worker in self._workers:
            if worker.is_idle:
                self._start(worker)

    def _start(self, worker: _Worker) -> None:
        worker.processes = [self._clock.start(self._work(worker))]

    def _work(self, worker: _Worker) -> Steps:
        """Sync batch after batch; each is a run of its own."""
        while self._queue:
            most = self._world.machines.batch
            worker.batch = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
            self._runs += 1
            yield from self._compute(worker, self._costs.start)
            for books in worker.batch:
                worker.processes.append(self._clock.start(self._sync(worker, books)))
            yield from worker.processes[1:]
            yield from self._build(worker)
            worker.batch = []
            del worker.processes[1:]

    def _sync(self, worker: _Worker, books: _Books) -> Steps:
        """Read a company, while it has a place among those that ask AccBooks, and load it."""
        yield worker.under_way
        try:
            if not books.is_loaded:
                yield from self._read(worker, books)
            if books.ended is None and not books.is_loaded:
                yield from self._load(worker, books)
        finally:
            worker.under_way.leave()

    def _read(self, worker: _Worker, books: _Books) -> Steps:
        books.ended = None
        reading = books.work.reading / max(1, books.work.requests)
        yield worker.jobs
        has_place = True
        try:
            while books.requests_left and books.ended is None:
                now = self._clock.now
                if self._is_away(now) and self._is_away(now + GIVES_UP_SECONDS):
                    yield GIVES_UP_SECONDS
                    self._end(books, End.UNREACHABLE)
                elif granted := books.key.grant(self._wanted(books), now):
                    yield from self._ask(granted, books.company.limit)
                    books.requests_left -= granted
                    yield from self._compute(worker, granted * reading)
                    if books.company.is_forbidden:
                        self._end(books, End.FORBIDDEN)
                elif books.key.is_spent(now):
                    self._end(books, End.LIMIT_REACHED)
                else:
                    seconds = books.key.until_next_minute(now)
                    if seconds >= WORTH_LENDING_SECONDS:
                        worker.jobs.leave()
                        has_place = False
                    yield seconds
                    if not has_place:
                        yield worker.jobs
                        has_place = True
        finally:
            if has_place:
                worker.jobs.leave()

    def _wanted(self, books: _Books) -> int:
        """Return how many requests are sent as one: all but the first, which tells what the limit is."""
        return 1 if books.requests_left == books.work.requests else books.requests_left

    def _in_flight(self, limit: Limit) -> int:
        rate = min(limit.per_minute / MINUTE, MOST_PER_SECOND)
        wanted = math.ceil(rate * (self._costs.latency + self._costs.answer) * HEADROOM + 1)
        return min(max(wanted, FEWEST_IN_FLIGHT), MOST_IN_FLIGHT)

    def _ask(self, requests: int, limit: Limit) -> Steps:
        """Send requests, some in flight at once, and wait for answers; the emulator gives one at a time."""
        if self._costs.answer:
            yield self._emulator
            try:
                yield from self._emulators_cores.busy(requests * self._costs.answer)
            finally:
                self._emulator.leave()
        yield math.ceil(requests / self._in_flight(limit)) * self._costs.latency

    def _load(self, worker: _Worker, books: _Books) -> Steps:
        """Load what was read, in turn with all other processes if there is anything to write."""
        if books.work.loading:
            yield self._loads
        try:
            yield from self._compute(worker, books.work.loading)
            yield from self._query(books.work.database)
            books.is_loaded = True
        finally:
            if books.work.loading:
                self._loads.leave()

    def _build(self, worker: _Worker) -> Steps:
        """Make the models of the companies that changed; all that were loaded are done then."""
        loaded = [each for each in worker.batch if each.is_loaded]
        changed = [each for each in loaded if each.company.kind is not Kind.UNCHANGED]
        if changed:
            millions = sum(each.company.postings for each in changed) / MILLION
            yield self._models
            began = self._clock.now
            try:
                yield from self._compute(worker, self._costs.build + millions * self._costs.per_million)
            finally:
                self._models.seconds += self._clock.now - began
                self._models.leave()
        for books in loaded:
            self._end(books, End.DONE)

    def _compute(self, worker: _Worker, seconds: float) -> Steps:
        """Take so much processor time of a worker: one part with Python's lock, the other one beside it."""
        if seconds <= 0:
            return
        alone = seconds * self._costs.alone
        beside = self._clock.start(worker.cores.busy(seconds - alone)) if alone < seconds else None
        try:
            yield worker.python
            try:
                yield from worker.cores.busy(alone)
            finally:
                worker.python.leave()
            if beside:
                yield beside
        finally:
            if beside:
                beside.stop()
        self._processor += seconds

    def _query(self, seconds: float) -> Steps:
        yield from self._database.busy(seconds)
        self._databases_processor += seconds

    def _die(self, death: Death) -> Steps:
        """Stop a worker; its companies are free when its leases have expired, and it comes back by itself."""
        yield 0.0
        worker = self._workers[death.worker]
        if not worker.is_alive:
            return
        left_behind = [each for each in worker.batch if not each.is_done]
        worker.is_alive, worker.batch = False, []
        for process in worker.processes:
            process.stop()
        for books in left_behind:
            if not books.is_loaded:  # what was read and not loaded is read again
                books.requests_left = books.work.requests
        self._clock.start(self._release(left_behind), at=death.at + TERM_SECONDS)
        yield death.until_restart
        worker.is_alive = True
        self._start(worker)

    def _release(self, books: list[_Books]) -> Steps:
        yield 0.0
        self._line_up(books)

    def _is_away(self, at: float) -> bool:
        return any(begins <= at < ends for begins, ends in self._world.away)

    def _end(self, books: _Books, end: End) -> None:
        key = books.key
        books.ended = Ended(end, self._clock.now, key.requests, key.busiest_minute)
        self._last_end = max(self._last_end, self._clock.now)
