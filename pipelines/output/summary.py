"""The summary that a sync prints at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from accbooks_warehouse.pipelines.days import Days, span
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.comparison import (
    print_compared_depths,
    print_healing,
    print_match_counts,
)
from accbooks_warehouse.pipelines.output.console import error_console, print_text
from accbooks_warehouse.pipelines.output.failure import explain, limit_reached
from accbooks_warehouse.pipelines.output.findings import (
    conclusion,
    print_findings,
    print_first_line,
    warned,
)
from accbooks_warehouse.pipelines.queries.company_summary import CompanySummary, YearResult
from accbooks_warehouse.pipelines.queries.findings import PARTIAL_HISTORY
from accbooks_warehouse.pipelines.queries.reconciliation import REPORT_TITLES
from accbooks_warehouse.pipelines.queries.sections import CATEGORY_TITLES
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.transform.models import FailedTest
from accbooks_warehouse.sources.accbooks import RECORD_RESOURCES, Books, Outcome
from rich.console import Console
from rich.table import Table

Summaries = Callable[[CompanyResult], CompanySummary]
"""Returns the summary of a company that was read."""


def print_result(console: Console, result: SyncResult, summaries: Summaries) -> None:
    """Print records loaded, the last year's profit and the comparison, company by company."""
    print_first_line(console, result.findings)
    for company in result.companies:
        if not print_why_not(console, company):
            print_company(console, company, result, summaries)
    console.print()
    print_text(console, *last_line(result))


def print_why_not(console: Console, company: CompanyResult) -> bool:
    """Print why a company was not synced; returns False if it was."""
    if company.error is not None:
        print_text(error_console(), f"{company.name}: {explain(company.error)[0]}", "red")
    elif company.waits_for is not None:
        print_text(console, f"{company.name}: skipped, because another run is syncing it.", "yellow")
    return company.error is not None or company.waits_for is not None


def print_what_is_wrong(console: Console, result: SyncResult) -> None:
    """Print only problems, those of all companies."""
    for company in result.companies:
        print_why_not(console, company)
        print_obstacles(console, company)
    print_findings(console, result.findings)


def print_company(console: Console, company: CompanyResult, result: SyncResult, summaries: Summaries) -> None:
    """Print the summary of one company."""
    if company.company_id is None or company.books is None:
        return
    summary = summaries(company)
    console.print()
    print_text(console, summary.title, "bold")
    print_records(console, summary, company.books, company.outcome)
    print_profit(console, summary.year)
    print_match_counts(
        console, [each for each in result.match_counts if each.company_id == company.company_id]
    )
    print_healing(console, company.healing, summary.healed_documents)
    print_compared_depths(console, summary.compared)
    print_obstacles(console, company)
    print_findings(console, result.findings.of(company.company_id))


def print_records(console: Console, summary: CompanySummary, books: Books, outcome: Outcome) -> None:
    """Print per resource the records read in this run and those in the warehouse, and the requests used."""
    table = Table("resource", box=None, padding=(0, 2))
    table.add_column("read now", justify="right")
    table.add_column("in the warehouse", justify="right")
    for name in RECORD_RESOURCES:
        if name in outcome.forbidden:
            table.add_row(name, "forbidden", f"{summary.rows[name]:,}")
        elif name in outcome.records:
            count = outcome.records[name]
            table.add_row(name, f"{count:,}", f"{summary.rows[name]:,}")
    reports = sum(outcome.records[name] for name in REPORT_TITLES)
    table.add_row("reports", f"{reports:,}", "")
    console.print(table)
    budget = books.budget
    limit = f" (limit: {budget.limit} a minute)" if budget.limit else ""
    print_text(console, f"  {budget.requests:,} requests used{limit}")


def print_profit(console: Console, year: YearResult | None) -> None:
    """Print the profit and loss of the last complete financial year, else of the current one."""
    if year is None:
        return
    table = Table(
        f"Profit and loss, {span(Days(year.start, year.end))}{'' if year.is_over else ', not over yet'}",
        box=None,
        padding=(0, 2),
        title_justify="left",
    )
    table.add_column(year.currency or "", justify="right")
    for category, title in CATEGORY_TITLES.items():
        if category in year.amounts:
            table.add_row(title, f"{year.amounts[category]:,.2f}")
    table.add_row("[bold]Net profit" if year.profit >= 0 else "[bold]Net loss", f"[bold]{year.profit:,.2f}")
    console.print(table)


def print_obstacles(console: Console, company: CompanyResult) -> None:
    """Print what this run could not read or use."""
    for message in obstacles(company):
        print_text(console, f"  {message}", "yellow")


def obstacles(company: CompanyResult) -> list[str]:
    """Return messages about what this run could not read or use. Failed checks are findings instead."""
    if company.books is None:
        return []
    outcome = company.outcome
    messages = [
        f"A report from AccBooks could not be used: {name} {request}: {why}."
        for (name, request), why in outcome.inconsistent.items()
    ]
    messages += [str(error) for error in outcome.unstable]
    messages += company.books.budget.header_warnings
    if outcome.limit_reached:
        messages.append(limit_reached(outcome.limit_reached))
    return messages


def print_failed_tests(console: Console, tests: Sequence[FailedTest]) -> None:
    """Print the dbt data tests that failed or warned."""
    for test in tests:
        for line in test.lines:
            print_text(console, line, "yellow" if test.is_warning else "red")
        if test.description:
            print_text(console, f"  The test checks: {test.description}")


def last_line(result: SyncResult) -> tuple[str, str]:
    """Return the last line of the output, which explains the exit status, and its style."""
    match result.status:
        case ExitStatus.DONE:
            return equality(result), "bold yellow" if result.findings.in_closed_periods else "bold green"
        case ExitStatus.DIFFERENCES:
            return conclusion(result.findings), "bold red"
        case ExitStatus.LIMIT_REACHED if result.resets_at is not None:
            return "Stopped: the daily request limit is used up.", "bold yellow"
        case ExitStatus.LIMIT_REACHED:
            return "Stopped at the time limit of this run. Run again to continue.", "bold yellow"
        case _:
            return "Some companies could not be loaded; see above.", "bold red"


def equality(result: SyncResult) -> str:
    """Say what matches AccBooks; claims only what was compared."""
    left_alone = len(result.waits_for)
    if left_alone and left_alone == len(result.companies):
        return "Done. Other runs are syncing all companies, so there was nothing to do."
    what = "What was synced" if left_alone else "The warehouse"
    if result.findings.has(PARTIAL_HISTORY):
        what = "What can be compared"
    rest = ""
    if left_alone:
        were = "was" if left_alone == 1 else "were"
        rest = f" {left_alone:,} of {len(result.companies):,} companies {were} left to other runs."
    return f"Done. {what} matches AccBooks' reports to the penny.{rest}{warned(result.findings)}"
