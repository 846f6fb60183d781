"""What is loaded into a lakehouse equals what is loaded into DuckDB, whatever happens to books and loads."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import lakehouse_loads
import pendulum
import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import DuckDB, Lakehouse, Warehouse, stored_company_ids
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks.settings import Settings as SettingsOfKey
from copies import transforms_of
from lakehouse_loads import assert_equal, load

for name in ("pysail", "pyspark", "deltalake"):
    pytest.importorskip(name, reason="the extra `spark` is not installed")

pytestmark = pytest.mark.long

TODAY = pendulum.today("UTC").date()
ODD_TEXTS = [
    "",
    "it's",
    "back\\slash \\' \\n",
    'say "yes" and `no`',
    "{braces} %s ;--",
    "Zoë 株式会社 😀\n\t",
]


@dataclass
class Pair:
    """The same books in DuckDB and in a lakehouse."""

    emulator: Emulator
    duckdb: DuckDB
    lakehouse: Lakehouse
    folder: Path

    def load(self, number: int = 0) -> None:
        for warehouse in (self.duckdb, self.lakehouse):
            load(warehouse, self.emulator.base_url, self.emulator.keys[number], f"company{number}")

    def put(self, resource: str, record: dict[str, Any]) -> None:
        self.emulator.books.put(resource, record)

    def sales(self) -> list[dict[str, Any]]:
        """Recent sales that no invoice belongs to."""
        return [
            deepcopy(each)
            for each in self.emulator.books.all("transactions")
            if str(TODAY.subtract(days=30)) <= str(each["date"]) <= str(TODAY) and each["invoice_id"] is None
        ]

    def invoices(self) -> list[dict[str, Any]]:
        """Invoices of several lines, of any age."""
        return [deepcopy(each) for each in self.emulator.books.all("invoices") if len(each["line_items"]) > 1]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    lake = folder / "lake"
    with running(Settings(plan="enterprise", port=0)) as emulator:
        pair = Pair(emulator, DuckDB(str(folder / "books.duckdb")), Lakehouse(str(lake)), lake)
        for number, text in enumerate(ODD_TEXTS):
            record = pair.sales()[-1]
            pair.put("transactions", {**record, "id": f"txn_odd_{number}", "description": text, "odd": text})
        pair.load()
        yield pair


def versions(folder: Path) -> dict[str, int]:
    """Return the number of commits of each raw table."""
    logs = folder.glob("accbooks_raw/*/_delta_log")
    return {log.parent.name: len(list(log.glob("*.json"))) for log in logs}


def test_after_the_first_load_every_raw_table_equals_that_of_duckdb(pair):
    assert_equal(pair.duckdb, pair.lakehouse)


def types(warehouse: Any) -> set[tuple[str, str, str]]:
    found = warehouse.query(
        "select table_name, column_name, data_type from information_schema.columns "
        "where table_schema = 'accbooks_raw'"
    )
    return {
        (table, column, kind.upper().replace("JSON", "VARCHAR"))
        for table, column, kind in found
        if not table.startswith("_dlt")
    }


def test_columns_have_the_types_that_they_have_in_duckdb(pair):
    assert types(pair.lakehouse) == types(pair.duckdb)


@pytest.mark.nightly
def test_a_load_in_which_nothing_changed_writes_no_record_anew(pair):
    before = versions(pair.folder)
    pair.load()
    after = versions(pair.folder)
    grown = {table for table in after if after[table] != before.get(table)}
    assert grown <= {
        "sync_windows",
        "_dlt_loads",
        "_dlt_pipeline_state",
        "trial_balance",
        "balance_sheet",
    } | {
        "configured_companies",
        "report_versions",
    }
    assert_equal(pair.duckdb, pair.lakehouse)


@pytest.mark.nightly
def test_edits_of_every_kind_and_deletions_are_taken_over(pair):
    copied, dearer, deleted, moved = pair.sales()[-4:]
    pair.put("transactions", {**copied, "id": "txn_new", "date": str(TODAY)})
    pair.put(
        "transactions", {**dearer, "amount": dearer["amount"] + 1, "net_amount": dearer["net_amount"] + 1}
    )
    pair.emulator.books.remove("transactions", deleted["id"])
    pair.put("transactions", {**moved, "date": str(TODAY.subtract(days=29))})
    shorter, bare = pair.invoices()[0], pair.invoices()[1]
    pair.put("invoices", {**shorter, "date": str(TODAY), "line_items": shorter["line_items"][:-1]})
    pair.put("invoices", {**bare, "date": str(TODAY), "line_items": []})
    pair.load()
    assert_equal(pair.duckdb, pair.lakehouse)
    for warehouse in (pair.duckdb, pair.lakehouse):
        raw = warehouse.raw
        assert warehouse.query(f"select id from {raw}.transactions where id = %s", deleted["id"]) == []
        lines = f"select count(*) from {raw}.invoice_line_items where invoice_id = %s"
        assert warehouse.query(lines, shorter["id"]) == [(len(shorter["line_items"]) - 1,)]
        assert warehouse.query(lines, bare["id"]) == [(0,)]


@pytest.mark.nightly
def test_a_record_that_cannot_be_typed_is_rejected_and_comes_back_when_it_can(pair):
    record = pair.sales()[-1]
    pair.put("transactions", {**record, "currency": ["GBP"]})
    pair.load()
    rejected = "select resource, id from accbooks_raw.rejected_records"
    assert pair.lakehouse.query(rejected) == [("transactions", record["id"])]
    assert_equal(pair.duckdb, pair.lakehouse)
    pair.put("transactions", record)
    pair.load()
    assert pair.lakehouse.query(rejected) == []
    assert_equal(pair.duckdb, pair.lakehouse)


@pytest.mark.nightly
def test_rows_that_were_changed_or_doubled_are_read_again(pair):
    altered, doubled = (each["id"] for each in pair.sales()[-2:])
    raw = pair.lakehouse.raw
    pair.lakehouse.execute(f"update {raw}.transactions set description = 'forged' where id = %s", altered)
    names = ", ".join(
        pair.lakehouse.quoted(name) for name in sorted(pair.lakehouse.raw_columns()["transactions"])
    )
    pair.lakehouse.execute(
        f"insert into {raw}.transactions ({names}) select {names} from {raw}.transactions where id = %s",
        doubled,
    )
    assert pair.lakehouse.query(f"select count(*) from {raw}.transactions where id = %s", doubled) == [(2,)]
    pair.load()
    assert_equal(pair.duckdb, pair.lakehouse, but={"sync_windows"})  # which says what was read again


def test_a_load_counts_only_with_its_row_among_the_loads(pair):
    lakehouse = pair.lakehouse
    reads = f"select count(*) from {lakehouse.reads}"
    ((before,),) = lakehouse.query(reads)
    lakehouse.execute(
        f"insert into {lakehouse.raw}.sync_windows (company_id, resource, reason, outcome, _dlt_load_id) "
        "values ('comp_1', 'transactions', 'whole', 'complete', 'cut_off')"
    )
    assert lakehouse.query(reads) == [(before,)]
    lakehouse.execute(f"delete from {lakehouse.raw}.sync_windows where _dlt_load_id = 'cut_off'")


def start(lake: Path, emulator: Emulator, number: int) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-W", "ignore", lakehouse_loads.__file__]
    return subprocess.Popen(
        [*program, str(lake), emulator.base_url, emulator.keys[number], f"company{number}"]
    )


@pytest.mark.parametrize(
    "table",
    [
        pytest.param("contacts", marks=pytest.mark.soak),
        "transactions",
        pytest.param("sync_windows", marks=pytest.mark.soak),
        "_dlt_pipeline_state",
    ],
)
@pytest.mark.nightly
def test_a_load_that_was_killed_is_made_good_by_the_next(tmp_path, table):
    """It is killed once a table is there, at the latest between the last table and the row of the load."""
    lake = tmp_path / "lake"
    with running(Settings(plan="enterprise", port=0)) as emulator:
        pair = Pair(emulator, DuckDB(str(tmp_path / "books.duckdb")), Lakehouse(str(lake)), lake)
        process = start(lake, emulator, 0)
        try:
            while not (lake / "accbooks_raw" / table / "_delta_log").exists():
                assert process.poll() is None
                time.sleep(0.001)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        pair.load()
        assert_equal(pair.duckdb, pair.lakehouse, but={"sync_windows"})  # which keeps what does not count


class Loading(Sync):
    """A sync of companies side by side that builds no models."""

    def run(self, companies: Sequence[Company], configured: Collection[str] = ()) -> SyncResult:  # noqa: ARG002
        with ExitStack() as locks:
            loaded = self._load_all(companies, locks)
        return SyncResult(tuple(each.result for each in loaded))


def load_together(warehouse: Warehouse, emulator: Emulator) -> None:
    companies = [
        Company(f"company{number}", SettingsOfKey(key, emulator.base_url))
        for number, key in enumerate(emulator.keys)
    ]
    with transforms_of(warehouse) as transforms:
        quiet = {"progress": NoRunProgress(), "announce": lambda _: None}
        result = Loading(warehouse, transforms, Scope(), jobs=3, **quiet).run(companies)
    assert [each.error for each in result.companies] == [None] * len(companies)


@pytest.mark.nightly
def test_companies_that_are_loaded_together_are_as_in_duckdb(tmp_path):
    lake = tmp_path / "lake"
    with running(Settings(plan="enterprise", port=0, companies=3, size="tiny")) as emulator:
        pair = Pair(emulator, DuckDB(str(tmp_path / "books.duckdb")), Lakehouse(str(lake)), lake)
        for _ in ("first", "edited"):
            for warehouse in (pair.duckdb, pair.lakehouse):
                load_together(warehouse, emulator)
            assert_equal(pair.duckdb, pair.lakehouse, but={"sync_windows"})
            assert len(stored_company_ids(pair.lakehouse)) == 3
            for books in emulator.all_books[:2]:
                sale = deepcopy(books.all("transactions")[-1])
                books.put("transactions", {**sale, "id": "txn_more"})
                books.remove("transactions", sale["id"])


@pytest.mark.nightly
def test_two_processes_that_load_different_companies_at_once_lose_nothing(tmp_path):
    lake = tmp_path / "lake"
    with running(Settings(plan="enterprise", port=0, companies=2, size="tiny")) as emulator:
        pair = Pair(emulator, DuckDB(str(tmp_path / "books.duckdb")), Lakehouse(str(lake)), lake)
        for time_of_day in ("first", "edits"):
            for number, books in enumerate(emulator.all_books):
                sale = deepcopy(
                    [each for each in books.all("transactions") if each["invoice_id"] is None][-1]
                )
                books.put("transactions", {**sale, "id": f"txn_{time_of_day}", "amount": Decimal(number + 1)})
            processes = [start(lake, emulator, number) for number in (0, 1)]
            assert [process.wait() for process in processes] == [0, 0]
            for number in (0, 1):
                load(pair.duckdb, emulator.base_url, emulator.keys[number], f"company{number}")
            assert len(stored_company_ids(pair.lakehouse)) == 2
            assert_equal(pair.duckdb, pair.lakehouse)
