"""Maintain Delta tables: join small files, delete the files that no version needs any more."""

from __future__ import annotations

import dlt
from accbooks_warehouse.pipelines.destinations.lake import Lake

RETENTION_HOURS = 7 * 24
"""How long files of earlier versions are kept: whoever reads one meanwhile finds them."""


def maintain(lake: Lake, schemas: tuple[str, ...]) -> None:
    """Maintain all tables of these schemas; others read and write meanwhile."""
    hours = dlt.config.get("destination.lakehouse.retention_hours", int)
    for schema in schemas:
        for name in lake.tables(schema):
            table = lake.open(schema, name)
            table.optimize.compact()
            table.vacuum(
                retention_hours=RETENTION_HOURS if hours is None else hours,
                enforce_retention_duration=False,
                dry_run=False,
            )
            table.create_checkpoint()
            table.cleanup_metadata()
