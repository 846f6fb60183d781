"""`accbooks reconcile`: compare the rebuilt reports with AccBooks' reports."""

from __future__ import annotations

from accbooks_warehouse.pipelines.closing.stored_findings import store_findings as store_closing_findings
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.comparison import print_match_counts
from accbooks_warehouse.pipelines.output.console import error_console, print_data, print_text
from accbooks_warehouse.pipelines.output.findings import as_csv, as_json, print_findings, print_first_line
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.queries.company import company_details, title
from accbooks_warehouse.pipelines.queries.reconciliation import differences
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from rich.console import Console


def run_reconcile(console: Console, company: str | None, destination: str, output: str) -> ExitStatus:
    """Compare the reports in the warehouse, and every table with the one it was built from."""
    warehouse = opening.existing(destination)
    selection = opening.select_companies(warehouse, company)
    make_own_tables(warehouse)
    with opening.transforms_of(warehouse) as transforms, warehouse.building():
        transforms.compare(selection.ids)
        store_closing_findings(warehouse, anew=True)
    if output == "table":
        return print_comparison(console, warehouse, selection)
    result = opening.current_result(warehouse, selection)
    lines = {(line.company_id, line.key): line for line in differences(warehouse, selection.ids)}
    names = {each: name for each in selection.ids if (name := company_details(warehouse, each, "name")[0])}
    print_data(console, (as_csv if output == "csv" else as_json)(result.findings, lines, names))
    print_text(error_console(), last_line(result)[0])
    return result.status


def print_comparison(
    console: Console, warehouse: Warehouse, selection: opening.CompanySelection
) -> ExitStatus:
    """Print matching periods and findings of each company, then the verdict; returns the exit status."""
    result = opening.current_result(warehouse, selection)
    print_first_line(console, result.findings)
    for company_id in selection.ids:
        print_text(console, title(warehouse, company_id), "bold")
        print_match_counts(console, [each for each in result.match_counts if each.company_id == company_id])
        print_findings(console, result.findings.of(company_id))
    print_findings(console, opening.unread(result.findings, selection))
    print_text(console, *last_line(result))
    return result.status
