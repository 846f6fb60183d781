"""What a person sees while a sync works: bars on a terminal, lines in a log."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from accbooks_warehouse.sources.accbooks import NoProgress, RateBudget
from accbooks_warehouse.sources.accbooks import Progress as Watcher
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

SHORT_WAIT_SECONDS = 2.0


class TerminalProgress:
    """A bar per resource: records, pages and the requests left in the minute."""

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
        """Return what watches a company: these bars, or one of its own where several are read at once."""
        return CompanyBar(self._bars, company) if self._side_by_side else self

    def opened(self, budget: RateBudget) -> None:
        """Show what is left of this budget from now on, with bars of their own."""
        self._budget = budget
        self._tasks.clear()
        self._pages.clear()

    def started(self, resource: str) -> None:
        """Show a bar, or the one there already."""
        if resource not in self._tasks:
            self._tasks[resource] = self._bars.add_task(resource, total=None, detail="")

    def page(self, resource: str, records: int, total: int) -> None:
        """Advance a bar by the records of a page."""
        self.started(resource)
        self._pages[resource] = self._pages.get(resource, 0) + 1
        task = self._tasks[resource]
        done = self._bars.tasks[self._bars.task_ids.index(task)].completed + records
        self._bars.update(task, completed=done, total=max(total, done), detail=self._detail(resource))

    def finished(self, resource: str, records: int) -> None:
        """Fill a bar."""
        if resource in self._tasks:
            self._bars.update(self._tasks[resource], completed=records, total=records)

    def loaded(self, records: int) -> None:
        """Say how much is safe."""
        self.announce(f"{records:,} records are in the warehouse; a later run would go on from here.")

    def waiting(self, seconds: float) -> None:
        """Say that the rate limit makes us wait, if it is long enough to wonder."""
        if seconds >= SHORT_WAIT_SECONDS:
            self._bars.console.print(f"[dim]Rate limit reached: waiting {seconds:.0f} s for the next minute.")

    def announce(self, text: str) -> None:
        """Say what happens between the readings."""
        self._bars.console.print(Text(text, "dim"))

    def _detail(self, resource: str) -> str:
        pages = self._pages[resource]
        text = f"{pages} page{'s' if pages != 1 else ''}"
        if self._budget and self._budget.remaining is not None:
            text += f", {self._budget.remaining} requests left"
        return text


class CompanyBar:
    """One bar for a company that is read beside others: its records, of all resources."""

    def __init__(self, bars: Progress, company: str) -> None:
        self._bars = bars
        self._task = bars.add_task(company, total=None, detail="waiting")
        self._totals: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def opened(self, budget: RateBudget) -> None:
        """Take no interest in the budget."""

    def started(self, resource: str) -> None:
        """Name what is read."""
        self._bars.update(self._task, detail=resource)

    def page(self, resource: str, records: int, total: int) -> None:
        """Advance by the records of a page."""
        self._done[resource] = self._done.get(resource, 0) + records
        self._totals[resource] = max(total, self._done[resource])
        done, total = sum(self._done.values()), sum(self._totals.values())
        self._bars.update(self._task, completed=done, total=total, detail=resource)

    def finished(self, resource: str, records: int) -> None:
        """Leave the bar as it is."""

    def loaded(self, records: int) -> None:
        """Say how much is safe."""
        self._bars.update(self._task, detail=f"{records:,} in the warehouse")

    def waiting(self, seconds: float) -> None:
        """Say that the rate limit makes us wait."""
        if seconds >= SHORT_WAIT_SECONDS:
            self._bars.update(self._task, detail="rate limit")


class LogProgress:
    """A line per resource when it is done, for logs and pipes."""

    def __init__(self, console: Console, prefix: str = "", *, side_by_side: bool = False) -> None:
        self._console = console
        self._prefix = prefix
        self._side_by_side = side_by_side

    def of(self, company: str) -> Watcher:
        """Return what watches a company; where several are read side by side its lines name it."""
        return LogProgress(self._console, f"{company}: ") if self._side_by_side else self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def opened(self, budget: RateBudget) -> None:
        """Take no interest in the budget."""

    def started(self, resource: str) -> None:
        """Say nothing yet."""

    def page(self, resource: str, records: int, total: int) -> None:
        """Say nothing yet."""

    def finished(self, resource: str, records: int) -> None:
        """Say what was read."""
        self.announce(f"{resource}: {records:,} read")

    def loaded(self, records: int) -> None:
        """Say how much is safe."""
        self.announce(f"{records:,} records are in the warehouse; a later run would go on from here.")

    def waiting(self, seconds: float) -> None:
        """Say that the rate limit makes us wait, if it is long enough to wonder."""
        if seconds >= SHORT_WAIT_SECONDS:
            self.announce(f"Rate limit reached: waiting {seconds:.0f} s.")

    def announce(self, text: str) -> None:
        """Say what happens between the readings."""
        self._console.print(Text(self._prefix + text), highlight=False)


class NoRunProgress:
    """Watches no company."""

    def of(self, company: str) -> Watcher:  # noqa: ARG002 - whichever it is
        """Return what watches a company."""
        return NoProgress()


def progress_for(console: Console, *, side_by_side: bool = False) -> TerminalProgress | LogProgress:
    """Return bars for a terminal, lines for anything else."""
    kind = TerminalProgress if console.is_terminal else LogProgress
    return kind(console, side_by_side=side_by_side)
