"""What commands open before they do anything: the warehouse, and the companies they are about."""

from __future__ import annotations

from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.configuration import Company, companies, dbt_variables, prepare_dlt
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.output.console import say_aside
from accbooks_warehouse.pipelines.queries.findings import Findings, findings
from accbooks_warehouse.pipelines.queries.reconciliation import tallies
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import ConfigurationError


@dataclass(frozen=True)
class Asked:
    """The companies a command is about: those held, and what findings call them; None is everybody's."""

    ids: list[str]
    judged: list[str] | None


def companies_asked(house: Warehouse, company: str | None) -> Asked:
    """Return the companies held, or the one configured or called `company`.

    Raises WarehouseError if nothing is held or known of it.
    """
    ids = house.company_ids(company)
    if company is None:
        return Asked(ids, None)
    judged = [*ids, company]
    if not ids and not (house.has_table(MODELS, "findings") and findings(house, judged).rows):
        raise WarehouseError(f"{house.describe()} holds no books of '{company}'. Run 'accbooks sync' first.")
    return Asked(ids, judged)


def judged(house: Warehouse, asked: Asked) -> SyncResult:
    """Return what is wrong with the companies, and how much of their reports was compared."""
    return SyncResult(tallies=tallies(house, asked.ids), findings=findings(house, asked.judged))


def unread(found: Findings, asked: Asked) -> Findings:
    """Return the findings of companies of which nothing is held."""
    return Findings(tuple(each for each in found.rows if each.company_id not in asked.ids))


def configured(company: str | None) -> list[Company]:
    """Return the configured companies; none where there is no key, which looking at a warehouse needs not."""
    try:
        return companies(company)
    except ConfigurationError:
        return []


def opened(destination: str) -> Warehouse:
    """Return the configured warehouse, and say on stderr how it was chosen where that is not plain."""
    prepare_dlt()
    house = warehouse(destination)
    if house.notice:
        say_aside(house.notice)
    return house


def existing(destination: str) -> Warehouse:
    """Return the configured warehouse; raises WarehouseError if nothing was synced into it yet."""
    house = opened(destination)
    if not house.exists() or not house.has_raw_tables():
        raise WarehouseError(f"{house.describe()} holds no books yet. Run 'accbooks sync' first.")
    return house


def company_ids(house: Warehouse, company: str | None) -> list[str]:
    """Return the ids of the companies held, or of the one configured or called `company`."""
    ids = house.company_ids(company)
    if not ids:
        raise WarehouseError(f"{house.describe()} holds no books of '{company}'. Run 'accbooks sync' first.")
    return ids


def transforms_of(house: Warehouse) -> Transforms:
    """Return what builds the models of a warehouse, with the user's dbt variables."""
    return Transforms(house, pendulum.today("UTC").date(), dbt_variables())
