"""Inlining a step into the models that read it, without parsing their SQL.

dbt 1.11 parses all of a model's SQL with sqlparse to find the `with` it begins with, behind which it puts
the steps that the model reads. This took a quarter of a build's processor time. Here no more is read than
what stands before that word; what does not begin with it is left to dbt.
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
"""dbt's own way."""


def inline(sql: str, ctes: Sequence[InjectedCTE]) -> str:
    """Return a query with these steps before its own; each is the SQL of one expression of its `with`."""
    beginning = BEGINNING.match(sql)
    if not ctes or beginning is None:
        return by_parsing(sql, list(ctes))
    steps = ", ".join(str(cte.sql) for cte in ctes)
    return f"{beginning[0]}{steps}, {sql[beginning.end() :]}"


def replace_dbts() -> None:
    """Have dbt inline steps like this, in this process."""
    compilation.inject_ctes_into_sql = inline
