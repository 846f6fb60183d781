"""Publish a copy of the warehouse for readers after a run that found no error."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.sync.result import CompanyResult
from accbooks_warehouse.sources.accbooks import ConfigurationError


def check_publishing(warehouse: Warehouse, target: Path) -> None:
    """Raise ConfigurationError if a copy of this warehouse cannot be published there."""
    fault = warehouse.unpublishable(target)
    if fault is not None:
        raise ConfigurationError(f"--publish {target}: {fault}")


def publish_copy(warehouse: Warehouse, target: Path, companies: Collection[CompanyResult]) -> str | None:
    """Replace the published copy if the whole warehouse has no error among its findings, nor the run.

    `companies` is how the last sync of each company in the run went. Returns why the copy before it stays,
    None if it was replaced.
    """
    if not any(entry.books for entry in companies):
        return f"{target} was not replaced, because nothing was synced."
    try:
        errors = len(findings(warehouse, None).errors)
        if errors:
            return f"{target} was not replaced, because {errors:,} of the findings are errors."
        if any(entry.error for entry in companies):
            return f"{target} was not replaced, because a company could not be synced."
        warehouse.publish(target)
    except WarehouseError as error:
        return f"{target} was not replaced. {error}"
    return None
