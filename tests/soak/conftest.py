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
from accbooks_warehouse.pipelines.destinations import Postgres
from operators import NewOperator, Operator


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
