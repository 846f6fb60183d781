"""Tell whether a package that was read changes nothing in the warehouse, so that it need not be loaded.

The rows that a load would replace are compared with those it would write, by key and row hash: that is what
the load itself goes by. See `accbooks_warehouse.sources.accbooks.tables.merge`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from accbooks_warehouse.pipelines.destinations import StoredPipeline, Warehouse
from accbooks_warehouse.sources.accbooks import (
    ROW_HASH,
    Change,
    Replacement,
    Writing,
    any_of,
    literal,
    of_company,
    one_of,
)

STAGING_TABLE = "{staging_table}"
"""What dlt replaces in a scope by the name of the table with the rows to load."""
KEY_OF_ONE_COLUMN = 2
"""The length of a key of the company and one column more."""
MOST_ROWS = 20_000
"""The most rows to compare. Of more than these a load costs little in comparison."""


def may_change_nothing(stored: StoredPipeline, changes: Sequence[Change]) -> bool:
    """Tell, without asking the database, whether it is worth comparing these changes with what it holds.

    A load is needed in any case to write rows anew, and to add missing tables and columns.
    """
    replacements = _replacements(changes)
    if any(each.writing is not Writing.CHANGES for each in replacements):
        return False
    if sum(each.data.num_rows for each in replacements) > MOST_ROWS:
        return False
    return stored.schema is not None and all(_is_known(stored, each) for each in changes)


def changes_nothing(warehouse: Warehouse, changes: Sequence[Change], company_id: str) -> bool:
    """Tell whether the warehouse holds exactly what these changes would write, beside rows to be added."""
    return all(_is_held(warehouse, each, company_id) for each in _replacements(changes))


def _replacements(changes: Iterable[Change]) -> list[Replacement]:
    return [each for each in changes if isinstance(each, Replacement)]


def _is_known(stored: StoredPipeline, change: Change) -> bool:
    """Tell whether the table has all columns already."""
    if isinstance(change, Replacement):
        names = change.data.column_names
    else:
        names = [column.name for column in change.columns]
    return set(names) <= set(stored.columns.get(change.table, ()))


def _is_held(warehouse: Warehouse, replacement: Replacement, company_id: str) -> bool:
    """Tell whether the rows in the scope of a replacement, or with its keys, are those of the replacement."""
    columns = [*replacement.key[1:], ROW_HASH.name]  # all rows are of the company
    rows = zip(*(replacement.data[name].to_pylist() for name in columns), strict=True)
    names = ", ".join(map(warehouse.quoted, columns))
    held: Any = warehouse.query(
        f"select {names} from {warehouse.raw}.{replacement.table} where {_scope(replacement, company_id)}"
    )
    return Counter(rows) == Counter(held)


def _scope(replacement: Replacement, company_id: str) -> str:
    """Return the condition for the held rows that the merge would delete, update or leave as they are."""
    key = replacement.key[1]
    keys: Any = replacement.data[key]
    values = keys.unique()
    found = replacement.scope
    if len(replacement.key) == KEY_OF_ONE_COLUMN and pa.types.is_string(values.type):
        found = any_of([found, one_of(key, values.to_pylist())])  # wherever the row is
    staged = ""
    if STAGING_TABLE in found:
        listed = ", ".join(f"({literal(value).format()})" for value in values.to_pylist())
        rows = f"values {listed}" if listed else "select cast(null as varchar)"
        staged = f"({rows}) as staged ({key})"
    return of_company(company_id, found).format(staging_table=staged)
