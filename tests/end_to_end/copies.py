"""Books in an emulator, their copy in a warehouse, and the sync between them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pendulum
import requests
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.tables.reports import ReportRequest
from accbooks_warehouse.sources.accbooks.windows import Window

Record = dict[str, Any]
TODAY = pendulum.today("UTC").date()
TINY = {"size": "tiny", "year_ends": (TODAY.add(months=2).end_of("month").format("MM-DD"),)}
"""An emulator's options for books of one financial year, which began some ten months ago on any day."""
PARSED: dict[str, Any] = {}
"""The dbt project as it was first parsed for each name of a database: all have the same day and variables."""

RAW_TABLES = (
    "company",
    "contacts",
    "bank_accounts",
    "transactions",
    "invoices",
    "invoice_line_items",
    "journals",
    "journal_lines",
    "profit_loss",
    "balance_sheet",
    "trial_balance",
    "rejected_records",
)


class Loading(Sync):
    """A sync that builds no models: what it loaded is new to the next sync."""

    def run(self, companies: Sequence[Company], configured: Collection[str] = ()) -> SyncResult:  # noqa: ARG002
        with ExitStack() as locks:
            loaded = [self._load_locked(company, locks) for company in companies]
        return SyncResult(tuple(each.result for each in loaded))


@dataclass
class Copy:
    """A company's books in the emulator, their copy in a warehouse, and a way to sync one into the other."""

    emulator: Emulator
    warehouse: Warehouse
    transforms: Transforms

    def company(self, *, key: str | None = None, **settings: Any) -> Company:
        """Return the company as it might be configured, with the settings given.

        Another company of the emulator has another name: under one name it would look like a key mistaken.
        """
        name = "second" if key in self.emulator.keys[1:] else "default"
        return Company(name, Settings(key or self.emulator.key, self.emulator.base_url, **settings))

    def sync(self, scope: Scope | None = None, *, key: str | None = None, **settings: Any) -> SyncResult:
        """Sync as the command does, with the settings given."""
        sync = Sync(
            self.warehouse,
            self.transforms,
            scope or Scope(),
            progress=NoRunProgress(),
            announce=lambda _: None,
        )
        return sync.run([self.company(key=key, **settings)])

    def load(self, scope: Scope | None = None, **settings: Any) -> SyncResult:
        """Load what a sync loads, without building or comparing anything; asserts that it ended well."""
        quiet = {"progress": NoRunProgress(), "announce": lambda _: None}
        loading = Loading(self.warehouse, self.transforms, scope or Scope(), **quiet)
        result = loading.run([self.company(**settings)])
        assert [company.error for company in result.companies] == [None]
        return result

    def sync_and_prove(self, scope: Scope | None = None) -> SyncResult:
        """Sync, and assert that it ended well with every period of every report compared and equal."""
        result = self.sync(scope)
        assert [company.error for company in result.companies] == [None]
        assert_proved(result)
        return result

    def load_again(self) -> Loader:
        """Load what a first sync loads, without rebuilding anything."""
        settings = Settings(self.emulator.key, self.emulator.base_url)
        loader = Loader(self.warehouse, Company("default", settings), open_books(settings, window=Window()))
        loader.load_records()
        months = [ReportRequest(TODAY.subtract(months=back).end_of("month")) for back in range(3)]
        loader.load_reports({"trial_balance": months, "balance_sheet": months})
        return loader

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the warehouse; {raw}, {staging} and {models} stand for its schemas."""
        return self.warehouse.query(self._named(sql), *parameters)

    def execute(self, sql: str) -> None:
        """Change the warehouse behind the project's back."""
        with self.warehouse.pipeline() as pipeline, pipeline.sql_client() as client:
            client.execute_sql(self._named(sql))

    def _named(self, sql: str) -> str:
        schemas = {name: getattr(self.warehouse, name) for name in ("raw", "staging", "models")}
        return sql.format(**schemas)

    def report(self, name: str, **dates: str) -> Record:
        """Return AccBooks' own report, amounts as decimals."""
        response = requests.get(
            f"{self.emulator.base_url}reports/{name}",
            params={**dates, "format": "json"},
            headers={"Authorization": f"Bearer {self.emulator.key}"},
            timeout=10,
        )
        response.raise_for_status()
        data: Record = response.json(parse_float=Decimal)["data"]
        return data

    def fingerprint(self) -> dict[str, set[tuple[Any, ...]]]:
        """Return every row of every raw table but sync_windows, with the load that last touched it."""
        return {
            table: set(self.query(f"select row_hash, _dlt_load_id from {{raw}}.{table}"))
            for table in RAW_TABLES
        }

    def recent(self, resource: str, accept: Callable[[Record], bool] = lambda _: True) -> Record:
        """Return a recent record that `accept` likes, dated within the lookback."""
        since = TODAY.subtract(days=30).to_date_string()
        return self._last(
            resource, lambda record: since <= str(record["date"]) <= str(TODAY) and accept(record)
        )

    def old(self, resource: str, accept: Callable[[Record], bool] = lambda _: True) -> Record:
        """Return a record that `accept` likes, dated before the lookback by more than a year."""
        before = TODAY.subtract(days=500).to_date_string()
        return self._last(resource, lambda record: str(record["date"]) < before and accept(record))

    def _last(self, resource: str, accept: Callable[[Record], bool]) -> Record:
        return [record for record in self.emulator.books.all(resource) if accept(record)][-1]

    def put(self, resource: str, record: Record) -> Record:
        """File a record in the books, bypassing the API's permissions."""
        self.emulator.books.put(resource, record)
        return record


def assert_proved(result: SyncResult) -> None:
    """Assert that a sync ended well, with every period of every report compared and equal."""
    assert result.findings.errors == ()
    assert {match_count.report for match_count in result.match_counts} == {
        "trial_balance",
        "balance_sheet",
        "profit_loss",
    }
    assert [
        match_count for match_count in result.match_counts if match_count.matching != match_count.periods
    ] == []
    assert result.status is ExitStatus.DONE


@contextmanager
def opened_copy(warehouse: Warehouse, **options: Any) -> Iterator[Copy]:
    """Run an emulator of small books, under a plan no test runs into, beside an empty warehouse."""
    prepare_dlt()
    settings = EmulatorSettings(**{"plan": "enterprise", "port": 0, **options})
    with running(settings) as emulator, transforms_of(warehouse) as transforms:
        yield Copy(emulator, warehouse, transforms)


@contextmanager
def transforms_of(warehouse: Warehouse) -> Iterator[Transforms]:
    """Open the transforms of a warehouse, parsed once for all databases of that name."""
    told = warehouse.dbt_environment()
    name = told.get("ACCBOOKS_POSTGRES_DATABASE", f"{warehouse.name} {told.get('ACCBOOKS_DUCKDB_NAME')}")
    with Transforms(warehouse, TODAY, {}, PARSED.get(name)) as transforms:
        yield transforms
        PARSED[name] = transforms.dbt.parsed
