"""Read and decode large responses one at a time, because dozens of requests are in flight."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

LARGE_BYTES = 2**20
"""A decoded response above this size is large; smaller ones are read all at once."""
_at_work = threading.Lock()


class LargeAnswerTurn:
    """The turn of one request. It takes the turn when its response proves to be large."""

    def __init__(self) -> None:
        self._is_taken = False

    def take(self) -> None:
        """Wait until no other request of this process has the turn; returns at once if this one has it."""
        if not self._is_taken:
            _at_work.acquire()
            self._is_taken = True

    def end(self) -> None:
        """Pass the turn on."""
        if self._is_taken:
            self._is_taken = False
            _at_work.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
