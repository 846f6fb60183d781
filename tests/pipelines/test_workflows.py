"""The workflows of .github/: they parse, run commands there are, and can pass within their own time."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from accbooks_warehouse.pipelines.cli import app
from typer.main import get_command

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TAG = "The tag is the version"
SUITES_MINUTES = 50
"""What `.ci/run` takes on two cores for one version of Python."""
ACTION = re.compile(r"[\w-]+/[\w-]+@v\d+")
MAKE = re.compile(r"\bmake ([a-z-]+)")
ACCBOOKS = re.compile(r"bin/accbooks (\S+)")
FILES = re.compile(r"(?:-r|cache-dependency-path:) (\S+)|(\.ci/\w+)")


def parsed(path: Path) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return document


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in parsed(path)["jobs"].values() for step in job["steps"]]


def scripts(path: Path) -> list[str]:
    return [step["run"] for step in steps(path) if "run" in step]


by_file = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def test_there_are_workflows_for_tests_and_releases():
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "nightly.yml", "release.yml"]


@by_file
def test_a_workflow_is_shell_that_parses_and_actions_of_a_version(path):
    for script in scripts(path):
        subprocess.run(["/bin/bash", "-n", "-c", script], check=True)
    assert all(ACTION.fullmatch(step["uses"]) for step in steps(path) if "uses" in step)
    assert all(("uses" in step) != ("run" in step) for step in steps(path))


@by_file
def test_a_workflow_names_commands_targets_and_files_there_are(path):
    text = path.read_text()
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in MAKE.findall(text))
    known = {"--version", *get_command(app).commands}  # type: ignore[attr-defined]
    assert set(ACCBOOKS.findall(text)) <= known
    assert all((ROOT / "".join(names)).is_file() for names in FILES.findall(text))


@by_file
def test_a_workflow_may_read_the_repository_and_nothing_else(path):
    assert parsed(path)["permissions"] == {"contents": "read"}
    assert "secrets." not in path.read_text()


def test_the_tests_can_end_within_their_time_on_every_version():
    job = parsed(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["test"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    # a version of Python is a job of its own; a busy machine may take half as long again
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert job["timeout-minutes"] >= 1.5 * SUITES_MINUTES


def test_what_a_push_leaves_out_runs_at_night():
    nightly = parsed(ROOT / ".github" / "workflows" / "nightly.yml")
    assert [each["cron"] for each in nightly[True]["schedule"]] == ["17 2 * * *"]
    assert [step["run"] for step in nightly["jobs"]["test"]["steps"] if "run" in step] == [
        "make spark s3",
        "make test-nightly",
    ]
    makefile = (ROOT / "Makefile").read_text()
    assert '-m "long and not soak"' in makefile
    for part in ("not long and not soak", "long and not nightly and not soak"):
        assert makefile.count(f'-m "{part}"') == 2  # alone, and in the check


def test_a_release_is_tried_as_installed_and_kept_but_published_nowhere():
    path = ROOT / ".github" / "workflows" / "release.yml"
    assert parsed(path)[True]["push"] == {"tags": ["v*"]}  # YAML 1.1 takes the key `on` for true
    assert 10 <= parsed(path)["jobs"]["build"]["timeout-minutes"] <= 30
    assert ACCBOOKS.findall("\n".join(scripts(path))) == ["--version", "demo"]
    used = [step["uses"].partition("@")[0] for step in steps(path) if "uses" in step]
    assert used == ["actions/checkout", "actions/setup-python", "actions/upload-artifact"]
    assert not re.search(r"twine|publish|gh release|pypi", "\n".join(scripts(path)), re.IGNORECASE)


def test_a_tag_has_to_be_the_version(tmp_path):
    (script,) = [
        step["run"]
        for step in steps(ROOT / ".github" / "workflows" / "release.yml")
        if step.get("name") == TAG
    ]
    (tmp_path / "pyproject.toml").write_text('name = "x"\nversion = "0.1.0"\n')
    ended = {
        tag: subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=tmp_path,
            env={"GITHUB_REF_NAME": tag, "PATH": os.environ["PATH"]},
            capture_output=True,
            check=False,
        ).returncode
        for tag in ("v0.1.0", "v0.1", "v0x1.0", "v0.2.0")
    }
    assert ended == {"v0.1.0": 0, "v0.1": 1, "v0x1.0": 1, "v0.2.0": 1}
