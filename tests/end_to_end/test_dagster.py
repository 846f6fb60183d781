"""Dagster's definitions, loaded and run in this process: real assets of a real sync."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

dg = pytest.importorskip("dagster")

from accbooks_warehouse.emulator.server import running  # noqa: E402
from accbooks_warehouse.emulator.settings import Settings  # noqa: E402
from accbooks_warehouse.pipelines.exit_status import ExitStatus  # noqa: E402
from accbooks_warehouse.pipelines.orchestration.dagster_definitions import (  # noqa: E402
    CHECK,
    CHECKED,
    checked,
    definitions,
)
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord  # noqa: E402

pytestmark = pytest.mark.long

RAW_TABLES = {"transactions", "invoices", "journals", "contacts", "trial_balance", "sync_windows"}
MODELS = {"general_ledger", "trial_balance", "profit_and_loss", "balance_sheet", "reconciliation"}


@dataclass
class Run:
    """What was defined, and the run of one company."""

    definitions: Any
    result: Any


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One company of two, synced by Dagster in an empty directory."""
    here = tmp_path_factory.mktemp("dagster")
    settings = Settings(port=0, plan="enterprise", companies=2)
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
        job = defined.resolve_job_def("sync")
        yield Run(defined, job.execute_in_process(partition_key="north"))
    Container()[PluggableRunContext].reload()


def test_a_run_makes_every_table_and_proves_them(run: Run) -> None:
    assert run.result.success
    made = {event.asset_key for event in run.result.get_asset_materialization_events()}
    assert made >= {dg.AssetKey(["accbooks_raw", name]) for name in RAW_TABLES}
    assert made >= {dg.AssetKey(["accbooks", name]) for name in MODELS}
    (check,) = run.result.get_asset_check_evaluations()
    assert (check.check_name, check.asset_key, check.passed) == (CHECK, CHECKED, True)
    assert check.description == "Done. The warehouse matches AccBooks' reports to the penny."
    assert check.metadata["company"].value == "north"
    assert check.metadata["certified_months"].value == "48/48"


def test_dagster_can_load_the_definitions(run: Run) -> None:
    dg.Definitions.validate_loadable(run.definitions)


def test_only_the_partition_of_the_run_was_made(run: Run) -> None:
    events = run.result.get_asset_materialization_events()
    assert {event.partition for event in events} == {"north"}


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


def test_the_schedule_starts_a_run_for_each_company(run: Run) -> None:
    (schedule,) = run.definitions.schedules
    with dg.build_schedule_context(repository_def=run.definitions.get_repository_def()) as context:
        data = schedule.evaluate_tick(context)
    assert [request.partition_key for request in data.run_requests] == ["north", "south"]
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("10 6-20 * * *", "Europe/London")


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
    result = checked(record)
    assert (result.passed, result.severity.value) == (passed, severity)
    assert result.description == "A sentence. A problem."
