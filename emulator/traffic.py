"""Count the server's requests: by path, in the busiest rate window, and refusals."""

import re
from collections import Counter
from typing import Any

from accbooks_warehouse.emulator.books import RESOURCES

RECORD_PATH = re.compile(f"^(/v1/(?:{'|'.join(RESOURCES)}))/.*")


class Traffic:
    """Counts since the start or the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Set all counts to zero."""
        self.requests = 0
        self.refused = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.by_path: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()
        self._windows: Counter[tuple[str, float]] = Counter()

    def arrived(self, path: str, key: str, window: float, *, refused: bool) -> None:
        """Count a request; a refused one does not count in its window."""
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.by_path[_pattern(path)] += 1
        if refused:
            self.refused += 1
        else:
            self._windows[key, window] += 1

    def answered(self, status: int) -> None:
        """Count a response."""
        self.in_flight = max(0, self.in_flight - 1)
        self.by_status[status] += 1

    @property
    def busiest_window(self) -> int:
        """The most requests that one key had accepted in one window."""
        return max(self._windows.values(), default=0)

    def summary(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return {
            "requests": self.requests,
            "refused": self.refused,
            "busiest_window": self.busiest_window,
            "most_in_flight": self.most_in_flight,
            "by_path": dict(sorted(self.by_path.items())),
            "by_status": {str(status): count for status, count in sorted(self.by_status.items())},
        }


def _pattern(path: str) -> str:
    """Return a path with a placeholder for the id of a record."""
    return RECORD_PATH.sub(r"\1/{id}", path)
