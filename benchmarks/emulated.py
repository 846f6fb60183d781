"""The emulator in a process of its own, and what it says of the requests it got."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pendulum
import requests

from benchmarks.children import asked, child, reply
from benchmarks.processor import processor_seconds

KEY = "demo-key"
UNLIMITED = 1_000_000_000
LISTS = ("contacts", "bank_accounts", "transactions", "invoices", "journals")
SECONDS = 60
PER_PAGE = 100


@dataclass(frozen=True)
class Statistics:
    """What the emulator was asked since the last reset; `by_path` are requests without their parameters."""

    requests: int
    refused: int
    busiest_window: int
    by_path: Mapping[str, int] = field(default_factory=dict)

    @property
    def reports(self) -> int:
        """Return how many of the requests were for reports."""
        return sum(count for path, count in self.by_path.items() if path.startswith("/v1/reports/"))


@dataclass(frozen=True)
class Served:
    """Books being served."""

    base_url: str
    admin_url: str
    process: int = 0

    @property
    def processor(self) -> float:
        """Return the seconds of processor time that the emulator took so far, where Linux tells."""
        return processor_seconds(self.process)

    def statistics(self) -> Statistics:
        """Return the counts so far."""
        counts = requests.get(self.admin_url + "statistics", timeout=SECONDS).json()
        return Statistics(counts["requests"], counts["refused"], counts["busiest_window"], counts["by_path"])

    def reset(self) -> None:
        """Start counting anew."""
        requests.delete(self.admin_url + "statistics", timeout=SECONDS)

    def records(self, since: dt.date | None = None) -> int:
        """Return how many records the lists hold from a date on; costs requests, so reset afterwards."""
        days = {"from": str(since)} if since else {}
        return sum(self._meta(name, days, 1)["total_records"] for name in LISTS)

    def month_pages(self, name: str, date: str) -> int:
        """Return how many pages of a list the month of a date has; costs a request."""
        month = pendulum.Date.fromisoformat(date).start_of("month")
        days = {"from": str(month), "to": str(month.end_of("month"))}
        return self._meta(name, days, PER_PAGE)["total_pages"]

    def pages(self, name: str) -> int:
        """Return how many pages a list has; costs a request."""
        return self._meta(name, {}, PER_PAGE)["total_pages"]

    def _meta(self, name: str, days: Mapping[str, str], per_page: int) -> dict[str, int]:
        params: dict[str, str | int] = {"per_page": per_page, **days}
        headers = {"Authorization": f"Bearer {KEY}"}
        page = requests.get(self.base_url + name, params=params, headers=headers, timeout=SECONDS)
        meta: dict[str, int] = page.json()["meta"]
        return meta


@contextmanager
def served(directory: Path, **settings: Any) -> Iterator[Served]:
    """Serve books in a process of their own until the block ends; the options are the emulator's."""
    options = {"plan": "enterprise", "minute_limit": UNLIMITED, **settings}
    with child("benchmarks.emulated", options, directory) as running:
        yield Served(**running.answer())


def main() -> None:
    """Serve until killed; says the addresses first."""
    from accbooks_warehouse.emulator.server import Emulator, serve  # noqa: PLC0415 - the parent needs none of it
    from accbooks_warehouse.emulator.settings import Settings  # noqa: PLC0415

    settings = Settings(**asked())
    process = os.getpid()

    def say(emulator: Emulator) -> None:
        reply({"base_url": emulator.base_url, "admin_url": emulator.admin_url, "process": process})

    serve(settings, say)


if __name__ == "__main__":
    main()
