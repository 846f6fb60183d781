"""`accbooks status`: show what needs attention, last syncs, and which periods match AccBooks."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_data, print_text, print_to_stderr
from accbooks_warehouse.pipelines.output.findings import print_findings, print_first_line
from accbooks_warehouse.pipelines.output.overview import print_exceptions, print_overview
from accbooks_warehouse.pipelines.output.overview_json import overview_as_json
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.output.views import (
    print_budgets,
    print_loads,
    print_status,
)
from accbooks_warehouse.pipelines.queries.day_budget import day_budgets
from accbooks_warehouse.pipelines.queries.exceptions import of_no_company, said_of_date
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.queries.overview import unread_names
from accbooks_warehouse.pipelines.queries.status import company_statuses, last_loads
from accbooks_warehouse.pipelines.sync.result import SyncResult
from rich.console import Console


def run_status(console: Console, company: str | None, destination: str, output: str = "table") -> ExitStatus:
    """Print the state of the warehouse; the exit status says whether the books match AccBooks.

    Several companies get a line each, one gets all that is known of it.
    """
    warehouse = opening.existing_to_read(destination)
    with warehouse.kept_open():
        selection = opening.select_companies(warehouse, company)
        if output == "json":
            return _print_json(console, warehouse, selection, company)
        if company is None and len(selection.ids) + len(unread_names(warehouse)) > 1:
            return _print_companies(console, warehouse, selection)
        return _print_company(console, warehouse, selection, company)


def _print_json(
    console: Console, warehouse: Warehouse, selection: opening.CompanySelection, company: str | None
) -> ExitStatus:
    """Print one JSON document of all companies asked for, and the last line to stderr."""
    result = SyncResult(findings=findings(warehouse, selection.names))
    summary = opening.overview_of(warehouse, selection, result.findings, company)
    print_data(console, overview_as_json(summary, result))
    print_to_stderr(last_line(result)[0])
    return result.status


def _print_companies(
    console: Console, warehouse: Warehouse, selection: opening.CompanySelection
) -> ExitStatus:
    """Print the exceptions, then a line for each company."""
    result = SyncResult(findings=findings(warehouse))
    print_first_line(console, result.findings)
    print_overview(console, opening.overview_of(warehouse, selection, result.findings, None))
    print_text(console, *last_line(result))
    return result.status


def _print_company(
    console: Console, warehouse: Warehouse, selection: opening.CompanySelection, company: str | None
) -> ExitStatus:
    """Print all that is known of one company."""
    result = opening.current_result(warehouse, selection)
    print_first_line(console, result.findings)
    found = opening.overview_of(warehouse, selection, result.findings, company)
    print_exceptions(console, of_no_company(found))
    overviews = {each.company_id: each for each in found.companies}
    for status in company_statuses(warehouse, selection.ids):
        own = overviews[status.company_id]
        dates = [said_of_date(each, found.at.date()) for each in own.filing_dates]
        print_status(console, status, own.events, dates)
        print_findings(console, result.findings.of(status.company_id))
    print_findings(console, opening.unread(result.findings, selection))
    print_budgets(console, day_budgets(warehouse, opening.configured(company)))
    print_loads(console, last_loads(warehouse))
    print_text(console, *last_line(result))
    return result.status
