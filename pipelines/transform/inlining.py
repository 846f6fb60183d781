"""Inline a step into the models that read it, without parsing their SQL.

dbt 1.11 parses all of a model's SQL with sqlparse to find the `with` it begins with, and inserts the model's
steps after it. This took a quarter of a build's processor time. This module only reads the text before that
`with`. SQL that does not begin with `with` is left to dbt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dbt import compilation

if TYPE_CHECKING:
    from dbt.artifacts.resources.v1.components import InjectedCTE

BEGINNING = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*+with\b(?!\s+recursive\b)", re.IGNORECASE | re.DOTALL)
by_parsing = compilation.inject_ctes_into_sql
"""dbt's own function."""


def inline(sql: str, ctes: Sequence[InjectedCTE]) -> str:
    """Return a query with these steps before its own; each is the SQL of one expression of its `with`."""
    beginning = BEGINNING.match(sql)
    if not ctes or beginning is None:
        return by_parsing(sql, list(ctes))
    steps = ", ".join(str(cte.sql) for cte in ctes)
    return f"{beginning[0]}{steps}, {sql[beginning.end() :]}"


def replace_dbts() -> None:
    """Make dbt use `inline` in this process."""
    compilation.inject_ctes_into_sql = inline
