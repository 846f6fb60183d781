"""Write down what a run came to, for each company, in the table of runs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import TransformError, WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.queries.runs import LEFT_ALONE, CompanyRun, write_runs
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.versions import versions
from accbooks_warehouse.sources.accbooks import AccBooksError, ConfigurationError

Warn = Callable[[str], None]


def record_run(
    warehouse: Warehouse, command: str, started_at: dt.datetime, result: SyncResult, warn: Warn
) -> None:
    """Write a run that began then and ends now, with its result.

    If it cannot be written, `warn` is told: what was synced is synced.
    """
    outcomes = [_outcome(result, each) for each in result.companies]
    _write(warehouse, command, started_at, result.status, outcomes, warn)


def record_failed_run(
    warehouse: Warehouse,
    command: str,
    started_at: dt.datetime,
    error: Exception,
    names: Iterable[str | None],
) -> None:
    """Write a run that an error ended for all its companies, if the warehouse can be written at all."""
    status = ExitStatus.USAGE if isinstance(error, ConfigurationError) else ExitStatus.ERROR
    outcomes = [(name, None, status.name.lower(), error) for name in names]
    _write(warehouse, command, started_at, status, outcomes, lambda _: None)


Outcome = tuple[str | None, str | None, str, Exception | None]


def _outcome(result: SyncResult, company: CompanyResult) -> Outcome:
    """Return a company's name, id, outcome in one word, and error."""
    if company.waits_for is not None:
        return company.name, company.company_id, LEFT_ALONE, None
    error = company.error or company.outcome.failure or next(iter(company.outcome.unstable), None)
    own = SyncResult((company,), findings=result.findings.of(company.company_id or company.name))
    return company.name, company.company_id, own.status.name.lower(), error


def _write(
    warehouse: Warehouse,
    command: str,
    started_at: dt.datetime,
    status: ExitStatus,
    outcomes: Iterable[Outcome],
    warn: Warn,
) -> None:
    run_id, ended_at, used = uuid.uuid4().hex, pendulum.now("UTC"), versions()
    rows = [
        CompanyRun(
            run_id,
            command,
            used,
            started_at,
            ended_at,
            int(status),
            name,
            company_id,
            outcome,
            type(error).__name__ if error else None,
            _sentence(error) if error else None,
        )
        for name, company_id, outcome, error in outcomes
    ]
    if not rows:
        return
    try:
        write_runs(warehouse, rows)
    except WarehouseError as fault:
        warn(f"This run is not in the table of runs: {fault}")


def _sentence(error: Exception) -> str:
    """Return what an error says; that of one that nobody foresaw may be anything, so it is left out."""
    is_expected = isinstance(error, AccBooksError | TransformError | WarehouseError)
    return one_line(str(error)) if is_expected else "An error that nobody foresaw."
