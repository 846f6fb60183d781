"""The parts of the figures on models, databases and companies: edits, statements, databases, medians."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import psycopg2
import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres

from benchmarks.database import new_database, postgres_server
from benchmarks.editor import PENNY, edit, edit_months
from benchmarks.emulated import Statistics
from benchmarks.figures.companies import under_plans, without_limit
from benchmarks.figures.databases import postgres_load
from benchmarks.figures.models import full_rebuild
from benchmarks.syncs import one_statement, rebuild, seconds_of, warehouse_at
from benchmarks.workshop import Run


def test_the_editor_adds_a_penny_to_as_many_recent_payments_as_asked_for():
    with running() as emulator:
        before = {record["id"]: record for record in emulator.books.all("transactions")}
        assert edit(emulator.base_url, 7) == 7
        changed = [record for record in emulator.books.all("transactions") if record != before[record["id"]]]
    assert len(changed) == 7
    month_ago = str((datetime.now(tz=UTC) - timedelta(weeks=4)).date())
    for record in changed:
        was = before[record["id"]]
        assert record["date"] >= month_ago
        assert (record["invoice_id"], record["type"] == "transfer") == (None, False)
        assert record["amount"] == was["amount"] + PENNY
        assert record["amount"] == record["net_amount"] + record["vat_amount"]


def test_the_editor_says_how_many_there_were_if_there_are_too_few():
    with running() as emulator:
        assert 0 < edit(emulator.base_url, 100_000) < 1_000


def test_the_editor_of_old_months_changes_as_many_by_amounts_that_never_cancel_and_the_same_by_one_seed():
    edited = []
    for _ in range(2):
        with running() as emulator:
            before = {record["id"]: record for record in emulator.books.all("transactions")}
            dates = edit_months(emulator.base_url, 4, seed=1)
            after = emulator.books.all("transactions")
        edited.append([each for each in after if each != before[each["id"]]])
        assert sorted(each["date"] for each in edited[-1]) == sorted(dates)
        pennies = [(each["amount"] - before[each["id"]]["amount"]) / PENNY for each in edited[-1]]
        assert sorted(pennies) == [1, 2, 4, 8]
    assert [each["id"] for each in edited[0]] == [each["id"] for each in edited[1]]
    assert len({each["date"][:7] for each in edited[0]}) == 4
    assert max(each["date"] for each in edited[0]) < str((datetime.now(tz=UTC) - timedelta(days=70)).date())


def test_a_place_is_a_file_or_a_database(tmp_path):
    assert isinstance(warehouse_at(str(tmp_path / "books.duckdb")), DuckDB)
    assert isinstance(warehouse_at("postgresql://user:password@localhost:5432/books"), Postgres)


def test_the_one_statement_groups_every_posting_line_and_leaves_no_table(tmp_path):
    path = tmp_path / "books.duckdb"
    columns = "company_id, posting_id, posting_date, source_type, source_id, line_number, nominal_code"
    with duckdb.connect(path) as connection:
        connection.execute("create schema accbooks")
        connection.execute(
            f"create table accbooks.general_ledger as select 'c' as {columns.replace(', ', ', 1 as ')}, "
            "1 as contact_id, '' as description, 1 as debit, 0 as credit, 1 as amount "
            "from range(3) union all select 'c', 2, 1, 1, 1, 1, 1, 1, '', 1, 0, 1"
        )
    assert one_statement(str(path), "accbooks") == 2
    with duckdb.connect(path) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [
            ("general_ledger",)
        ]


def test_models_take_from_the_first_beginning_to_the_last_end():
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def step(begin: float, end: float) -> Any:
        return SimpleNamespace(
            started_at=noon + timedelta(seconds=begin), completed_at=noon + timedelta(seconds=end)
        )

    results = [SimpleNamespace(timing=[step(2, 3), step(3, 7.5)]), SimpleNamespace(timing=[step(1, 4)])]
    assert seconds_of(results) == 6.5


def test_the_benchmarks_server_holds_what_is_written_to_a_new_database(tmp_path):
    with postgres_server(tmp_path / "server") as uri:
        address = new_database(uri, "books")
        with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
            cursor.execute("select current_database(), current_setting('fsync')")
            assert cursor.fetchone() == ("books", "on")


@dataclass
class Measured:
    """A workshop whose runs take the seconds it was given, in turn, and end with a result."""

    seconds: Iterator[float]
    result: Any = 0
    quick: bool = False
    large: str = "large"
    asked: list[dict[str, Any]] = field(default_factory=list)
    served: list[dict[str, Any]] = field(default_factory=list)

    def books(self, **_: Any) -> str:
        return "books"

    @contextmanager
    def own_books(self, **settings: Any) -> Iterator[str]:
        self.served.append(settings)
        yield "books"

    def backfill(self, _: str) -> Any:
        return SimpleNamespace(books="books", warehouse="whole", records=1000)

    def new_warehouse(self) -> str:
        return "file"

    def new_database(self) -> str:
        return "database"

    def run(self, job: str, _: str, **details: Any) -> Run:
        self.asked.append({"job": job, **details})
        return Run(next(self.seconds), 100.0, Statistics(1, 0, 1), self.result, processor=30.0)


def test_companies_are_synced_eight_at_a_time_and_one_at_a_time():
    workshop = Measured(iter((40.0, 110.0)))
    (value,) = without_limit(workshop)
    assert (value.value, value.missed) == (2.75, True)
    assert value.note == "110 s / 40 s, 20 companies, 0.3 s of latency; our processor time 30 s"
    assert [run["jobs"] for run in workshop.asked] == [8, 1]
    assert {len(run["keys"]) for run in workshop.asked} == {20}
    assert not any("plan" in settings for settings in workshop.served)


def test_companies_are_synced_under_the_documented_limits_too():
    workshop = Measured(iter((20.0, 80.0, 100.0, 600.0)))
    assert [(each.name, each.value, each.missed) for each in under_plans(workshop)] == [
        ("times as fast, pro", 4.0, True),
        ("times as fast, starter", 6.0, False),
    ]
    limits = [(settings["plan"], settings["minute_limit"]) for settings in workshop.served]
    assert limits == [("pro", None)] * 2 + [("starter", None)] * 2


def test_a_sync_that_is_not_proved_gives_no_figure():
    with pytest.raises(ValueError, match="ended with 3"):
        list(without_limit(Measured(iter((20.0,)), result=3)))


def test_databases_take_turns_and_are_compared_by_their_medians():
    workshop = Measured(iter((4.0, 1.0, 9.0, 2.0, 5.0, 8.0)))
    (value,) = postgres_load(workshop)
    assert (value.value, value.missed) == (2.5, False)
    assert [run["warehouse"] for run in workshop.asked] == ["database", "file"] * 3


def test_a_rebuild_is_compared_with_one_statement():
    measured = {"rebuild": 9.0, "reference": 2.0, "lines": 1_234}
    (value,) = full_rebuild(Measured(iter((0.0,)), result=measured))
    assert (value.value, value.missed) == (4.5, True)
    assert value.note == "9.0 s / 2.0 s, 1,234 posting lines"


def test_a_rebuild_finds_the_tables_of_our_own_that_models_read(tmp_path):
    rebuild(str(tmp_path / "books.duckdb"))
    assert DuckDB(str(tmp_path / "books.duckdb")).query("select * from accbooks_raw.settings_of_views") == []
