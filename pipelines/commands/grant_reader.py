"""`accbooks grant-reader`: let a role read the models."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from rich.console import Console


def run_grant_reader(console: Console, role: str, destination: str) -> ExitStatus:
    """Let a role read the models, and say so."""
    warehouse = opening.opened(destination)
    warehouse.grant_reader(role)
    print_text(
        console,
        f"{role} may read schema accbooks of {warehouse.describe()}, and what is built there from now on.",
    )
    return ExitStatus.DONE
