"""Who may import whom, and that importing does no work."""

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "accbooks_warehouse"
OURS = ("emulator", "pipelines", "sources")
LIBRARIES = [
    "dlt",
    "duckdb",
    "pandas",
    "pyarrow",
    "requests",
    "rich",
    "uvicorn",
    "fastapi",
    "dbt.compilation",
]
"""What does work when it is imported: that is none of ours."""
HAS_DAGSTER = importlib.util.find_spec("dagster") is not None
RUFF = [
    sys.executable,
    "-m",
    "ruff",
    "check",
    "--select",
    "TID251",
    "--output-format",
    "concise",
    "--no-cache",
]

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

IMPORT_ALL = """
import importlib, json, logging, os, sys
environment = dict(os.environ)
worked = []

def watch(event, arguments):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove"}:
        worked.append([event, str(arguments)])
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        worked.append([event, str(arguments[0])])

names = json.loads(sys.argv[1])
for library in json.loads(sys.argv[2]):
    importlib.import_module(library)
handlers = list(logging.root.handlers)
environment = dict(os.environ)
sys.addaudithook(watch)
for name in names:
    importlib.import_module(name)
print(json.dumps([worked, os.listdir(), logging.root.handlers == handlers, dict(os.environ) == environment]))
"""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield every module a module imports, at its top or inside a function, by its whole name."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join((PACKAGE, *package[: len(package) - node.level + 1]))
            yield f"{base}.{node.module}" if node.module else base
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize(
    ("package", "allowed"),
    [("emulator", {"emulator"}), ("sources", {"sources"}), ("pipelines", {"pipelines", "sources"})],
)
def test_a_package_imports_only_those_it_may(package: str, allowed: set[str]) -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name.split(".")[1])
        for path in modules(package)
        for name in imported(path)
        if name.startswith(f"{PACKAGE}.") and name.split(".")[1] not in allowed
    }
    assert found == ({("pipelines/commands/emulate.py", "emulator")} if package == "pipelines" else set())


def test_nothing_of_ours_is_imported_but_by_the_name_it_has_when_installed() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for package in (*OURS, "benchmarks", "tests", "docs", PACKAGE)
        for path in modules(package)
        for name in imported(path)
        if name.partition(".")[0] in OURS
    }
    assert found == set()


def test_the_source_names_no_package_it_lies_in() -> None:
    """So that the folder can be copied into another project under any name."""
    assert {path.name for path in modules("sources") if PACKAGE in path.read_text()} == set()


def test_one_package_alone_imports_databases() -> None:
    found = {
        path.parent.name
        for path in modules("pipelines")
        if {name.partition(".")[0] for name in imported(path)} & {"duckdb", "psycopg2"}
        or "dlt.destinations" in path.read_text()
    }
    assert found == {"control", "destinations"}


@pytest.mark.parametrize(
    ("path", "line", "reason"),
    [
        (
            "emulator/new.py",
            "import accbooks_warehouse.sources.accbooks",
            "the emulator imports nothing of ours",
        ),
        (
            "emulator/generator/new.py",
            "from accbooks_warehouse.pipelines import run",
            "the emulator imports nothing of ours",
        ),
        (
            "sources/accbooks/new.py",
            "import accbooks_warehouse.emulator",
            "sources imports nothing but libraries and itself",
        ),
        (
            "sources/accbooks/new.py",
            "from accbooks_warehouse.pipelines import run",
            "sources imports nothing but libraries",
        ),
        ("pipelines/new.py", "import duckdb", "pipelines/destinations/ alone knows destinations"),
        ("pipelines/new.py", "from dlt.destinations import duckdb", "pipelines/destinations/ alone knows"),
        (
            "pipelines/new.py",
            "from accbooks_warehouse.emulator import server",
            "pipelines/commands/emulate.py alone starts the emulator",
        ),
        ("pipelines/commands/emulate.py", "from accbooks_warehouse.emulator import server", ""),
        ("pipelines/new.py", "import dagster", "pipelines/orchestration/ alone knows orchestrators"),
        (
            "pipelines/new.py",
            "from accbooks_warehouse.pipelines.orchestration import lineage",
            "is imported by nobody",
        ),
        ("pipelines/orchestration/new.py", "import dagster", ""),
        ("pipelines/new.py", "from accbooks_warehouse.sources import accbooks", ""),
    ],
)
def test_lint_refuses_an_import_that_crosses_a_border(path: str, line: str, reason: str) -> None:
    command = [*RUFF, "--stdin-filename", path, "-"]
    ran = subprocess.run(command, input=line + "\n", capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == (1 if reason else 0), ran.stderr
    assert reason in ran.stdout


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        (
            "pipelines/queries/status.py",
            "import accbooks_warehouse.pipelines.sync.load",
            "a room imports only what stands below",
        ),
        (
            "pipelines/output/views.py",
            "import accbooks_warehouse.pipelines.destinations",
            "no database is asked",
        ),
        (
            "pipelines/report/grid.py",
            "import accbooks_warehouse.pipelines.destinations",
            "no database is asked",
        ),
        (
            "pipelines/report/page.py",
            "import accbooks_warehouse.pipelines.output.console",
            "a room imports only what stands",
        ),
        (
            "sources/accbooks/api/client.py",
            "import accbooks_warehouse.sources.accbooks.reading.books",
            "sources.accbooks: a room",
        ),
        (
            "sources/accbooks/endpoints.py",
            "import accbooks_warehouse.pipelines.errors",
            "the source knows no pipeline",
        ),
        (
            "emulator/settings.py",
            "import accbooks_warehouse.pipelines.errors",
            "an independent opinion",
        ),
    ],
)
def test_lint_refuses_an_import_of_a_room_above(path: str, line: str, contract: str, tmp_path: Path) -> None:
    planted = laid_out(tmp_path) / path
    planted.write_text(planted.read_text() + f"\n{line}\n")
    ran = linted(tmp_path)
    assert ran.returncode == 1, ran.stderr
    (broken,) = (each for each in ran.stdout.splitlines() if " BROKEN" in each)
    assert contract in broken
    module = ".".join((PACKAGE, *Path(path).with_suffix("").parts))
    assert f"{module} -> {line.split()[1]}" in " ".join(ran.stdout.split())


@pytest.mark.parametrize("path", ["pipelines/anywhere.py", "sources/accbooks/anywhere.py"])
def test_lint_refuses_a_module_without_a_place_among_the_layers(path: str, tmp_path: Path) -> None:
    (laid_out(tmp_path) / path).touch()
    ran = linted(tmp_path)
    assert ran.returncode == 1
    assert "anywhere" in ran.stdout + ran.stderr


def laid_out(folder: Path) -> Path:
    """Lay our packages out as they are installed, with the rules of lint; return the package's folder."""
    for package in OURS:
        where = folder / PACKAGE / package
        shutil.copytree(ROOT / package, where, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / PACKAGE / "__init__.py", folder / PACKAGE)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder / PACKAGE


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_importing_any_module_does_no_work(tmp_path: Path) -> None:
    names = [
        ".".join((PACKAGE, *path.relative_to(ROOT).with_suffix("").parts))
        for package in OURS
        for path in modules(package)
        if path.name not in {"__init__.py", "__main__.py"}
        and (HAS_DAGSTER or path.name != "dagster_definitions.py")
    ]
    assert len(names) > 50
    libraries = json.dumps([*LIBRARIES, *(["dagster"] if HAS_DAGSTER else [])])
    command = [sys.executable, "-B", "-W", "ignore", "-c", IMPORT_ALL, json.dumps(names), libraries]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [[], [], True, True]


def test_the_layout_that_newcomers_read_names_every_room():
    page = (ROOT / "docs" / "development.md").read_text()
    layout = page[page.index("## Layout") :]
    for folder in ("pipelines", "sources/accbooks"):
        rooms = {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}
        assert [room for room in sorted(rooms) if f"    {room}/ " not in layout] == []
