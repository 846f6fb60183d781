"""What commands open before they do anything: the warehouse, and the companies they are about."""

from __future__ import annotations

from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.configuration import Company, companies, dbt_variables, prepare_dlt
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, open_warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.output.console import print_to_stderr
from accbooks_warehouse.pipelines.queries.findings import Findings, findings
from accbooks_warehouse.pipelines.queries.reconciliation import match_counts
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import ConfigurationError


@dataclass(frozen=True)
class CompanySelection:
    """The companies a command is about: those held, and what findings call them; None is everybody's."""

    ids: list[str]
    judged: list[str] | None


def select_companies(warehouse: Warehouse, company: str | None) -> CompanySelection:
    """Return the companies held, or the one configured or called `company`.

    Raises WarehouseError if nothing is held or known of it.
    """
    ids = warehouse.company_ids(company)
    if company is None:
        return CompanySelection(ids, None)
    judged = [*ids, company]
    if not ids and not (warehouse.has_table(MODELS, "findings") and findings(warehouse, judged).rows):
        raise WarehouseError(
            f"{warehouse.describe()} holds no books of '{company}'. Run 'accbooks sync' first."
        )
    return CompanySelection(ids, judged)


def judged(warehouse: Warehouse, selection: CompanySelection) -> SyncResult:
    """Return what is wrong with the companies, and how much of their reports was compared."""
    return SyncResult(
        match_counts=tuple(match_counts(warehouse, selection.ids)),
        findings=findings(warehouse, selection.judged),
    )


def unread(found: Findings, selection: CompanySelection) -> Findings:
    """Return the findings of companies of which nothing is held."""
    return Findings(tuple(each for each in found.rows if each.company_id not in selection.ids))


def configured(company: str | None) -> list[Company]:
    """Return the configured companies; none where there is no key, which looking at a warehouse needs not."""
    try:
        return companies(company)
    except ConfigurationError:
        return []


def opened(destination: str) -> Warehouse:
    """Return the configured warehouse, and say on stderr how it was chosen where that is not plain."""
    prepare_dlt()
    warehouse = open_warehouse(destination)
    if warehouse.notice:
        print_to_stderr(warehouse.notice)
    return warehouse


def existing(destination: str) -> Warehouse:
    """Return the configured warehouse; raises WarehouseError if nothing was synced into it yet."""
    warehouse = opened(destination)
    if not warehouse.exists() or not warehouse.has_raw_tables():
        raise WarehouseError(f"{warehouse.describe()} holds no books yet. Run 'accbooks sync' first.")
    return warehouse


def company_ids(warehouse: Warehouse, company: str | None) -> list[str]:
    """Return the ids of the companies held, or of the one configured or called `company`."""
    ids = warehouse.company_ids(company)
    if not ids:
        raise WarehouseError(
            f"{warehouse.describe()} holds no books of '{company}'. Run 'accbooks sync' first."
        )
    return ids


def transforms_of(warehouse: Warehouse) -> Transforms:
    """Return what builds the models of a warehouse, with the user's dbt variables."""
    return Transforms(warehouse, pendulum.today("UTC").date(), dbt_variables())
