"""`accbooks reopen`: record that a closed period is open again."""

from __future__ import annotations

from accbooks_warehouse.pipelines.closing.reopen import reopen
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.commands.close import ClosingDays, period_of
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.closings import KINDS
from accbooks_warehouse.pipelines.queries.company import title
from rich.console import Console


def run_reopen(
    console: Console, company: str | None, destination: str, days: ClosingDays, *, not_filed: bool = False
) -> ExitStatus:
    """Reopen a company's closed period, and say so."""
    warehouse = opening.existing(destination)
    period = period_of(warehouse, company, days)
    reopen(warehouse, period, not_filed=not_filed)
    filing = " It is no longer recorded as filed." if not_filed else ""
    company_title = title(warehouse, period.company_id)
    print_text(console, f"Reopened {KINDS[period.kind]} of {company_title} through {period.through}.{filing}")
    return ExitStatus.DONE
