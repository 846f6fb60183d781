"""`accbooks maintain`: reclaim the space of deleted rows, and renew the statistics of tables."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from rich.console import Console

MEGABYTE = 1_000_000


def run_maintain(console: Console, destination: str) -> ExitStatus:
    """Maintain the tables of the warehouse, and print its size before and after."""
    warehouse = opening.opened(destination)
    before = warehouse.size()  # first: who opens a DuckDB file writes its log into it
    opening.with_books(warehouse)
    warehouse.maintain()
    after = warehouse.size()
    print_text(
        console,
        f"Maintained {warehouse.describe()}: {before / MEGABYTE:,.1f} MB before, {after / MEGABYTE:,.1f} MB "
        "after.",
    )
    return ExitStatus.DONE
