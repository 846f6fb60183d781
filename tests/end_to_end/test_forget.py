"""A company that is removed leaves nothing behind, changes no other, and can come back."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pendulum
import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings, key_of
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.commands.sync import run_sync
from accbooks_warehouse.pipelines.configuration import companies
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.files import LoadedFiles, load_configured
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.queries.received_events import received_events
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform.kept_tables import LOGS
from accbooks_warehouse.sources.accbooks.api.day_count import day_count
from copies import TINY
from rich.console import Console
from typer.testing import CliRunner, Result

pytestmark = [pytest.mark.long, pytest.mark.nightly]

KEYS = {"north": key_of(0), "south": key_of(1)}
FEW_REQUESTS = 45
"""More than a sync without changes of two companies makes, and fewer than with a first sync of one."""


@dataclass
class Runs:
    """Two companies in one warehouse, and the command on it."""

    warehouse: Warehouse
    emulator: Emulator
    environment: dict[str, str]

    def sync(self, **keys: str) -> int:
        with patch.dict(os.environ, self.environment | configured(keys)):
            log = TextLog(Console(file=io.StringIO(), width=200))
            return int(run_sync(log, None, self.warehouse.name, Scope()).status)

    def command(self, *arguments: str, keys: dict[str, str] = KEYS) -> Result:
        options = [*arguments, "--destination", self.warehouse.name]
        environment = {**self.environment, **configured(keys), "COLUMNS": "200"}
        return CliRunner().invoke(app, options, env=environment)

    def store_events(self, *company_ids: str) -> None:
        """Store events of companies, received a second apart; all but the first are done 4 s after it."""
        first = dt.datetime(2026, 4, 2, 10, tzinfo=dt.UTC)
        events = [
            StoredEvent(each, f"evt_{number}", "invoice.updated", b"{}", first + dt.timedelta(seconds=number))
            for number, each in enumerate(company_ids)
        ]
        with closing(open_store(self.warehouse.events)) as store:
            store.add(events)
            store.mark_done([each.key for each in events[1:]], first + dt.timedelta(seconds=4))

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        warehouse = self.warehouse
        return warehouse.query(
            sql.format(raw=warehouse.raw, staging=warehouse.staging, models=warehouse.models), *parameters
        )

    def rows(self, company_id: str, *, also_of_views: bool = False) -> dict[str, list[str]]:
        """Return every row of a company, as text, of every table that has one."""
        tables = self.query(
            "select tables.table_schema, tables.table_name from information_schema.tables as tables"
            " inner join information_schema.columns as columns on tables.table_schema = columns.table_schema"
            " and tables.table_name = columns.table_name"
            " where columns.column_name = 'company_id'"
            + ("" if also_of_views else " and tables.table_type = 'BASE TABLE'")
        )
        found = {}
        with self.warehouse.kept_open():
            for schema, table in tables:
                place = f'{self.warehouse.qualified(schema)}."{table}"'
                rows = self.query(f"select * from {place} as held where company_id = %s", company_id)
                if rows:
                    found[f"{schema}.{table}"] = sorted(repr(list(map(plain, row))) for row in rows)
        return found


def plain(value: Any) -> Any:
    """Return a value whose text says what it is."""
    return bytes(value) if isinstance(value, memoryview) else value


def configured(keys: dict[str, str]) -> dict[str, str]:
    return {"SOURCES__ACCBOOKS__COMPANIES": json.dumps(keys)}


def credentials(warehouse: Warehouse) -> dict[str, str]:
    if isinstance(warehouse, Postgres):
        return {"DESTINATION__POSTGRES__CREDENTIALS": warehouse.address.of_dlt().to_native_representation()}
    assert isinstance(warehouse, DuckDB)
    return {"DESTINATION__DUCKDB__CREDENTIALS": warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]}


@pytest.fixture(scope="module")
def module_runs(database, open_warehouse, tmp_path_factory) -> Iterator[Runs]:
    settings = Settings(plan="enterprise", companies=3, port=0, **TINY)
    with running(settings) as emulator, open_warehouse(database) as warehouse:
        environment = {
            "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
            "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
            **credentials(warehouse),
        }
        made = Runs(warehouse, emulator, environment)
        assert made.sync(**KEYS) == 0
        yield made


@pytest.fixture
def runs(module_runs, parsed_once) -> Runs:  # noqa: ARG001 - for every run in this process
    return module_runs


@pytest.mark.databases("duckdb")
def test_nothing_is_removed_without_consent_or_while_another_run_is_at_work(runs):
    before = runs.rows("comp_1")
    refused = runs.command("forget", "north")
    assert refused.exit_code == 2
    assert "Nothing was removed: there is no terminal" in refused.stderr
    assert "comp_1 ('north')" in refused.stdout
    assert "accbooks_raw.invoices" in refused.stdout
    with runs.warehouse.lock("company comp_1"):
        held = runs.command("forget", "comp_1", "--yes")
    assert (held.exit_code, held.stderr.strip()) == (
        1,
        "Another run is using comp_1 ('north'). Wait for it to end, then run this again.",
    )
    unknown = runs.command("forget", "west", "--yes")
    assert unknown.exit_code == 2
    assert "has no company 'west'. It has: north (comp_1), south (comp_2)." in unknown.stderr
    assert runs.rows("comp_1") == before


def test_a_closing_is_of_one_company_and_the_command_asks_which(runs):
    through = str(pendulum.today("UTC").subtract(months=2).end_of("month").date())
    unsaid = runs.command("close", "--through", through)
    assert unsaid.exit_code == 2
    assert "has several companies: north (comp_1), south (comp_2). Choose one" in unsaid.stderr
    closed = runs.command("close", "--through", through, "--company", "north")
    assert closed.exit_code == 0, closed.output
    assert runs.query("select distinct company_id from {models}.closed_balances") == [("comp_1",)]
    assert runs.query("select distinct company_id, is_closed from {models}.general_ledger order by 1, 2") == [
        ("comp_1", False),
        ("comp_1", True),
        ("comp_2", False),
    ]
    # that it goes with its company, the next test shows


def test_a_company_goes_wholly_no_other_changes_and_it_comes_back_right(runs, tmp_path):
    runs.store_events("comp_1", "comp_1", "comp_2")
    shown = runs.command("status", "--company", "north").stdout
    assert "last webhook event 2026-04-02 10:00:01 UTC" in shown
    assert "the last one read was in the models after 3.0 s" in shown
    assert "1 event not read yet, the oldest since 2026-04-02 10:00:00" in shown
    other = runs.rows("comp_2")
    ledger = "select count(*) from {models}.general_ledger where company_id = %s"
    ((postings,),) = runs.query(ledger, "comp_1")
    states = (
        "select pipeline_name, state from {raw}._dlt_pipeline_state where pipeline_name = 'accbooks_south'"
    )
    state_of_other = sorted(runs.query(states))
    with patch.dict(os.environ, runs.environment | configured(KEYS)):
        counts = {each.name: each.settings for each in companies()}
    budgets = tmp_path / "budgets.csv"
    budgets.write_text("company_id,nominal_code,month,amount\ncomp_1,4000,2026-04-01,7\n")
    with runs.warehouse.kept_open():
        assert load_configured(runs.warehouse, {"budgets": budgets}) == LoadedFiles(("budgets",))
    forgotten = runs.command("forget", "north", "--yes")
    assert forgotten.exit_code == 0, forgotten.output
    with runs.warehouse.kept_open():
        (fault,) = load_configured(runs.warehouse, {"budgets": budgets}).faults
        load_configured(runs.warehouse, {})
    assert "Line 2: the company 'comp_1' is unknown." in fault
    assert "Removed comp_1 ('north'): " in forgotten.stdout
    assert re.search(r"^ *webhook events +2 *$", forgotten.stdout, re.MULTILINE)
    assert list(received_events(runs.warehouse)) == ["comp_2"]
    assert "The company is still configured as 'north', so the next sync loads it again." in forgotten.stdout
    assert set(runs.rows("comp_1")) <= {f"accbooks.{name}" for name in LOGS}
    assert runs.query("select * from {raw}._dlt_pipeline_state where pipeline_name = 'accbooks_north'") == []
    assert (runs.rows("comp_2"), sorted(runs.query(states))) == (other, state_of_other)
    spent = {
        name: day_count(each.day_count, each.api_key, each.base_url).spent(time.time())
        for name, each in counts.items()
    }
    assert spent["north"] == 0 < spent["south"]
    assert "comp_1" not in runs.command("status").stdout
    assert runs.command("status", "--company", "north").exit_code == 1
    assert runs.command("forget", "north", "--yes").exit_code == 2
    asked = runs.emulator.statistics.requests
    assert runs.sync(**KEYS) == 0
    assert runs.emulator.statistics.requests - asked > FEW_REQUESTS
    with runs.warehouse.kept_open():
        assert load_configured(runs.warehouse, {"budgets": budgets}) == LoadedFiles(("budgets",))
        assert load_configured(runs.warehouse, {}) == LoadedFiles(("budgets",))
    lines = "select count(*) from {models}.reconciliation where company_id = %s and status <> 'match'"
    assert runs.query(lines, "comp_1") == [(0,)]
    assert runs.query("select count(*) from {models}.change_log where company_id = %s", "comp_1") == [(0,)]
    assert runs.query(ledger, "comp_1") == [(postings,)]
    assert postings > 500


@pytest.mark.databases("duckdb")
def test_a_key_that_answers_for_another_company_is_said_and_forgetting_the_old_one_mends_it(runs):
    changed = {"north": key_of(2), "south": key_of(1)}
    assert runs.sync(**changed) in {0, 3}
    keys = "select name, company_id from {raw}.configured_companies order by 1, 2"
    assert runs.query(keys) == [("north", "comp_1"), ("north", "comp_3"), ("south", "comp_2")]
    several = runs.command("forget", "north", "--yes", keys=changed)
    assert several.exit_code == 2
    assert "was used for several companies: comp_1, comp_3." in several.stderr
    other = runs.rows("comp_3", also_of_views=True)
    forgotten = runs.command("forget", "comp_1", "--yes", "--history", keys=changed)
    assert forgotten.exit_code == 0, forgotten.output
    assert "still configured" not in forgotten.stdout
    assert runs.rows("comp_1", also_of_views=True) == {}
    about_both = {table for table in other if "findings" in table}
    assert runs.rows("comp_3", also_of_views=True) == {
        table: rows for table, rows in other.items() if table not in about_both
    }
    assert about_both == {"accbooks.findings", "accbooks_staging.int_findings_of_keys"}
    assert runs.query(keys) == [("north", "comp_3"), ("south", "comp_2")]
    asked = runs.emulator.statistics.requests
    assert runs.sync(**changed) == 0
    assert runs.emulator.statistics.requests - asked < FEW_REQUESTS


@pytest.mark.databases("duckdb")
def test_a_name_that_never_read_anything_can_be_removed(runs):
    runs.sync(south=key_of(1), west="unknown")
    assert ("west", None) in runs.query("select name, company_id from {raw}.configured_companies")
    removed = runs.command("forget", "west", "--yes")
    assert removed.exit_code == 0, removed.output
    assert "Removed 'west': 0 rows." in removed.stdout
    assert ("west", None) not in runs.query("select name, company_id from {raw}.configured_companies")
