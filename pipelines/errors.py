"""What can go wrong around the warehouse, each said in one sentence a user can act on."""

from __future__ import annotations

INTERRUPTED = "Interrupted. The warehouse keeps what was complete; run again to finish."


class WarehouseError(Exception):
    """The database cannot be used."""


class TransformError(Exception):
    """dbt could not build the models."""


class ExportError(Exception):
    """A model could not be written into a file."""
