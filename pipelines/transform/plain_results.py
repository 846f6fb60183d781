"""Take the answers to small queries without what dbt does for data of unknown types.

dbt makes a table of agate of every answer, and a parser of dates for each of these. It asks DuckDB for the
columns of a table by a macro, which needs a context with all that a model can name. In a build of small books
this took a sixth of the processor time. Here a parser is made once in a thread for each set of columns, and
the columns are asked for with the same statement and no macro.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from dbt_common.clients import agate_helper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dbt.adapters.base.relation import BaseRelation
    from dbt.adapters.duckdb.impl import DuckDBAdapter

by_building = agate_helper.build_type_tester
"""dbt's own function."""
_testers = threading.local()
"""What parses dates has a state of its own, so each thread has others."""


def build_type_tester(text_columns: Iterable[str], string_null_values: Any = ("null", "")) -> Any:
    """Return what finds the types of columns, made once in a thread for these."""
    made: dict[Any, Any] = vars(_testers)
    key = repr((sorted(text_columns), string_null_values))
    if key not in made:
        made[key] = by_building(text_columns, string_null_values)
    return made[key]


def columns_in_relation(self: DuckDBAdapter, relation: BaseRelation) -> list[Any]:
    """Return the columns of a relation, in order; none if there is no such relation."""
    from dbt_common.exceptions import DbtRuntimeError  # noqa: PLC0415 - dbt is imported when it is needed

    try:
        _, cursor = self.connections.add_query(f"describe {relation.render()}")
    except DbtRuntimeError as error:
        if "does not exist" in str(error).lower():
            return []
        raise
    return [self.Column(name, type_) for name, type_, *_ in cursor.fetchall()]


def replace_dbts(*, is_duckdb: bool) -> None:
    """Make dbt use these in this process."""
    agate_helper.build_type_tester = build_type_tester
    if is_duckdb:
        from dbt.adapters.duckdb.impl import DuckDBAdapter  # noqa: PLC0415 - of one database alone

        DuckDBAdapter.get_columns_in_relation = columns_in_relation  # type: ignore[method-assign]
