"""A command ends within seconds of a signal, or of its time, whatever it is doing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.interrupts import INTERRUPTED
from accbooks_warehouse.pipelines.transform.dbt import Dbt
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager_client import add_logger_to_manager
from dbt_common.events.functions import get_stdout_config
from dbt_common.events.logger import LineFormat

COMMAND = [sys.executable, "-m", "pipelines"]
WITHIN = 10.0
TIME_IS_UP = "This run reached its time limit. What was complete is kept. Run again to continue.\n"

WORKING = """
import math, sys, threading, time
from accbooks_warehouse.pipelines import interrupts
interrupts.listen()
import typer
from accbooks_warehouse.pipelines.process import run, working

app = typer.Typer()

def ready():
    print("ready", flush=True)

def going_on():
    ready()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass  # as libraries do

def in_dlts_hands():
    from dlt.common.runtime.signals import intercepted_signals
    with intercepted_signals():
        ready()
        threading.Event().wait(60)

def in_a_query():
    from accbooks_warehouse.pipelines.destinations import DuckDB
    warehouse = DuckDB(sys.argv[1])
    warehouse.query("select 1")
    ready()
    warehouse.query("select count(*) from range(10000000000) a where hash(range) = 1")

def in_a_query_of_postgres():
    from accbooks_warehouse.pipelines.destinations import Postgres
    warehouse = Postgres(sys.argv[1])
    warehouse.query("select 1")
    ready()
    warehouse.query("select pg_sleep(60)")

def work(until):
    PHASE()

def unattended(minutes):
    from accbooks_warehouse.pipelines.output.json_log import JsonLog
    from accbooks_warehouse.pipelines.commands.unattended import ScheduleOptions, run_unattended
    log = JsonLog(sys.stderr)
    raise typer.Exit(run_unattended(log, ScheduleOptions(minutes), work))

@app.command()
def main(address: str) -> None:
    with working(verbose=False):
        LIMIT

run(app)
"""
PHASES = [
    "going_on",
    "in_dlts_hands",
    pytest.param("in_a_query", marks=pytest.mark.long),
    pytest.param("in_a_query_of_postgres", marks=pytest.mark.long),
]


@pytest.fixture
def start(tmp_path, request, monkeypatch) -> Iterator:
    """Begin to work in a phase; gives the process once it is in it."""
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    processes = []

    def starting(phase: str, limit: str = "work(0)") -> subprocess.Popen[str]:
        address = str(tmp_path / "books.duckdb")
        if phase.endswith("postgres"):
            address = request.getfixturevalue("postgres_server")
        script = WORKING.replace("PHASE", phase).replace("LIMIT", limit)
        process = subprocess.Popen(
            [sys.executable, "-c", script, address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield starting
    for process in processes:
        process.kill()
        process.communicate()
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
@pytest.mark.parametrize("phase", PHASES)
def test_a_signal_ends_a_command_whatever_it_is_doing(start, phase, number):
    process = start(phase)
    began = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (1, f"{INTERRUPTED}\n")
    assert time.monotonic() - began < WITHIN


@pytest.mark.parametrize("phase", PHASES)
def test_a_command_whose_time_is_up_ends_whatever_it_is_doing(start, phase):
    process = start(phase, "unattended(1 / 60)")
    began = time.monotonic()
    _, said = process.communicate(timeout=60)
    *_, end = map(json.loads, said.splitlines())
    assert (process.returncode, end["event"], end["status"]) == (4, "end", 4)
    assert end["message"] + "\n" == TIME_IS_UP
    assert time.monotonic() - began < WITHIN


ENDING = """
from accbooks_warehouse.pipelines import interrupts
interrupts.listen()
import typer
from accbooks_warehouse.pipelines.process import run, working

app = typer.Typer()

@app.command()
def work() -> None:
    with working(verbose=False):
        print("done")

run(app)
"""
IGNORED = """
import atexit, signal
atexit.register(lambda: print(*(signal.getsignal(each).name for each in (signal.SIGTERM, signal.SIGINT))))
"""


def test_a_signal_while_python_ends_changes_nothing_any_more():
    ran = subprocess.run(
        [sys.executable, "-c", IGNORED + ENDING], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "done\nSIG_IGN SIG_IGN\n", "")


def test_an_interrupt_of_dbt_is_not_for_dbt_to_tell(tmp_path, monkeypatch, capfd):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with Dbt(DuckDB(str(tmp_path / "books.duckdb")), {}) as dbt:
        monkeypatch.setattr("dbt.cli.requires.Flags", interrupt)
        add_logger_to_manager(  # as dbt has it until it knows better
            get_stdout_config(
                LineFormat.PlainText, use_colors=True, level=EventLevel.INFO, log_cache_events=False
            )
        )
        with pytest.raises(KeyboardInterrupt):
            dbt.manifest()
    assert capfd.readouterr() == ("", "")


MOMENTS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_modules_are_imported_is_said_in_one_sentence(tmp_path, number):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for moment in MOMENTS:
            process = subprocess.Popen(
                [*COMMAND, "sync"],
                cwd=tmp_path,
                env={name: value for name, value in os.environ.items() if "__" not in name},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            wait_until_it_listens(process.pid)
            time.sleep(moment)
            process.send_signal(number)
            said, _ = process.communicate(timeout=60)
            assert process.returncode in {1, 2}
            if process.returncode == 1:
                assert said == f"{INTERRUPTED}\n"
    finally:
        signal.signal(signal.SIGINT, before)


def wait_until_it_listens(pid: int) -> None:
    """Wait until a process handles SIGTERM: before, Python itself is starting."""
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        if caught >> (signal.SIGTERM - 1) & 1:
            return
