"""`accbooks plan`: estimate requests and time for the next sync."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.configuration import companies
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import error_console, print_text
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.views import (
    print_plan,
)
from accbooks_warehouse.pipelines.sync.plan import plan
from accbooks_warehouse.sources.accbooks import AccBooksError, Window
from rich.console import Console


def run_plan(
    console: Console,
    company: str | None,
    destination: str,
    window: Window | None,
    certify: Depth | None = None,
) -> ExitStatus:
    """Print the estimate for each company. Changes nothing. An error of one company does not stop others."""
    warehouse = opening.opened(destination)
    status = ExitStatus.DONE
    for each in companies(company):
        try:
            print_plan(console, plan(warehouse, each, window, certify))
        except AccBooksError as error:
            message, status = explain(error)
            print_text(error_console(), f"{each.name}: {message}", "red")
    return status
