"""`accbooks close`: record that a period or VAT return is closed."""

from __future__ import annotations

import datetime as dt
import getpass
import os
from dataclasses import dataclass

from accbooks_warehouse.pipelines.closing.close import close
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.closings import ACCOUNTS, KINDS, VAT
from accbooks_warehouse.pipelines.queries.company import title
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console


@dataclass(frozen=True)
class Said:
    """What is said of a closing: by whom, None for the user of this process; a note; whether to force it."""

    by: str | None = None
    note: str | None = None
    force: bool = False


def run_close(
    console: Console,
    company: str | None,
    destination: str,
    days: tuple[dt.date | None, dt.date | None],
    said: Said,
) -> ExitStatus:
    """Close a company's accounts or VAT through a day, of which one is given; say what was recorded."""
    warehouse = opening.existing(destination)
    period = period_of(warehouse, company, *days)
    recorded = close(warehouse, period, by=said.by or user_name(), note=said.note, force=said.force)
    counted = [count(recorded.balances, "balance")] if period.kind == ACCOUNTS else []
    counted.append(count(recorded.documents, "document"))
    print_text(
        console,
        f"Closed {KINDS[period.kind]} of {title(warehouse, period.company_id)} through {period.through}: "
        f"{', '.join(counted)}.",
    )
    if recorded.was_forced:
        print_text(
            console, "The books do not agree with AccBooks. The closing says that it was forced.", "yellow"
        )
    if recorded.accepted:
        print_text(
            console,
            f"{count(recorded.accepted, 'document')} had changed in the period that was closed before. This "
            "closing takes the books as they are now.",
            "yellow",
        )
    return ExitStatus.DONE


def period_of(
    warehouse: Warehouse, company: str | None, through: dt.date | None, vat: dt.date | None
) -> Period:
    """Return the period of the options; raises ConfigurationError unless it is one."""
    if (through is None) == (vat is None):
        raise ConfigurationError(
            "Give one day: --through for the accounts, or --vat for the last day of a VAT period."
        )
    ids = opening.company_ids(warehouse, company)
    if len(ids) > 1:
        raise ConfigurationError(
            f"{warehouse.describe()} has several companies: {', '.join(ids)}. Choose one with --company."
        )
    return Period(ids[0], ACCOUNTS, through) if through else Period(ids[0], VAT, vat or dt.date.min)


def user_name() -> str:
    """Return the name of the user that runs this process, or the number of one without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())
