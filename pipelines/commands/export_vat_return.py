"""`accbooks export vat_return --format mtd`: write a VAT return as the JSON that HMRC takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accbooks_warehouse.pipelines.closing.close import disagreement
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import ExportError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.export.mtd_file import checked_period_key, write_mtd
from accbooks_warehouse.pipelines.export.output_file import STANDARD_OUTPUT
from accbooks_warehouse.pipelines.output.console import print_text, print_to_stderr
from accbooks_warehouse.pipelines.queries.closings import VAT
from accbooks_warehouse.pipelines.queries.configured_companies import configured_names
from accbooks_warehouse.pipelines.queries.vat_return import (
    VatReturn,
    changes_since_closing,
    has_vat_returns,
    vat_period_ends,
    vat_return,
)
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console

STERLING = "GBP"
ENDS_SHOWN = 4


@dataclass(frozen=True)
class FilingOptions:
    """What is said of the return: the last day of its period, HMRC's key of it, whether it is final."""

    period: str | None = None
    period_key: str | None = None
    finalised: bool = False

    @property
    def is_given(self) -> bool:
        """Tell whether any of them is."""
        return self.period is not None or self.period_key is not None or self.finalised


def run_export_vat_return(
    console: Console,
    company: str | None,
    destination: str,
    model: str,
    output: str | None,
    options: FilingOptions,
) -> ExitStatus:
    """Write the return of one company and period; raises ConfigurationError for bad usage."""
    if model != "vat_return":
        raise ConfigurationError("--format mtd is for vat_return: accbooks export vat_return --format mtd.")
    period_end, period_key = _day(options.period), checked_period_key(options.period_key)
    place = output or f"vat_return_{period_end}.json"
    warehouse = opening.existing_to_read(destination)
    ids = opening.company_ids(warehouse, company)
    if len(ids) > 1:
        raise ConfigurationError(f"There are {len(ids)} companies. Add --company, a return is of one.")
    if not has_vat_returns(warehouse):
        raise ExportError(f"{warehouse.describe()} has no vat_return yet. Run 'accbooks transform' first.")
    found = vat_return(warehouse, ids[0], period_end)
    if found is None:
        ends = [str(end) for end in vat_period_ends(warehouse, ids[0]) if end <= period_end][:ENDS_SHOWN]
        known = f"Periods before it end on {', '.join(ends)}." if ends else "None ends before it."
        raise ConfigurationError(f"No VAT period ends on {period_end}. {known}")
    _check(found, options)
    _check_agreement(warehouse, ids[0], period_end, options)
    if changed := changes_since_closing(warehouse, ids[0], period_end):
        through, number = changed
        changed_by = count(number, "document") if number else "the flat rate"
        print_to_stderr(
            f"VAT is closed through {through}, and {changed_by} changed closed returns since: "
            "these figures may not be those you filed. See accbooks export late_vat."
        )
    write_mtd(found, period_key, place, finalised=options.finalised)
    if place != STANDARD_OUTPUT:
        print_text(
            console,
            f"Wrote the VAT return from {found.period_start} to {found.period_end} to {place}. "
            "It was not submitted.",
        )
    return ExitStatus.DONE


def _check(found: VatReturn, options: FilingOptions) -> None:
    """Say what is doubtful of a return; raises ConfigurationError if it cannot be final."""
    if found.status != "finished":
        if options.finalised:
            raise ConfigurationError(
                f"The VAT period to {found.period_end} is not over, so its return cannot be final. Leave out "
                "--finalised."
            )
        print_to_stderr(f"The VAT period to {found.period_end} is not over: its figures will change.")
    if found.caution:
        print_to_stderr(found.caution)
    if found.currency not in {None, STERLING}:
        if options.finalised:
            raise ConfigurationError(
                f"The books are in {found.currency} and HMRC wants pounds sterling, so this return cannot be "
                "final. Leave out --finalised, and convert the boxes."
            )
        print_to_stderr(f"The books are in {found.currency}: convert the boxes, HMRC wants pounds sterling.")


def _check_agreement(
    warehouse: Warehouse, company_id: str, period_end: dt.date, options: FilingOptions
) -> None:
    """Say why the books do not agree with AccBooks; raises ExportError if the return is to be final."""
    period = Period(company_id, VAT, period_end, configured_names(warehouse).get(company_id))
    reason = disagreement(warehouse, period)
    if reason is None:
        return
    if options.finalised:
        raise ExportError(
            f"The VAT return to {period_end} cannot be final: {reason} Run 'accbooks sync' and see what it "
            "says, or leave out --finalised."
        )
    print_to_stderr(f"The VAT return to {period_end} may be wrong: {reason}")


def _day(text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        said = "There is no --period." if text is None else f"--period is '{text}', which is no date."
        raise ConfigurationError(
            f"{said} Write the last day of the VAT period, like --period 2026-03-31."
        ) from None
