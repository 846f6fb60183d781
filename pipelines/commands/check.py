"""`accbooks check`: test a key with every endpoint, and print what it may read."""

from __future__ import annotations

from collections.abc import Mapping

from accbooks_warehouse.pipelines.configuration import (
    Company,
    check_named_secrets,
    companies,
    company_names,
    webhook_secrets,
)
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import error_console, print_text
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.run_record import SEVERITY
from accbooks_warehouse.pipelines.setup.check import Probe
from accbooks_warehouse.pipelines.setup.check import check as check_key
from accbooks_warehouse.sources.accbooks import AccBooksError, ConfigurationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def run_check(console: Console, company: str | None) -> ExitStatus:
    """Check the configured companies, or one; the exit status says whether a sync can read everything.

    An error of one company does not stop others; the status is that of the worst.
    """
    configured = companies(company)
    secrets: Mapping[str, tuple[str, ...]] = {}
    fault = None
    try:
        secrets = webhook_secrets([each.name for each in configured])
        check_named_secrets(company_names())
    except ConfigurationError as error:  # a sync needs none
        fault = str(error)
    statuses = [
        _checked(console, each, has_webhook_secret=each.name in secrets, is_alone=len(configured) == 1)
        for each in configured
    ]
    if fault is not None:
        print_text(console, fault, "yellow")
    return max(statuses, key=SEVERITY.index, default=ExitStatus.DONE)


def _checked(console: Console, company: Company, *, has_webhook_secret: bool, is_alone: bool) -> ExitStatus:
    try:
        good = print_check(console, company, has_webhook_secret=has_webhook_secret)
    except AccBooksError as error:
        if is_alone:
            raise
        message, status = explain(error)
        print_text(error_console(), f"{company.name}: {message}", "red")
        return status
    return ExitStatus.DONE if good else ExitStatus.DIFFERENCES


def print_check(console: Console, company: Company, *, has_webhook_secret: bool) -> bool:
    """Request every endpoint of a company and print the results; return whether a sync can read all of it."""
    checked = check_key(company.settings)
    table = Table(box=None, padding=(0, 1))
    for heading in ("endpoint", "permission", "records", "fields"):
        table.add_column(heading, justify="right" if heading == "records" else "left")
    for probe in checked.probes:
        count = "" if probe.records is None else f"{probe.records:,}"
        allowed = probe.permission if probe.allowed else f"[red]{probe.permission}: missing"
        table.add_row(probe.endpoint, allowed, count, escape(_fields(probe)))
    title = checked.company_id or "unknown (no permission to read it)"
    print_text(console, f"{company.name}: company {title}", "bold")
    console.print(table)
    limit = checked.limit_per_minute
    print_text(
        console, f"Limit: {limit} requests a minute." if limit else "AccBooks sent no rate limit headers."
    )
    print_text(
        console,
        "A webhook secret is set."
        if has_webhook_secret
        else "No webhook secret is set; only 'accbooks listen' needs one.",
    )
    good = all(probe.is_good for probe in checked.probes)
    if good:
        print_text(console, "A sync can read everything it needs.", "green")
    else:
        print_text(console, "A sync loads the rest, but cannot compare everything with AccBooks.", "yellow")
    return good


def _fields(probe: Probe) -> str:
    if not probe.allowed:
        return "add it in AccBooks: Settings → Integrations → API → Keys"
    if probe.fault:
        return f"unusable: {probe.fault}"
    parts = []
    if probe.missing:
        parts.append(f"missing: {', '.join(probe.missing)}")
    if probe.unexpected:
        parts.append(f"unknown, loaded into extra: {', '.join(probe.unexpected)}")
    return "; ".join(parts) or ("as expected" if probe.records else "no records")
