"""The status of many companies as text: exceptions first, then a line for each company, then totals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby

from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.output.findings import print_findings
from accbooks_warehouse.pipelines.queries.exceptions import (
    TITLES,
    URGENT,
    CompanyException,
    ExceptionKind,
    exceptions,
    not_shown,
    number_with,
)
from accbooks_warehouse.pipelines.queries.overview import CompanyOverview, Overview
from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST_MESSAGES = 5
"""If more companies have the same exception, they are named, and one message is an example."""
MOST_NAMES = 10
SHORTEST_NAME = 8
"""However narrow the terminal is, so much of a name is shown."""
LONGEST_LABEL = 14
"""So much of a name in the configuration is shown."""
GAP = 2
"""Spaces between columns."""
NEVER, UNKNOWN = "never", "-"
UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def print_overview(console: Console, overview: Overview) -> None:
    """Print the exceptions, the companies and the totals."""
    print_exceptions(console, exceptions(overview))
    print_findings(console, not_shown(overview))
    console.print(companies_table(overview, console.width))
    print_text(console, f"{totals(overview)}.")


def print_exceptions(console: Console, found: Sequence[CompanyException]) -> None:
    """Print the exceptions by kind. What many companies have alike is said once."""
    for kind, of_kind in groupby(found, key=lambda each: each.kind):
        heading, colour = TITLES[kind], "red" if kind in URGENT else "yellow"
        print_text(console, heading, f"bold {colour}")
        for check_name, alike in groupby(of_kind, key=lambda each: each.check_name):
            for line in _lines(check_name or heading, list(alike)):
                print_text(console, f"  {line}", colour)


def _lines(name: str, alike: Sequence[CompanyException]) -> list[str]:
    """Return a line for each company, or one for all if they are many."""
    if len(alike) <= MOST_MESSAGES:
        return [f"{each.title}: {_counted(each)}{each.message}" for each in alike]
    titles = ", ".join(each.title for each in alike[:MOST_NAMES])
    more = len(alike) - MOST_NAMES
    others = f" and {more:,} more" if more > 0 else ""
    return [f"{len(alike):,} companies, {name}: {titles}{others}. The first: {alike[0].message}"]


def _counted(each: CompanyException) -> str:
    is_of_findings = each.check_name and each.kind is not ExceptionKind.prior_period_change
    return f"{each.count:,} {each.check_name}, the first: " if is_of_findings and each.count > 1 else ""


def companies_table(overview: Overview, width: int) -> Table:
    """Return a table of the companies, which is as wide as the terminal at most. Times are UTC."""
    has_events = any(each.events for each in overview.companies)
    has_names = any(each.configured_name and each.record.name for each in overview.companies)
    headings = ["last sync", "fresh to", "agreed to", "by", "err/warn", *(["lag"] if has_events else [])]
    rows = [(each.shown_name, each.label, _cells(each, overview.at)) for each in overview.companies]
    rows += [(name, name, [NEVER, *[UNKNOWN] * 5]) for name in overview.unread]
    cells = [[*([one_line(label)] if has_names else []), *each[: len(headings)]] for _, label, each in rows]
    headings = [*(["--company"] if has_names else []), *headings]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    if has_names:
        widths[0] = min(widths[0], LONGEST_LABEL)
    names = [Text(one_line(name)) for name, *_ in rows]
    left = max(SHORTEST_NAME, width - sum(widths) - GAP * len(widths))
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    table.add_column("company", no_wrap=True, width=min(left, max(7, *(name.cell_len for name in names))))
    for heading, size in zip(headings, widths, strict=True):
        is_number = heading in {"err/warn", "lag"}
        table.add_column(heading, no_wrap=True, width=size, justify="right" if is_number else "left")
    for name, row in zip(names, cells, strict=True):
        name.truncate(left, overflow="ellipsis")
        shown = [Text(cell) for cell in row]
        for cell, size in zip(shown, widths, strict=True):
            cell.truncate(size, overflow="ellipsis")
        table.add_row(name, *shown)
    return table


def _cells(company: CompanyOverview, now: dt.datetime) -> list[str]:
    last, found = company.last_sync, company.findings
    through, depth = company.compared.through, company.compared.depth
    return [
        _time(last.read_at, now) if last else NEVER,
        _time(last.fresh_to, now) if last and last.fresh_to else UNKNOWN,
        str(through) if through else UNKNOWN,
        depth or UNKNOWN,
        f"{len(found.errors):,}/{len(found.warnings):,}" if found.rows else UNKNOWN,
        _duration(company.lag_seconds(now)),
    ]


def _time(moment: dt.datetime, now: dt.datetime) -> str:
    """Return the time of a moment today, and the date of another; UTC."""
    utc = moment.astimezone(dt.UTC)
    return f"{utc:%H:%M}" if utc.date() == now.date() else f"{utc:%Y-%m-%d}"


def _duration(seconds: float | None) -> str:
    """Return seconds in the largest unit that gives at least one."""
    if seconds is None:
        return UNKNOWN
    for unit, name in UNITS:
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.1f} s"


def totals(overview: Overview) -> str:
    """Return how many companies there are, and how many of them have what, in words."""
    found = exceptions(overview)
    parts = [
        (number_with(found, kind), words)
        for kind, words in (
            (ExceptionKind.error, "with errors"),
            (ExceptionKind.warning, "with warnings"),
            (ExceptionKind.prior_period_change, "with changes in closed periods"),
            (ExceptionKind.late_vat, "with late VAT"),
            (ExceptionKind.sync_failed, "whose last sync failed"),
            (ExceptionKind.not_read, "not read for longer than is usual"),
            (ExceptionKind.never_read, "never read"),
            (ExceptionKind.overdrawn, "with overdrawn bank accounts"),
            (ExceptionKind.filing_overdue, "with filing dates that have passed"),
            (ExceptionKind.filing_soon, "with something due within 30 days"),
            (ExceptionKind.day_spent, "without requests left today"),
        )
    ]
    phrases = [f"{number:,} {words}" for number, words in parts if number] or ["none needs attention"]
    if refused := number_with(found, ExceptionKind.file_refused):
        phrases.append(f"{count(refused, 'configured file')} refused")
    if groups := number_with(found, ExceptionKind.rate_missing):
        phrases.append(f"{count(groups, 'group')} without an exchange rate")
    companies = len(overview.companies) + len(overview.unread)
    requests = f"; {count(overview.requests_today, 'request')} used today (UTC)" if overview.budgets else ""
    return f"{_companies(companies)}: {', '.join(phrases)}{requests}"


def _companies(number: int) -> str:
    return "1 company" if number == 1 else f"{number:,} companies"
