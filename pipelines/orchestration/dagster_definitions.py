"""The sync as Dagster sees it.

`dagster dev -m accbooks_warehouse.pipelines.orchestration.dagster_definitions` shows it.

Raw tables and models are assets of one operation, because their proof is one: the sync loads, builds and
compares, and looks again where they differ. The comparison is an asset check. Each company is a partition,
which the schedule makes. A run syncs a batch of companies in one pass; one that fails stops no other.
Dagster wants the types of an operation themselves and not their names, so annotations are no strings here.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

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
from accbooks_warehouse.pipelines.queries.configured_companies import answers
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

N = TypeVar("N", int, float)

SECTION = "dagster"
CRON = "10 6-20 * * *"
TIMEZONE = "Europe/London"
JOB = "sync"
CHECK = "equals_accbooks_reports"
FINDINGS = "has_no_errors"
CHECKED = dg.AssetKey([MODELS, "reconciliation"])
FAILED = (ExitStatus.ERROR, ExitStatus.USAGE)
COMPANIES = dg.DynamicPartitionsDefinition(name="accbooks_companies")
"""The configured companies. They are no part of the code location, which ten thousand would slow down."""
POOL = "accbooks"
"""The pool of the syncs: `dagster instance concurrency set accbooks N` is how many run at a time."""
BATCH = 50
JOBS = 4
FRESH_HOURS = 26.0
RETRIES, RETRY_SECONDS = 2, 60


@dg.definitions
def definitions() -> dg.Definitions:
    """Return the assets, their checks, the job and its schedule."""
    prepare_dlt()
    warehouse = open_warehouse(dlt.config.get(f"{SECTION}.destination", str) or "duckdb")
    books = sync_assets(warehouse, lineage(warehouse))
    job = dg.define_asset_job(JOB, selection=[books], description="Load, build, compare.")
    return dg.Definitions(assets=[books], jobs=[job], schedules=[schedule()])


def lineage(warehouse: Warehouse) -> list[Table]:
    """Return the tables of a warehouse, from the dbt project."""
    with Transforms(warehouse, pendulum.today("UTC").date(), dbt_variables()) as transforms:
        return tables(transforms.dbt.manifest())


def sync_assets(warehouse: Warehouse, shown: list[Table]) -> dg.AssetsDefinition:
    """Return the tables as assets that one sync of a batch of companies makes, with the checks of it."""
    specs = _asset_specs(warehouse, shown)

    @dg.multi_asset(
        name="sync_company",
        specs=specs,
        check_specs=_check_specs(),
        partitions_def=COMPANIES,
        backfill_policy=dg.BackfillPolicy.multi_run(_setting("batch", int, BATCH)),
        retry_policy=dg.RetryPolicy(max_retries=RETRIES, delay=RETRY_SECONDS, backoff=dg.Backoff.EXPONENTIAL),
        pool=POOL,
    )
    def sync(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult]:
        earlier = _made_by(context)
        present, gone = configured([name for name in context.partition_keys if name not in earlier])
        records = sync_batch(warehouse, present) if present else []
        for record in filter(has_made_tables, records):
            for spec in specs:
                context.log_event(
                    dg.AssetMaterialization(spec.key, partition=record.company, metadata=metadata(record))
                )
        yield checked(records, earlier)
        yield without_errors(warehouse, [*records, *earlier])
        failed = {each.company: each.message for each in records if not has_made_tables(each)}
        failed |= dict.fromkeys(gone, "It is configured no more; the schedule removes its partition.")
        if failed:
            raise _failure(failed)

    return sync


def _asset_specs(warehouse: Warehouse, shown: list[Table]) -> list[dg.AssetSpec]:
    fresh = dg.FreshnessPolicy.time_window(dt.timedelta(hours=_setting("fresh_hours", float, FRESH_HOURS)))
    return [
        dg.AssetSpec(
            [table.schema, table.name],
            deps=[dg.AssetKey(above) for above in table.built_from],
            description=table.description,
            group_name=table.schema,
            kinds={warehouse.name},
            skippable=True,
            freshness_policy=fresh,
        )
        for table in shown
    ]


def _check_specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            CHECK, asset=CHECKED, description="Every line of AccBooks' reports matches ours to the penny."
        ),
        dg.AssetCheckSpec(FINDINGS, asset=CHECKED, description="No finding of a company is an error."),
    ]


def _failure(reasons: Mapping[str, str]) -> dg.Failure:
    """Return what ends a batch in which companies failed, so that Dagster tries these again."""
    described = " ".join(f"{name}: {message}" for name, message in reasons.items())
    return dg.Failure(described, metadata=dict(reasons), allow_retries=True)


def _made_by(context: dg.AssetExecutionContext) -> dict[str, str]:
    """Return the companies that an earlier try of this run has synced, with the outcome of each."""
    if not context.op_execution_context.retry_number:
        return {}
    found = context.instance.get_records_for_run(
        context.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    events = [each.event_log_entry.get_dagster_event() for each in found.records]
    materializations = [each.step_materialization_data.materialization for each in events]
    return {str(each.partition): str(each.metadata["outcome"].value) for each in materializations}


def has_made_tables(record: CompanyRecord) -> bool:
    """Tell whether a company was loaded: one that was not must not look fresh.

    It failed, was left to another run, or its day was spent before its books were open.
    """
    was_opened = record.company_id is not None
    return was_opened and record.status not in FAILED and record.outcome != LEFT_ALONE


def schedule() -> dg.ScheduleDefinition:
    """Return what starts a run for each batch of companies; it is off until somebody switches it on.

    It makes a partition of each configured company, and removes those of companies that are configured no
    more.
    """

    @dg.schedule(
        job_name=JOB,
        cron_schedule=dlt.config.get(f"{SECTION}.cron", str) or CRON,
        execution_timezone=dlt.config.get(f"{SECTION}.timezone", str) or TIMEZONE,
    )
    def sync_schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        names = partitioned(context.instance)
        size = _setting("batch", int, BATCH)
        batches = [names[start : start + size] for start in range(0, len(names), size)]
        return [
            dg.RunRequest(
                run_key=batch[0],
                tags={ASSET_PARTITION_RANGE_START_TAG: batch[0], ASSET_PARTITION_RANGE_END_TAG: batch[-1]},
            )
            for batch in batches
        ]

    return sync_schedule


def partitioned(instance: dg.DagsterInstance) -> list[str]:
    """Make the partitions be the companies that are configured now; returns them in Dagster's order."""
    names = [company.name for company in companies()]
    existing = instance.get_dynamic_partitions(str(COMPANIES.name))
    for gone in set(existing) - set(names):
        instance.delete_dynamic_partition(str(COMPANIES.name), gone)
    instance.add_dynamic_partitions(str(COMPANIES.name), [name for name in names if name not in existing])
    return list(instance.get_dynamic_partitions(str(COMPANIES.name)))


def configured(names: Collection[str]) -> tuple[list[Company], list[str]]:
    """Return the companies of partitions, and the names of those that are configured no more."""
    found = {company.name: company for company in companies()}
    return [found[name] for name in names if name in found], [name for name in names if name not in found]


def sync_batch(warehouse: Warehouse, batch: list[Company]) -> list[CompanyRecord]:
    """Sync companies as the command does; what it says is in the run's captured output."""
    log = TextLog(open_console(verbose=False))
    _, records = sync_companies(log, warehouse, batch, Scope(), jobs=_setting("jobs", int, JOBS))
    return records


def _setting(name: str, parse: Callable[[Any], N], default: N) -> N:
    value: Any = dlt.config.get(f"{SECTION}.{name}")
    try:
        found = default if value is None else parse(value)
    except ValueError:
        found = None
    if found is None or found <= 0:
        raise ConfigurationError(f"{SECTION}.{name} is '{value}'. Write a number above 0.")
    return found


def checked(
    records: Sequence[CompanyRecord], earlier: Mapping[str, str] = MappingProxyType({})
) -> dg.AssetCheckResult:
    """Return what the comparison said of a batch; companies that a limit ended prove nothing: a warning.

    `earlier` are the outcomes of companies that an earlier try of the run synced.
    """
    odd = {each.company: each for each in records if each.status is not ExitStatus.DONE}
    done, limit = (status.name.lower() for status in (ExitStatus.DONE, ExitStatus.LIMIT_REACHED))
    odd_earlier = {name: outcome for name, outcome in earlier.items() if outcome != done}
    outcomes = {*odd_earlier.values(), *(each.status.name.lower() for each in odd.values())}
    failures = [f"{name}: {' '.join([each.message, *each.problems])}" for name, each in odd.items()]
    failures += [f"{name}: {outcome}, as an earlier try said." for name, outcome in odd_earlier.items()]
    return dg.AssetCheckResult(
        passed=not failures,
        asset_key=CHECKED,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.WARN if outcomes == {limit} else dg.AssetCheckSeverity.ERROR,
        description=" ".join(
            failures or [text for each in records[:1] for text in (each.message, *each.problems)]
        ),
        metadata={
            "companies": len(records) + len(earlier),
            "odd_companies": len(failures),
            **(metadata(records[0]) if len(records) == 1 and not earlier else {}),
        },
    )


def without_errors(warehouse: Warehouse, batch: Sequence[CompanyRecord | str]) -> dg.AssetCheckResult:
    """Return whether the findings of these companies, or names, are without errors."""
    ids = {each.name: each.company_id for each in answers(warehouse)}
    names = [each if isinstance(each, str) else each.company for each in batch]
    found = findings(warehouse, [*names, *(company_id for name in names if (company_id := ids.get(name)))])
    return dg.AssetCheckResult(
        passed=not found.errors,
        asset_key=CHECKED,
        check_name=FINDINGS,
        description=" ".join(each.message for each in found.errors) or "No finding is an error.",
        metadata={"errors": len(found.errors), "findings": len(found.rows)},
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
