"""What a sync says while it works and at its end; here as text, for people."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from accbooks_warehouse.pipelines.output.console import error_console, print_text
from accbooks_warehouse.pipelines.output.progress import progress_for
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord, RunRecord, logfmt
from accbooks_warehouse.pipelines.output.summary import Summaries, print_result, print_what_is_wrong, verdict
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.sources.accbooks import CompanyProgress
from rich.console import Console


class RunProgress(CompanyProgress, Protocol):
    """Watches companies being read, and is told what happens between the readings."""

    def announce(self, text: str) -> None:
        """Say what happens between the readings."""


class RunLog(Protocol):
    """Where a sync says what it does."""

    def progress(self, *, side_by_side: bool) -> AbstractContextManager[RunProgress]:
        """Return what watches the reading."""

    def waiting(self, reason: str, seconds: float | None, text: str) -> None:
        """Say that the run waits, for what in a word and a sentence, and how long if that is known."""

    def synced(self, result: SyncResult, records: Sequence[CompanyRecord], summaries: Summaries) -> None:
        """Say how it went, company by company."""

    def failed(self, error: BaseException, message: str) -> None:
        """Say what stopped everything."""

    def warning(self, text: str) -> None:
        """Say what went wrong beside the work."""

    def ended(self, record: RunRecord, seconds: float) -> None:
        """Say that nothing follows."""


class TextLog:
    """Text on the console: tables, or a line for each company; what stopped the run goes to stderr."""

    def __init__(self, console: Console, *, in_lines: bool = False, verbose: bool = False) -> None:
        self._console = console
        self._in_lines = in_lines
        self._verbose = verbose

    def progress(self, *, side_by_side: bool) -> AbstractContextManager[RunProgress]:
        """Return bars on a terminal, else lines."""
        return progress_for(self._console, side_by_side=side_by_side)

    def waiting(self, reason: str, seconds: float | None, text: str) -> None:  # noqa: ARG002 - the text has them
        """Say that the run waits."""
        print_text(self._console, text)

    def synced(self, result: SyncResult, records: Sequence[CompanyRecord], summaries: Summaries) -> None:
        """Say how it went, company by company, and the verdict last."""
        if not self._in_lines:
            print_result(self._console, result, summaries)
            return
        for record in records:
            self._console.out(summary_line(record), highlight=False)
        print_what_is_wrong(self._console, result)
        print_text(self._console, *verdict(result))

    def failed(self, error: BaseException, message: str) -> None:  # noqa: ARG002 - it is being handled
        """Say what stopped everything."""
        if self._verbose:
            self._console.print_exception(show_locals=False)
        self.warning(message)

    def warning(self, text: str) -> None:
        """Say on stderr what went wrong."""
        print_text(error_console(), text)

    def ended(self, record: RunRecord, seconds: float) -> None:
        """Say nothing: the verdict was the last word."""


def summary_line(record: CompanyRecord) -> str:
    """Return what a run did about a company in a line of key=value."""
    return logfmt(
        [
            ("company", record.company),
            ("status", int(record.status)),
            ("outcome", record.outcome),
            ("requests", record.requests),
            ("records", record.records),
            ("differences", record.differences),
            *(record.certified or {}).items(),
            ("certified_through", record.certified_through),
            ("seconds", record.seconds),
        ]
    )
