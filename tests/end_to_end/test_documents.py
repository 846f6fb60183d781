"""Every command that the documents show, run as it stands, in one folder, against the emulator."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings

pytestmark = pytest.mark.long

READER = "accbooks_test_of_documents"
"""The role that the documents call bi: roles belong to the whole server."""
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOCUMENTS = (
    "README.md",
    "docs/commands.md",
    "docs/reading.md",
    "docs/postgresql.md",
    "docs/bi.md",
    "docs/operations.md",
    "docs/schedules.md",
    "transforms/README.md",
)
NOT_RUN = {
    r"\.venv/bin/(pip install |dagster dev )": "it installs, and serves until it is ended",
    r"(export ACCBOOKS_DUCKDB_PATH|dbt build )": "tests/transforms builds with dbt, for a minute a time",
    r"make (demo|test)$": "they take minutes, and continuous integration runs what they run",
}
"""Commands that cannot be run here, by pattern, with the reason."""
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
    return [each for each in commands(document) if not any(re.match(pattern, each) for pattern in NOT_RUN)]


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
            "DESTINATION__POSTGRES__CREDENTIALS": address,
        }
        execute(address, f"drop owned by {READER}", f"drop role {READER}")


@pytest.mark.parametrize(
    ("document", "number"), [(each, number) for each in DOCUMENTS for number, _ in enumerate(run_of(each))]
)
def test_a_command_that_a_document_shows_does_what_it_says(environment, document, number):
    command = run_of(document)[number]
    typed = command.replace(".venv/bin/", "").replace("grant-reader bi", f"grant-reader {READER}")
    typed = f"{typed} --no-input" if ANSWERED.fullmatch(typed) else typed
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed],  # noqa: S607 - the reader's own shell
        cwd=environment["PWD"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{document}: {command}\n{ran.stdout}{ran.stderr}"
    assert environment["SOURCES__ACCBOOKS__API_KEY"] not in ran.stdout + ran.stderr


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
