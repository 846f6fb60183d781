"""The log of the service that receives webhooks: as text, or as JSON lines."""

from __future__ import annotations

from typing import Any, Protocol

import pendulum
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.live.run_report import RunReport
from accbooks_warehouse.pipelines.output.console import print_text, print_unwrapped
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.findings import messages
from accbooks_warehouse.pipelines.output.json_log import LEVELS, JsonLog
from accbooks_warehouse.pipelines.output.run_log import RunLog, TextLog
from accbooks_warehouse.pipelines.output.summary import last_line, obstacles
from accbooks_warehouse.pipelines.queries.findings import first_line
from rich.console import Console

REGISTER = (
    "Register the https address that leads here at AccBooks (Settings → Integrations → API → Webhooks)."
)
BATCH = "batch"


class ServiceLog(Protocol):
    """What the service reports to; `runs` is the log of its syncs."""

    runs: RunLog

    def listening(self, url: str, metrics_url: str | None) -> None:
        """Report that the service receives events."""

    def ran(self, report: RunReport) -> None:
        """Report a batch or a sync that ended."""

    def announce(self, text: str) -> None:
        """Report a step."""

    def warning(self, text: str) -> None:
        """Report a problem."""

    def stopped(self, *, is_finished: bool) -> None:
        """Report the end of the service, and whether its last batch was finished."""


class TextServiceLog:
    """Prints a line for each batch, with the time in UTC."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self._console = console
        self.runs: RunLog = TextLog(console, in_lines=True, verbose=verbose)

    def listening(self, url: str, metrics_url: str | None) -> None:
        """Print the address to register."""
        self._print(f"Listening on {url}")
        self._print(REGISTER)
        if metrics_url:
            self._print(f"Metrics are on {metrics_url}")

    def ran(self, report: RunReport) -> None:
        """Print a batch, or why a run failed; a sync prints its own lines."""
        if report.error is not None:
            self.warning(f"A {report.kind} failed. {explain(report.error)[0]}")
        elif report.kind == BATCH:
            for text in problems_of(report):
                self.warning(text)
            self._print(sentence(report))

    def announce(self, text: str) -> None:
        """Print nothing: the line of the batch follows within seconds."""

    def warning(self, text: str) -> None:
        """Print a problem to stderr."""
        self.runs.warning(f"{_clock()} {text}")

    def stopped(self, *, is_finished: bool) -> None:
        """Print that the service ended."""
        self._print(end_sentence(is_finished=is_finished))

    def _print(self, text: str) -> None:
        """Print a line, which only a terminal wraps."""
        show = print_text if self._console.is_terminal else print_unwrapped
        show(self._console, f"{_clock()} {text}")


class JsonServiceLog:
    """Writes an object for each event of the service."""

    def __init__(self, *, verbose: bool) -> None:
        self._log = JsonLog(verbose=verbose)
        self.runs: RunLog = self._log

    def listening(self, url: str, metrics_url: str | None) -> None:
        """Write the address to register."""
        self._log.write("info", "listening", f"Listening on {url}", url=url, metrics_url=metrics_url)

    def ran(self, report: RunReport) -> None:
        """Write a batch, or why a run failed; a sync writes its own lines."""
        if report.error is not None:
            self._log.failed(report.error, explain(report.error)[0])
        elif report.kind == BATCH and report.result is not None:
            status = report.result.status
            self._log.write(
                LEVELS.get(status, "error"), BATCH, sentence(report), status=int(status), **_figures(report)
            )
            for text in problems_of(report):
                self._log.warning(text)

    def announce(self, text: str) -> None:
        """Write the step that a batch begins."""
        self._log.write("info", "step", text)

    def warning(self, text: str) -> None:
        """Write a problem."""
        self._log.warning(text)

    def stopped(self, *, is_finished: bool) -> None:
        """Write that the service ended."""
        self._log.write("info", "stopped", end_sentence(is_finished=is_finished), status=0)


def sentence(report: RunReport) -> str:
    """Return what a batch did, in one sentence, and how the books compare."""
    many = f"{report.events:,} event{'' if report.events == 1 else 's'}"
    requests = f"{report.requests:,} request{'' if report.requests == 1 else 's'}"
    done = f"{many} in the models with {requests} after {report.seconds:.1f} s."
    if report.result is None or (report.result.status is not ExitStatus.DONE and not report.events):
        return done
    return f"{done} {last_line(report.result)[0]}"


def problems_of(report: RunReport) -> list[str]:
    """Return what kept companies of a batch from being read, and what is wrong with the others."""
    if report.result is None:
        return []
    line = first_line(report.result.findings)
    lines = [line] if line else []
    for company in report.result.companies:
        faults = obstacles(company) if company.error is None else [explain(company.error)[0]]
        lines += [f"{company.name}: {fault}" for fault in faults]
    return [*lines, *messages(report.result.findings)]


def end_sentence(*, is_finished: bool) -> str:
    """Say how the service ended."""
    if is_finished:
        return "Stopped."
    return "Stopped before the last batch was finished. Its events are kept and read after the next start."


def _figures(report: RunReport) -> dict[str, Any]:
    lag = max(report.lags, default=None)
    return {
        "events": report.events,
        "requests": report.requests,
        "seconds": round(report.seconds, 2),
        "lag_seconds": None if lag is None else round(lag, 2),
        "waiting": report.trouble,
    }


def _clock() -> str:
    return pendulum.now("UTC").format("HH:mm:ss")
