"""`accbooks close`: record that a period or VAT return is closed."""

from __future__ import annotations

import datetime as dt
import getpass
import os
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.closing.close import Recorded, close
from accbooks_warehouse.pipelines.closing.filed import (
    check_filing,
    has_nothing_posted,
    is_closed,
    record_filing,
)
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.closings import ACCOUNTS, CORPORATION_TAX, KINDS, VAT
from accbooks_warehouse.pipelines.queries.company import title
from accbooks_warehouse.pipelines.queries.configured_companies import configured_names, named
from accbooks_warehouse.pipelines.queries.status import read_through
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console

FRESH = dt.timedelta(days=1)
"""How long after books were read nothing is said of it."""


@dataclass(frozen=True)
class ClosingDetails:
    """What is recorded of a closing.

    `by` is whoever closes it, None for the user of this process. `filed_on` is when it was filed, None if it
    is not given.
    """

    by: str | None = None
    note: str | None = None
    force: bool = False
    filed_on: dt.date | None = None


@dataclass(frozen=True)
class ClosingDays:
    """The last day of what is closed or reopened, of which one is given."""

    accounts: dt.date | None = None
    vat: dt.date | None = None
    corporation_tax: dt.date | None = None


def run_close(
    console: Console,
    company: str | None,
    destination: str,
    days: ClosingDays,
    details: ClosingDetails,
) -> ExitStatus:
    """Close a company's accounts or VAT through a day, or record that it was filed; say what was recorded."""
    warehouse = opening.existing(destination)
    period, by, filed_on = period_of(warehouse, company, days), details.by or user_name(), details.filed_on
    check_filing(warehouse, period, filed_on, pendulum.today("UTC").date(), force=details.force)
    if filed_on and (
        period.kind == CORPORATION_TAX
        or is_closed(warehouse, period)
        or has_nothing_posted(warehouse, period)
    ):
        record_filing(warehouse, period, filed_on, by=by, note=details.note)
        print_text(
            console,
            f"Recorded for {title(warehouse, period.company_id)}: {KINDS[period.kind]} through "
            f"{period.through}, filed on {filed_on}.",
        )
        return ExitStatus.DONE
    recorded = close(warehouse, period, by=by, note=details.note, force=details.force, filed_on=filed_on)
    counted = [count(recorded.balances, "balance")] if period.kind == ACCOUNTS else []
    counted.append(count(recorded.documents, "document"))
    print_text(
        console,
        f"Closed {KINDS[period.kind]} of {title(warehouse, period.company_id)} through {period.through}: "
        f"{', '.join(counted)}{f'; filed on {filed_on}' if filed_on else ''}.",
    )
    _print_doubts(console, recorded, read_through(warehouse, period.company_id))
    return ExitStatus.DONE


def _print_doubts(console: Console, recorded: Recorded, read_at: dt.datetime | None) -> None:
    """Print what there is to think about a closing, of books that were read last at that moment."""
    if recorded.was_forced:
        print_text(
            console, "The books do not agree with AccBooks. The closing says that it was forced.", "yellow"
        )
    if read_at is not None and dt.datetime.now(dt.UTC) - read_at.astimezone(dt.UTC) > FRESH:
        print_text(
            console,
            f"The books are those of {read_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC, when they were read "
            "last. If they changed in AccBooks since, reopen the period, run 'accbooks sync', and close it "
            "again.",
            "yellow",
        )
    if recorded.accepted:
        print_text(
            console,
            f"{count(recorded.accepted, 'document')} had changed in the period that was closed before. This "
            "closing takes the books as they are now.",
            "yellow",
        )


def period_of(warehouse: Warehouse, company: str | None, days: ClosingDays) -> Period:
    """Return the period of the options; raises ConfigurationError unless it is one."""
    given = [
        (kind, day)
        for kind, day in (
            (ACCOUNTS, days.accounts),
            (VAT, days.vat),
            (CORPORATION_TAX, days.corporation_tax),
        )
        if day is not None
    ]
    if len(given) != 1:
        raise ConfigurationError(
            "Give one day: --through for the accounts, --vat for the last day of a VAT period, or "
            "--corporation-tax for the last day of the accounting period of a return."
        )
    (kind, through) = given[0]
    ids = opening.company_ids(warehouse, company)
    if len(ids) > 1:
        raise ConfigurationError(
            f"{warehouse.describe()} has several companies: {named(warehouse, ids)}. Choose one with "
            "--company."
        )
    return Period(ids[0], kind, through, configured_names(warehouse).get(ids[0]))


def user_name() -> str:
    """Return the name of the user that runs this process, or the number of one without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())
