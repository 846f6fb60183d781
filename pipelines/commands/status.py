"""`accbooks status`: show last sync, freshness, and which periods match AccBooks."""

from __future__ import annotations

from collections.abc import Mapping

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text, print_to_stderr
from accbooks_warehouse.pipelines.output.findings import print_findings, print_first_line
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.output.views import (
    print_budgets,
    print_loads,
    print_status,
)
from accbooks_warehouse.pipelines.queries.day_budget import day_budgets
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents, received_events
from accbooks_warehouse.pipelines.queries.status import company_statuses, last_loads
from rich.console import Console


def run_status(console: Console, company: str | None, destination: str) -> ExitStatus:
    """Print the state of the warehouse; the exit status says whether the books match AccBooks."""
    warehouse = opening.existing(destination)
    selection = opening.select_companies(warehouse, company)
    result = opening.current_result(warehouse, selection)
    print_first_line(console, result.findings)
    events = _received_events(warehouse)
    for held in company_statuses(warehouse, selection.ids):
        print_status(console, held, events.get(held.company_id))
        print_findings(console, result.findings.of(held.company_id))
    print_findings(console, opening.unread(result.findings, selection))
    print_budgets(console, day_budgets(warehouse, opening.configured(company)))
    print_loads(console, last_loads(warehouse))
    print_text(console, *last_line(result))
    return result.status


def _received_events(warehouse: Warehouse) -> Mapping[str, ReceivedEvents]:
    """Return the webhook events by company; none, and a sentence, if they cannot be read."""
    try:
        return received_events(warehouse)
    except WarehouseError as error:
        print_to_stderr(str(error))
        return {}
