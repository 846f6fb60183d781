"""The log of a sync: the interface, and the one that prints text."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from accbooks_warehouse.pipelines.output.console import error_console, print_text
from accbooks_warehouse.pipelines.output.findings import print_first_line
from accbooks_warehouse.pipelines.output.progress import progress_for
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord, RunRecord, logfmt
from accbooks_warehouse.pipelines.output.summary import (
    Summaries,
    last_line,
    print_result,
    print_what_is_wrong,
)
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.sources.accbooks import CompanyProgress
from rich.console import Console


class RunProgress(CompanyProgress, Protocol):
    """Shows the progress of companies and the steps of a run."""

    def announce(self, text: str) -> None:
        """Show the step that the run begins."""


class RunLog(Protocol):
    """What a sync reports to."""

    def progress(self, *, side_by_side: bool, companies: int = 1) -> AbstractContextManager[RunProgress]:
        """Return the progress to show while companies are read."""

    def waiting(self, reason: str, seconds: float | None, text: str) -> None:
        """Report that the run waits: a reason in one word, the seconds if known, and a sentence."""

    def synced(self, result: SyncResult, records: Sequence[CompanyRecord], summaries: Summaries) -> None:
        """Report the result, company by company."""

    def failed(self, error: BaseException, message: str) -> None:
        """Report the error that ended the run."""

    def warning(self, text: str) -> None:
        """Report a problem that does not end the run."""

    def ended(self, record: RunRecord, seconds: float) -> None:
        """Report the end of the run."""


class TextLog:
    """Prints text: tables, or one line per company. The error that ended the run goes to stderr."""

    def __init__(self, console: Console, *, in_lines: bool = False, verbose: bool = False) -> None:
        self._console = console
        self._in_lines = in_lines
        self._verbose = verbose

    def progress(self, *, side_by_side: bool, companies: int = 1) -> AbstractContextManager[RunProgress]:
        """Return bars for a terminal, lines for anything else."""
        return progress_for(self._console, side_by_side=side_by_side, companies=companies)

    def waiting(self, reason: str, seconds: float | None, text: str) -> None:  # noqa: ARG002 - the text has them
        """Print why the run waits."""
        print_text(self._console, text)

    def synced(self, result: SyncResult, records: Sequence[CompanyRecord], summaries: Summaries) -> None:
        """Print the result company by company, then the verdict."""
        if not self._in_lines:
            print_result(self._console, result, summaries)
            return
        print_first_line(self._console, result.findings)
        for record in records:
            self._console.out(summary_line(record), highlight=False)
        print_what_is_wrong(self._console, result)
        print_text(self._console, *last_line(result))

    def failed(self, error: BaseException, message: str) -> None:  # noqa: ARG002 - it is being handled
        """Report the error that ended the run."""
        if self._verbose:
            self._console.print_exception(show_locals=False)
        self.warning(message)

    def warning(self, text: str) -> None:
        """Print a problem to stderr."""
        print_text(error_console(), text)

    def ended(self, record: RunRecord, seconds: float) -> None:
        """Do nothing: the verdict is the last line."""


def summary_line(record: CompanyRecord) -> str:
    """Return the result of one company as key=value pairs."""
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
            ("company_id", record.company_id),
        ]
    )
