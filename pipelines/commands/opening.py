"""Open the warehouse and select companies for a command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pendulum
from accbooks_warehouse.pipelines.configuration import (
    Company,
    companies,
    control,
    dbt_variables,
    incorporation_dates,
    prepare_dlt,
)
from accbooks_warehouse.pipelines.control import Claim, ClaimEndedError, current_claim
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, open_warehouse, stored_company_ids
from accbooks_warehouse.pipelines.errors import TransformError, WarehouseError
from accbooks_warehouse.pipelines.output.console import print_to_stderr
from accbooks_warehouse.pipelines.queries.findings import Findings, findings
from accbooks_warehouse.pipelines.queries.overview import Overview, overview
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents, received_events
from accbooks_warehouse.pipelines.queries.reconciliation import match_counts
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import AccBooksError, ConfigurationError


@dataclass(frozen=True)
class CompanySelection:
    """The companies of a command: `ids` in the warehouse, and names or ids of findings (None for all)."""

    ids: list[str]
    names: list[str] | None


def select_companies(warehouse: Warehouse, company: str | None) -> CompanySelection:
    """Return all companies in the warehouse, or the one whose name or id is `company`.

    Raises WarehouseError if the warehouse has neither books nor findings of it.
    """
    ids = stored_company_ids(warehouse, company)
    if company is None:
        return CompanySelection(ids, None)
    names = [*ids, company]
    if not ids and not (warehouse.has_table(MODELS, "findings") and findings(warehouse, names).rows):
        raise WarehouseError(
            f"{warehouse.describe()} has no books of '{company}'. Run 'accbooks sync' first."
        )
    return CompanySelection(ids, names)


def current_result(warehouse: Warehouse, selection: CompanySelection) -> SyncResult:
    """Return the findings of the companies, and how many of their periods match."""
    return SyncResult(
        match_counts=tuple(match_counts(warehouse, selection.ids)),
        findings=findings(warehouse, selection.names),
    )


def overview_of(
    warehouse: Warehouse, selection: CompanySelection, found: Findings, company: str | None
) -> Overview:
    """Return the overview of these companies, or of the one called `company`, whose findings are `found`."""
    events, keys = received(warehouse), configured(company)
    summary = overview(warehouse, selection.ids, found, events, keys, incorporation_dates())
    if company is None:
        return summary
    return replace(summary, unread=tuple(name for name in summary.unread if name == company))


def received(warehouse: Warehouse) -> Mapping[str, ReceivedEvents]:
    """Return the webhook events by company; none, and a sentence, if they cannot be read."""
    try:
        return received_events(warehouse)
    except WarehouseError as error:
        print_to_stderr(str(error))
        return {}


def unread(found: Findings, selection: CompanySelection) -> Findings:
    """Return the findings of companies without books in the warehouse."""
    return Findings(tuple(each for each in found.rows if each.company_id not in selection.ids))


def configured(company: str | None) -> list[Company]:
    """Return the configured companies; none without a key, because reading a warehouse needs no key."""
    try:
        return companies(company)
    except ConfigurationError:
        return []


def opened(destination: str) -> Warehouse:
    """Return the configured warehouse; print to stderr how it was chosen unless that is obvious."""
    prepare_dlt()
    warehouse = open_warehouse(destination)
    if warehouse.notice:
        print_to_stderr(warehouse.notice)
    return warehouse


def existing(destination: str) -> Warehouse:
    """Return the configured warehouse; raises WarehouseError if nothing was synced into it yet."""
    return with_books(opened(destination))


def existing_to_read(destination: str) -> Warehouse:
    """Return the configured warehouse for a command that only reads, as `existing` does."""
    return with_books(opened(destination).for_reading())


def with_books(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse; raises WarehouseError if nothing was synced into it yet."""
    if not warehouse.has_raw_tables():
        raise WarehouseError(f"{warehouse.describe()} has no books yet. Run 'accbooks sync' first.")
    return warehouse


def company_ids(warehouse: Warehouse, company: str | None) -> list[str]:
    """Return the ids of all companies in the warehouse, or that of the one called `company`."""
    ids = stored_company_ids(warehouse, company)
    if not ids:
        raise WarehouseError(
            f"{warehouse.describe()} has no books of '{company}'. Run 'accbooks sync' first."
        )
    return ids


@contextmanager
def claimed(warehouse: Warehouse) -> Iterator[Claim | None]:
    """Hold a claim on companies for a run, if machines share a control database; None without one.

    A service holds one for all of its runs.

    Raises ControlError if that database cannot be used, and ClaimEndedError in place of an error that comes
    of a claim that others ended.
    """
    shared, claim = control(), current_claim()
    if shared is None or claim is not None:
        yield claim
        return
    claim = shared.begin(warehouse.end_claims)
    try:
        warehouse.claimed(claim.number)
        yield claim
    except (AccBooksError, WarehouseError, TransformError) as error:
        if not isinstance(error, ClaimEndedError) and claim.was_ended():
            raise ClaimEndedError from error
        raise
    finally:
        claim.end()


def transforms_of(warehouse: Warehouse) -> Transforms:
    """Return the Transforms of a warehouse, with the user's dbt variables."""
    return Transforms(warehouse, pendulum.today("UTC").date(), dbt_variables())
