"""What other threads tell the worker: that events are stored, that a load ended, and that it is to end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Signals:
    """What other threads tell the worker; `told` counts what was."""

    stop: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    last_stored: float = 0.0
    told: int = 0

    def stored(self) -> None:
        """Note that new events are stored."""
        with self.changed:
            self.last_stored = time.monotonic()
        self.wake()

    def wake(self) -> None:
        """Have the worker look at what there is to do."""
        with self.changed:
            self.told += 1
            self.changed.notify_all()

    def stopped(self) -> None:
        """Tell the worker to end after what it does now."""
        self.stop.set()
        # a signal's handler must not wait for the condition, which the interrupted thread may hold
        threading.Thread(target=self.wake, daemon=True).start()

    def wait(self, seconds: float, seen: int) -> None:
        """Wait until something is told, for so many seconds at most.

        `seen` is `told` as the caller knew it when it looked for work: it does not wait if something was told
        since.
        """
        with self.changed:
            self.changed.wait_for(lambda: self.stop.is_set() or self.told != seen, max(0.0, seconds))
