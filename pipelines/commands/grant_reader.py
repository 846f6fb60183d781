"""`accbooks grant-reader`: give a role read access to the models."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.company import title
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console


def run_grant_reader(console: Console, role: str, destination: str, company: str | None) -> ExitStatus:
    """Give a role read access to the models, of one company or all, and print that."""
    warehouse = opening.opened(destination)
    if company is not None:
        return _grant_company(console, warehouse, role, company)
    warehouse.grant_reader(role)
    print_text(
        console,
        f"{role} can now read all tables of schema accbooks of {warehouse.describe()}, also future ones.",
    )
    return ExitStatus.DONE


def _grant_company(console: Console, warehouse: Warehouse, role: str, company: str) -> ExitStatus:
    ids = opening.company_ids(warehouse, company)
    if len(ids) > 1:
        raise ConfigurationError(
            f"The name '{company}' was used for several companies: {', '.join(ids)}. Give the id of one."
        )
    require_models(warehouse, "general_ledger")
    with warehouse.building():
        schema = warehouse.grant_reader(role, ids[0])
    print_text(
        console,
        f"{role} can now read the tables of {title(warehouse, ids[0])} in schema {schema} of "
        f"{warehouse.describe()}, also future ones, and no others.",
    )
    return ExitStatus.DONE
