"""The progress of a sync of many companies, in a few lines: on a terminal always, in a log now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from accbooks_warehouse.sources.accbooks import NoProgress, RateBudget
from accbooks_warehouse.sources.accbooks import Progress as Watcher
from rich.console import Console
from rich.live import Live
from rich.text import Text

MANY = 20
"""Of more companies than these, each does not have a line of its own."""
NAMED = 5
"""As many companies are named in a line."""
SECONDS_IN_A_LOG = 30.0
"""How often a log says how far the run is."""
SHORT_WAIT_SECONDS = 2.0
SECONDS_OF_A_MINUTE = 60


class ManyProgress:
    """Counts the companies that are done, being read, waiting for their limits, and failed.

    `clock` gives seconds that never go back. Any thread may report.
    """

    def __init__(self, console: Console, companies: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._companies = companies
        self._clock = clock
        self._began_at = self._said_at = clock()
        self._counting = threading.Lock()
        self._done = 0
        self._under_way: dict[str, float] = {}
        self._failed: list[str] = []
        self._budgets: dict[str, RateBudget] = {}
        self._live = Live(
            get_renderable=lambda: Text("\n".join(self.lines), "dim"),
            console=console,
            refresh_per_second=1,
            transient=True,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self.announce("; ".join(self.lines))

    def of(self, company: str) -> Watcher:
        """Return the progress of one company."""
        return OneOfMany(self, company)

    def announce(self, text: str) -> None:
        """Print the step that the run begins."""
        self._console.print(Text(text, "dim" if self._console.is_terminal else ""), highlight=False)

    @property
    def lines(self) -> Sequence[str]:
        """Return how far the run is."""
        now = self._clock()
        with self._counting:
            waiting = [name for name, until in self._under_way.items() if until > now]
            reading = [name for name in self._under_way if name not in waiting]
            done, failed = self._done, list(self._failed)
            requests = sum(budget.requests for budget in self._budgets.values())
        lines = [f"{done:,} of {self._companies:,} companies are read"]
        lines += [f"{len(failed):,} failed: {_named(failed)}"] if failed else []
        lines += [f"{len(reading):,} are being read: {_named(reading)}"] if reading else []
        lines += [f"{len(waiting):,} wait for their limits: {_named(waiting)}"] if waiting else []
        seconds = (now - self._began_at) / done * (self._companies - done) if done else None
        left = "" if not seconds else f", {_minutes(seconds)} left"
        return [*lines, f"{requests:,} requests{left}"]

    def began(self, company: str, budget: RateBudget) -> None:
        """Note that a company's books are open."""
        with self._counting:
            self._budgets[company] = budget
            self._under_way[company] = 0.0

    def waits(self, company: str, seconds: float) -> None:
        """Note that a company waits for its rate limit."""
        with self._counting:
            if company in self._under_way and seconds >= SHORT_WAIT_SECONDS:
                self._under_way[company] = self._clock() + seconds

    def ended(self, company: str, error: Exception | None) -> None:
        """Note that nothing more is read of a company; a log says so now and then."""
        now = self._clock()
        with self._counting:
            self._done += 1
            self._under_way.pop(company, None)
            if error is not None:
                self._failed.append(company)
            is_time = now - self._said_at >= SECONDS_IN_A_LOG and not self._console.is_terminal
            if is_time:
                self._said_at = now
        if is_time:
            self.announce("; ".join(self.lines))


class OneOfMany(NoProgress):
    """Tells of one company among many."""

    def __init__(self, many: ManyProgress, company: str) -> None:
        self._many = many
        self._company = company

    def opened(self, budget: RateBudget) -> None:
        """Note that the company's books are open."""
        self._many.began(self._company, budget)

    def waiting(self, seconds: float) -> None:
        """Note that the company waits for its rate limit."""
        self._many.waits(self._company, seconds)

    def ended(self, error: Exception | None) -> None:
        """Note that nothing more is read of the company."""
        self._many.ended(self._company, error)


def _named(names: Sequence[str]) -> str:
    """Return the first names, and that there are more."""
    return ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])


def _minutes(seconds: float) -> str:
    if seconds < SECONDS_OF_A_MINUTE:
        return "less than a minute"
    minutes = round(seconds / SECONDS_OF_A_MINUTE)
    return f"about {minutes:,} minute{'' if minutes == 1 else 's'}"
