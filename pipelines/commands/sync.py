"""`accbooks sync`: load changes, rebuild the reports, compare them, and report the result."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pendulum
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.configuration import (
    Company,
    check_named_companies,
    companies,
    company_names,
    prepare_dlt,
)
from accbooks_warehouse.pipelines.destinations import Warehouse, open_warehouse
from accbooks_warehouse.pipelines.output.run_log import RunLog
from accbooks_warehouse.pipelines.output.run_record import (
    CompanyRecord,
    RunRecord,
    company_records,
    run_record,
)
from accbooks_warehouse.pipelines.queries.company_summary import (
    CompanySummary,
    company_summary,
    has_models,
)
from accbooks_warehouse.pipelines.queries.comparison import Compared, compared_by_company
from accbooks_warehouse.pipelines.queries.runs import SYNC
from accbooks_warehouse.pipelines.sync.company_locks import wait_until_free
from accbooks_warehouse.pipelines.sync.publish import check_publishing, publish_copy
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.sync.run_rows import record_failed_run, record_run
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync


@dataclass(frozen=True)
class SyncOptions:
    """How to sync.

    With `wait`, a run that reached the daily limit continues when the limit resets, and companies that
    another run is syncing follow when that run ends. Up to `jobs` companies are read side by side. `publish`
    is a file for a copy for readers.
    """

    wait: bool = False
    jobs: int = 1
    publish: Path | None = None


def run_sync(
    log: RunLog,
    company: str | None,
    destination: str,
    scope: Scope,
    options: SyncOptions | None = None,
    *,
    until: float = math.inf,
) -> RunRecord:
    """Sync the configured companies, report the result, and return its record.

    No request is sent after `until` (in steady_time).
    """
    options = options or SyncOptions()
    jobs, publish = options.jobs, options.publish
    prepare_dlt()
    warehouse = open_warehouse(destination)
    if publish is not None:
        check_publishing(warehouse, publish)
    if warehouse.notice:
        log.warning(warehouse.notice)
    configured = companies(company)
    check_named_companies(company_names())
    result, synced = sync_companies(log, warehouse, configured, scope, jobs=jobs, until=until)
    records = {record.company: record for record in synced}
    results = {entry.name: entry for entry in result.companies}
    while options.wait and (result.resets_at is not None or result.waits_for):
        wait_to_continue(log, warehouse, result)
        stopped = {entry.name for entry in result.companies if entry.can_continue}
        again = [each for each in configured if each.name in stopped]
        result, synced = sync_companies(log, warehouse, again, scope, jobs=jobs, until=until)
        records |= {record.company: record for record in synced}
        results |= {entry.name: entry for entry in result.companies}
    record = run_record(result, records.values())
    if publish is not None and (fault := publish_copy(warehouse, publish, results.values())):
        log.warning(fault)
    return record


def wait_to_continue(log: RunLog, warehouse: Warehouse, result: SyncResult) -> None:
    """Wait until the daily limit resets and other runs of these companies end."""
    if result.resets_at is not None:
        seconds = max(0.0, result.resets_at - time.time())
        back = pendulum.from_timestamp(result.resets_at)
        log.waiting("next_day", seconds, f"Waiting until {back:YYYY-MM-DD HH:mm} UTC.")
        time.sleep(seconds)
    for name in result.waits_for.values():
        log.waiting("other_run", None, "Waiting for the other run of this company to end.")
        with opening.claimed(warehouse):
            wait_until_free(warehouse, name)


def sync_companies(
    log: RunLog,
    warehouse: Warehouse,
    configured: list[Company],
    scope: Scope,
    *,
    jobs: int = 1,
    until: float = math.inf,
) -> tuple[SyncResult, list[CompanyRecord]]:
    """Sync these companies, report the result, and return it with a record of each company.

    The result is written into the table of runs as well, also where an error ends the sync of all.
    """
    side_by_side, began = jobs > 1 and len(configured) > 1, pendulum.now("UTC")
    with warehouse.open_while_idle():
        with (
            opening.claimed(warehouse),
            log.progress(side_by_side=side_by_side, companies=len(configured)) as progress,
            opening.transforms_of(warehouse) as transforms,
        ):
            sync = Sync(
                warehouse,
                transforms,
                scope,
                progress=progress,
                announce=progress.announce,
                jobs=jobs,
                until=until,
            )
            try:
                result = sync.run(configured, company_names())
            except Exception as error:
                interrupts.check()
                record_failed_run(warehouse, SYNC, began, error, [each.name for each in configured])
                raise
        for fault in result.file_faults:
            log.warning(fault)
        ids = [entry.company_id for entry in result.companies if entry.company_id]
        with warehouse.kept_open(), warehouse.together.asking(ids):
            compared = compared_companies(warehouse, result)
            records = company_records(result, compared)
            log.synced(result, records, partial(summary_of_company, warehouse, compared))
            record_run(warehouse, SYNC, began, result, log.warning)
        return result, records


def compared_companies(warehouse: Warehouse, result: SyncResult) -> dict[str, Compared]:
    """Return what was compared of each company that was read, by id; empty if no models were built."""
    read = [entry.company_id for entry in result.companies if entry.company_id and entry.books]
    return compared_by_company(warehouse, read) if has_models(warehouse) else {}


def summary_of_company(
    warehouse: Warehouse, compared: Mapping[str, Compared], entry: CompanyResult
) -> CompanySummary:
    """Return the summary of a company that was read, of which so much was compared."""
    assert entry.books is not None  # noqa: S101 - only companies that were read have summaries
    company_id = entry.books.company_id
    return company_summary(warehouse, company_id, entry.books.opened_at, compared[company_id])
