"""Operators of the command, on each database in turn."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres
from operators import NewOperator, Operator, Proven


@pytest.fixture(autouse=True)
def _hearing() -> Iterator[None]:
    """Take interrupts as a terminal's shell does: children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def served() -> Iterator[Emulator]:
    """Books that a sync reads in a second or two."""
    with running(Settings(plan="enterprise", port=0, size="tiny")) as emulator:
        yield emulator


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The name of each database in turn."""
    name: str = request.param
    return name


@pytest.fixture
def new_operator(
    database: str, served: Emulator, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[NewOperator]:
    """Make operators, each with an empty warehouse and directory."""
    numbers = itertools.count()
    with ExitStack() as stack:

        def make(emulator: Emulator = served, **options: Any) -> Operator:
            directory = tmp_path / f"operator{next(numbers)}"
            directory.mkdir()
            address = ""
            if database == Postgres.name:
                address = stack.enter_context(request.getfixturevalue("new_database")())
            return Operator(emulator, directory, tmp_path, database, address, **options)

        yield make


def first_proof(served: Emulator, directory: Path, database: str, address: str = "") -> Proven:
    """Return an operator whose warehouse was synced."""
    (directory / "operator").mkdir()
    operator = Operator(served, directory / "operator", directory, database, address)
    return Proven(operator, operator.prove().seconds)


@pytest.fixture(scope="session")
def proven_duckdb(served: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Proven:
    """An operator whose warehouse in DuckDB equals the books; each test leaves it so."""
    return first_proof(served, tmp_path_factory.mktemp("proven"), DuckDB.name)


@pytest.fixture(scope="session")
def proven_postgres(
    served: Emulator, tmp_path_factory: pytest.TempPathFactory, new_database: Any
) -> Iterator[Proven]:
    """An operator whose warehouse in PostgreSQL equals the books; each test leaves it so."""
    with new_database() as address:
        yield first_proof(served, tmp_path_factory.mktemp("proven"), Postgres.name, address)


@pytest.fixture
def proven(database: str, request: pytest.FixtureRequest) -> Proven:
    """An operator whose warehouse equals the books; each test leaves it so."""
    found: Proven = request.getfixturevalue(f"proven_{database}")
    return found
