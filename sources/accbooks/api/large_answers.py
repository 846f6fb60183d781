"""Large answers are read and taken apart one after the other, because dozens of requests are in flight."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

LARGE_BYTES = 2**20
"""Of an answer, unpacked: what is in flight below that may be as much at once as there are requests."""
_at_work = threading.Lock()


class LargeAnswerTurn:
    """The turn of one request, which it needs once its answer turns out to be large, until the block ends."""

    def __init__(self) -> None:
        self._is_taken = False

    def take(self) -> None:
        """Wait until no other answer of this process is large; nothing happens if it is this one's turn."""
        if not self._is_taken:
            _at_work.acquire()
            self._is_taken = True

    def end(self) -> None:
        """Let the next one have its turn."""
        if self._is_taken:
            self._is_taken = False
            _at_work.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
