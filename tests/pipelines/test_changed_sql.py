"""Which SQL `make lint` reads: what differs from main, and all of it where that says nothing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "changed-sql"
WHO = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
OLD = "transforms/models/old.sql"


def printed(folder: Path) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
    ran = subprocess.run([SCRIPT], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return sorted(ran.stdout.split())


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *WHO, *arguments], cwd=folder, capture_output=True, check=True)  # noqa: S607


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("select 2")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of two models and a rule, all of it on main."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in (OLD, "transforms/models/gone.sql", ".sqlfluff", "README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("select 1")
    git(folder, "init", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "all")
    return folder


def test_a_fresh_clone_has_no_sql_to_check(clone):
    assert printed(clone) == []


def test_sql_that_was_changed_added_or_committed_on_a_branch_is_checked_and_nothing_else(clone):
    git(clone, "switch", "--create", "branch")
    write(clone, "transforms/models/committed.sql")
    git(clone, "add", ".")
    git(clone, "commit", "--message", "one")
    (clone / "transforms/models/gone.sql").unlink()
    write(clone, OLD, "transforms/tests/new.sql", "transforms/models/new.yml", "README.md")
    write(clone, "transforms/macros/new.sql", "transforms/tests/generic/new.sql")
    assert printed(clone) == ["transforms/models/committed.sql", OLD, "transforms/tests/new.sql"]


def test_all_sql_is_checked_where_the_rules_changed_and_where_there_is_no_git(clone):
    write(clone, ".sqlfluff")
    assert printed(clone) == ["transforms"]
    shutil.rmtree(clone / ".git")
    assert printed(clone) == ["transforms"]
