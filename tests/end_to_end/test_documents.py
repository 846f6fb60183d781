"""Every command that the documents show, run as it stands, in one folder, against the emulator.

Those of `accbooks` run in this process: to start one takes seconds.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.cli import app
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.long

SECRET = "whsec_of_documents"
READER = "accbooks_test_of_documents"
"""The role that the documents call bi: roles belong to the whole server."""
LONGEST_SECONDS = 180
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOCUMENTS = (
    "README.md",
    "docs/commands.md",
    "docs/reading.md",
    "docs/closings.md",
    "docs/practice.md",
    "docs/vat.md",
    "docs/files.md",
    "docs/postgresql.md",
    "docs/bi.md",
    "docs/metrics.md",
    "docs/own_project.md",
    "docs/operations.md",
    "docs/schedules.md",
    "docs/live.md",
    "docs/lakehouse.md",
    "transforms/README.md",
)
NOT_RUN = {
    r"(\.venv/bin/)?(pip install |dagster dev )": "it installs, and serves until it is ended",
    r"(accbooks emulate --webhook|env .* accbooks listen|curl )": "a test of its own runs the three together",
    r"(export ACCBOOKS_(DUCKDB_PATH|SPARK)|dbt build )": "tests/transforms builds with dbt, a minute a time",
    r"dbt run --target spark$": "tests/transforms/test_spark.py builds with it",
    r"(cd transforms|dbt run --select|mf )": "test_metrics.py runs them together, and looks at the figures",
    r"dbt (deps|run|test --select accbooks,test_type:singular)$": "test_own_project.py runs them",
    r"(make bi|python3 -m zipfile)": "test_superset.py runs what they run, and imports the file",
    r"accbooks sync --destination lakehouse$": "test_lakehouse.py runs it, which takes a minute",
    r"make (demo|test)$": "they take minutes, and continuous integration runs what they run",
}
"""Commands that cannot be run here, by pattern, with the reason."""
SERVES = re.compile(r"accbooks listen\b.*")
"""What serves until it is told to stop."""
TRIED = "docs/live.md"
"""Has three commands that belong together: the stand-in, the service, and an edit."""
ANSWERED = re.compile(r"accbooks init\b.*")
"""What asks, and is given --no-input here: the answers are in the environment."""
BLOCK = re.compile(r"^(?P<indent> *)```console\n(?P<lines>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)


def execute(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def commands(document: str) -> list[str]:
    """Return the commands of a document's console blocks: the lines that begin with a dollar."""
    blocks = BLOCK.finditer((ROOT / document).read_text())
    lines = (line.strip() for block in blocks for line in block["lines"].splitlines())
    return [line.removeprefix("$ ").partition("  #")[0].strip() for line in lines if line.startswith("$ ")]


def run_of(document: str) -> list[str]:
    """Return what is run of a document: a command that several show is run where it is shown first."""
    before = DOCUMENTS[: DOCUMENTS.index(document)]
    shown = {typed(command) for each in before for command in commands(each)}
    return [
        command
        for command in {typed(each): each for each in commands(document)}.values()
        if typed(command) not in shown and not is_exempt(command)
    ]


def is_exempt(command: str) -> bool:
    return any(re.match(pattern, command) for pattern in NOT_RUN)


def typed(command: str) -> str:
    return command.replace(".venv/bin/", "")


@pytest.fixture
def shown_by(environment, parsed_once, monkeypatch) -> Callable[[str], Result]:  # noqa: ARG001 - for every run here
    """Run the command line in this process, with the arguments that a shell makes of what is typed."""

    def run(line: str) -> Result:
        monkeypatch.chdir(environment["PWD"])
        command = f"printf '%s\\0' {line}"
        made = subprocess.run(["bash", "-euo", "pipefail", "-c", command], capture_output=True, check=True)  # noqa: S607
        _, *arguments = made.stdout.decode().split("\0")[:-1]
        kept = {name: None for name in os.environ if "__" in name}
        return CliRunner().invoke(app, arguments, env={**kept, **environment})

    return run


@pytest.fixture(scope="module")
def environment(tmp_path_factory, new_database) -> Iterator[Mapping[str, str]]:
    folder = tmp_path_factory.mktemp("documents")
    with running(Settings(plan="enterprise", port=0)) as emulator, new_database() as address:
        execute(address, f"create role {READER} login")
        inherited = {name: value for name, value in os.environ.items() if "__" not in name}
        yield inherited | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PWD": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "SOURCES__ACCBOOKS__API_KEY": emulator.key,
            "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
            "SOURCES__ACCBOOKS__WEBHOOK_SECRET": SECRET,
            "DESTINATION__POSTGRES__CREDENTIALS": address,
        }
        execute(address, f"drop owned by {READER}", f"drop role {READER}")


@pytest.mark.parametrize(
    ("document", "number"), [(each, number) for each in DOCUMENTS for number, _ in enumerate(run_of(each))]
)
@pytest.mark.nightly
def test_a_command_that_a_document_shows_does_what_it_says(environment, shown_by, document, number):
    command = run_of(document)[number]
    line = typed(command).replace("grant-reader bi", f"grant-reader {READER}")
    line = f"{line} --no-input" if ANSWERED.fullmatch(line) else line
    if SERVES.fullmatch(line):
        with serving(f"{line} --port 0", environment) as service:
            service.wait_for("Listening on http://127.0.0.1:")
            assert service.stop() == 0, service.said
        assert SECRET not in service.said
        return
    if line.startswith("accbooks "):
        said = shown_by(line)
        assert said.exit_code == 0, f"{document}: {command}\n{said.output}{said.exception!r}"
        assert environment["SOURCES__ACCBOOKS__API_KEY"] not in said.output
        return
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],  # noqa: S607 - the reader's own shell
        cwd=environment["PWD"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{document}: {command}\n{ran.stdout}{ran.stderr}"
    assert environment["SOURCES__ACCBOOKS__API_KEY"] not in ran.stdout + ran.stderr


class Served:
    """A command that serves, and what it said so far."""

    def __init__(self, typed: str, environment: Mapping[str, str]) -> None:
        self.said = ""
        self._is_over = False
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", f"exec {typed}"],  # noqa: S607 - the reader's own shell
            cwd=environment["PWD"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        """Wait until it says this; fails if it ends before."""
        with self._changed:
            self._changed.wait_for(lambda: text in self.said or self._is_over, LONGEST_SECONDS)
            assert text in self.said, self.said

    def stop(self) -> int:
        """Tell it to stop, and return its exit status."""
        self.process.terminate()
        status = self.process.wait(LONGEST_SECONDS)
        self._reader.join()
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._take(line)
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _take(self, text: str) -> None:
        with self._changed:
            self.said += text
            self._changed.notify_all()


@contextmanager
def serving(typed: str, environment: Mapping[str, str]) -> Iterator[Served]:
    """Run a command that serves; it is killed at the end if it still runs."""
    service = Served(typed, environment)
    try:
        yield service
    finally:
        service.process.kill()
        service.process.wait()


def free_ports(number: int) -> list[int]:
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in sockets]


@pytest.mark.nightly
def test_the_stand_in_the_service_and_an_edit_are_tried_in_three_commands(environment, tmp_path):
    emulating, listening, editing = [each for each in commands(TRIED) if is_exempt(each)][-3:]
    api, webhooks = free_ports(2)

    def moved(command: str, *options: str) -> str:
        line = command.replace(":8800", f":{api}").replace(":8787", f":{webhooks}")
        return " ".join([line, *options])

    environment = {
        **{name: value for name, value in environment.items() if "__" not in name},
        "PWD": str(tmp_path),
    }
    with (
        serving(moved(emulating, f"--port {api}", "--size tiny"), environment) as emulator,
        serving(moved(listening, f"--port {webhooks}"), environment) as service,
    ):
        emulator.wait_for("Sending an event of every edit")
        service.wait_for("The warehouse matches AccBooks' reports to the penny.")
        subprocess.run(["bash", "-euc", moved(editing)], env=environment, check=True)  # noqa: S607 - as above
        service.wait_for("1 event in the models")
        assert service.stop() == 0, service.said
    assert (tmp_path / "try.duckdb").exists()


def test_every_document_with_commands_is_run_and_every_exception_is_used():
    shown = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    }
    assert {each for each in shown if commands(each)} <= set(DOCUMENTS)
    everything = [command for each in DOCUMENTS for command in commands(each)]
    assert len(everything) > 15
    for pattern in NOT_RUN:
        assert [command for command in everything if re.match(pattern, command)], pattern


def test_links_between_documents_lead_somewhere():
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)?(#[^)]+)?\)", page.read_text()):
            path, anchor = target
            if path.startswith(("https:", "http:")):
                continue
            linked = (page.parent / path) if path else page
            assert linked.exists(), f"{page.name}: {path}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
                assert anchor[1:] in slugs, f"{page.name}: {path}{anchor}"
