"""Tables that commands print: the plan, the status, and what `forget` removes."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence

import pendulum
import typer
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.output.comparison import out_of_date
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.comparison import NOTHING_POSTED
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents
from accbooks_warehouse.pipelines.queries.status import CompanyStatus, Load
from accbooks_warehouse.pipelines.sync.forget import Removal
from accbooks_warehouse.pipelines.sync.plan import Plan
from accbooks_warehouse.pipelines.sync.plan_total import PlanTotal
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console
from rich.table import Table


def print_plan(console: Console, plan: Plan) -> None:
    """Print what a sync would fetch, and how long the limits make it take."""
    table = Table(box=None, padding=(0, 1))
    for heading in ("resource", "dates", "why", "records", "requests"):
        table.add_column(heading, justify="right" if heading in {"records", "requests"} else "left")
    for step in plan.steps:
        records = "" if step.records is None else f"{step.records:,}"
        dates = "due periods" if step.window is None else str(step.window)
        table.add_row(step.resource, dates, step.reason, records, f"{step.requests:,}")
    print_text(console, f"{plan.name}: company {plan.company_id}", "bold")
    console.print(table)
    amount = (
        f"About {plan.requests:,}" if not plan.spare else f"Between {plan.fewest:,} and {plan.requests:,}"
    )
    print_text(console, f"{amount} requests: {_duration(plan)}.")
    for sentence in _not_known(plan):
        print_text(console, sentence)
    print_text(console, _day(plan))
    print_text(console, f"This estimate took {count(plan.requests_made, 'request')}.", "dim")


def _not_known(plan: Plan) -> list[str]:
    """Say what the estimate does not know, and how that changes it."""
    sentences = []
    if plan.spare:
        what = "nothing is posted" if plan.is_first else "nothing changed"
        sentences.append(
            f"Only part of {_listed(plan.unseen)} was sampled. Months in which {what} take fewer requests."
        )
    if plan.is_assumed:
        sentences.append("The lower number assumes that there are few such months.")
    if plan.unbounded:
        sentences.append(
            f"The last date of {_listed(plan.unbounded)} is not known. Later months take more requests."
        )
    return sentences


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _duration(plan: Plan) -> str:
    if not plan.limit:
        return "the time is not known, because AccBooks sent no rate limit headers"
    minutes = plan.full_minutes or 0
    time = f"at least {count(minutes, 'minute')}" if minutes else "less than a minute"
    return f"{time} at {plan.limit:,} a minute"


def _day(plan: Plan) -> str:
    if plan.allowance is None or plan.share_of_day is None:
        return "The daily limit of this AccBooks plan is not known."
    left = max(0, plan.allowance - plan.spent)
    text = (
        f"That is {plan.share_of_day:.1%} of the {plan.allowance:,} requests allowed a day; {left:,} are left"
    )
    days = plan.days
    return f"{text} today." if days == 1 else f"{text} today, so it will take {days} days (see --wait)."


def print_plan_total(console: Console, total: PlanTotal, failed: int) -> None:
    """Print what all companies take together, and how many have no estimate."""
    requests = (
        f"about {total.requests:,} requests"
        if total.fewest == total.requests
        else f"between {total.fewest:,} and {total.requests:,} requests"
    )
    companies = "1 company" if total.companies == 1 else f"{total.companies:,} companies"
    if total.minutes is None:
        time = "the time is not known, because AccBooks sent no rate limit headers for some of them"
    else:
        minutes = f"at least {count(total.minutes, 'minute')}" if total.minutes else "less than a minute"
        time = f"{minutes} with {total.side_by_side} of them read side by side, each at its own limit"
    print_text(console, f"Total of {companies}: {requests}; {time}.", "bold")
    if total.days > 1:
        print_text(console, f"The largest takes {total.days} days by its daily limit (see --wait).")
    if failed:
        print_text(console, f"{failed:,} more could not be estimated; see above.", "yellow")
    print_text(console, f"These estimates took {count(total.requests_made, 'request')}.", "dim")


def print_status(
    console: Console,
    status: CompanyStatus,
    events: ReceivedEvents | None = None,
    filing_dates: Sequence[str] = (),
) -> None:
    """Print the status of one company, with its webhook events if there are some, and what is to be filed."""
    print_text(console, f"{status.name or status.company_id} ({status.company_id})", "bold")
    compared, lines = status.compared, status.compared.lines
    through = compared.through
    print_text(console, f"  matches AccBooks to {through}" if through else "  no month matches AccBooks yet")
    if through and not compared.has_postings:
        print_text(console, f"    {NOTHING_POSTED}")
    for depth in compared.depths:
        print_text(console, f"    {depth}")
    for closing in status.closings:
        print_text(console, f"  {closing}")
    for date in filing_dates:
        print_text(console, f"  {date}")
    if compared.set_aside:
        print_text(console, f"  {out_of_date(compared.set_aside)}")
    if status.oldest_read is not None:
        print_text(console, f"  the days read longest ago: {_read_at(status.oldest_read)}")
    print_text(
        console, f"  {lines.differing:,} open differences, {lines.not_comparable:,} lines not comparable"
    )
    print_text(console, f"  {status.rejected:,} rejected records")
    for line in _events_lines(events) if events else ():
        print_text(console, f"  {line}")
    table = Table(box=None, padding=(0, 1))
    for heading in ("resource", "last read (UTC)", "why", "outcome"):
        table.add_column(heading)
    for each in status.freshness:
        outcome = each.outcome.replace("_", " ")
        table.add_row(each.resource, f"{each.fetched_at:%Y-%m-%d %H:%M}", each.reason, outcome)
    console.print(table)


def _events_lines(events: ReceivedEvents) -> list[str]:
    """Return what is to be said of a company's webhook events; times are UTC."""
    lines = [f"last webhook event {events.last_received:%Y-%m-%d %H:%M:%S} UTC"]
    if events.lag_seconds is not None:
        lines.append(f"the last one read was in the models after {events.lag_seconds:,.1f} s")
    if events.oldest_waiting is not None:
        oldest = f"the oldest since {events.oldest_waiting:%Y-%m-%d %H:%M:%S} UTC"
        lines.append(f"{count(events.waiting, 'event')} not read yet, {oldest}")
    return lines


def _read_at(moment: dt.datetime) -> str:
    if moment.year == dt.MINYEAR:
        return "not read again yet"
    return f"read {pendulum.instance(moment).diff_for_humans()}"


def print_budgets(console: Console, budgets: Sequence[DayBudget]) -> None:
    """Print how many requests each key has used today."""
    for budget in budgets:
        print_text(console, f"{budget.name}: {budget} used today (UTC), as counted on this machine")


def print_loads(console: Console, loads: Sequence[Load]) -> None:
    """Print the last loads."""
    print_text(console, "Last loads (UTC):", "bold")
    for load in loads:
        print_text(console, f"  {load.inserted_at:%Y-%m-%d %H:%M:%S}  {load.load_id}")


def print_removal(console: Console, removal: Removal, *, with_history: bool) -> None:
    """Print how many rows of each table a removal deletes."""
    print_text(console, removal.title, "bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("  table")
    table.add_column("rows", justify="right")
    for each in removal.tables:
        if not each.is_left_behind:
            table.add_row(f"  {each}", f"{each.rows:,}")
    if removal.events:
        table.add_row("  webhook events", f"{removal.events:,}")
    if removal.rows:
        console.print(table)
    else:
        print_text(console, "  No table has rows of this company.")
    if removal.rows and not with_history:
        print_text(
            console,
            "  The change log and the reconciliation history stay; --history removes them.",
        )


def confirmed(question: str) -> bool:
    """Ask for confirmation; raises ConfigurationError without a terminal."""
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "Nothing was removed: there is no terminal to ask for confirmation. Add --yes to confirm."
        )
    return typer.confirm(question)


def still_read(name: str) -> str:
    """Say that the next sync reads a removed company again."""
    return (
        f"The company is still configured as '{name}', so the next sync loads it again. To prevent that, "
        "remove its key from the configuration."
    )
