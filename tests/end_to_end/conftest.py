"""Copies of small books in real databases, and the warehouses that are built once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from accbooks_warehouse.emulator.server import DECIDES_BOOKS
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse
from copies import Copy, opened_copy, transforms_of

DATABASES = (DuckDB.name, Postgres.name)
FILE = "accbooks.duckdb"

OpenWarehouse = Callable[..., AbstractContextManager[Warehouse]]
OpenCopies = Callable[..., AbstractContextManager[Copy]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a database on both, or on those that its marker names; some are asked less often."""
    if "database" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        names = marker.args if marker else DATABASES
        values = [pytest.param(name, marks=marks_on(name, metafunc.definition)) for name in names]
        metafunc.parametrize("database", values, indirect=True, scope="module")


def marks_on(name: str, test: Any) -> list[pytest.MarkDecorator]:
    """Return `long`, `nightly` and `soak` where the markers of that name with `_on` have this database."""
    found = {kind: test.get_closest_marker(f"{kind}_on") for kind in ("long", "nightly", "soak")}
    return [getattr(pytest.mark, kind) for kind, marker in found.items() if marker and name in marker.args]


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> str:
    """The name of each database in turn."""
    name: str = request.param
    return name


@pytest.fixture
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the commands run in this process use the project that was parsed before."""
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.opening.transforms_of", transforms_of)


@pytest.fixture(scope="session")
def open_warehouse(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> OpenWarehouse:
    """Make a warehouse in a database of that name, as a context: empty, or a copy of another one."""

    @contextmanager
    def opening(name: str, like: Warehouse | None = None) -> Iterator[Warehouse]:
        if name == DuckDB.name:
            path = tmp_path_factory.mktemp("copy") / FILE
            if like:
                shutil.copy(place_of(like), path)
            yield DuckDB(str(path))
            return
        with request.getfixturevalue("new_database")(place_of(like) if like else None) as address:
            yield Postgres(address)

    return opening


def place_of(warehouse: Warehouse) -> str:
    """Return a DuckDB warehouse's file, or the name of a PostgreSQL database."""
    told = warehouse.dbt_environment()
    return told.get("ACCBOOKS_POSTGRES_DATABASE") or told["ACCBOOKS_DUCKDB_PATH"]


@contextmanager
def keeping(open_warehouse: OpenWarehouse, name: str) -> Iterator[Warehouse]:
    """Sync and prove the small books, and keep the warehouse under another name than the one it was built in.

    The copies get that name: the project is parsed for it.
    """
    with ExitStack() as stack:
        with open_warehouse(name) as warehouse:
            with opened_copy(warehouse) as copy:
                copy.sync_and_prove()
            warehouse.release()
            kept = stack.enter_context(open_warehouse(name, warehouse))
        yield kept


@pytest.fixture(scope="session")
def kept_duckdb(open_warehouse: OpenWarehouse) -> Iterator[Warehouse]:
    """The warehouse of the small books in DuckDB, to be copied."""
    with keeping(open_warehouse, DuckDB.name) as kept:
        yield kept


@pytest.fixture(scope="session")
def kept_postgres(open_warehouse: OpenWarehouse, new_database: Any) -> Iterator[Warehouse]:  # noqa: ARG001 - outlives it
    """The warehouse of the small books in PostgreSQL, to be copied."""
    with keeping(open_warehouse, Postgres.name) as kept:
        yield kept


@pytest.fixture(scope="session")
def kept_warehouse(request: pytest.FixtureRequest) -> Callable[[str], Warehouse]:
    """Return the warehouse of the small books in a database of that name, built when first asked for."""
    return lambda name: request.getfixturevalue(f"kept_{name}")


@pytest.fixture(scope="module")
def opened_copies(database: str, open_warehouse: OpenWarehouse) -> OpenCopies:
    """Open a copy that is not synced yet, as a context; the options are the emulator's."""

    @contextmanager
    def opening(**options: Any) -> Iterator[Copy]:
        with open_warehouse(database) as warehouse, opened_copy(warehouse, **options) as opened:
            yield opened

    return opening


@pytest.fixture(scope="module")
def synced_copies(
    database: str, open_warehouse: OpenWarehouse, kept_warehouse: Callable[[str], Warehouse]
) -> OpenCopies:
    """Open a copy of the small books that is synced and proved; the options are the emulator's."""

    @contextmanager
    def opening(**options: Any) -> Iterator[Copy]:
        assert not {"companies", *DECIDES_BOOKS} & options.keys(), "these are not the books that were synced"
        kept = kept_warehouse(database)
        with open_warehouse(database, kept) as warehouse, opened_copy(warehouse, **options) as opened:
            yield opened

    return opening


@pytest.fixture(scope="module")
def open_beside(open_warehouse: OpenWarehouse) -> Callable[[Copy, str], AbstractContextManager[Copy]]:
    """Open another copy of the same books in a database of that name, as a context."""

    @contextmanager
    def opening(copy: Copy, name: str) -> Iterator[Copy]:
        with open_warehouse(name) as warehouse, transforms_of(warehouse) as transforms:
            yield Copy(copy.emulator, warehouse, transforms)

    return opening


@pytest.fixture(scope="module")
def copy(synced_copies: OpenCopies) -> Iterator[Copy]:
    """A small company's books, synced once."""
    with synced_copies() as opened:
        yield opened


@pytest.fixture
def open_copy(opened_copies: OpenCopies) -> Iterator[Callable[..., Copy]]:
    """Open copies of books that are not yet synced; the options are the emulator's."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(opened_copies(**options))


@pytest.fixture(scope="module")
def open_module_copy(opened_copies: OpenCopies) -> Iterator[Callable[..., Copy]]:
    """Open a copy for a whole module; the options are the emulator's."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(opened_copies(**options))
