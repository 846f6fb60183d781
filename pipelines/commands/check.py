"""`accbooks check`: probe every endpoint with a key, and print what it may read."""

from __future__ import annotations

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.setup.check import Probe
from accbooks_warehouse.pipelines.setup.check import check as check_key
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def print_check(console: Console, company: Company) -> bool:
    """Probe a company's endpoints and print what was found; tell whether a sync would read all of it."""
    checked = check_key(company.settings)
    table = Table(box=None, padding=(0, 1))
    for heading in ("endpoint", "permission", "records", "fields"):
        table.add_column(heading, justify="right" if heading == "records" else "left")
    for probe in checked.probes:
        count = "" if probe.records is None else f"{probe.records:,}"
        allowed = probe.permission if probe.allowed else f"[red]{probe.permission}: missing"
        table.add_row(probe.endpoint, allowed, count, escape(_fields(probe)))
    title = checked.company_id or "the key may not read the company"
    print_text(console, f"{company.name}: company {title}", "bold")
    console.print(table)
    limit = checked.limit_per_minute
    print_text(
        console, f"Limit: {limit} requests a minute." if limit else "AccBooks sent no rate limit headers."
    )
    good = all(probe.is_good for probe in checked.probes)
    if good:
        print_text(console, "Everything a sync needs is there.", "green")
    else:
        print_text(console, "A sync will load what it may, but cannot prove everything.", "yellow")
    return good


def _fields(probe: Probe) -> str:
    if not probe.allowed:
        return "add the permission under Settings → Integrations → API → Keys"
    if probe.fault:
        return f"not usable: {probe.fault}"
    parts = []
    if probe.missing:
        parts.append(f"missing: {', '.join(probe.missing)}")
    if probe.unexpected:
        parts.append(f"unexpected, kept in extra: {', '.join(probe.unexpected)}")
    return "; ".join(parts) or ("as expected" if probe.records else "none to look at")
