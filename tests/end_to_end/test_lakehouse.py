"""A sync into a lakehouse ends as one into DuckDB does, and commands ask the one as they ask the other."""

from __future__ import annotations

import html
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB, Lakehouse, Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from copies import Copy, opened_copy, transforms_of
from lakehouse_loads import assert_equal
from services import COMMAND, environment_of
from test_edits import edit_old_records, edit_recent_records

for name in ("pysail", "pyspark", "deltalake", "dbt.adapters.spark"):
    pytest.importorskip(name, reason="the extra `spark` is not installed")

pytestmark = [pytest.mark.long, pytest.mark.nightly]

OF_ONE_RUN = {"checked_at", "seen_at", "fetched_at", "certified_at", "report_fetched_at", "generated_at"}
MODELS = (
    *("general_ledger", "trial_balance", "profit_and_loss", "balance_sheet", "reconciliation", "findings"),
    *("contacts", "aged_receivables", "vat_return"),
)


@dataclass
class Pair:
    """The same books, synced into DuckDB and into a lakehouse."""

    duckdb: Copy
    lakehouse: Copy
    folder: Path

    def sync_and_prove(self) -> None:
        for copy in (self.duckdb, self.lakehouse):
            copy.sync_and_prove()

    def run(self, *arguments: str, destination: str = "lakehouse") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments, "--destination", destination],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        emulator, lake = self.lakehouse.emulator, self.folder / "lake"
        own = environment_of(self.duckdb.warehouse, emulator, self.folder)
        return {**own, "PATH": "", "DESTINATION__LAKEHOUSE__BUCKET_URL": str(lake)}


def kill_in_a_build(pair: Pair) -> None:
    """Begin a first sync into the lakehouse, and kill it once it has built a table of the ledger."""
    process = subprocess.Popen(
        [COMMAND, "sync", "--destination", "lakehouse"],
        env=pair.environment,
        cwd=pair.folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not (pair.folder / "lake/accbooks_staging/ledger_postings/_delta_log").exists():
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    lakehouse = Lakehouse(str(folder / "lake"))
    with ExitStack() as stack:
        duckdb = stack.enter_context(opened_copy(DuckDB(str(folder / "books.duckdb"))))
        transforms = stack.enter_context(transforms_of(lakehouse))
        pair = Pair(duckdb, Copy(duckdb.emulator, lakehouse, transforms), folder)
        kill_in_a_build(pair)
        for each in ("lakehouse", "duckdb"):
            done = pair.run("sync", destination=each)
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.endswith("Done. The warehouse matches AccBooks' reports to the penny.\n")
        yield pair


def rows(warehouse: Warehouse, model: str) -> Counter[tuple[Any, ...]]:
    names = warehouse.query(
        "select column_name from information_schema.columns where table_schema = 'accbooks' "
        "and table_name = %s",
        model,
    )
    wanted = sorted({name for (name,) in names} - OF_ONE_RUN)
    assert wanted, model
    listed = ", ".join(map(warehouse.quoted, wanted))
    return Counter(warehouse.query(f"select {listed} from {warehouse.models}.{model}"))


def assert_loads_alike(pair: Pair) -> None:
    assert_equal(pair.duckdb.warehouse, pair.lakehouse.warehouse, but={"sync_windows", "runs", "run_loads"})


def assert_alike(pair: Pair) -> None:
    one, other = pair.duckdb.warehouse, pair.lakehouse.warehouse
    assert_loads_alike(pair)
    for model in MODELS:
        assert rows(one, model) == rows(other, model), model


def test_after_a_build_that_was_killed_the_next_sync_makes_raw_tables_and_models_equal_to_duckdbs(pair):
    assert_alike(pair)


def test_a_sync_in_which_nothing_changed_writes_down_that_it_read_and_builds_nothing(pair):
    before = versions(pair.folder / "lake")
    pair.sync_and_prove()
    after = versions(pair.folder / "lake")
    written = {table for table in after if after[table] != before.get(table)}
    assert {each for each in written if not each.startswith("accbooks_raw/")} <= {
        f"accbooks_staging/{table}" for table in ("compared_periods", "reconciliation", "table_checksums")
    }
    assert_loads_alike(pair)


def versions(lake: Path) -> dict[str, int]:
    """Return the number of commits of each table."""
    logs = lake.glob("*/*/_delta_log")
    return {str(log.parent.relative_to(lake)): len(list(log.glob("*.json"))) for log in logs}


@pytest.mark.soak
def test_edits_deletions_and_a_record_that_cannot_be_read_are_found_as_on_duckdb(pair):
    edit_recent_records(pair.duckdb)
    record = pair.duckdb.recent("transactions", lambda each: each["invoice_id"] is None)
    pair.duckdb.put("transactions", {**record, "currency": ["GBP"]})
    results = [copy.sync(heal_budget=0.0) for copy in (pair.duckdb, pair.lakehouse)]  # nothing else differs
    assert [result.status for result in results] == [ExitStatus.DIFFERENCES] * 2
    of_duckdb, of_lakehouse = (
        sorted((each.check_name, each.record_id, each.message) for each in result.findings.errors)
        for result in results
    )
    assert of_duckdb == of_lakehouse
    reconciled = pair.run("reconcile")
    assert (reconciled.returncode, reconciled.stderr) == (3, "")

    pair.duckdb.put("transactions", record)
    edit_old_records(pair.duckdb)
    pair.sync_and_prove()
    assert_alike(pair)


def test_commands_that_read_answer_as_on_duckdb(pair):
    for command in (["reconcile"], ["export", "trial_balance", "--output", "-"], ["plan"]):
        answers = [pair.run(*command, destination=each) for each in ("duckdb", "lakehouse")]
        assert [each.returncode for each in answers] == [0, 0], answers[1].stderr
        of_duckdb, of_lakehouse = (sorted(each.stdout.splitlines()) for each in answers)
        assert of_duckdb == of_lakehouse, command
    status = pair.run("status")
    assert (status.returncode, status.stderr) == (0, "")
    assert status.stdout.endswith("Done. The warehouse matches AccBooks' reports to the penny.\n")


def test_the_report_is_written_with_the_figures_of_the_books(pair):
    made = pair.run("report", "--output", "report.html")
    assert (made.returncode, made.stderr) == (0, "")
    page = (pair.folder / "report.html").read_text()
    ((name,),) = pair.lakehouse.query("select name from {raw}.company")
    assert html.escape(name) in page


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["listen"], "Run 'accbooks sync' at intervals, or use --destination duckdb or postgres."),
        (["grant-reader", "ann"], "has no roles, so 'ann' cannot get access."),
        (["sync", "--publish", "copy.duckdb"], "a copy is for DuckDB, where a reader blocks the next sync."),
    ],
)
def test_what_files_cannot_do_is_refused_with_what_to_do_instead(pair, command, said):
    answer = pair.run(*command)
    assert answer.returncode == 2
    assert said in " ".join(answer.stderr.split())


def test_maintenance_joins_small_files_and_changes_no_row(pair):
    pair.lakehouse.load()
    before = pair.lakehouse.fingerprint()
    answer = pair.run("maintain")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert pair.lakehouse.fingerprint() == before
    files = list((pair.folder / "lake/accbooks_raw/sync_windows").glob("*/*.parquet"))
    ((kept,),) = pair.lakehouse.query("select count(*) from {raw}.sync_windows")
    assert (len(files) > 1, kept > 0) == (True, True)  # those of earlier versions are kept for a week
