"""`accbooks plan`: what a sync would fetch."""

from __future__ import annotations

from rich.console import Console
from sources.accbooks.errors import AccBooksError
from sources.accbooks.windows import Window

from pipelines.commands import opening
from pipelines.configuration import companies
from pipelines.depth import Depth
from pipelines.exit_status import ExitStatus
from pipelines.output.console import error_console, say
from pipelines.output.failure import explain
from pipelines.output.views import (
    print_plan,
)
from pipelines.sync.plan import plan


def run_plan(
    console: Console,
    company: str | None,
    destination: str,
    window: Window | None,
    certify: Depth | None = None,
) -> ExitStatus:
    """Print what a sync would fetch; the warehouse is only read. One company's error stops no other."""
    house = opening.opened(destination)
    status = ExitStatus.DONE
    for each in companies(company):
        try:
            print_plan(console, plan(house, each, window, certify))
        except AccBooksError as error:
            message, status = explain(error)
            say(error_console(), f"{each.name}: {message}", "red")
    return status
