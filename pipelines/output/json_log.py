"""The log of a run as JSON lines on standard output, for log collectors."""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self, TextIO

import pendulum
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.one_line import lines, plain
from accbooks_warehouse.pipelines.output.console import in_utf8, quiet_loggers
from accbooks_warehouse.pipelines.output.progress import SHORT_WAIT_SECONDS
from accbooks_warehouse.pipelines.output.run_log import RunProgress
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord, RunRecord
from accbooks_warehouse.pipelines.output.summary import Summaries
from accbooks_warehouse.pipelines.queries.findings import first_line
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.sources.accbooks import NoProgress

LEVELS = {ExitStatus.DONE: "info", ExitStatus.DIFFERENCES: "error", ExitStatus.LIMIT_REACHED: "warning"}
"""The log level of each exit status; all others are errors."""
TRACEBACK = "traceback"
"""The field whose text has several lines."""


class JsonLog:
    """Writes one line per event: time, level, event, message and figures.

    Python's log records become lines, too. Threads do not interleave their lines.
    """

    def __init__(self, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self._stream = sys.stdout if stream is None else stream
        in_utf8(self._stream)
        self.is_verbose = verbose
        self._lock = threading.Lock()
        logging.basicConfig(
            level=logging.INFO if verbose else logging.WARNING, handlers=[_Handler(self)], force=True
        )
        quiet_loggers(verbose=verbose)

    def write(self, level: str, event: str, message: str, **fields: Any) -> None:
        """Write a line without the fields that are None."""
        known = {name: value for name, value in fields.items() if value is not None}
        shown = {name: lines(each) if name == TRACEBACK else plain(each) for name, each in known.items()}
        line = {"time": _now(), "level": level, "event": event, "message": plain(message), **shown}
        with self._lock:
            self._stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            self._stream.flush()

    def progress(
        self,
        *,
        side_by_side: bool,  # noqa: ARG002
        companies: int = 1,  # noqa: ARG002
    ) -> AbstractContextManager[RunProgress]:
        """Return the progress writer. It writes a line for each list read, with the company."""
        return JsonProgress(self)

    def waiting(self, reason: str, seconds: float | None, text: str) -> None:
        """Write why and how long the run waits."""
        known = {} if seconds is None else {"seconds": round(seconds, 1)}
        self.write("info", "waiting", text, reason=reason, **known)

    def synced(
        self,
        result: SyncResult,
        records: Sequence[CompanyRecord],
        summaries: Summaries,  # noqa: ARG002
    ) -> None:
        """Write what changed in closed periods, then a line for each company."""
        if message := first_line(result.findings):
            self.write("warning", "closed_period", message, documents=len(result.findings.in_closed_periods))
        for record in records:
            fields = record.as_json()
            self.write(LEVELS.get(record.status, "error"), "company", fields.pop("message"), **fields)

    def failed(self, error: BaseException, message: str) -> None:
        """Write the error that ended the run, with a traceback if `verbose`."""
        trace = "".join(traceback.format_exception(error)) if self.is_verbose else None
        self.write("error", "failed", message, **{TRACEBACK: trace})

    def warning(self, text: str) -> None:
        """Write a warning that does not end the run."""
        self.write("warning", "warning", text)

    def ended(self, record: RunRecord, seconds: float) -> None:
        """Write the last line: the exit status and the totals over all companies."""
        self.write(
            LEVELS.get(record.status, "error"),
            "end",
            record.message,
            status=int(record.status),
            outcome=record.outcome,
            companies=len(record.companies),
            **record.totals,
            seconds=round(seconds, 1),
        )


class JsonProgress(NoProgress):
    """Writes a line for each list that was read."""

    def __init__(self, log: JsonLog, company: str | None = None) -> None:
        self._log = log
        self._company = company

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing."""

    def of(self, company: str) -> JsonProgress:
        """Return the progress of one company."""
        return JsonProgress(self._log, company)

    def finished(self, resource: str, records: int) -> None:
        """Write how many records were read."""
        self._write("read", f"{resource}: {records:,} read", resource=resource, records=records)

    def loaded(self, records: int) -> None:
        """Write how many records are loaded."""
        self._write("loaded", f"{records:,} records are in the warehouse.", records=records)

    def waiting(self, seconds: float) -> None:
        """Write that the run waits for the rate limit, unless the wait is short."""
        if seconds >= SHORT_WAIT_SECONDS:
            text = f"Rate limit reached: waiting {seconds:.0f} s."
            self._write("waiting", text, reason="rate_limit", seconds=round(seconds, 1))

    def announce(self, text: str) -> None:
        """Write the step that the run begins."""
        self._write("step", text)

    def _write(self, event: str, message: str, **fields: Any) -> None:
        self._log.write("info", event, message, company=self._company, **fields)


class _Handler(logging.Handler):
    """Writes Python's log records as JSON lines."""

    def __init__(self, log: JsonLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        is_shown = self._log.is_verbose or record.levelno >= logging.ERROR
        text = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info and is_shown else None
        self._log.write(
            record.levelname.lower(), "log", record.getMessage(), logger=record.name, traceback=text
        )


def _now() -> str:
    return pendulum.now("UTC").format("YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
