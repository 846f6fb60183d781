"""What the linter takes for dbt's own macros."""

from __future__ import annotations


def string_literal(value: str) -> str:
    """Return a text in quotes."""
    return f"'{value}'"


def escape_single_quotes(value: str) -> str:
    """Return a text for use in quotes."""
    return value.replace("'", "''")


def date_trunc(part: str, date: str) -> str:
    """Return the beginning of a month or year."""
    return f"date_trunc('{part}', {date})"


def last_day(date: str, part: str) -> str:
    """Return the last day of a month or year."""
    return f"cast(date_trunc('{part}', {date}) as date)"


def dateadd(part: str, number: str, date: str) -> str:
    """Return a date so many months later."""
    return f"{date} + {number} * interval '1 {part}'"


def datediff(first: str, second: str, part: str) -> str:  # noqa: ARG001 - dbt's signature
    """Return how many days one date is after another."""
    return f"({second} - {first})"


def listagg(value: str, separator: str, order_by: str) -> str:
    """Return the texts of a group in one."""
    return f"string_agg({value}, {separator} {order_by})"


def hash(value: str) -> str:  # noqa: A001 - dbt's name
    """Return what tells a text from others."""
    return f"md5({value})"
