"""dbt's parse of the project, kept for the next process."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse
from accbooks_warehouse.pipelines.transform.catalogue import OF_FILES, PROJECT, model_texts
from accbooks_warehouse.pipelines.transform.dbt import Dbt
from accbooks_warehouse.pipelines.transform.parsed_project import _file

pytestmark = pytest.mark.long

CONFIGURING = {"inline_postings": True}


@pytest.fixture
def cache(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    return here / "cache" / "accbooks" / "dbt"


def parsed(place: Path | Warehouse) -> Any:
    """Have a process of its own, as far as dbt can tell, parse the project for a file or database."""
    with Dbt(place if isinstance(place, Warehouse) else DuckDB(str(place)), CONFIGURING) as dbt:
        dbt.prepare()
        dbt._await_preparation()  # noqa: SLF001 - as its first command does
        assert dbt.parsed is not None
        return dbt.parsed


def test_what_is_kept_serves_another_file(here: Path, cache: Path) -> None:
    first = parsed(here / "north" / "accbooks.duckdb")
    (kept,) = cache.iterdir()
    written = kept.stat().st_size
    second = parsed(here / "south" / "books.duckdb")
    assert set(first.nodes) == set(second.nodes)
    assert [path.stat().st_size for path in cache.iterdir()] == [written]
    # a manifest that was read keeps when each file was first parsed
    assert created(second) == created(first)


PREPARING = """
import sys
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.transform.dbt import Dbt
with Dbt(DuckDB("books.duckdb"), {}) as dbt:
    assert "pydantic" not in sys.modules
    dbt.prepare()
    print(hasattr(sys.modules["pydantic"], "BaseModel"))
"""


@pytest.mark.nightly
@pytest.mark.usefixtures("cache")
def test_pydantic_is_whole_before_dbt_is_imported_in_the_background(here: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PREPARING], cwd=here, capture_output=True, text=True, check=True
    )
    assert found.stdout == "True\n"


IMPORTING = """
import os
import sys
import threading
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.transform import dbt as module
from accbooks_warehouse.pipelines.transform.dbt import Dbt
begins = threading.Event()
def importing(*_):
    begins.set()
    threading.Event().wait()
module._runner = importing
with Dbt(DuckDB("books.duckdb"), {}) as dbt:
    dbt.prepare()
    assert begins.wait(60)
    build = threading.Thread(target=dbt.run, args=({},))
    build.start()
    build.join(1)  # long enough to begin an import
    print(any(name.split(".")[0] == "dbt" for name in sys.modules), flush=True)
    os._exit(0)
"""


@pytest.mark.usefixtures("cache")
def test_a_build_imports_nothing_of_dbt_while_that_is_imported_in_the_background(here: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", IMPORTING], cwd=here, capture_output=True, text=True, check=False
    )
    assert found.stdout == "False\n", found.stderr


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgres", marks=pytest.mark.soak)])
def test_what_was_parsed_for_another_database_is_as_parsed_for_this_one(
    here: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    warehouse: Warehouse = (
        DuckDB(str(here / 'the "other\'s".duckdb'))
        if kind == "duckdb"
        else Postgres("postgresql://somebody:password@example.com:5433/others")
    )
    moved = located(parsed(warehouse))
    assert {database for database, _ in moved.values()} == {warehouse.dbt_database}
    monkeypatch.setattr(type(warehouse), "parsing_environment", type(warehouse).dbt_environment)
    monkeypatch.setattr("accbooks_warehouse.pipelines.transform.dbt.restored", lambda *_: None)
    monkeypatch.setattr("accbooks_warehouse.pipelines.transform.dbt.move", lambda *_: None)
    assert located(parsed(warehouse)) == moved


def located(manifest: Any) -> dict[str, tuple[str, str | None]]:
    """Return where everything of a parsed project is, by its id, after seeing that macros see the same."""
    found = {**manifest.nodes, **manifest.sources}
    places = {unique_id: (each.database, each.relation_name) for unique_id, each in found.items()}
    seen = manifest.flat_graph["nodes"] | manifest.flat_graph["sources"]
    assert {each: (node["database"], node["relation_name"]) for each, node in seen.items()} == places
    return places


@pytest.mark.nightly
@pytest.mark.parametrize("content", [pytest.param(b"", marks=pytest.mark.soak), b"no manifest"])
def test_a_file_that_cannot_be_read_is_nothing_and_is_replaced(
    here: Path, cache: Path, content: bytes
) -> None:
    kept = _file(PROJECT, DuckDB.name)
    assert kept.parent == cache
    cache.mkdir(parents=True)
    kept.write_bytes(content)
    nodes = parsed(here / "accbooks.duckdb").nodes.values()
    models = {path.stem for path, text in model_texts().items() if not OF_FILES.search(text)}
    assert {node.name for node in nodes if node.resource_type == "model"} == models
    assert kept.read_bytes() != content
    assert list(cache.iterdir()) == [kept]


@pytest.mark.nightly
@pytest.mark.usefixtures("cache")
def test_where_nothing_can_be_kept_the_project_is_parsed_all_the_same(here: Path) -> None:
    (here / "cache").write_text("in the way")
    assert parsed(here / "accbooks.duckdb").nodes


@pytest.mark.nightly
def test_what_was_parsed_of_other_files_or_with_other_variables_is_parsed_anew(
    here: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = parsed(here / "accbooks.duckdb")
    (kept,) = cache.iterdir()
    parts = kept.read_bytes()
    monkeypatch.setattr("accbooks_warehouse.pipelines.transform.dbt.project_version", lambda *_: "other")
    second = parsed(here / "accbooks.duckdb")
    assert created(second) != created(first)
    assert kept.read_bytes() != parts
    assert created(parsed(here / "accbooks.duckdb")) == created(second)


def created(manifest: Any) -> dict[str, float]:
    """Return when each model was parsed, by its name."""
    return {name: node.created_at for name, node in manifest.nodes.items()}
