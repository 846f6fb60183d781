"""Commands that only read need no right to write: in a read-only file or folder, and beside other readers."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import place_of

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

WITHOUT_OVERRIDE = (
    "import ctypes, runpy, sys; ctypes.CDLL(None).prctl(24, 1); "
    "import os; os.execv(sys.executable, [sys.executable, '-m', 'accbooks_warehouse', *sys.argv[1:]])"
)
"""Runs the command without root's right to write whatever the rights say (CAP_DAC_OVERRIDE)."""
READING = (
    ("status",),
    ("status", "--format", "json"),
    ("report", "--output", "{out}/pack.html"),
    ("report", "--format", "xlsx", "--output", "{out}/pack.xlsx"),
    ("report", "--practice", "--output", "{out}/practice.html"),
    ("metrics",),
    ("export", "trial_balance", "--output", "{out}/rows.csv"),
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(kept_duckdb, tmp_path: Path) -> Iterator[Path]:
    """A folder with the small books, as a user who may not write there finds it."""
    folder = tmp_path / "shared"
    folder.mkdir()
    shutil.copy(place_of(kept_duckdb), folder / "books.duckdb")
    yield folder
    folder.chmod(0o755)


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Run:
    """Run a command from another folder, as a user whom the rights of files bind."""
    for name in ("home", "out"):
        (tmp_path / name).mkdir()

    def placed(argument: str) -> str:
        return argument.format(out=tmp_path / "out")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-c",
                WITHOUT_OVERRIDE,
                *(each.format(out=tmp_path / "out") for each in arguments),
            ],
            cwd=tmp_path / "out",
            env={
                "HOME": str(tmp_path / "home"),
                "PATH": "/usr/bin:/bin",
                "DESTINATION__DUCKDB__CREDENTIALS": str(folder / "books.duckdb"),
            },
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


def left_behind(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.nightly
def test_a_read_only_file_in_a_read_only_folder_is_read_by_every_command_that_only_reads(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    path = folder / "books.duckdb"
    before = path.stat()
    path.chmod(0o444)
    folder.chmod(0o555)
    for command in READING:
        process = run(*command)
        assert (process.returncode, process.stderr.count("\n") <= 1) == (0, True), (command, process.stderr)
    assert left_behind(folder) == ["books.duckdb"]
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert {each.name for each in (tmp_path / "out").iterdir()} >= {"pack.html", "pack.xlsx", "rows.csv"}
    # who writes is told why not
    process = run("transform")
    assert process.returncode == 1
    assert " ".join(process.stderr.split()) == (
        f"DuckDB file {path} cannot be written (permission denied). Get the right to write the file and its "
        "folder. accbooks status, report, metrics, plan and export need none."
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_a_read_only_file_in_a_folder_that_others_use_is_read_in_turn(run: Run, folder: Path) -> None:
    (folder / "books.duckdb").chmod(0o444)
    assert run("status").returncode == 0
    assert left_behind(folder) == [".books.duckdb.locks", "books.duckdb"]


def test_a_file_that_another_program_reads_is_read_beside_it(run: Run, folder: Path) -> None:
    with duckdb.connect(folder / "books.duckdb", read_only=True) as other:
        process = run("status", "--format", "json")
        assert (process.returncode, json.loads(process.stdout)["exit_status"]) == (0, 0), process.stderr
        assert other.execute("select count(*) from accbooks.findings").fetchone() == (0,)


def test_what_a_run_that_was_killed_left_in_the_log_is_read(run: Run, folder: Path) -> None:
    """A writer that ended without a checkpoint leaves a log, which a reader reads as well."""
    writes = "held = duckdb.connect('books.duckdb'); held.execute('create table late (i int)')"
    killed = f"import duckdb, os; {writes}; os._exit(0)"
    subprocess.run([sys.executable, "-c", killed], cwd=folder, check=True)
    assert left_behind(folder) == ["books.duckdb", "books.duckdb.wal"]
    folder.chmod(0o555)
    assert run("status").returncode == 0
    assert left_behind(folder) == ["books.duckdb", "books.duckdb.wal"]
