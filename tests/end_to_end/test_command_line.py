"""The command as a user runs it: what it prints, what it exits with, and that the key is nowhere."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Grant, Settings
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.sync.plan import MOST_REQUESTS
from copies import TINY
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from typer.testing import CliRunner

KEY = "sk-live-0123456789-not-to-be-seen"
NAME = "Łódź & Sons — o'Brien"
COMMAND = Path(sys.executable).with_name("accbooks")
REPORTED = """\
Done. The warehouse matches AccBooks' reports to the penny.
The report is in accbooks-report.html
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    settings = Settings(
        plan="enterprise",
        port=0,
        **TINY,
        keys={
            KEY: Grant(0),
            "no-journals": Grant(0, frozenset({"company:read", "invoices:read", "reports:read"})),
        },
    )
    with running(settings) as server:
        server.all_books[0].company["name"] = NAME
        yield server


@pytest.fixture
def accbooks(emulator, tmp_path):
    """Run the command in an empty directory; gives the finished process."""
    return partial(run_in, tmp_path, emulator)


def run_in(
    directory: Path, emulator: Emulator, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=directory,
        env=clean_environment(emulator, directory) | environment,
        capture_output=True,
        # what programs read is UTF-8 everywhere
        encoding="utf-8"
        if {"export", "json"} & {*arguments}
        else environment.get("PYTHONIOENCODING", "utf-8"),
        timeout=120,
        check=False,
    )


@pytest.fixture
def accbooks_here(emulator, tmp_path, monkeypatch):
    """Run the command in this process, where no process of its own would show more; gives click's result."""
    before = Path.cwd()
    for name in [name for name in os.environ if "__" in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Container()[PluggableRunContext].reload(str(tmp_path))
    yield lambda arguments, environment: CliRunner().invoke(
        app, arguments, env=clean_environment(emulator, tmp_path) | environment, prog_name="accbooks"
    )
    Container()[PluggableRunContext].reload(str(before))


def clean_environment(emulator: Emulator, directory: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "__" not in name}
    return inherited | {
        "COLUMNS": "80",
        "XDG_STATE_HOME": str(directory / "state"),
        "SOURCES__ACCBOOKS__API_KEY": KEY,
        "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
        "DESTINATION__DUCKDB__CREDENTIALS": "books.duckdb",
    }


def said(process: subprocess.CompletedProcess[str]) -> str:
    return process.stdout + process.stderr


ODD_FILE = 'o\'neil "& co" 100%.duckdb'
TERMINALS = (
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
)
"""Of which none can show every character."""


@dataclass
class FirstRun:
    """An empty directory in which a user checked the key and synced, and what was said."""

    directory: Path
    checked: subprocess.CompletedProcess[str]
    synced: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def first_run(emulator, tmp_path_factory) -> FirstRun:
    directory = tmp_path_factory.mktemp("user")
    checked, synced = (
        run_in(directory, emulator, command, "--verbose", DESTINATION__DUCKDB__CREDENTIALS=ODD_FILE)
        for command in ("check", "sync")
    )
    return FirstRun(directory, checked, synced)


@pytest.mark.long
def test_a_user_checks_syncs_and_looks_and_the_key_is_nowhere(first_run, emulator):
    here, checked, synced = first_run.directory, first_run.checked, first_run.synced
    accbooks = partial(run_in, here, emulator, DESTINATION__DUCKDB__CREDENTIALS=ODD_FILE)
    assert (checked.returncode, checked.stderr.count("Traceback")) == (0, 0)
    assert "A sync can read everything it needs." in checked.stdout
    assert synced.returncode == 0, said(synced)
    assert "The warehouse matches AccBooks' reports to the penny." in synced.stdout
    status = accbooks("status")
    assert status.returncode == 0
    assert "matches AccBooks to" in status.stdout
    assert "0 open differences" in status.stdout
    reconciled = accbooks("reconcile", "--format", "csv")
    assert (reconciled.returncode, len(reconciled.stdout.splitlines())) == (0, 1)
    report = accbooks("report", "--verbose")
    assert (report.returncode, report.stdout) == (0, REPORTED)
    assert "Matches AccBooks to the penny" in (here / "accbooks-report.html").read_text()
    for process in (checked, synced, status, reconciled, report):
        assert KEY not in said(process)
    for process in (checked, synced, status):
        assert max(len(line.rstrip()) for line in process.stdout.splitlines()) <= 80
    for path in here.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert {path.name for path in here.iterdir()} == {
        ODD_FILE,
        f".{ODD_FILE}.locks",
        "accbooks-report.html",
        "state",
    }
    assert NAME in html.unescape((here / "accbooks-report.html").read_text(encoding="utf-8"))


@pytest.mark.long
@pytest.mark.nightly
def test_a_terminal_that_cannot_show_every_character_ends_no_command(first_run, accbooks, tmp_path):
    shutil.copy(first_run.directory / ODD_FILE, tmp_path / "books.duckdb")
    for terminal in TERMINALS:
        encoding = terminal.get("PYTHONIOENCODING", "ascii")
        shown = NAME.encode(encoding, "replace").decode(encoding)
        assert shown in accbooks("status", **terminal).stdout
    # what ASCII lacks of these, Latin-1 may have
    accbooks = partial(accbooks, **TERMINALS[-1])
    exported = accbooks("export", "companies", "--output", "-")
    assert (exported.returncode, NAME in exported.stdout) == (0, True)
    texts = accbooks("sync")
    assert (texts.returncode, "Done." in texts.stdout) == (0, True), said(texts)
    again = accbooks("sync", "--log-format", "json")
    assert again.returncode == 0, said(again)
    assert [json.loads(line)["event"] for line in again.stdout.splitlines()][-1] == "end"
    for arguments in (["report"], ["reconcile"], ["export", "--list"], ["sync", "--help"]):
        assert accbooks(*arguments).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "sentence"),
    [
        (["sync"], {"SOURCES__ACCBOOKS__API_KEY": ""}, 2, "There is no API key."),
        (["sync"], {"SOURCES__ACCBOOKS__API_KEY": "wrong"}, 1, "AccBooks rejected the API key"),
        (["check"], {"SOURCES__ACCBOOKS__API_KEY": "wrong"}, 1, "AccBooks rejected the API key"),
        (["sync", "--from", "yesterday"], {}, 2, "--from"),
        (["sync", "--from", "2026-02-30"], {}, 2, "--from is '2026-02-30', which is no date"),
        (["sync", "--from", "2026-02-01", "--to", "2026-01-01"], {}, 2, "is after"),
        (["sync", "--resource", "payroll"], {}, 2, "There is no table 'payroll'"),
        (["sync", "--company", "nobody"], {}, 2, "There is no company 'nobody'"),
        (["sync", "--destination", "postgres"], {}, 2, "There are no credentials for PostgreSQL."),
        (["sync", "--destination", "oracle"], {}, 2, "oracle"),
        (["grant-reader", "bi"], {}, 2, "There are no credentials for PostgreSQL."),
        (["grant-reader", "bi", "--destination", "duckdb"], {}, 2, "DuckDB file books.duckdb has no roles"),
        (["sync"], {"SOURCES__ACCBOOKS__BASE_URL": "http://api.accbooks.co.uk/v1/"}, 2, "accepts only HTTPS"),
        (["sync"], {"SOURCES__ACCBOOKS__START_DATE": "01/04/2024"}, 2, "Write it as YYYY-MM-DD"),
        (
            ["sync"],
            {"DESTINATION__DUCKDB__CREDENTIALS": "/nowhere/at/all.duckdb"},
            1,
            "/nowhere/at/all.duckdb",
        ),
        (["status"], {}, 1, "has no books yet. Run 'accbooks sync' first."),
        (["transform"], {}, 1, "has no books yet. Run 'accbooks sync' first."),
        (["reconcile"], {}, 1, "has no books yet. Run 'accbooks sync' first."),
        (["report"], {}, 1, "has no books yet. Run 'accbooks sync' first."),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(accbooks_here, arguments, environment, code, sentence):
    result = accbooks_here(arguments, environment)
    assert result.exit_code == code, result.output
    assert sentence in " ".join(result.output.replace("│", " ").split())
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_host_that_does_not_answer_is_named(accbooks):
    process = accbooks("check", SOURCES__ACCBOOKS__BASE_URL="http://127.0.0.1:9/v1/")
    assert process.returncode == 1
    assert "could not be reached for GET company (connection refused)" in process.stderr


def test_check_names_what_a_key_may_not_read(accbooks):
    process = accbooks("check", SOURCES__ACCBOOKS__API_KEY="no-journals")
    assert process.returncode == 3
    assert "journals: missing" in process.stdout
    assert "transactions: missing" in process.stdout


def test_check_goes_on_after_a_company_in_trouble_and_names_it(accbooks):
    companies = {"north": "unknown", "south": KEY}
    environment = {"SOURCES__ACCBOOKS__COMPANIES": json.dumps(companies), "SOURCES__ACCBOOKS__API_KEY": ""}
    process = accbooks("check", **environment)
    assert process.returncode == 1
    assert process.stderr.startswith("north: AccBooks rejected the API key")
    assert "south: company comp_1" in process.stdout
    assert "A sync can read everything it needs." in process.stdout


@pytest.mark.parametrize("command", ["sync", "plan"])
def test_a_database_held_by_another_program_is_named_before_any_request(
    accbooks, emulator, tmp_path, command
):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import duckdb, sys; held = duckdb.connect('books.duckdb'); print('held', flush=True); "
                "sys.stdin.read()"
            ),
        ],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = emulator.statistics.requests
        process = accbooks(command)
        holder.communicate("")
    assert process.returncode == 1
    assert f"is in use by another program (process {holder.pid})" in process.stderr
    assert emulator.statistics.requests == before


def test_a_plan_of_several_companies_names_the_key_that_is_refused_and_plans_the_others(accbooks):
    companies = json.dumps({"north": "unknown-key", "south": KEY})
    process = accbooks(
        "plan",
        "--certify",
        "months",
        SOURCES__ACCBOOKS__API_KEY="",
        SOURCES__ACCBOOKS__COMPANIES=companies,
    )
    assert process.returncode == 1
    assert process.stderr.startswith("north: AccBooks rejected the API key")
    assert process.stdout.startswith("south: company comp_1\n")
    took = re.search(r"This estimate took (\d+) requests\.", process.stdout)
    assert took is not None
    assert 6 <= int(took[1]) <= MOST_REQUESTS
    assert KEY not in process.stdout + process.stderr


@pytest.fixture
def start(emulator, tmp_path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a sync and give it once its request to a path has arrived; ends whatever still runs."""
    # a shell may have had its background jobs ignore interrupts, and children inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    processes = []

    def starting(path: str) -> subprocess.Popen[str]:
        emulator.statistics.reset()
        process = subprocess.Popen(
            [COMMAND, "sync"],
            cwd=tmp_path,
            env=clean_environment(emulator, tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        while process.poll() is None and not emulator.statistics.by_path.get(path):
            pass
        return process

    yield starting
    for process in processes:
        process.kill()
        process.communicate()
    signal.signal(signal.SIGINT, before)


@pytest.mark.long
def test_a_sync_that_was_interrupted_and_one_that_was_killed_are_finished_by_the_next(
    accbooks, emulator, start
):
    for path, end in (("/v1/invoices", signal.SIGINT), ("/v1/contacts", signal.SIGTERM)):
        emulator.arm(Fault("slow", seconds=20, path=path))
        interrupted = start(path)
        interrupted.send_signal(end)
        output, errors = interrupted.communicate(timeout=15)
        emulator.clear_faults()
        assert interrupted.returncode == 1
        assert "Interrupted. What was complete is kept. Run again to finish." in errors
        assert "Traceback" not in output + errors
    emulator.arm(Fault("slow", seconds=20, path="/v1/reports/balance-sheet"))
    killed = start("/v1/reports/balance-sheet")
    killed.kill()
    killed.wait()
    emulator.clear_faults()
    finished = accbooks("sync")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "months match" in finished.stdout
