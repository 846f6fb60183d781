"""Syncs day after day under a small daily limit, without waiting: the clocks of both sides are moved.

Every day loads records and reports as `accbooks sync` does; models are not built, because what is counted is
what a day of requests lands.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pendulum
import requests
import time_machine
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import RAW, Warehouse
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks import REPORT_RESOURCES
from accbooks_warehouse.sources.accbooks.settings import Settings

from benchmarks.children import Request
from benchmarks.emulated import KEY, LISTS, SECONDS
from benchmarks.syncs import transforms, warehouse_at

KEPT = "kept_pages"
STANDSTILL = 10
"""After so many days in a row that landed nothing, nothing ever will."""
HOUR = 6
"""When, by UTC, each day's run begins."""


@dataclass(frozen=True)
class Day:
    """What a day asked for, and what the warehouse holds at its end.

    `records` are those of the lists, `kept` the pages of lists that are not read whole yet, `reports` the
    different ones fetched so far. `is_done` tells that no limit ended the run.
    """

    requests: int
    for_reports: int
    records: int
    kept: int
    reports: int
    is_done: bool

    @property
    def landed(self) -> tuple[int, int, int]:
        """Return all that is held at the day's end."""
        return self.records, self.kept, self.reports


class Loading(Sync):
    """A sync that loads and proves nothing."""

    def run(self, companies: Sequence[Company], configured: Any = ()) -> SyncResult:  # noqa: ARG002
        """Load every company's records and reports."""
        with ExitStack() as locks:
            loaded = self._load_all(companies, locks)
        return SyncResult(tuple(each.result for each in loaded))


def run_days(request: Request) -> Callable[[], list[dict[str, Any]]]:
    """Return the runs of day after day until one ends by itself, or nothing moves; at most `days` of them."""
    prepare_dlt()
    warehouse = warehouse_at(request["warehouse"])
    count = Path(request["warehouse"].rpartition("?host=")[2]).with_suffix(".sqlite")
    company = Company("default", Settings(KEY, request["base_url"], day_count=count))
    return lambda: _until_done(warehouse, company, request["admin_url"], request["days"])


def _until_done(warehouse: Warehouse, company: Company, admin_url: str, most: int) -> list[dict[str, Any]]:
    days: list[Day] = []
    while len(days) < most and not (days and (days[-1].is_done or stands_still(days))):
        days.append(one_day(warehouse, company, admin_url, len(days) + 1))
    return [asdict(day) for day in days]


def stands_still(days: Sequence[Day]) -> bool:
    """Tell whether the last days landed nothing."""
    last = days[-STANDSTILL:]
    return len(last) == STANDSTILL and len({day.landed for day in last}) == 1


def one_day(warehouse: Warehouse, company: Company, admin_url: str, number: int) -> Day:
    """Run once on the day that is `number` days away."""
    moment = pendulum.today("UTC").add(days=number, hours=HOUR)
    skew = {"kind": "clock_skew", "seconds": moment.timestamp() - time.time()}
    requests.post(admin_url + "faults", json=skew, timeout=SECONDS)
    requests.delete(admin_url + "statistics", timeout=SECONDS)
    with time_machine.travel(moment), transforms(warehouse) as models:
        sync = Loading(warehouse, models, Scope(), progress=NoRunProgress(), announce=lambda _: None)
        (entry,) = sync.run([company]).companies
    if entry.error is not None and entry.limit_reached is None:
        raise entry.error
    counts = requests.get(admin_url + "statistics", timeout=SECONDS).json()
    by_path = counts["by_path"]
    return Day(
        counts["requests"],
        sum(count for path, count in by_path.items() if path.startswith("/v1/reports/")),
        sum(_count(warehouse, f"select count(*) from {warehouse.raw}.{name}", name) for name in LISTS),
        _count(warehouse, f"select count(*) from {warehouse.raw}.{KEPT}", KEPT),
        _reports(warehouse),
        entry.limit_reached is None,
    )


def _count(warehouse: Warehouse, sql: str, table: str) -> int:
    return int(warehouse.query(sql)[0][0]) if warehouse.exists() and warehouse.has_table(RAW, table) else 0


def _reports(warehouse: Warehouse) -> int:
    """Return how many different reports were fetched."""
    names = ", ".join(f"'{name}'" for name in REPORT_RESOURCES)
    start, end = warehouse.quoted("from"), warehouse.quoted("to")
    found = f"select distinct resource, {start}, {end} from {warehouse.raw}.sync_windows"
    sql = f"select count(*) from ({found} where resource in ({names}) and outcome = 'complete') as reports"
    return _count(warehouse, sql, "sync_windows")
