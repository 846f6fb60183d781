"""What other threads tell the worker: that events are stored, and that it is to end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Signals:
    """What other threads tell the worker."""

    stop: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    last_stored: float = 0.0

    def stored(self) -> None:
        """Note that new events are stored."""
        with self.changed:
            self.last_stored = time.monotonic()
            self.changed.notify_all()

    def stopped(self) -> None:
        """Tell the worker to end after what it does now."""
        self.stop.set()
        # a signal's handler must not wait for the condition, which the interrupted thread may hold
        threading.Thread(target=self.stored, daemon=True).start()

    def wait(self, seconds: float, seen: float) -> None:
        """Wait until something is told, for so many seconds at most.

        `seen` is `last_stored` as the caller knew it when it looked for events: it does not wait if others
        were stored since.
        """
        with self.changed:
            self.changed.wait_for(lambda: self.stop.is_set() or self.last_stored != seen, max(0.0, seconds))
