"""Inline a step into the models that read it, without parsing their SQL, and in one thread at a time.

dbt 1.11 parses all of a model's SQL with sqlparse to find the `with` it begins with, and inserts the model's
steps after it. This took a quarter of a build's processor time. This module only reads the text before that
`with`. SQL that does not begin with `with` is left to dbt.

A build compiles steps with the first table that reads them, not as nodes of their own. Two threads that
compile one step at once would note its own steps twice, so only one may.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt import compilation

if TYPE_CHECKING:
    from dbt.artifacts.resources.v1.components import InjectedCTE

BEGINNING = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*+with\b(?!\s+recursive\b)", re.IGNORECASE | re.DOTALL)
by_parsing = compilation.inject_ctes_into_sql
by_any_thread = compilation.Compiler._recursively_prepend_ctes  # noqa: SLF001
"""dbt's own functions."""
_inlining = threading.RLock()


def inline(sql: str, ctes: Sequence[InjectedCTE]) -> str:
    """Return a query with these steps before its own; each is the SQL of one expression of its `with`."""
    beginning = BEGINNING.match(sql)
    if not ctes or beginning is None:
        return by_parsing(sql, list(ctes))
    steps = ", ".join(str(cte.sql) for cte in ctes)
    return f"{beginning[0]}{steps}, {sql[beginning.end() :]}"


def by_one_thread(self: compilation.Compiler, *arguments: Any) -> Any:
    """Inline a model's steps, which compiles those that are not compiled yet."""
    with _inlining:
        return by_any_thread(self, *arguments)


def replace_dbts() -> None:
    """Make dbt use these in this process."""
    compilation.inject_ctes_into_sql = inline
    compilation.Compiler._recursively_prepend_ctes = by_one_thread  # type: ignore[method-assign, assignment] # noqa: SLF001
