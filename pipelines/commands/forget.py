"""`accbooks forget`: remove a company from the warehouse."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.output.views import (
    confirmed,
    print_removal,
    still_read,
)
from accbooks_warehouse.pipelines.sync.forget import Removal, forget, still_configured
from rich.console import Console


def run_forget(
    console: Console, wanted: str, destination: str, *, with_history: bool, is_confirmed: bool
) -> ExitStatus:
    """Show what a removal deletes, ask for confirmation, and remove the company."""
    warehouse = opening.existing(destination)

    def consent(removal: Removal) -> bool:
        print_removal(console, removal, with_history=with_history)
        return is_confirmed or confirmed(f"Remove {removal.title} from {warehouse.describe()}?")

    configured = opening.configured(None)
    with opening.claimed(warehouse):
        removal = forget(warehouse, wanted, configured, consent, with_history=with_history)
    if removal is None:
        print_text(console, "Nothing was removed.")
        return ExitStatus.DONE
    print_text(console, f"Removed {removal.title}: {removal.rows:,} rows.")
    for name in still_configured(removal, configured):
        print_text(console, still_read(name), "yellow")
    return ExitStatus.DONE
