"""What can go wrong around the warehouse, each said in one sentence a user can act on."""

from __future__ import annotations

from collections.abc import Mapping


class WarehouseError(Exception):
    """The database cannot be used."""


class TransformError(Exception):
    """dbt could not build the models."""


class ExportError(Exception):
    """A model could not be written into a file."""


class ModelError(TransformError):
    """Models could not be built: what failed and why, and how many that follow from them were skipped."""

    def __init__(self, failed: str, skipped: int) -> None:
        self.failed, self.skipped = failed, skipped
        left = f"; {skipped:,} that follow were skipped" if skipped else ""
        super().__init__(f"dbt could not build {failed}{left}.")


class NotBuiltError(TransformError):
    """Books of some companies could not be built, each for its own reason; those of the others were."""

    def __init__(self, reasons: Mapping[str, ModelError]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(not_built(each, reason) for each, reason in sorted(reasons.items())))


def not_built(company_id: str, reason: ModelError) -> str:
    """Say which company's books could not be built, and why."""
    return (
        f"The books of {company_id} could not be built: {reason} What was built before is kept. Run "
        f"'accbooks transform --company {company_id} --verbose' to see more."
    )
