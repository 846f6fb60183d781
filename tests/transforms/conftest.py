"""Warehouses of small books, built by dbt in process: one in DuckDB, one in PostgreSQL."""

import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pyarrow as pa
import pytest
import yaml
from accbooks_warehouse.pipelines.configuration import FILES
from accbooks_warehouse.pipelines.destinations import Postgres
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import CompiledNode

HERE = Path(__file__).parent
PROJECT = HERE.parents[1] / "transforms"
TODAY = "2024-06-30"
FETCHED_AT = "2024-06-30 12:00:00+00"
RAW_TABLES = (HERE / "raw_tables.sql").read_text().strip()
RAW_COLUMNS = {
    table: [line.split()[0].strip('"') for line in columns.strip().splitlines()]
    for table, columns in re.findall(r"create table accbooks_raw\.(\w+) \((.*?)\n\);", RAW_TABLES, re.DOTALL)
}
DATED = ("transactions", "invoices", "journals")
SINGLE = ("company", "contacts", "bank_accounts")
PARSED: dict[tuple[str, ...], Manifest] = {}
"""The project as parsed for each target, name of a database and files: to parse it takes seconds."""

Rows = dict[str, list[dict[str, Any]]]
Book = Mapping[str, Any]


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the night, or the soak, what nightly_on or soak_on of a test says of an `empty_warehouse`."""
    for item in items:
        place = item.callspec.params.get("empty_warehouse") if hasattr(item, "callspec") else None
        for kind in ("nightly", "soak"):
            marker = item.get_closest_marker(f"{kind}_on")
            if marker and place in marker.args:
                item.add_marker(getattr(pytest.mark, kind))


@dataclass(frozen=True)
class Outcome:
    """What one node of a dbt run came to, and for a test the rows that failed it, as dicts."""

    status: str
    rows: list[dict[str, str | None]]


@dataclass(frozen=True)
class Warehouse:
    """A database dbt builds in, and how to ask it."""

    target: str
    workspace: Path
    environment: Mapping[str, str]
    connect: Callable[[], Any]

    def execute(self, *statements: str) -> None:
        with closing(self.connect()) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        """The answer with every value as text, so that 1.00 and 1.0 differ."""
        return [tuple(row.values()) for row in self.dicts(query)]

    def dicts(self, query: str) -> list[dict[str, str | None]]:
        with closing(self.connect()) as cursor:
            cursor.execute(query)
            names = [column[0] for column in cursor.description]
            return [
                {name: None if value is None else str(value) for name, value in zip(names, row, strict=True)}
                for row in cursor.fetchall()
            ]

    def insert(self, rows: Rows) -> None:
        """Fill raw tables, by loads that arrived whole."""
        loads = {row["_dlt_load_id"] for row in rows.get("sync_windows", []) if "_dlt_load_id" in row}
        arrived = [{"load_id": load_id, "status": 0} for load_id in sorted(loads)]
        everything = rows | ({"_dlt_loads": arrived} if arrived else {})
        if self.target == "duckdb":
            self.append(everything)
        else:
            self.execute(*inserts(everything))

    def append(self, rows: Rows) -> None:
        """Fill raw tables of DuckDB from texts in memory, which it reads ten times as fast as SQL."""
        with closing(self.connect()) as connection:
            for table, records in rows.items():
                columns = held_columns(table, records)
                if not columns:
                    continue
                texts = {name: [text(each.get(name)) for each in records] for name in columns}
                connection.register(
                    "texts", pa.table(texts, pa.schema([(each, pa.string()) for each in columns]))
                )
                names = quoted(columns)
                connection.execute(f"insert into accbooks_raw.{table} ({names}) select {names} from texts")

    def dbt(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> dict[str, Outcome]:
        """Run dbt and return every node's outcome by its name."""
        options = {
            "--project-dir": PROJECT,
            "--profiles-dir": PROJECT,
            "--target": self.target,
            "--target-path": self.workspace / "target",
            "--log-path": self.workspace / "logs",
        }
        chosen = ["--quiet", *(str(part) for option in options.items() for part in option)]
        vars_of_run = ["--vars", yaml.safe_dump({"today": TODAY, **(variables or {})})]
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dbt's own
            for name, value in self.environment.items():
                patch.setenv(name, value)
            manifest = self.parsed(chosen, enabling(variables or {}))
            answer = dbtRunner(manifest=manifest).invoke([*arguments, *chosen, *vars_of_run])
            DuckDBConnectionManager.close_all_connections()  # or it holds the file as long as we live
        assert answer.exception is None, answer.exception
        return {
            result.node.name: Outcome(
                str(result.status),
                self.dicts(result.node.compiled_code)
                if result.status in ("fail", "warn") and result.node.resource_type == "test"
                else [],
            )
            for result in answer.result
        }

    def parsed(self, options: list[str], variables: Mapping[str, str]) -> Manifest:
        """Return the parsed project, without what dbt compiled of it in an earlier run.

        Runs have variables of their own: how the project is parsed depends on those alone that enable models.
        """
        database = self.environment.get("ACCBOOKS_POSTGRES_DATABASE", "")
        key = (self.target, database, *(f"{name} {value}" for name, value in sorted(variables.items())))
        if key not in PARSED:
            of_parse = yaml.safe_dump({"today": TODAY, **variables})
            answer = dbtRunner().invoke(["parse", *options, "--vars", of_parse])
            assert answer.exception is None, answer.exception
            PARSED[key] = answer.result
        for node in PARSED[key].nodes.values():
            if isinstance(node, CompiledNode):
                node.compiled, node.compiled_code = False, None
                node.extra_ctes, node.extra_ctes_injected = [], False
        return PARSED[key]


def enabling(variables: Mapping[str, Any]) -> Mapping[str, str]:
    """The variables that name configured files: models exist only with them."""
    return {name: value for name, value in variables.items() if name.removeprefix("accbooks_") in FILES}


def text(value: Any) -> str | None:
    return None if value is None else str(value)


def literal(value: Any) -> str:
    return "null" if value is None else "'{}'".format(str(value).replace("'", "''"))


def held_columns(table: str, records: list[dict[str, Any]]) -> list[str]:
    """The table's columns that a record has."""
    return [column for column in RAW_COLUMNS[table] if any(column in record for record in records)]


def quoted(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def inserts(rows: Rows) -> Iterator[str]:
    """The statements that fill the raw tables; what a table has no column for is left out."""
    for table, records in rows.items():
        columns = held_columns(table, records)
        values = [
            "({})".format(", ".join(literal(record.get(column)) for column in columns)) for record in records
        ]
        for start in range(0, len(values), 1000):
            yield "insert into accbooks_raw.{} ({}) values {}".format(
                table,
                quoted(columns),
                ", ".join(values[start : start + 1000]),
            )


def documents(company_id: str, book: Book) -> Rows:
    """The company's records as raw rows."""
    owner = {"company_id": company_id}
    sterling = {"currency": "GBP", "exchange_rate": 1}
    rows: Rows = {
        "company": [owner | {"id": company_id} | book["company"]] if "company" in book else [],
        "bank_accounts": [
            owner | {"id": account_id, "nominal_code": nominal_code}
            for account_id, nominal_code in book.get("bank_accounts", {}).items()
        ],
        "transactions": [
            owner | sterling | {"status": "posted"} | row for row in book.get("transactions", [])
        ],
        "invoices": [],
        "invoice_line_items": [],
        "journals": [],
        "journal_lines": [],
        "vat_schemes": [owner | {"periods": "quarterly"} | row for row in book.get("vat_schemes", [])],
        "rejected_records": [owner | row for row in book.get("rejected_records", [])],
    }
    for invoice in book.get("invoices", []):
        rows["invoices"].append(owner | sterling | {k: v for k, v in invoice.items() if k != "lines"})
        rows["invoice_line_items"] += [
            owner
            | {"invoice_id": invoice["id"], "line_number": number, "date": invoice["date"]}
            | dict(zip(("nominal_code", "net_amount", "vat_amount", "vat_rate"), line, strict=False))
            for number, line in enumerate(invoice["lines"], start=1)
        ]
    for journal in book.get("journals", []):
        rows["journals"].append(owner | {k: v for k, v in journal.items() if k != "lines"})
        rows["journal_lines"] += [
            owner
            | {"journal_id": journal["id"], "line_number": number, "date": journal["date"]}
            | dict(zip(("nominal_code", "debit", "credit"), line, strict=True))
            for number, line in enumerate(journal["lines"], start=1)
        ]
    return rows


def reports(company_id: str, book: Book) -> Rows:
    """The company's fetched reports as raw rows."""

    def lines(amounts: Mapping[str | None, float], period: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"company_id": company_id, "line_number": number, "generated_at": FETCHED_AT, "amount": amount}
            | period
            | {"nominal_code": code, "name": book["accounts"][code][0], "category": book["accounts"][code][1]}
            for number, (code, amount) in enumerate(amounts.items(), start=1)
        ]

    rows: Rows = {"trial_balance": [], "balance_sheet": [], "profit_loss": []}
    for as_at, amounts in book.get("trial_balance", {}).items():
        for line in lines(amounts, {"as_at": as_at}):
            amount = line.pop("amount")
            rows["trial_balance"].append(line | {"debit": max(amount, 0), "credit": max(-amount, 0)})
    for as_at, amounts in book.get("balance_sheet", {}).items():
        rows["balance_sheet"] += lines(amounts, {"as_at": as_at})
    for report in book.get("profit_loss", []):
        rows["profit_loss"] += lines(report["lines"], {"from": report["from"], "to": report["to"]})
    return rows


def sync_windows(company_id: str, book: Book) -> Rows:
    """What the pipeline says it has read: everything, unless the book says otherwise."""
    forbidden = book.get("forbidden", [])
    windows = [
        (resource, start, end, "complete", None)
        for resource in (*SINGLE, *DATED)
        if resource not in forbidden
        for start, end in book.get("windows", {}).get(resource, [[None, None]])
    ]
    windows += [(resource, None, None, "permission_missing", None) for resource in forbidden]
    windows += [
        (report, None, as_at, "complete", None)
        for report in ("trial_balance", "balance_sheet")
        for as_at in book.get(report, {})
    ]
    windows += [
        ("profit_loss", report["from"], report["to"], report.get("outcome", "complete"), report.get("fault"))
        for report in book.get("profit_loss", [])
    ]
    names = ("resource", "from", "to", "outcome", "fault")
    return {
        "sync_windows": [
            {"company_id": company_id, "fetched_at": FETCHED_AT} | dict(zip(names, window, strict=True))
            for window in windows
        ]
    }


def create(warehouse: Warehouse) -> None:
    warehouse.execute(*RAW_TABLES.split(";\n"))


def fill(warehouse: Warehouse, books: Mapping[str, Book]) -> None:
    create(warehouse)
    insert_books(warehouse, books)


def insert_books(warehouse: Warehouse, books: Mapping[str, Book]) -> None:
    for company_id, book in books.items():
        for part in (documents, reports, sync_windows):
            warehouse.insert(part(company_id, book))


def duckdb_warehouse(workspace: Path) -> Warehouse:
    """A file under its default name, in which DuckDB calls both the catalog and our schema `accbooks`."""
    path = workspace / "accbooks.duckdb"

    def connect() -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(path)
        with suppress(duckdb.CatalogException):  # dbt has yet to make it
            connection.execute("use accbooks.accbooks")
        return connection

    return Warehouse(
        target="duckdb",
        workspace=workspace,
        environment={"ACCBOOKS_DUCKDB_PATH": str(path), "ACCBOOKS_DUCKDB_NAME": ""},
        connect=connect,
    )


@pytest.fixture(scope="session")
def books() -> dict[str, Book]:
    return yaml.safe_load((HERE / "books.yml").read_text())


@pytest.fixture(scope="session")
def duckdb_books(books: Mapping[str, Book], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The small books in DuckDB, built."""
    warehouse = duckdb_warehouse(tmp_path_factory.mktemp("duckdb"))
    fill(warehouse, books)
    warehouse.dbt("run")
    return warehouse


@contextmanager
def postgres_warehouse(address: str, workspace: Path) -> Iterator[Warehouse]:
    """A database of that address."""
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute("set search_path to accbooks")
        yield Warehouse(
            target="postgres",
            workspace=workspace,
            environment=Postgres(address).dbt_environment(),
            connect=connection.cursor,
        )


@pytest.fixture(scope="session")
def postgres_books(
    books: Mapping[str, Book],
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], AbstractContextManager[str]],
) -> Iterator[Warehouse]:
    """The small books in PostgreSQL, built."""
    workspace = tmp_path_factory.mktemp("postgres")
    with new_database() as address, postgres_warehouse(address, workspace) as warehouse:
        fill(warehouse, books)
        warehouse.dbt("run")
        yield warehouse


@pytest.fixture(
    scope="session", params=["duckdb_books", pytest.param("postgres_books", marks=pytest.mark.long)]
)
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """The small books, in each database in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def empty_warehouse(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], AbstractContextManager[str]],
) -> Iterator[Warehouse]:
    """A warehouse of the module's own in each database in turn, its raw tables empty."""
    workspace = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        warehouse = duckdb_warehouse(workspace)
        create(warehouse)
        yield warehouse
        return
    with new_database() as address, postgres_warehouse(address, workspace) as warehouse:
        create(warehouse)
        yield warehouse


@pytest.fixture(scope="session")
def put_books() -> Callable[[Warehouse, Mapping[str, Book]], None]:
    """Put books into raw tables."""
    return insert_books


@pytest.fixture(scope="session")
def copy_books(duckdb_books: Warehouse) -> Callable[[Path], Warehouse]:
    """Copy the built books into a folder, to corrupt."""

    def copied(workspace: Path) -> Warehouse:
        shutil.copytree(duckdb_books.workspace, workspace, dirs_exist_ok=True)
        return duckdb_warehouse(workspace)

    return copied


@pytest.fixture
def copied_books(copy_books: Callable[[Path], Warehouse], tmp_path: Path) -> Warehouse:
    """The built books in a file of the test's own."""
    return copy_books(tmp_path)


@pytest.fixture(scope="session")
def build_in() -> Callable[[Path, Mapping[str, Book]], Warehouse]:
    """Fill a warehouse in a folder with books; dbt has yet to run."""

    def filled(workspace: Path, books: Mapping[str, Book]) -> Warehouse:
        warehouse = duckdb_warehouse(workspace)
        fill(warehouse, books)
        return warehouse

    return filled


@pytest.fixture(scope="session")
def empty_in() -> Callable[[Path], Warehouse]:
    """Make a warehouse in a folder, its raw tables empty."""

    def made(workspace: Path) -> Warehouse:
        warehouse = duckdb_warehouse(workspace)
        create(warehouse)
        return warehouse

    return made
