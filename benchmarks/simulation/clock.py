"""Simulated time: a heap of events, processes that wait, and rooms with so many places."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator
from typing import TypeAlias, Union

Steps: TypeAlias = Generator[Union[float, "Room", "Process"], None, None]
"""What a process does: it yields seconds to wait, a room in which it takes a place, or another process.

A place is given back with `Room.leave`; the end of another process is waited for.
"""


class Clock:
    """Runs processes in the order of their times; those of one time in the order in which they came."""

    def __init__(self) -> None:
        self.now = 0.0
        self._came = 0
        self._events: list[tuple[float, int, Process]] = []

    def start(self, steps: Steps, at: float | None = None) -> Process:
        """Start a process, now or at a time."""
        process = Process(self, steps)
        self.resume(process, 0.0 if at is None else at - self.now)
        return process

    def run(self) -> None:
        """Run until nothing happens any more."""
        while self._events:
            self.now, _, process = heapq.heappop(self._events)
            process.go_on()

    def resume(self, process: Process, seconds: float = 0.0) -> None:
        """Let a process go on after so many seconds."""
        self._came += 1
        heapq.heappush(self._events, (self.now + seconds, self._came, process))


class Process:
    """Steps under way."""

    def __init__(self, clock: Clock, steps: Steps) -> None:
        self.is_over = False
        self._clock = clock
        self._steps = steps
        self._given: Room | None = None
        self._waiting: list[Process] = []

    def go_on(self) -> None:
        """Do the next step."""
        self._given = None
        if self.is_over:
            return
        try:
            wanted = next(self._steps)
        except StopIteration:
            self._end()
            return
        if isinstance(wanted, Room):
            wanted.come(self)
        elif isinstance(wanted, Process):
            wanted.when_over(self)
        else:
            self._clock.resume(self, wanted)

    def stop(self) -> None:
        """End at once, and give places back, as the end of a real process does."""
        if self.is_over:
            return
        if self._given is not None:  # it was given a place that it does not know of yet
            self._given.leave()
        self._steps.close()
        self._end()

    def when_over(self, process: Process) -> None:
        """Let another process go on when this one is over."""
        if self.is_over:
            self._clock.resume(process)
        else:
            self._waiting.append(process)

    def given(self, room: Room) -> None:
        """Go on with a place in a room."""
        self._given = room
        self._clock.resume(self)

    def _end(self) -> None:
        self.is_over = True
        for process in self._waiting:
            self._clock.resume(process)


class Room:
    """So many places; who finds none waits in line. It counts the seconds that its places were taken."""

    def __init__(self, clock: Clock, places: int) -> None:
        self._clock = clock
        self._free = places
        self._line: deque[Process] = deque()
        self.seconds = 0.0

    def come(self, process: Process) -> None:
        """Give a process a place, or let it wait in line."""
        if self._free >= 1:
            self._free -= 1
            process.given(self)
        else:
            self._line.append(process)

    def leave(self) -> None:
        """Give a place back, to the next one in line."""
        while self._line:
            process = self._line.popleft()
            if not process.is_over:
                process.given(self)
                return
        self._free += 1

    def busy(self, seconds: float) -> Steps:
        """Keep a place for so many seconds."""
        if seconds <= 0:
            return
        yield self
        try:
            yield seconds
            self.seconds += seconds
        finally:
            self.leave()
