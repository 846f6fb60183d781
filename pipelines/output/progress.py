"""The progress of a sync: bars on a terminal, lines in a log."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from accbooks_warehouse.pipelines.output.many_progress import MANY, ManyProgress
from accbooks_warehouse.sources.accbooks import NoProgress, RateBudget
from accbooks_warehouse.sources.accbooks import Progress as Watcher
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

SHORT_WAIT_SECONDS = 2.0


class TerminalProgress:
    """Shows a bar per resource: records, pages and the requests left in this minute."""

    def __init__(self, console: Console, *, side_by_side: bool = False) -> None:
        self._side_by_side = side_by_side
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._pages: dict[str, int] = {}
        self._budget: RateBudget | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def of(self, company: str) -> Watcher:
        """Return the progress of one company: these bars, or a single bar if several are read at once."""
        return CompanyBar(self._bars, company) if self._side_by_side else self

    def opened(self, budget: RateBudget) -> None:
        """Show the requests left of this budget from now on, with new bars."""
        self._budget = budget
        self._tasks.clear()
        self._pages.clear()

    def started(self, resource: str) -> None:
        """Show the resource's bar; add it if there is none."""
        if resource not in self._tasks:
            self._tasks[resource] = self._bars.add_task(resource, total=None, detail="")

    def page(self, resource: str, records: int, total: int) -> None:
        """Advance the bar by the records of a page."""
        self.started(resource)
        self._pages[resource] = self._pages.get(resource, 0) + 1
        task = self._tasks[resource]
        done = self._bars.tasks[self._bars.task_ids.index(task)].completed + records
        self._bars.update(task, completed=done, total=max(total, done), detail=self._detail(resource))

    def finished(self, resource: str, records: int) -> None:
        """Fill the bar."""
        if resource in self._tasks:
            self._bars.update(self._tasks[resource], completed=records, total=records)

    def loaded(self, records: int) -> None:
        """Print how many records are loaded."""
        self.announce(f"{records:,} records are in the warehouse.")

    def waiting(self, seconds: float) -> None:
        """Print that the run waits for the rate limit, unless the wait is short."""
        if seconds >= SHORT_WAIT_SECONDS:
            self._bars.console.print(f"[dim]Rate limit reached: waiting {seconds:.0f} s for the next minute.")

    def ended(self, error: Exception | None) -> None:
        """Do nothing: the summary says how it went."""

    def announce(self, text: str) -> None:
        """Print the step that the run begins."""
        self._bars.console.print(Text(text, "dim"))

    def _detail(self, resource: str) -> str:
        pages = self._pages[resource]
        text = f"{pages} page{'s' if pages != 1 else ''}"
        if self._budget and self._budget.remaining is not None:
            text += f", {self._budget.remaining} requests left"
        return text


class CompanyBar(NoProgress):
    """Shows one bar for a company that is read alongside others: its records of all resources."""

    def __init__(self, bars: Progress, company: str) -> None:
        self._bars = bars
        self._task = bars.add_task(company, total=None, detail="waiting")
        self._totals: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def started(self, resource: str) -> None:
        """Show which resource is being read."""
        self._bars.update(self._task, detail=resource)

    def page(self, resource: str, records: int, total: int) -> None:
        """Advance the bar by the records of a page."""
        self._done[resource] = self._done.get(resource, 0) + records
        self._totals[resource] = max(total, self._done[resource])
        done, total = sum(self._done.values()), sum(self._totals.values())
        self._bars.update(self._task, completed=done, total=total, detail=resource)

    def loaded(self, records: int) -> None:
        """Show how many records are loaded."""
        self._bars.update(self._task, detail=f"{records:,} in the warehouse")

    def waiting(self, seconds: float) -> None:
        """Show that the run waits for the rate limit."""
        if seconds >= SHORT_WAIT_SECONDS:
            self._bars.update(self._task, detail="rate limit")


class LogProgress(NoProgress):
    """Prints a line per resource when it is complete, for logs and pipes."""

    def __init__(self, console: Console, prefix: str = "", *, side_by_side: bool = False) -> None:
        self._console = console
        self._prefix = prefix
        self._side_by_side = side_by_side

    def of(self, company: str) -> Watcher:
        """Return the progress of one company; its lines name it if several are read at once."""
        return LogProgress(self._console, f"{company}: ") if self._side_by_side else self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing."""

    def finished(self, resource: str, records: int) -> None:
        """Print how many records were read."""
        self.announce(f"{resource}: {records:,} read")

    def loaded(self, records: int) -> None:
        """Print how many records are loaded."""
        self.announce(f"{records:,} records are in the warehouse.")

    def waiting(self, seconds: float) -> None:
        """Print that the run waits for the rate limit, unless the wait is short."""
        if seconds >= SHORT_WAIT_SECONDS:
            self.announce(f"Rate limit reached: waiting {seconds:.0f} s.")

    def announce(self, text: str) -> None:
        """Print the step that the run begins."""
        self._console.print(Text(self._prefix + text), highlight=False)


class NoRunProgress:
    """Shows no progress."""

    def of(self, company: str) -> Watcher:  # noqa: ARG002 - whichever it is
        """Return the progress of one company."""
        return NoProgress()


def progress_for(
    console: Console, *, side_by_side: bool = False, companies: int = 1
) -> TerminalProgress | LogProgress | ManyProgress:
    """Return bars for a terminal, lines for anything else; a few lines for many companies side by side."""
    if side_by_side and companies > MANY:
        return ManyProgress(console, companies)
    kind = TerminalProgress if console.is_terminal else LogProgress
    return kind(console, side_by_side=side_by_side)
