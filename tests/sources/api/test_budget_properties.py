"""Whatever the server and the network do, the limit holds and the work gets done.

The server has fixed rate windows, the client many threads; time is virtual, made of events. Requests and
responses travel for random times, so they overtake each other both ways.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

from accbooks_warehouse.sources.accbooks.api.minute_count import (
    RESET_TOLERANCE_SECONDS,
    WINDOW_SECONDS,
    MinuteWindow,
)
from accbooks_warehouse.sources.accbooks.api.rate_headers import RateHeaders
from hypothesis import given, settings
from hypothesis import strategies as st

START = 1_700_000_000.0
RESETS = ("exact", "ceil", "floor", "cut clock", "jitter")


@dataclass(frozen=True)
class Scenario:
    """One run: times in seconds, chances from 0 to 1; others spend up to `others` requests a window."""

    limit: int
    length: float
    phase: float
    requests: int
    concurrency: int
    latency: tuple[float, float]
    seed: int
    skew: float = 0.0
    reset: str = "exact"
    dated: float = 1.0
    lost: float = 0.0
    others: int = 0


@dataclass
class Simulation:
    """Runs a scenario; `used` is what the server counted by window, `refused` what it answered with 429."""

    scenario: Scenario
    window: MinuteWindow = field(default_factory=MinuteWindow)
    used: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    out_at_refusal: dict[int, int] = field(default_factory=dict)
    sent_before_reset: int = 0
    now: float = START
    ended: float = START

    def __post_init__(self) -> None:
        self._random = random.Random(self.scenario.seed)  # noqa: S311 - chance, no secret
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._to_do = self.scenario.requests
        self._idle = self.scenario.concurrency
        self._refused_until = 0.0
        self._answered = 0
        self._wake = 0.0

    @property
    def windows(self) -> int:
        """Windows from that of the first request to that of the last."""
        return max(self.used) - min(self.used) + 1

    def run(self, seconds: float) -> Simulation:
        """Run until everything is answered; fails if that takes longer than `seconds`."""
        if self.scenario.others:
            self._at(START, self._others)
        self._send()
        while self._to_do or self._idle < self.scenario.concurrency:
            self.now, _, event = heapq.heappop(self._events)
            assert self.now < START + seconds, "the client does not get on"
            event()
            self._send()
        return self

    def _at(self, moment: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), event))

    def _travel(self) -> float:
        return self._random.uniform(*self.scenario.latency) / 2

    def _window(self) -> int:
        return math.floor((self.now - self.scenario.phase) / self.scenario.length)

    def _send(self) -> None:
        """Send while threads are idle and the client's arithmetic allows it; else try when it says."""
        while self._to_do and self._idle:
            wait = self.window.wait(self._ours())
            if wait > 0:
                self._wake_at(self.now + max(wait, 0.001))
                return
            self._to_do -= 1
            self._idle -= 1
            self.sent_before_reset += self.now < self._refused_until
            self.window.sent()
            self._at(self.now + self._travel(), lambda sent=self.now: self._arrive(sent))

    def _wake_at(self, moment: float) -> None:
        if math.isfinite(moment) and not self.now < self._wake <= moment:
            self._wake = moment
            self._at(moment, lambda: None)

    def _arrive(self, sent: float) -> None:
        window = self._window()
        refused = self.used[window] >= self.scenario.limit
        if refused:
            self.refused[window] += 1
        else:
            self.used[window] += 1
        end = self.scenario.phase + (window + 1) * self.scenario.length
        remaining = max(0, self.scenario.limit - self.used[window])
        headers = RateHeaders(self.scenario.limit, remaining, self._reset(end), None, self._date())
        self._at(self.now + self._travel(), lambda: self._answer(sent, headers, window, refused=refused))

    def _reset(self, end: float) -> float:
        left = end - self.now
        return {
            "exact": end,
            "ceil": math.ceil(end),
            "floor": math.floor(end),
            "cut clock": math.floor(self.now) + math.ceil(left),
            "jitter": end + self._random.uniform(-0.5, 0.5),
        }[self.scenario.reset]

    def _date(self) -> float | None:
        dated = not self._answered or self._random.random() < self.scenario.dated
        return float(math.floor(self.now)) if dated and self.scenario.dated else None

    def _answer(self, sent: float, headers: RateHeaders, window: int, *, refused: bool) -> None:
        self._idle += 1
        if self._answered and self._random.random() < self.scenario.lost:
            self.window.answered(None, self._ours())
            self._to_do += 1
            return
        self._answered += 1
        if refused:
            self.out_at_refusal.setdefault(window, self.window.in_flight)
            self._refused_until = max(self._refused_until, headers.reset or 0.0)
            self._to_do += 1
        self.ended = self.now
        ours = self._ours()
        sent_at = sent + self.scenario.skew
        self.window.answered(headers, ours, sent_at=sent_at, refused=refused)

    def _others(self) -> None:
        """Spend a little of this window, and come back before it ends or after; never take the last one."""
        free = min(self.scenario.others, self.scenario.limit - 1) - self.used[self._window()]
        if free > 0:
            self.used[self._window()] += self._random.randint(0, free)
        self._at(self.now + self._random.uniform(0.05, 0.7) * self.scenario.length, self._others)

    def _ours(self) -> float:
        return self.now + self.scenario.skew


CLOCK_LAG_SECONDS = 1.0
"""How far the client's idea of the server's clock may lag behind it, as Date is cut to whole seconds."""

latencies = st.tuples(st.floats(0.001, 0.1), st.sampled_from([0.1, 0.5, 3.0]))
scenarios = st.builds(
    Scenario,
    limit=st.integers(1, 40),
    length=st.sampled_from([1.0, 1.5, 2.0, 5.0, 60.0]),
    phase=st.sampled_from([0.0, 3.25, 3.999]),
    requests=st.integers(1, 100),
    concurrency=st.integers(1, 32),
    latency=latencies,
    seed=st.integers(0, 1000),
    skew=st.sampled_from([0.0, -7200.0, 7200.5]),
    reset=st.sampled_from(RESETS),
    dated=st.sampled_from([1.0, 0.3]),
)


def patience(scenario: Scenario) -> float:
    """Return seconds in which a client that gets one request through each window it sees is done."""
    turn = scenario.length + WINDOW_SECONDS + 2 * RESET_TOLERANCE_SECONDS + CLOCK_LAG_SECONDS
    return (3 * scenario.requests + 30) * (turn + 2 * scenario.latency[1])


@given(scenario=scenarios, lost=st.sampled_from([0.0, 0.0, 0.05, 0.3]))
@settings(max_examples=200)
def test_alone_on_the_key_no_request_is_ever_refused(scenario: Scenario, lost: float) -> None:
    run = Simulation(replace(scenario, lost=lost)).run(patience(scenario))
    assert run.refused == {}
    assert sum(run.used.values()) >= scenario.requests


@given(scenario=scenarios.filter(lambda each: each.skew == 0))
@settings(max_examples=40)
def test_nor_where_the_server_does_not_tell_its_time_and_the_clocks_agree(scenario: Scenario) -> None:
    assert Simulation(replace(scenario, dated=0.0)).run(patience(scenario)).refused == {}


@given(scenario=scenarios, spare=st.sampled_from([0.0, 1.0, 30.0]))
@settings(max_examples=100)
def test_alone_with_quick_answers_every_window_is_spent_whole(scenario: Scenario, spare: float) -> None:
    latency = 0.1
    rounds = math.ceil(scenario.limit / scenario.concurrency) + 4
    length = 2 * RESET_TOLERANCE_SECONDS + CLOCK_LAG_SECONDS + rounds * latency + spare
    scenario = replace(scenario, length=length, latency=(0.001, latency), dated=1.0)
    run = Simulation(scenario).run(patience(scenario))
    assert run.windows <= (scenario.requests - 1) // scenario.limit + 2


@given(scenario=scenarios.filter(lambda each: each.limit > 1), share=st.floats(0.1, 1.0))
@settings(max_examples=100)
def test_beside_others_a_refusal_stops_everything_until_reset(scenario: Scenario, share: float) -> None:
    scenario = replace(scenario, others=math.ceil(scenario.limit * share))
    run = Simulation(scenario).run(patience(scenario))
    assert run.sent_before_reset == 0
    assert all(run.refused[window] <= out for window, out in run.out_at_refusal.items())
    assert sum(run.refused.values()) <= sum(run.out_at_refusal.values())
