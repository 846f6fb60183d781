"""A run as JSON on standard output, an object to a line, for log collectors."""

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
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.sources.accbooks import RateBudget

LEVELS = {ExitStatus.DONE: "info", ExitStatus.DIFFERENCES: "error", ExitStatus.LIMIT_REACHED: "warning"}
"""Of statuses; the others are errors."""
TRACEBACK = "traceback"
"""The field whose text has many lines."""


class JsonLog:
    """Writes a line for each thing that happens: when, how grave, what event, a sentence, and its figures.

    Python's own log goes the same way. Lines are written whole, by whatever thread.
    """

    def __init__(self, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self._stream = sys.stdout if stream is None else stream
        in_utf8(self._stream)
        self._verbose = verbose
        self._lock = threading.Lock()
        logging.basicConfig(
            level=logging.INFO if verbose else logging.WARNING, handlers=[_Handler(self)], force=True
        )
        quiet_loggers(verbose=verbose)

    def write(self, level: str, event: str, message: str, **fields: Any) -> None:
        """Write a line; fields that are None are left out."""
        known = {name: value for name, value in fields.items() if value is not None}
        shown = {name: lines(each) if name == TRACEBACK else plain(each) for name, each in known.items()}
        line = {"time": _now(), "level": level, "event": event, "message": plain(message), **shown}
        with self._lock:
            self._stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            self._stream.flush()

    def progress(self, *, side_by_side: bool) -> AbstractContextManager[RunProgress]:  # noqa: ARG002
        """Return what writes a line for each list read; all lines name their company."""
        return JsonProgress(self)

    def waiting(self, reason: str, seconds: float | None, text: str) -> None:
        """Write that the run waits."""
        known = {} if seconds is None else {"seconds": round(seconds, 1)}
        self.write("info", "waiting", text, reason=reason, **known)

    def synced(
        self,
        result: SyncResult,  # noqa: ARG002 - the records say it all
        records: Sequence[CompanyRecord],
        summaries: Summaries,  # noqa: ARG002
    ) -> None:
        """Write a line for each company."""
        for record in records:
            fields = record.as_json()
            self.write(LEVELS.get(record.status, "error"), "company", fields.pop("message"), **fields)

    def failed(self, error: BaseException, message: str) -> None:
        """Write what stopped everything, and where if that was asked for."""
        trace = "".join(traceback.format_exception(error)) if self._verbose else None
        self.write("error", "failed", message, **{TRACEBACK: trace})

    def warning(self, text: str) -> None:
        """Write what went wrong beside the work."""
        self.write("warning", "warning", text)

    def ended(self, record: RunRecord, seconds: float) -> None:
        """Write the last line: the exit status, and what all companies amount to."""
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


class JsonProgress:
    """Writes what is read."""

    def __init__(self, log: JsonLog, company: str | None = None) -> None:
        self._log = log
        self._company = company

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def of(self, company: str) -> JsonProgress:
        """Return what watches a company."""
        return JsonProgress(self._log, company)

    def opened(self, budget: RateBudget) -> None:
        """Take no interest in the budget."""

    def started(self, resource: str) -> None:
        """Write nothing yet."""

    def page(self, resource: str, records: int, total: int) -> None:
        """Write nothing yet."""

    def finished(self, resource: str, records: int) -> None:
        """Write what was read."""
        self._write("read", f"{resource}: {records:,} read", resource=resource, records=records)

    def loaded(self, records: int) -> None:
        """Write how much is safe."""
        self._write("loaded", f"{records:,} records are in the warehouse.", records=records)

    def waiting(self, seconds: float) -> None:
        """Write that the rate limit makes us wait, if it is long enough to wonder."""
        if seconds >= SHORT_WAIT_SECONDS:
            text = f"Rate limit reached: waiting {seconds:.0f} s."
            self._write("waiting", text, reason="rate_limit", seconds=round(seconds, 1))

    def announce(self, text: str) -> None:
        """Write what happens between the readings."""
        self._write("step", text)

    def _write(self, event: str, message: str, **fields: Any) -> None:
        self._log.write("info", event, message, company=self._company, **fields)


class _Handler(logging.Handler):
    """Hands Python's log on."""

    def __init__(self, log: JsonLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write(record.levelname.lower(), "log", record.getMessage(), logger=record.name)


def _now() -> str:
    return pendulum.now("UTC").format("YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
