"""The emulator in a process of its own, and what it says of the requests it got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.children import asked, child, say

KEY = "demo-key"
UNLIMITED = 1_000_000_000
LISTS = ("contacts", "bank_accounts", "transactions", "invoices", "journals")
SECONDS = 60


@dataclass(frozen=True)
class Statistics:
    """What the emulator was asked since the last reset."""

    requests: int
    refused: int
    busiest_window: int


@dataclass(frozen=True)
class Served:
    """Books being served."""

    base_url: str
    admin_url: str

    def statistics(self) -> Statistics:
        """Return the counts so far."""
        counts = requests.get(self.admin_url + "statistics", timeout=SECONDS).json()
        return Statistics(counts["requests"], counts["refused"], counts["busiest_window"])

    def reset(self) -> None:
        """Start counting anew."""
        requests.delete(self.admin_url + "statistics", timeout=SECONDS)

    def records(self, since: dt.date | None = None) -> int:
        """Return how many records the lists hold from a date on; costs requests, so reset afterwards."""
        return sum(self._total(name, since) for name in LISTS)

    def _total(self, name: str, since: dt.date | None) -> int:
        params: dict[str, str | int] = {"per_page": 1, **({"from": str(since)} if since else {})}
        headers = {"Authorization": f"Bearer {KEY}"}
        page = requests.get(self.base_url + name, params=params, headers=headers, timeout=SECONDS)
        total: int = page.json()["meta"]["total_records"]
        return total


@contextmanager
def served(directory: Path, **settings: Any) -> Iterator[Served]:
    """Serve books in a process of their own until the block ends; the options are the emulator's."""
    options = {"plan": "enterprise", "minute_limit": UNLIMITED, **settings}
    with child("benchmarks.emulated", options, directory) as running:
        yield Served(**running.answer())


def main() -> None:
    """Serve until killed; says the addresses first."""
    from emulator.server import serve  # noqa: PLC0415 - the parent needs none of it
    from emulator.settings import Settings  # noqa: PLC0415

    settings = Settings(**asked())
    serve(settings, lambda emulator: say({"base_url": emulator.base_url, "admin_url": emulator.admin_url}))


if __name__ == "__main__":
    main()
