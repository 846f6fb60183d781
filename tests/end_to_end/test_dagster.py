"""Dagster's definitions, loaded and run in this process: real assets of a real sync."""

from __future__ import annotations

import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

dg = pytest.importorskip("dagster")

from accbooks_warehouse.emulator.server import running  # noqa: E402
from accbooks_warehouse.emulator.settings import Settings  # noqa: E402
from accbooks_warehouse.pipelines.destinations import open_warehouse  # noqa: E402
from accbooks_warehouse.pipelines.exit_status import ExitStatus  # noqa: E402
from accbooks_warehouse.pipelines.orchestration.dagster_definitions import (  # noqa: E402
    CHECK,
    CHECKED,
    COMPANIES,
    FINDINGS,
    checked,
    configured,
    definitions,
    has_made_tables,
    partitioned,
)
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord  # noqa: E402
from copies import TINY  # noqa: E402
from dagster._core.definitions.partitions.context import partition_loading_context  # noqa: E402
from dagster._core.storage.tags import (  # noqa: E402
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

pytestmark = pytest.mark.long

RAW_TABLES = {"transactions", "invoices", "journals", "contacts", "trial_balance", "sync_windows"}
MODELS = {"general_ledger", "trial_balance", "profit_and_loss", "balance_sheet", "reconciliation"}


@dataclass
class Run:
    """What was defined, and the run of one company."""

    definitions: Any
    result: Any
    instance: Any
    warehouse: Any


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A batch of two companies, synced by Dagster in an empty directory."""
    here = tmp_path_factory.mktemp("dagster")
    settings = Settings(port=0, plan="enterprise", companies=2, **TINY)
    with running(settings) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setenv("DAGSTER_HOME", str(here))
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        patch.setenv("XDG_STATE_HOME", str(here / "state"))
        patch.setenv("SOURCES__ACCBOOKS__BASE_URL", server.base_url)
        first, second = settings.all_keys
        patch.setenv("SOURCES__ACCBOOKS__COMPANIES", f'{{"north": "{first}", "south": "{second}"}}')
        Container()[PluggableRunContext].reload(str(here))
        defined = definitions()
        with dg.DagsterInstance.get() as instance:
            partitioned(instance)
            job = defined.resolve_job_def("sync")
            batch = {ASSET_PARTITION_RANGE_START_TAG: "north", ASSET_PARTITION_RANGE_END_TAG: "south"}
            result = job.execute_in_process(instance=instance, tags=batch)
            yield Run(defined, result, instance, open_warehouse("duckdb"))
    Container()[PluggableRunContext].reload()


def test_a_run_makes_every_table_of_a_batch_and_proves_them(run: Run) -> None:
    assert run.result.success
    made = {(event.asset_key, event.partition) for event in run.result.get_asset_materialization_events()}
    for company in ("north", "south"):
        assert made >= {(dg.AssetKey(["accbooks_raw", name]), company) for name in RAW_TABLES}
        assert made >= {(dg.AssetKey(["accbooks", name]), company) for name in MODELS}
    checks = {each.check_name: each for each in run.result.get_asset_check_evaluations()}
    assert {(each.asset_key, each.passed) for each in checks.values()} == {(CHECKED, True)}
    assert checks[CHECK].description == "Done. The warehouse matches AccBooks' reports to the penny."
    assert checks[CHECK].metadata["companies"].value == 2
    assert checks[FINDINGS].description == "No finding is an error."
    assert checks[FINDINGS].metadata["findings"].value == 0


def test_dagster_can_load_the_definitions(run: Run) -> None:
    dg.Definitions.validate_loadable(run.definitions)


@pytest.mark.nightly
def test_a_run_of_one_company_makes_its_partition_alone(run: Run) -> None:
    job = run.definitions.resolve_job_def("sync")
    result = job.execute_in_process(instance=run.instance, partition_key="north")
    events = result.get_asset_materialization_events()
    assert {event.partition for event in events} == {"north"}
    check = next(each for each in result.get_asset_check_evaluations() if each.check_name == CHECK)
    assert (check.metadata["company"].value, check.metadata["certified_months"].value) == ("north", "12/12")


@pytest.mark.nightly
def test_a_company_that_fails_is_named_and_the_other_one_of_its_batch_is_made(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = json.loads(os.environ["SOURCES__ACCBOOKS__COMPANIES"])
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", json.dumps({**keys, "south": "revoked"}))
    batch = {ASSET_PARTITION_RANGE_START_TAG: "north", ASSET_PARTITION_RANGE_END_TAG: "south"}
    with monkeypatch.context() as patch:
        patch.setattr("accbooks_warehouse.pipelines.orchestration.dagster_definitions.RETRY_SECONDS", 0)
        job = definitions().resolve_job_def("sync")
    result = job.execute_in_process(instance=run.instance, tags=batch, raise_on_error=False)
    assert not result.success
    made = run.instance.get_records_for_run(
        result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION, limit=1000
    ).records
    partitions = Counter(each.event_log_entry.get_dagster_event().partition for each in made)
    assert partitions.keys() == {"north"}
    # tried three times, and synced in the first of them alone
    assert partitions["north"] == len(run.definitions.resolve_asset_graph().get_all_asset_keys())
    failures = [each.step_failure_data for each in result.all_events if each.is_step_failure]
    assert "south: AccBooks rejected the API key" in str(failures[0].user_failure_data.description)


def test_lineage_leads_from_the_raw_tables_to_the_proof(run: Run) -> None:
    graph = run.definitions.resolve_asset_graph()

    def above(*path: str) -> set[str]:
        return {"/".join(key.path) for key in graph.get(dg.AssetKey(path)).parent_keys}

    assert "accbooks_raw/invoices" in above("accbooks", "invoices")
    assert above("accbooks", "trial_balance") == {
        "accbooks/account_categories",
        "accbooks/nominal_accounts",
        "accbooks/period_balances",
    }
    assert "accbooks/trial_balance" in above("accbooks", "reconciliation")
    assert above("accbooks_raw", "invoices") == set()


def test_assets_say_what_a_row_of_them_is(run: Run) -> None:
    graph = run.definitions.resolve_asset_graph()
    assert [key for key in graph.get_all_asset_keys() if not graph.get(key).description] == []


def test_the_schedule_starts_runs_of_batches_and_makes_the_partitions(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (schedule,) = run.definitions.schedules
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("10 6-20 * * *", "Europe/London")
    names = [f"company_{number}" for number in range(120)]
    with dg.instance_for_test() as instance:
        for names_now, runs in ((names, 3), (["company_7", "new"], 1)):
            keys = json.dumps(dict.fromkeys(names_now, "key"))
            monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", keys)
            with dg.build_schedule_context(
                instance=instance, repository_def=run.definitions.get_repository_def()
            ) as context:
                data = schedule.evaluate_tick(context)
            with partition_loading_context(dynamic_partitions_store=instance):
                batches = [
                    COMPANIES.get_partition_keys_in_range(
                        dg.PartitionKeyRange(
                            each.tags[ASSET_PARTITION_RANGE_START_TAG],
                            each.tags[ASSET_PARTITION_RANGE_END_TAG],
                        )
                    )
                    for each in data.run_requests
                ]
            assert sorted(itertools.chain.from_iterable(batches)) == sorted(names_now)
            assert (len(batches), max(map(len, batches)) <= 50) == (runs, True)


@pytest.mark.parametrize(
    ("status", "passed", "severity"),
    [
        (ExitStatus.DONE, True, "ERROR"),
        (ExitStatus.DIFFERENCES, False, "ERROR"),
        (ExitStatus.LIMIT_REACHED, False, "WARN"),
    ],
)
def test_only_equal_books_pass_the_check(status, passed, severity):
    record = CompanyRecord(
        "north", "comp_1", status, "", "A sentence.", 1, 1, None, None, 0, 0, 0, {}, ("A problem.",), 1.0
    )
    result = checked([record])
    assert (result.passed, result.severity.value) == (passed, severity)
    assert result.description == ("" if passed else "north: ") + "A sentence. A problem."


@pytest.mark.parametrize(
    ("company_id", "status", "outcome", "is_made"),
    [
        ("comp_1", ExitStatus.LIMIT_REACHED, "limit_reached", True),
        (None, ExitStatus.LIMIT_REACHED, "limit_reached", False),
        ("comp_1", ExitStatus.ERROR, "error", False),
        ("comp_1", ExitStatus.DONE, "left_alone", False),
    ],
)
def test_only_what_was_read_looks_fresh(company_id, status, outcome, is_made):
    record = CompanyRecord(
        "north", company_id, status, outcome, "A sentence.", 1, 0, None, None, 0, 0, 0, {}, (), 1.0
    )
    assert has_made_tables(record) is is_made


def test_what_an_earlier_try_of_a_run_found_is_not_forgotten():
    record = CompanyRecord(
        "south", "comp_2", ExitStatus.DONE, "done", "A sentence.", 1, 1, None, None, 0, 0, 0, {}, (), 1.0
    )
    good = checked([record], {"north": "done"})
    assert (good.passed, good.metadata["companies"].value) == (True, 2)
    bad = checked([record], {"north": "differences", "west": "done"})
    assert (bad.passed, bad.severity.value) == (False, "ERROR")
    assert bad.description == "north: differences, as an earlier try said."
    assert (bad.metadata["companies"].value, bad.metadata["odd_companies"].value) == (3, 1)
    assert checked([record], {"north": "limit_reached"}).severity.value == "WARN"


def test_companies_that_are_configured_no_more_are_told_apart(monkeypatch):
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", '{"north": "key"}')
    present, gone = configured(["gone", "north"])
    assert ([each.name for each in present], gone) == (["north"], ["gone"])
