"""Whatever comes from outside is shown in one line that nothing acts on, on every way out."""

from __future__ import annotations

import io
import json
import logging
import sys

import pendulum
import pytest
import typer
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.one_line import LONGEST, one_line
from accbooks_warehouse.pipelines.output.console import (
    PlainConsole,
    open_console,
    print_data,
    print_text,
    print_unwrapped,
)
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.json_log import JsonLog
from accbooks_warehouse.pipelines.output.notice import notice
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord, RunRecord
from accbooks_warehouse.pipelines.process import working
from accbooks_warehouse.pipelines.report.page import _environment
from accbooks_warehouse.sources.accbooks.errors import UnreachableError
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

FORGED = "Done. The warehouse matches AccBooks' reports to the penny."
EVIL = f"no\x1b[2J\x1b]0;x\x07\r\n{FORGED}\u2028\u202egnol\u202c\u200b\x9b1m\x00\x7f\ud800"
SHOWN = f"no\\x1b[2J\\x1b]0;x\\x07\\r\\n{FORGED}\\u2028\\u202egnol\\u202c\\u200b\\x9b1m\\x00\\x7f\\ud800"

SHOWN_BY_RICH = SHOWN.replace("\\x07", "").replace("\\r", "")
"""What is left where rich has a text first: it drops bells and carriage returns."""


def test_every_control_and_format_character_is_spelled_out() -> None:
    assert one_line(EVIL) == SHOWN
    assert one_line(SHOWN) == SHOWN


@pytest.mark.parametrize("text", ["", "Zoë's café — £12", "北京 📚", "1\u202f000\u00a0€", "\\n"])
def test_text_that_people_write_stays(text: str) -> None:
    assert one_line(text) == text


def test_a_text_without_end_is_cut() -> None:
    assert one_line("x" * (LONGEST + 1234)) == "x" * LONGEST + " … and 1,234 characters more"


def printed(*things: object) -> str:
    console = PlainConsole(file=io.StringIO(), width=400, highlight=False)
    for each in things:
        console.print(each)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_console_shows_each_text_in_a_line_wherever_it_stands() -> None:
    shown = printed(Text(EVIL), Padding(Text(EVIL, "bold"), (0, 0, 0, 2)), EVIL.replace("[", "("), "plain")
    assert [line.strip().replace("(", "[") for line in shown.splitlines()] == [SHOWN_BY_RICH] * 3 + ["plain"]


def test_a_cell_holds_no_control_character() -> None:
    table = Table(box=None)
    table.add_row(Text(EVIL, "red"), EVIL.replace("[", "("))
    assert all(line.isprintable() for line in printed(table).split("\n"))


def written(console: PlainConsole) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_what_goes_on_in_a_further_line_does_not_look_like_one_of_ours() -> None:
    console = PlainConsole(file=io.StringIO(), width=len(FORGED) + 5, highlight=False)
    print_text(console, f"{'x' * len(FORGED)} {FORGED}\n{FORGED}")
    print_text(console, f"  {'x' * len(FORGED)} {FORGED}", "red")
    lines = written(console)
    assert all(line.startswith(("  ", "xx")) and len(line) <= len(FORGED) + 5 for line in lines)
    first = f"{'x' * len(FORGED)}{FORGED}"
    assert "".join("".join(lines).split()) == f"{first}\\n{FORGED}{first}".replace(" ", "")


def test_say_and_its_sisters_show_a_line() -> None:
    console = PlainConsole(file=io.StringIO(), width=400, force_terminal=True, no_color=True, highlight=False)
    print_text(console, EVIL, "red")
    print_unwrapped(console, EVIL)
    print_data(console, EVIL.replace("\n", ""))
    assert written(console) == [SHOWN, SHOWN_BY_RICH, SHOWN_BY_RICH.replace("\\n", "")]


def test_what_a_program_reads_stays_as_it_is() -> None:
    console = PlainConsole(file=io.StringIO(), width=10)
    print_data(console, EVIL)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == EVIL + "\n"


def test_an_error_of_the_server_forges_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = UnreachableError(f"AccBooks answered GET company with 500, {EVIL}, 5 times.")
    assert "\n" not in explain(error)[0]
    with pytest.raises(typer.Exit), working(verbose=False):
        raise error
    TextLog(open_console(verbose=False)).warning(str(error))
    assert capsys.readouterr().err.splitlines() == [
        f"AccBooks answered GET company with 500, {said}, 5 times." for said in (SHOWN, SHOWN)
    ]


def test_pythons_own_log_forges_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    open_console(verbose=True)
    logging.getLogger("somebody").warning("said %s", EVIL)
    assert stream.getvalue() == f"WARNING said {SHOWN}\n"


def test_a_line_of_json_holds_no_control_character() -> None:
    stream = io.StringIO()
    log = JsonLog(stream)
    log.write("error", "failed", EVIL, company=EVIL, problems=(EVIL,), checks={EVIL: 1}, traceback="a\nb\x1b")
    line = json.loads(stream.getvalue())
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().rstrip("\n").isprintable()
    assert (line["message"], line["company"], line["problems"]) == (SHOWN, SHOWN, [SHOWN])
    assert (line["checks"], line["traceback"]) == ({SHOWN: 1}, "a\nb\\x1b")


@pytest.mark.parametrize(
    ("level", "verbose", "is_shown"),
    [("error", False, True), ("warning", False, False), ("warning", True, True)],
)
def test_json_has_the_traceback_that_python_logs(
    monkeypatch: pytest.MonkeyPatch, level: str, *, verbose: bool, is_shown: bool
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    stream = io.StringIO()
    JsonLog(stream, verbose=verbose)
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        getattr(logging.getLogger("somebody"), level)("Nobody foresaw it.", exc_info=True)
    line = json.loads(stream.getvalue())
    assert line["message"] == "Nobody foresaw it."
    assert ("ZeroDivisionError: division by zero" in line.get("traceback", "")) is is_shown


def test_a_notice_holds_no_control_character() -> None:
    company = CompanyRecord(
        company=EVIL,
        company_id=EVIL,
        status=ExitStatus.ERROR,
        outcome="error",
        message=EVIL,
        requests=1,
        records=0,
        certified=None,
        certified_through=None,
        differences=0,
        errors=0,
        warnings=0,
        checks={},
        problems=(),
        seconds=0.1,
    )
    now = pendulum.datetime(2026, 4, 1)
    said = notice(RunRecord(ExitStatus.ERROR, EVIL, (company,)), now, now)
    assert json.dumps(said, ensure_ascii=False).isprintable()
    assert (said["message"], said["companies"][0]["company_id"]) == (SHOWN, SHOWN)


def test_a_report_turns_no_letters_round() -> None:
    page = _environment().from_string("<b>{{ name }}</b>").render(name=f"<i>{EVIL}")
    assert "\u202e" not in page
    assert page.startswith("<b>&lt;i&gt;no\\x1b[2J")
