"""`accbooks reconcile`: what differs from AccBooks' own reports."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.comparison import print_proof
from accbooks_warehouse.pipelines.output.console import error_console, say, say_data
from accbooks_warehouse.pipelines.output.findings import as_csv, as_json, print_findings
from accbooks_warehouse.pipelines.output.summary import verdict
from accbooks_warehouse.pipelines.queries.configured_companies import make_table
from accbooks_warehouse.pipelines.queries.reconciliation import differences
from accbooks_warehouse.pipelines.queries.status import about, title
from rich.console import Console


def run_reconcile(console: Console, company: str | None, destination: str, output: str) -> ExitStatus:
    """Compare the reports as they stand, and every table with the one it was built from."""
    house = opening.existing(destination)
    asked = opening.companies_asked(house, company)
    make_table(house)
    with opening.transforms_of(house) as transforms, house.building():
        transforms.compare(asked.ids)
    if output == "table":
        return print_comparison(console, house, asked)
    result = opening.judged(house, asked)
    lines = {(line.company_id, line.key): line for line in differences(house, asked.ids)}
    names = {each: name for each in asked.ids if (name := about(house, each, "name")[0])}
    say_data(console, (as_csv if output == "csv" else as_json)(result.findings, lines, names))
    say(error_console(), verdict(result)[0])
    return result.status


def print_comparison(console: Console, house: Warehouse, asked: opening.Asked) -> ExitStatus:
    """Print company by company how much was compared and what is wrong, and what it comes to."""
    result = opening.judged(house, asked)
    for company_id in asked.ids:
        say(console, title(house, company_id), "bold")
        print_proof(console, [each for each in result.tallies if each.company_id == company_id])
        print_findings(console, result.findings.of(company_id))
    print_findings(console, opening.unread(result.findings, asked))
    say(console, *verdict(result))
    return result.status
