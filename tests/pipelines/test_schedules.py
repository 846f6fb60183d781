"""The ready files of schedules/: what they run is a command there is, and what runs them understands them."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.configuration import companies, webhook_secrets
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.live.listener import FINISH_SECONDS
from accbooks_warehouse.pipelines.output.notice import Webhook, configured_webhook
from typer.main import get_command

ROOT = Path(__file__).parents[2]
SCHEDULES = ROOT / "schedules"
COMMAND = Path(sys.executable).with_name("accbooks")
INSTALLED = re.compile(r"(?:/opt/accbooks/)?\.venv/bin/accbooks")
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""The bounds of minute, hour, day, month and weekday."""


def text(name: str) -> str:
    return (SCHEDULES / name).read_text()


def commands(script: str) -> list[list[str]]:
    """Return the arguments of each accbooks command in a script."""
    ends = re.compile(r"\s*(?:[;&|>}]|\|\||$)", re.MULTILINE)
    found = []
    for start in INSTALLED.finditer(script):
        rest = script[start.end() :]
        end = ends.search(rest)
        found.append(shlex.split(rest[: end.start()] if end else rest))
    return found


def parsed(arguments: list[str]) -> dict[str, Any]:
    """Have the command line take arguments apart; ends the test where it does not know one."""
    command = get_command(app)
    context = command.make_context("accbooks", list(arguments))
    name, sub, rest = command.resolve_command(context, [*context._protected_args, *context.args])  # noqa: SLF001
    assert name is not None
    return {"command": name, **sub.make_context(name, rest, parent=context).params}


def is_cron_time(expression: str) -> bool:
    fields = expression.split()
    return len(fields) == len(FIELDS) and all(map(_is_field, fields, FIELDS))


def _is_field(field: str, bounds: tuple[int, int]) -> bool:
    for part in field.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        if match is None:
            return False
        figures = [int(each) for each in match.groups()[:2] if each]
        if not all(bounds[0] <= each <= bounds[1] for each in figures) or figures != sorted(figures):
            return False
    return True


@pytest.mark.parametrize(
    ("expression", "good"),
    [("10 6-20 * * *", True), ("17 6-20/2 * * *", True), ("61 * * * *", False), ("* * * *", False)],
)
def test_the_reader_of_cron_times_refuses_what_cron_refuses(expression: str, *, good: bool) -> None:
    assert is_cron_time(expression) is good


@pytest.fixture
def cron() -> tuple[str, str]:
    """The time and the command of the one job in the cron file."""
    (job,) = [line for line in text("accbooks.cron").splitlines() if re.match(r"[\d*]", line)]
    *time, user, command = job.split(maxsplit=6)
    assert user == "accbooks"
    return " ".join(time), command


def test_the_cron_job_runs_a_command_there_is_at_a_time_there_is(cron: tuple[str, str]) -> None:
    time, command = cron
    assert is_cron_time(time)
    assert "%" not in command  # cron takes it for the end of the line
    assert [parsed(each) for each in commands(command)] == [
        parsed(["sync", "--jitter", "300", "--max-minutes", "45", "--summary", "line"])
    ]


@pytest.mark.parametrize(
    ("status", "mailed"), [(0, ""), (4, ""), (1, "said\n"), (2, "said\n"), (3, "said\n")]
)
def test_cron_mails_what_somebody_has_to_look_at_and_nothing_else(
    cron: tuple[str, str], tmp_path: Path, status: int, mailed: str
) -> None:
    stand_in = tmp_path / "accbooks"
    stand_in.write_text(f"#!/bin/sh\necho said\nexit {status}\n")
    stand_in.chmod(0o755)
    command = INSTALLED.sub(str(stand_in), cron[1]).replace("/var/lib/accbooks", str(tmp_path))
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == (mailed, "")
    assert (tmp_path / "sync.log").read_text() == "said\n"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    units = [
        tmp_path / name
        for name in ("accbooks-sync.service", "accbooks-sync.timer", "accbooks-listen.service")
    ]
    for unit in units:
        unit.write_text(INSTALLED.sub(str(COMMAND), text(unit.name)))
    command = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


def test_the_service_runs_a_command_there_is_and_ends_it_only_after_its_own_time() -> None:
    service = text("accbooks-sync.service")
    (arguments,) = [each for each in commands(service) if each]
    options = parsed(arguments)
    assert (options["command"], options["max_minutes"]) == ("sync", 45)
    timeout = re.search(r"^TimeoutStartSec=(\d+)min$", service, re.MULTILINE)
    assert timeout is not None
    assert int(timeout.group(1)) > options["max_minutes"]
    assert re.findall(r"^SuccessExitStatus=(.*)$", service, re.MULTILINE) == ["4"]


def test_the_service_for_webhooks_runs_a_command_there_is_and_has_time_to_end() -> None:
    service = text("accbooks-listen.service")
    (arguments,) = [each for each in commands(service) if each]
    assert parsed(arguments)["command"] == "listen"
    timeout = re.search(r"^TimeoutStopSec=(\d+)s$", service, re.MULTILINE)
    assert timeout is not None
    assert int(timeout.group(1)) > FINISH_SECONDS


def test_systemd_itself_starts_the_service_late_and_the_command_does_not_wait_again() -> None:
    timer = text("accbooks-sync.timer")
    assert re.findall(r"^RandomizedDelaySec=(\d+)min$", timer, re.MULTILINE) == ["5"]
    assert re.findall(r"^Persistent=(.*)$", timer, re.MULTILINE) == ["yes"]
    (arguments,) = [each for each in commands(text("accbooks-sync.service")) if each]
    assert parsed(arguments)["jitter"] == 0


def test_the_environment_file_is_configuration_there_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert here.is_dir()
    lines = re.findall(r"^#?([A-Z_]+__[A-Z_]+)=(.*)$", text("accbooks.environment"), re.MULTILINE)
    assert [name for name, _ in lines] == [
        "SOURCES__ACCBOOKS__API_KEY",
        "SOURCES__ACCBOOKS__COMPANIES",
        "SOURCES__ACCBOOKS__WEBHOOK_SECRET",
        "SOURCES__ACCBOOKS__WEBHOOK_SECRETS",
        "DESTINATION__POSTGRES__CREDENTIALS",
        "NOTIFY__WEBHOOK_URL",
    ]
    for name, value in lines:
        monkeypatch.setenv(name, value.strip("'"))
    assert isinstance(configured_webhook(), Webhook)
    assert [company.name for company in companies("north")] == ["north"]
    monkeypatch.delenv("SOURCES__ACCBOOKS__API_KEY")
    assert [company.name for company in companies()] == ["north", "south"]
    assert webhook_secrets(["default"]) == {"default": ("whsec_your_secret",)}
    monkeypatch.delenv("SOURCES__ACCBOOKS__WEBHOOK_SECRET")
    assert webhook_secrets(["north", "south"]) == {
        "north": ("whsec_of_one_company",),
        "south": ("whsec_new", "whsec_old"),
    }


@pytest.fixture
def workflow() -> dict[Any, Any]:
    """The workflow; YAML 1.1 takes its key `on` for true."""
    document: dict[Any, Any] = yaml.safe_load(text("github-actions.yml"))
    return document


def test_the_workflow_runs_commands_there_are(workflow: dict[Any, Any]) -> None:
    assert [is_cron_time(each["cron"]) for each in workflow[True]["schedule"]] == [True]
    job = workflow["jobs"]["sync"]
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    for script in scripts:
        subprocess.run(["/bin/bash", "-n", "-c", script], check=True)
    options = [parsed(arguments) for script in scripts for arguments in commands(script)]
    assert [each["command"] for each in options] == ["sync", "reconcile"]
    assert {each["destination"] for each in options} == {"postgres"}
    assert options[0]["max_minutes"] < job["timeout-minutes"]
    assert "make install" in scripts
    assert re.search(r"^install:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_workflow_takes_its_secrets_from_the_store_alone(workflow: dict[Any, Any]) -> None:
    values = workflow["jobs"]["sync"]["env"].values()
    assert all(re.fullmatch(r"\$\{\{ secrets\.[A-Z_]+ \}\}", value) for value in values)
    assert workflow["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(("status", "ends_with"), [(0, 0), (4, 0), (1, 1), (2, 2), (3, 3)])
def test_the_workflow_fails_where_somebody_has_to_look(
    workflow: dict[Any, Any], tmp_path: Path, status: int, ends_with: int
) -> None:
    (script,) = [step["run"] for step in workflow["jobs"]["sync"]["steps"] if step.get("name") == "Sync"]
    stand_in = tmp_path / "accbooks"
    stand_in.write_text(f"#!/bin/sh\necho said\nexit {status}\n")
    stand_in.chmod(0o755)
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", INSTALLED.sub(str(stand_in), script)]
    ran = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == ends_with
    assert ("::warning::" in ran.stdout, ran.stdout.startswith("said\n")) == (status == 4, True)


def test_the_airflow_dag_compiles_and_runs_commands_there_are() -> None:
    source = text("airflow_dag.py")
    module = ast.parse(source)
    compile(module, "airflow_dag.py", "exec")
    values = {
        target.id: ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, ast.List)
    }
    assert [
        parsed(values["SYNC"] + ["--company", "north"])["command"],
        parsed(values["PAGE"])["practice"],
    ] == [
        "sync",
        True,
    ]
    assert parsed(values["METRICS"])["command"] == "metrics"
    statuses = "DONE, USAGE, DIFFERENCES, LIMIT_REACHED = 0, 2, 3, 4"
    assert statuses in source
    assert [int(ExitStatus[name]) for name in statuses.partition(" = ")[0].split(", ")] == [0, 2, 3, 4]


def test_the_container_copies_what_there_is_and_runs_a_command_there_is() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        each
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE)
        for each in line.split()
    }
    assert copied == sent
    assert all((ROOT / each).exists() for each in copied)
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["only-include"]) <= copied
    (arguments,) = re.findall(r"^CMD (.*)$", dockerfile, re.MULTILINE)
    assert parsed(json.loads(arguments))["command"] == "sync"
    assert dockerfile.count("\nFROM ") == 2
