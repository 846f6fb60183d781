"""A sync with little time, and the one that goes on; what a log collector and a webhook are told of both."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Grant, Settings
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.destinations import DuckDB
from click.testing import Result
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from typer.testing import CliRunner

KEYS = ("sk-today-not-to-be-seen", "sk-later-not-to-be-seen")
"""Of one company, each with a budget of its own: the second one is the first one's next minute."""
SECRET = "secret-path-of-the-webhook"
LONG_MINUTES = range(90, 120)
"""Seconds: longer than a run of a minute may read, so that none waits for the next, and still believed."""
REQUESTS = 130
"""Those a minute: too few for the books, and enough for what is left of them."""

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("parsed_once")]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    keys = {key: Grant(0) for key in KEYS}
    now = time.time()
    just_begun = max(LONG_MINUTES, key=lambda seconds: seconds - now % seconds)
    with running(Settings(port=0, minute=just_begun, minute_limit=REQUESTS, keys=keys)) as server:
        yield server


@pytest.fixture
def notices() -> Iterator[list[dict[str, Any]]]:
    """What is posted to a server that is always content."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(
                {"path": self.path} | json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        os.environ["NOTIFY__WEBHOOK_URL"] = f"http://127.0.0.1:{server.server_port}/{SECRET}"
        yield received
        del os.environ["NOTIFY__WEBHOOK_URL"]
        server.shutdown()


@pytest.fixture
def sync(emulator, tmp_path, monkeypatch) -> Iterator[Callable[..., Result]]:
    """Run the command in this process with a key, in an empty directory."""
    before, root = Path.cwd(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.chdir(tmp_path)
    Container()[PluggableRunContext].reload(str(tmp_path))
    environment = {
        "COLUMNS": "80",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
    }

    def run(key: str, *arguments: str) -> Result:
        runner = CliRunner(env=environment | {"SOURCES__ACCBOOKS__API_KEY": key})
        return runner.invoke(app, ["sync", *arguments])

    yield run
    root.handlers[:], root.level = handlers, level
    Container()[PluggableRunContext].reload(str(before))


@pytest.mark.nightly
def test_a_run_whose_time_is_up_keeps_what_is_complete_and_the_next_goes_on(
    sync, notices, emulator, tmp_path
):
    cut = sync(KEYS[0], "--max-minutes", "1", "--log-format", "json")
    lines = [json.loads(line) for line in cut.stdout.splitlines()]
    company, end = lines[-2:]
    assert (cut.exit_code, cut.stderr) == (4, "")
    assert {line["event"] for line in lines} == {"read", "step", "company", "end"}
    assert [end[name] for name in ("level", "event", "status", "outcome", "companies", "requests")] == [
        "warning",
        "end",
        4,
        "limit_reached",
        1,
        REQUESTS,
    ]
    assert end["message"] == "Stopped at the time limit of this run. Run again to continue."
    assert (company["event"], company["company"], company["company_id"]) == ("company", "default", "comp_1")
    assert company["problems"] == [
        "This run reached its time limit. What was complete is kept. Run again to continue."
    ]
    warehouse = DuckDB(str(tmp_path / "books.duckdb"))
    ((held,),) = warehouse.query(f"select count(*) from {warehouse.raw}.invoices")
    assert held == len(emulator.books.all("invoices"))

    finished = sync(KEYS[1], "--max-minutes", "1", "--summary", "line")
    *_, summary, last = finished.stdout.splitlines()
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert summary.startswith("company=default status=0 outcome=done requests=")
    assert " differences=0 months=48/48 years=5/5 balances=1/1 certified_through=" in summary
    assert last == "Done. The warehouse matches AccBooks' reports to the penny."

    assert [(each["path"], each["status"], each["requests"]) for each in notices] == [
        (f"/{SECRET}", 4, REQUESTS)
    ]
    for key in KEYS:
        assert key not in cut.output + finished.output + json.dumps(notices)
    assert SECRET not in cut.output + finished.output
