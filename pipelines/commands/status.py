"""`accbooks status`: how the warehouse stands."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import say
from accbooks_warehouse.pipelines.output.findings import print_findings
from accbooks_warehouse.pipelines.output.summary import verdict
from accbooks_warehouse.pipelines.output.views import (
    print_budgets,
    print_loads,
    print_status,
)
from accbooks_warehouse.pipelines.queries.status import companies_held, day_budgets, last_loads
from rich.console import Console


def run_status(console: Console, company: str | None, destination: str) -> ExitStatus:
    """Print the state of the warehouse; the status says whether the books are equal to AccBooks'."""
    house = opening.existing(destination)
    asked = opening.companies_asked(house, company)
    result = opening.judged(house, asked)
    for held in companies_held(house, asked.ids):
        print_status(console, held)
        print_findings(console, result.findings.of(held.company_id))
    print_findings(console, opening.unread(result.findings, asked))
    print_budgets(console, day_budgets(house, opening.configured(company)))
    print_loads(console, last_loads(house))
    say(console, *verdict(result))
    return result.status
