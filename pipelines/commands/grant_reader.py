"""`accbooks grant-reader`: give a role read access to the models."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from rich.console import Console


def run_grant_reader(console: Console, role: str, destination: str) -> ExitStatus:
    """Give a role read access to the models, and print that."""
    warehouse = opening.opened(destination)
    warehouse.grant_reader(role)
    print_text(
        console,
        f"{role} can now read all tables of schema accbooks of {warehouse.describe()}, also future ones.",
    )
    return ExitStatus.DONE
