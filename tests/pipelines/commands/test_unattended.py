"""What surrounds a sync that nobody watches, with work that is no sync."""

from __future__ import annotations

import io
import json
import logging
import math
from collections.abc import Iterator

import pytest
from accbooks_warehouse.pipelines.commands import unattended
from accbooks_warehouse.pipelines.commands.unattended import ScheduleOptions, run_unattended
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.json_log import JsonLog
from accbooks_warehouse.pipelines.output.run_log import TextLog, summary_line
from accbooks_warehouse.pipelines.output.run_record import (
    LEFT_ALONE,
    CompanyRecord,
    RunRecord,
    logfmt,
    run_record,
)
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.sources.accbooks.errors import TimeUpError, UnreachableError
from rich.console import Console

pytestmark = pytest.mark.usefixtures("here")

NOBODY = "http://127.0.0.1:9/secret-path"


def company(name: str = "north", **changes: object) -> CompanyRecord:
    values: dict[str, object] = {
        "company": name,
        "company_id": "comp_1",
        "status": ExitStatus.DONE,
        "outcome": "done",
        "message": "Done.",
        "requests": 17,
        "records": 230,
        "certified": {"months": "48/48", "years": "5/5"},
        "certified_through": "2026-03-31",
        "differences": 0,
        "errors": 0,
        "warnings": 0,
        "checks": {},
        "problems": (),
        "seconds": 4.2,
    }
    return CompanyRecord(**values | changes)  # type: ignore[arg-type]


DONE = RunRecord(ExitStatus.DONE, "Done.", (company(),))


class Said:
    """A JSON log in memory, and its lines."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._stream = io.StringIO()
        self.log = JsonLog(self._stream, verbose=verbose)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    @property
    def events(self) -> list[object]:
        return [line["event"] for line in self.lines]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def fail(error: BaseException) -> RunRecord:
    raise error


def test_reading_stops_when_four_fifths_of_the_time_have_passed() -> None:
    assert ScheduleOptions(10).until(1000.0) == 1000.0 + 8 * 60
    assert ScheduleOptions().until(1000.0) == math.inf


def test_the_last_line_of_a_run_has_its_figures() -> None:
    said = Said()
    assert run_unattended(said.log, ScheduleOptions(), lambda _: DONE) is ExitStatus.DONE
    (end,) = said.lines
    assert end.pop("time")
    assert isinstance(end.pop("seconds"), float)
    assert end == {
        "level": "info",
        "event": "end",
        "message": "Done.",
        "status": 0,
        "outcome": "done",
        "companies": 1,
        "requests": 17,
        "records": 230,
        "differences": 0,
        "errors": 0,
        "warnings": 0,
    }


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (UnreachableError("AccBooks could not be reached."), 1, "AccBooks could not be reached."),
        (
            TimeUpError("This run reached its time limit."),
            4,
            ("This run reached its time limit. What was complete is kept. Run again to continue."),
        ),
        (
            KeyboardInterrupt(),
            1,
            "Interrupted. What was complete is kept. Run again to finish.",
        ),
    ],
)
def test_what_stops_a_run_is_its_last_line(error: BaseException, status: int, message: str) -> None:
    said = Said()
    assert run_unattended(said.log, ScheduleOptions(), lambda _: fail(error)) == status
    assert said.events == ["failed", "end"]
    assert [line["message"] for line in said.lines] == [message, message]
    assert (said.lines[-1]["status"], "traceback" in said.lines[0]) == (status, False)


def test_a_verbose_log_says_where_it_failed() -> None:
    said = Said(verbose=True)
    run_unattended(said.log, ScheduleOptions(), lambda _: fail(RuntimeError("boom")))
    assert "RuntimeError: boom" in str(said.lines[0]["traceback"])


def test_the_wait_before_starting_is_random_within_its_bounds_and_said(monkeypatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(unattended.time, "sleep", waited.append)
    said = Said()
    for _ in range(20):
        run_unattended(said.log, ScheduleOptions(jitter=600), lambda _: DONE)
    assert len(set(waited)) == 20
    assert all(0 < seconds <= 600 for seconds in waited)
    first = said.lines[0]
    assert (first["event"], first["reason"], first["seconds"]) == ("waiting", "jitter", round(waited[0], 1))
    assert first["message"] == f"Waiting {waited[0]:.0f} s before starting (--jitter 600)."


def test_an_interrupt_while_waiting_to_start_starts_nothing(monkeypatch) -> None:
    monkeypatch.setattr(unattended.time, "sleep", lambda _: fail(KeyboardInterrupt()))
    said = Said()
    began: list[float] = []
    status = run_unattended(said.log, ScheduleOptions(jitter=60), lambda until: began.append(until) or DONE)
    assert (status, began, said.events) == (ExitStatus.ERROR, [], ["waiting", "failed", "end"])


def test_a_notice_that_cannot_be_sent_is_said_before_the_last_line_and_changes_nothing(configure) -> None:
    configure("", f'[notify]\nwebhook_url = "{NOBODY}"')
    said = Said()
    differs = RunRecord(ExitStatus.DIFFERENCES, "1 line differs.", (company(),))
    assert run_unattended(said.log, ScheduleOptions(), lambda _: differs) is ExitStatus.DIFFERENCES
    assert said.events == ["warning", "end"]
    assert (
        said.lines[0]["message"] == "The notice could not be sent to http://127.0.0.1 (connection refused)."
    )
    assert run_unattended(said.log, ScheduleOptions(), lambda _: DONE) is ExitStatus.DONE
    assert said.events == ["warning", "end", "end"]


def test_an_address_that_cannot_be_is_bad_configuration_before_anything_begins(configure) -> None:
    configure("", '[notify]\nwebhook_url = "http://hooks.example.com/secret-path"')
    said = Said()
    assert run_unattended(said.log, ScheduleOptions(jitter=60), lambda _: DONE) is ExitStatus.USAGE
    assert said.events == ["failed", "end"]
    assert "secret-path" not in json.dumps(said.lines)


def test_pythons_own_log_is_json_too() -> None:
    said = Said()
    logging.getLogger("accbooks_warehouse.sources.accbooks.api.client").warning(
        "Trying again in %.1f s.", 0.5
    )
    logging.getLogger("accbooks_warehouse.sources.accbooks.api.client").info("not worth a line")
    (line,) = said.lines
    assert (line["level"], line["event"], line["logger"]) == (
        "warning",
        "log",
        "accbooks_warehouse.sources.accbooks.api.client",
    )
    assert line["message"] == "Trying again in 0.5 s."


def test_what_is_read_is_a_line_that_names_its_company() -> None:
    said = Said()
    with said.log.progress(side_by_side=False) as progress:
        watcher = progress.of("north")
        watcher.started("invoices")
        watcher.page("invoices", 100, 1234)
        watcher.finished("invoices", 1234)
        watcher.loaded(1300)
        watcher.waiting(0.5)
        watcher.waiting(41.6)
        progress.announce("Rebuilding …")
    shared = {"level": "info", "company": "north"}
    assert said.events == ["read", "loaded", "waiting", "step"]
    lines = said.lines
    assert [{name: line[name] for name in line if name != "time"} for line in lines] == [
        {
            **shared,
            "event": "read",
            "message": "invoices: 1,234 read",
            "resource": "invoices",
            "records": 1234,
        },
        {**shared, "event": "loaded", "message": "1,300 records are in the warehouse.", "records": 1300},
        {
            **shared,
            "event": "waiting",
            "message": "Rate limit reached: waiting 42 s.",
            "reason": "rate_limit",
            "seconds": 41.6,
        },
        {"level": "info", "event": "step", "message": "Rebuilding …"},
    ]


def test_the_summary_in_a_line_is_key_and_value() -> None:
    assert summary_line(company()) == (
        "company=north status=0 outcome=done requests=17 records=230 differences=0 months=48/48 years=5/5 "
        "certified_through=2026-03-31 seconds=4.2 company_id=comp_1"
    )
    unread = company("North & Co", certified=None, certified_through=None, company_id=None)
    assert summary_line(unread) == (
        'company="North & Co" status=0 outcome=done requests=17 records=230 differences=0 seconds=4.2'
    )


def test_a_value_cannot_break_out_of_its_quotes() -> None:
    assert logfmt([("a", 'x" b="y'), ("c", "two\nlines"), ("d", "")]) == 'a="x\\" b=\\"y" c="two lines" d=""'


def test_what_stopped_a_run_goes_to_stderr_in_text(capsys) -> None:
    log = TextLog(Console(file=io.StringIO(), width=80))
    assert run_unattended(log, ScheduleOptions(), lambda _: fail(UnreachableError("[x] " + "far " * 40))) == 1
    assert capsys.readouterr().err == "[x] " + "far " * 40 + "\n"


def test_the_error_of_a_company_is_the_last_line_of_the_run() -> None:
    result = SyncResult((CompanyResult("north", error=UnreachableError("No network.")),))
    failed = company(status=ExitStatus.ERROR, message="No network.")
    assert run_record(result, [failed]).message == "north: No network."


def test_the_worst_company_decides_and_its_sentence_is_the_last_line() -> None:
    spent = company("south", status=ExitStatus.LIMIT_REACHED, message="Stopped.")
    left = company("west", outcome=LEFT_ALONE)
    assert run_record(SyncResult(), [company(), spent, left]) == RunRecord(
        ExitStatus.LIMIT_REACHED, "south: Stopped.", (company(), spent, left)
    )
