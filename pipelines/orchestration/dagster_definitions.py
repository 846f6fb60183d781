"""The sync as Dagster sees it.

`dagster dev -m accbooks_warehouse.pipelines.orchestration.dagster_definitions` shows it.

Raw tables and models are assets of one operation, because their proof is one: the sync loads, builds and
compares, and looks again where they differ. The comparison is an asset check, and each company a partition.
Dagster wants the types of an operation themselves and not their names, so annotations are no strings here.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import dlt
import pendulum
from accbooks_warehouse.pipelines.commands.sync import sync_companies
from accbooks_warehouse.pipelines.configuration import Company, companies, dbt_variables, prepare_dlt
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, open_warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.orchestration.lineage import Table, tables
from accbooks_warehouse.pipelines.output.console import open_console
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.output.run_record import LEFT_ALONE, CompanyRecord
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import ConfigurationError

SECTION = "dagster"
CRON = "10 6-20 * * *"
TIMEZONE = "Europe/London"
JOB = "sync"
CHECK = "equals_accbooks_reports"
CHECKED = dg.AssetKey([MODELS, "reconciliation"])
FAILED = (ExitStatus.ERROR, ExitStatus.USAGE)


@dg.definitions
def definitions() -> dg.Definitions:
    """Return the assets, the check, the job and its schedule, for the companies that are configured now."""
    prepare_dlt()
    warehouse = open_warehouse(dlt.config.get(f"{SECTION}.destination", str) or "duckdb")
    names = [company.name for company in companies()]
    books = sync_assets(warehouse, lineage(warehouse), names)
    job = dg.define_asset_job(JOB, selection=[books], description="Load, build, compare.")
    return dg.Definitions(assets=[books], jobs=[job], schedules=[schedule(names)])


def lineage(warehouse: Warehouse) -> list[Table]:
    """Return the tables of a warehouse, from the dbt project."""
    with Transforms(warehouse, pendulum.today("UTC").date(), dbt_variables()) as transforms:
        return tables(transforms.dbt.manifest())


def sync_assets(warehouse: Warehouse, shown: list[Table], names: list[str]) -> dg.AssetsDefinition:
    """Return the tables as assets that one sync of a company makes, with the check that proves them."""
    specs = [
        dg.AssetSpec(
            [table.schema, table.name],
            deps=[dg.AssetKey(above) for above in table.built_from],
            description=table.description,
            group_name=table.schema,
            kinds={warehouse.name},
        )
        for table in shown
    ]
    check = dg.AssetCheckSpec(
        CHECK, asset=CHECKED, description="Every line of AccBooks' reports matches ours to the penny."
    )

    @dg.multi_asset(
        name="sync_company",
        specs=specs,
        check_specs=[check],
        partitions_def=dg.StaticPartitionsDefinition(names),
    )
    def sync(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        record = sync_company(warehouse, configured(context.partition_key))
        if record.status in FAILED or record.outcome == LEFT_ALONE:
            raise dg.Failure(record.message, metadata=metadata(record), allow_retries=True)
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata(record))
        yield checked(record)

    return sync


def schedule(names: list[str]) -> dg.ScheduleDefinition:
    """Return what starts a run for each company; it is off until somebody switches it on."""

    @dg.schedule(
        job_name=JOB,
        cron_schedule=dlt.config.get(f"{SECTION}.cron", str) or CRON,
        execution_timezone=dlt.config.get(f"{SECTION}.timezone", str) or TIMEZONE,
    )
    def sync_schedule() -> list[dg.RunRequest]:
        return [dg.RunRequest(run_key=name, partition_key=name) for name in names]

    return sync_schedule


def configured(name: str) -> Company:
    """Return the company of a partition; raises ConfigurationError if it is configured no more."""
    for company in companies():
        if company.name == name:
            return company
    raise ConfigurationError(
        f"There is no company '{name}' in the configuration any more. Reload the code location."
    )


def sync_company(warehouse: Warehouse, company: Company) -> CompanyRecord:
    """Sync a company as the command does; what it says is in the run's captured output."""
    log = TextLog(open_console(verbose=False))
    _, (record,) = sync_companies(log, warehouse, [company], Scope())
    return record


def checked(record: CompanyRecord) -> dg.AssetCheckResult:
    """Return what the comparison said; a run that a limit ended proves nothing, and is no error either."""
    limit = record.status is ExitStatus.LIMIT_REACHED
    return dg.AssetCheckResult(
        passed=record.status is ExitStatus.DONE,
        asset_key=CHECKED,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.WARN if limit else dg.AssetCheckSeverity.ERROR,
        description=" ".join([record.message, *record.problems]),
        metadata=metadata(record),
    )


def metadata(record: CompanyRecord) -> dict[str, str | int | float]:
    """Return the figures of a run that an asset shows."""
    return {
        "company": record.company,
        "outcome": record.outcome,
        "requests": record.requests,
        "records": record.records,
        "differences": record.differences,
        "certified_through": record.certified_through or "",
        **{f"certified_{depth}": proved for depth, proved in (record.certified or {}).items()},
        "seconds": record.seconds,
    }
