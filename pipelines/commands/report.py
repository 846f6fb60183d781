"""`accbooks report`: write the HTML report."""

from __future__ import annotations

from pathlib import Path

import pendulum
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text, print_unwrapped
from accbooks_warehouse.pipelines.output.summary import verdict
from rich.console import Console


def run_report(console: Console, company: str | None, destination: str, output: Path | None) -> ExitStatus:
    """Write the HTML report; the exit status says whether the books match AccBooks."""
    from accbooks_warehouse.pipelines.report.publish import publish  # noqa: PLC0415 - drawing takes seconds to import

    warehouse = opening.existing(destination)
    selection = opening.CompanySelection(
        ids := opening.company_ids(warehouse, company), None if company is None else ids
    )
    path = publish(warehouse, ids, opening.configured(company), output, pendulum.now("UTC"))
    result = opening.current_result(warehouse, selection)
    print_text(console, *verdict(result))
    print_unwrapped(console, f"The report is in {path}")
    return result.status
