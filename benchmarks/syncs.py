"""Whole syncs and rebuilds, as the command does them: records, reports, models, tests and proof."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pendulum
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks.settings import Settings

REPEATS = 3
LEDGER_AND_REPORTS = (
    "+trial_balance",
    "+balance_sheet",
    "+profit_and_loss",
    "+profit_and_loss_by_financial_year",
)
"""These models, and all that they are built from."""
REFERENCE = """
    create or replace table reference as
    select
        company_id, posting_id, posting_date, source_type, source_id, line_number, nominal_code, contact_id,
        description, sum(debit) as debit, sum(credit) as credit, sum(amount) as amount
    from {models}.general_ledger
    group by all
"""


def warehouse_at(place: str) -> Warehouse:
    """Return the warehouse in a DuckDB file, or in the PostgreSQL database that a URI names."""
    return Postgres(place) if place.startswith("postgresql:") else DuckDB(place)


def whole_sync(
    place: str,
    base_url: str,
    keys: Mapping[str, str],
    jobs: int,
    certify: str | None,
    settings: Mapping[str, Any],
) -> Callable[[], int]:
    """Return the sync of these companies, to be run once; it returns the exit status.

    `certify` is a depth to be reached; `settings` are those of every key.
    """
    prepare_dlt()
    companies = [Company(name, Settings(key, base_url, **settings)) for name, key in keys.items()]
    warehouse = warehouse_at(place)
    scope = Scope(certify=Depth(certify) if certify else None)

    def sync_once() -> int:
        with transforms(warehouse) as models:
            sync = Sync(
                warehouse, models, scope, progress=NoRunProgress(), announce=lambda _: None, jobs=jobs
            )
            return int(sync.run(companies).status)

    return sync_once


def rebuild(place: str) -> Callable[[], dict[str, Any]]:
    """Return the full rebuild of a DuckDB file's ledger and reports, in turns with one query of its lines.

    dbt's start is left out: what counts is from the moment the first model begins to that the last one ends.
    """
    prepare_dlt()
    warehouse = DuckDB(place)
    make_own_tables(warehouse)

    def measure() -> dict[str, Any]:
        with transforms(warehouse) as models:
            models.build(full_refresh=True)
            turns = []
            for _ in range(REPEATS):
                warehouse.release()
                began = time.perf_counter()
                lines = one_statement(place, warehouse.models)
                reference = time.perf_counter() - began
                models.dbt.run(models.variables, "--full-refresh", "--select", *LEDGER_AND_REPORTS)
                turns.append((seconds_of(models.dbt.results), reference))
        return {
            "rebuild": median(a for a, _ in turns),
            "reference": median(b for _, b in turns),
            "lines": lines,
        }

    return measure


def one_statement(place: str, models: str) -> int:
    """Group the ledger by posting line and write the result; returns how many lines there are."""
    with duckdb.connect(Path(place)) as connection:
        connection.execute(REFERENCE.format(models=models))
        ((lines,),) = connection.execute("select count(*) from reference").fetchall()
        connection.execute("drop table reference")
    return int(lines)


def transforms(warehouse: Warehouse) -> Transforms:
    """Return the models, as of today."""
    return Transforms(warehouse, pendulum.today("UTC").date(), {})


def seconds_of(results: Iterable[Any]) -> float:
    """Return the seconds dbt's nodes took together, from the first one's beginning to the last one's end."""
    steps = [step for result in results for step in result.timing]
    first, last = min(step.started_at for step in steps), max(step.completed_at for step in steps)
    return float((last - first).total_seconds())
