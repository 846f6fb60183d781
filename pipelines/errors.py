"""Errors of the warehouse. Each message says what happened and what to do."""

from __future__ import annotations

from collections.abc import Mapping


class WarehouseError(Exception):
    """The database cannot be used."""


class LoadError(WarehouseError):
    """What was read of one company could not be loaded; the database can be used for others."""


class TransformError(Exception):
    """dbt could not build the models."""


class ExportError(Exception):
    """A model could not be written into a file."""


class ModelError(TransformError):
    """dbt could not build models. Has the failed models with causes, and the number of models skipped."""

    def __init__(self, failed: str, skipped: int) -> None:
        self.failed, self.skipped = failed, skipped
        left = f" and skipped {skipped:,} that depend on it" if skipped else ""
        super().__init__(f"dbt could not build {failed}{left}.")


class NotBuiltError(TransformError):
    """dbt could not build the models of some companies, for a reason each; it built those of the others."""

    def __init__(self, reasons: Mapping[str, ModelError], names: Mapping[str, str] | None = None) -> None:
        self.reasons, known = reasons, names or {}
        super().__init__(
            " ".join(not_built(each, reason, known.get(each)) for each, reason in sorted(reasons.items()))
        )


def not_built(company_id: str, reason: ModelError, name: str | None = None) -> str:
    """Say which company's books could not be built, and why; `name` is that of the configuration."""
    title = company_id if name is None else f"{name} ({company_id})"
    return (
        f"The models of {title} could not be built: {reason} The earlier models are kept. Run "
        f"'accbooks transform --company {name or company_id} --verbose' for details."
    )
