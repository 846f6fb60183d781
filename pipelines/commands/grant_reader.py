"""`accbooks grant-reader`: let a role read the models."""

from __future__ import annotations

from rich.console import Console

from pipelines.commands import opening
from pipelines.exit_status import ExitStatus
from pipelines.output.console import say


def run_grant_reader(console: Console, role: str, destination: str) -> ExitStatus:
    """Let a role read the models, and say so."""
    house = opening.opened(destination)
    house.grant_reader(role)
    say(
        console,
        f"{role} may read schema accbooks of {house.describe()}, and what is built there from now on.",
    )
    return ExitStatus.DONE
