"""The wheel beside a dlt project with folders of its own, and the source copied into one."""

import os
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import duckdb
import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings
from packaging.requirements import Requirement

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "sources" / "accbooks"

ITS_SOURCE = """
import dlt

@dlt.resource
def fruits():
    yield [{"name": "pear"}, {"name": "plum"}]
"""
ITS_PIPELINE = """
import dlt
from sources.fruit import fruits

pipeline = dlt.pipeline("fruit", destination=dlt.destinations.duckdb("its_own.duckdb"), dataset_name="fruit")
pipeline.run(fruits())
"""
TEN_LINES = """
import os
import dlt
from accbooks import accbooks

pipeline = dlt.pipeline("books", destination=dlt.destinations.duckdb("copied.duckdb"), dataset_name="raw")
pipeline.run(accbooks(base_url=os.environ["BASE_URL"]))
with pipeline.sql_client() as client:
    print(client.execute_sql("select count(*) from invoices where company_id is not null")[0][0])
"""


class Project:
    """A folder with an environment of its own: no package of ours, no path to the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = folder / ".venv"
        venv.create(self._environment)
        (self.packages,) = self._environment.glob("lib/python*/site-packages")

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)

    def share(self, distributions: set[str]) -> None:
        """Lay what those distributions installed here into the environment: nothing is downloaded."""
        for name in distributions:
            for file in {Path(each).parts[0] for each in metadata.files(name) or ()} - {"..", "__pycache__"}:
                link = self.packages / file
                if not link.exists():
                    link.symlink_to(Path(str(metadata.distribution(name).locate_file(file))))

    def install(self, wheel: Path) -> None:
        options = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(self._environment / "bin" / "python"),
            *options,
        ]
        subprocess.run(command, check=True, capture_output=True)

    def run(self, *command: str, **settings: str) -> str:
        """Run a program of the environment in the folder; give what it printed."""
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(self.folder),
            "DLT_DATA_DIR": str(self.folder / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            **settings,
        }
        program = str(self._environment / "bin" / command[0])
        ran = subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


def required(requirements: list[str]) -> set[str]:
    """Return the distributions that those requirements install, theirs included."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        wanted = waiting.pop()
        key = (wanted.name, frozenset(wanted.extras))
        if key in found:
            continue
        found.add(key)
        extras = ("", *wanted.extras)
        theirs = [Requirement(each) for each in metadata.requires(wanted.name) or []]
        waiting.extend(
            each
            for each in theirs
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
        )
    return {name for name, _ in found}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(where)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = where.glob("*.whl")
    return built


def test_the_wheel_leaves_a_dlt_projects_own_folders_alone(wheel: Path, tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.share(required(["accbooks-warehouse[emulator]"]) - {"accbooks-warehouse"})
    project.install(wheel)
    project.write("sources/__init__.py", "")
    project.write("sources/fruit.py", ITS_SOURCE)
    project.write("pipelines/load.py", ITS_PIPELINE)
    project.run("python", "-m", "pipelines.load")
    with duckdb.connect(str(tmp_path / "its_own.duckdb")) as connection:
        assert connection.execute("select count(*) from fruit.fruits").fetchone() == (2,)
    project.run("accbooks", "demo")
    with duckdb.connect(str(tmp_path / "demo.duckdb")) as connection:
        found = connection.execute(
            "select count(*) from accbooks.findings where severity = 'error'"
        ).fetchone()
    assert found == (0,)
    assert "accbooks" in project.run("python", "-m", "accbooks_warehouse", "--help")
    top_level = {path.name for path in project.packages.iterdir() if not path.is_symlink()}
    assert {name for name in top_level if "info" not in name} - {"__pycache__"} == {"accbooks_warehouse"}


def test_the_source_runs_where_it_is_copied_to(tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.copytree(SOURCE, tmp_path / "accbooks", ignore=shutil.ignore_patterns("__pycache__"))
    project.share(required(["duckdb", *(SOURCE / "requirements.txt").read_text().split()]))
    project.write("load.py", TEN_LINES)
    with running(Settings(size="tiny")) as emulator:
        printed = project.run(
            "python", "load.py", BASE_URL=emulator.base_url, SOURCES__ACCBOOKS__API_KEY=emulator.key
        )
        assert int(printed) == len(emulator.books.all("invoices")) > 0
