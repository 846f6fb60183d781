"""The table of runs: every sync and batch is in it, and a refused key is an exception at once.

The tests share one copy and follow each other.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.commands.listen import ListenOptions, _Service
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.errors import TransformError
from accbooks_warehouse.pipelines.live.run_report import RunReport
from accbooks_warehouse.pipelines.queries.runs import KEPT, SYNC, last_runs
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.pipelines.versions import versions
from copies import Copy
from typer.testing import CliRunner, Result

pytestmark = [pytest.mark.long_on("postgres"), pytest.mark.usefixtures("parsed_once")]
COLUMNS = "command, exit_status, name, company_id, outcome, error_kind"
REFUSED = (SYNC, 1, "default", None, "error", "UnauthorizedError")
OPTIONS = ListenOptions("127.0.0.1", 0, "/webhooks", 60.0)
DONE = (SYNC, 0, "default", "comp_1", "done", None)


@pytest.fixture(scope="module")
def copy(synced_copies: Any) -> Iterator[Copy]:
    with synced_copies() as copied:
        yield copied


def command(copy: Copy, *arguments: str, key: str | None = None) -> Result:
    warehouse = copy.warehouse
    place = (
        {"DESTINATION__POSTGRES__CREDENTIALS": warehouse.address.of_dlt().to_native_representation()}
        if isinstance(warehouse, Postgres)
        else {"DESTINATION__DUCKDB__CREDENTIALS": warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]}
    )
    settings = {
        "SOURCES__ACCBOOKS__API_KEY": key or copy.emulator.key,
        "SOURCES__ACCBOOKS__BASE_URL": copy.emulator.base_url,
    }
    return CliRunner().invoke(
        app, [*arguments, "--destination", warehouse.name], env={**place, **settings, "COLUMNS": "200"}
    )


def kinds(copy: Copy) -> list[str]:
    """The kinds of exceptions that the status has."""
    answer = command(copy, "status", "--format", "json")
    assert answer.stdout, answer.output
    shown = json.loads(answer.stdout)
    return [each["kind"] for each in shown["exceptions"] if each["kind"] in {"sync_failed", "not_read"}]


def rows(copy: Copy) -> list[tuple[Any, ...]]:
    return copy.query(f"select {COLUMNS} from {{raw}}.runs order by ended_at")


def test_a_sync_writes_how_it_went_with_what_and_which_loads_are_its_own(copy: Copy) -> None:
    before = dt.datetime.now(dt.UTC)
    synced = command(copy, "sync")
    assert synced.exit_code == 0, synced.output
    assert rows(copy) == [DONE]
    ((run_id, used, started, ended, message),) = copy.query(
        "select run_id, versions, started_at, ended_at, message from {raw}.runs"
    )
    assert (used, message) == (versions(), None)
    assert before <= started <= ended <= dt.datetime.now(dt.UTC)
    loads = copy.query("select run_id, company_id, load_id from {raw}.run_loads")
    read = copy.query("select distinct _dlt_load_id from {raw}.sync_windows where fetched_at >= %s", before)
    assert sorted(loads) == sorted((run_id, "comp_1", load_id) for (load_id,) in read)
    assert kinds(copy) == []


def test_a_refused_key_is_an_exception_at_once_and_gone_after_the_next_sync(copy: Copy) -> None:
    assert command(copy, "sync", key="wrong").exit_code == 1
    assert rows(copy) == [DONE, REFUSED]
    assert kinds(copy) == ["sync_failed"]
    shown = json.loads(command(copy, "status", "--format", "json").stdout)
    (failed,) = [each for each in shown["exceptions"] if each["kind"] == "sync_failed"]
    assert "AccBooks rejected the API key" in failed["message"]
    assert "wrong" not in failed["message"]
    run = shown["companies"][0]["last_run"]
    assert (run["outcome"], run["error_kind"], run["exit_status"]) == ("error", "UnauthorizedError", 1)
    assert command(copy, "sync").exit_code == 0
    assert kinds(copy) == []


def test_an_error_that_ends_a_sync_of_all_is_written_too(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> SyncResult:
        raise TransformError("dbt could not build months.")

    with monkeypatch.context() as patch:
        patch.setattr(Sync, "run", broken)
        assert command(copy, "sync").exit_code == 1
    assert rows(copy)[-1] == (SYNC, 1, "default", None, "error", "TransformError")
    (run,) = last_runs(copy.warehouse)
    assert (run.message, run.has_failed) == ("dbt could not build months.", True)
    assert command(copy, "sync").exit_code == 0


class Quiet:
    """A log that nobody reads."""

    def ran(self, report: RunReport) -> None: ...

    def warning(self, text: str) -> None:
        raise AssertionError(text)


def test_a_batch_of_events_is_a_run_and_one_that_was_left_alone_says_nothing(copy: Copy) -> None:
    service = _Service(Quiet(), copy.warehouse, [copy.company()], OPTIONS)  # type: ignore[arg-type]
    done = SyncResult((CompanyResult("default", "comp_1"),))
    service.ran(RunReport("batch", 2.0, done))
    service.ran(RunReport("batch", 1.0, SyncResult((CompanyResult("default", waits_for="company"),))))
    service.ran(RunReport("batch", 1.0, error=TransformError("No.")))
    service.ran(RunReport("sync", 1.0, done))  # has written itself
    assert rows(copy)[-3:] == [
        ("listen", 0, "default", "comp_1", "done", None),
        ("listen", 0, "default", None, "left_alone", None),
        ("listen", 1, None, None, "error", "TransformError"),
    ]
    (run,) = last_runs(copy.warehouse)
    assert (run.command, run.outcome) == ("listen", "done")
    assert (run.ended_at - run.started_at).total_seconds() >= 2


def test_old_runs_are_deleted_with_their_loads(copy: Copy) -> None:
    kept = len(rows(copy))
    for number, (kind, days) in enumerate(KEPT.items()):
        old = dt.datetime.now(dt.UTC) - days - dt.timedelta(hours=1)
        copy.warehouse.execute(
            f"insert into {copy.warehouse.raw}.runs (run_id, command, ended_at) values (%s, %s, %s)",
            *(f"old {number}", kind, old),
        )
        copy.warehouse.execute(
            f"insert into {copy.warehouse.raw}.run_loads values (%s, %s, %s)", f"old {number}", "c", "1"
        )
    assert command(copy, "sync").exit_code == 0
    assert len(rows(copy)) == kept + 1
    assert copy.query("select count(*) from {raw}.run_loads where run_id like 'old%%'") == [(0,)]


def test_forget_removes_the_runs_of_a_company_also_those_without_its_id(copy: Copy) -> None:
    assert ("default", None) in [each[2:4] for each in rows(copy)]
    assert command(copy, "forget", "comp_1", "--yes").exit_code == 0
    assert [each for each in rows(copy) if each[2] is not None] == []
    assert copy.query("select count(*) from {raw}.run_loads") == [(0,)]
