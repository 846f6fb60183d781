"""What the linter takes for dbt's own macros."""

from __future__ import annotations


def string_literal(value: str) -> str:
    """Return a text in quotes."""
    return f"'{value}'"


def escape_single_quotes(value: str) -> str:
    """Return a text for use in quotes."""
    return value.replace("'", "''")
