"""Tables that commands print: what a key may do, how a warehouse stands."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.check import Probe
from pipelines.check import check as check_key
from pipelines.configuration import Company
from pipelines.status import CompanyStatus, Load
from pipelines.summary import say


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
    say(console, f"{company.name}: company {title}", "bold")
    console.print(table)
    limit = checked.limit_per_minute
    say(console, f"Limit: {limit} requests a minute." if limit else "AccBooks sent no rate limit headers.")
    good = all(probe.is_good for probe in checked.probes)
    if good:
        say(console, "Everything a sync needs is there.", "green")
    else:
        say(console, "A sync will load what it may, but cannot prove everything.", "yellow")
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


def print_status(console: Console, held: CompanyStatus) -> None:
    """Print how one company's copy stands."""
    say(console, f"{held.name or held.company_id} ({held.company_id})", "bold")
    through = held.certified_through
    say(console, f"  certified through {through}" if through else "  not certified for any month yet")
    say(
        console, f"  {held.open_differences:,} open differences, {held.not_comparable:,} lines not comparable"
    )
    say(console, f"  {held.rejected:,} rejected records")
    per_day = f" of {held.requests_per_day:,}" if held.requests_per_day else ""
    say(console, f"  {held.requests_today:,}{per_day} requests recorded today (UTC)")
    table = Table(box=None, padding=(0, 1))
    for heading in ("resource", "last read (UTC)", "why", "outcome"):
        table.add_column(heading)
    for each in held.freshness:
        outcome = each.outcome.replace("_", " ")
        table.add_row(each.resource, f"{each.fetched_at:%Y-%m-%d %H:%M}", each.reason, outcome)
    console.print(table)


def print_loads(console: Console, loads: Sequence[Load]) -> None:
    """Print the last loads."""
    say(console, "Last loads (UTC):", "bold")
    for load in loads:
        say(console, f"  {load.inserted_at:%Y-%m-%d %H:%M:%S}  {load.load_id}")
