"""Shell completion. Reads only files and imports nothing slow."""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from pathlib import Path

SECRETS = Path(".dlt/secrets.toml")
KEYS = "SOURCES__ACCBOOKS__COMPANIES"


def company_names(incomplete: str) -> list[str]:
    """Return the configured companies that begin with `incomplete`; none without a readable configuration."""
    with contextlib.suppress(OSError, ValueError, LookupError, AttributeError, TypeError):
        if found := os.environ.get(KEYS):
            names = json.loads(found).keys()
        else:
            names = tomllib.loads(SECRETS.read_text(encoding="utf-8"))["sources"]["accbooks"][
                "companies"
            ].keys()
        return sorted(name for name in names if name.startswith(incomplete))
    return []


def model_names(incomplete: str) -> list[str]:
    """Return the names of models that begin with `incomplete`."""
    from accbooks_warehouse.pipelines.transform import catalogue  # noqa: PLC0415 - reads YAML, which only this needs

    return [name for name in catalogue.model_names() if name.startswith(incomplete)]


def destination_names(incomplete: str) -> list[str]:
    """Return the built-in destinations that begin with `incomplete`."""
    return [name for name in ("duckdb", "lakehouse", "postgres") if name.startswith(incomplete)]
