"""`accbooks reopen`: record that a closed period is open again."""

from __future__ import annotations

import datetime as dt

from accbooks_warehouse.pipelines.closing.reopen import reopen
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.commands.close import period_of
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.closings import KINDS
from accbooks_warehouse.pipelines.queries.company import title
from rich.console import Console


def run_reopen(
    console: Console, company: str | None, destination: str, through: dt.date | None, vat: dt.date | None
) -> ExitStatus:
    """Reopen a company's closed period, and say so."""
    warehouse = opening.existing(destination)
    period = period_of(warehouse, company, through, vat)
    reopen(warehouse, period)
    print_text(
        console,
        f"Reopened {KINDS[period.kind]} of {title(warehouse, period.company_id)} through {period.through}.",
    )
    return ExitStatus.DONE
