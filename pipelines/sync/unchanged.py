"""Tell whether a package that was read changes nothing in the warehouse, so that it need not be loaded.

The rows that a load would replace are compared with those it would write, by key and row hash: that is what
the load itself goes by. See `accbooks_warehouse.sources.accbooks.tables.merge`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from accbooks_warehouse.pipelines.destinations import StoredPipeline, Warehouse
from accbooks_warehouse.sources.accbooks import (
    HASHED_TABLES,
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
DAY_OF_TABLES = {
    table.name: table.days[0] for table in HASHED_TABLES if table.days is not None and not table.is_report
}
"""The column with the day of a record, by the table of the record or of its lines."""
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
    return all(_is_stored(warehouse, each, company_id) for each in _replacements(changes))


def are_stored(warehouse: Warehouse, packages: Sequence[tuple[str, Sequence[Change]]]) -> list[bool]:
    """Tell of each company's changes whether the warehouse holds what they would write: a query a table."""
    by_table: defaultdict[str, list[tuple[int, str, Replacement]]] = defaultdict(list)
    alone: list[tuple[int, str, Replacement]] = []
    for number, (company_id, changes) in enumerate(packages):
        tables = set()
        for each in _replacements(changes):
            (alone if each.table in tables else by_table[each.table]).append((number, company_id, each))
            tables.add(each.table)
    stored = [True] * len(packages)
    for group in by_table.values():
        for number in _different(warehouse, group):
            stored[number] = False
    for number, company_id, each in alone:
        stored[number] = stored[number] and _is_stored(warehouse, each, company_id)
    return stored


def changed_months(
    warehouse: Warehouse, stored: StoredPipeline, changes: Sequence[Change], company_id: str
) -> set[dt.date]:
    """Return the first days of months in which these changes would add, change or remove dated records.

    Of many rows it returns none: to compare them would take longer than what it is asked for. So it does
    where the load is the one to add a table or column.
    """
    dated = [each for each in _replacements(changes) if each.table in DAY_OF_TABLES]
    if sum(each.data.num_rows for each in dated) > MOST_ROWS:
        return set()
    if not all(_is_known(stored, each) for each in dated):
        return set()
    days: set[dt.date | None] = set()
    for each in dated:
        columns = [DAY_OF_TABLES[each.table], *each.key[1:], ROW_HASH.name]
        before, now = _stored(warehouse, each, company_id, columns), _rows(each, columns)
        days |= {day for day, *_ in ((before - now) + (now - before))}
    return {day.replace(day=1) for day in days if day is not None}


def _different(warehouse: Warehouse, group: Sequence[tuple[int, str, Replacement]]) -> list[int]:
    """Return the numbers of the companies of which the table has other rows than they would write."""
    table, columns = group[0][2].table, [*group[0][2].key[1:], ROW_HASH.name]
    names = ", ".join(map(warehouse.quoted, columns))
    company_ids = [company_id for _, company_id, _ in group]
    scopes = " or ".join(f"({_scope(each, company_id)})" for _, company_id, each in group)
    rows = warehouse.query(
        f"select company_id, {names} from {warehouse.raw}.{table} "
        f"where {one_of('company_id', company_ids)} and ({scopes})"
    )
    stored: defaultdict[str, Counter[Any]] = defaultdict(Counter)
    for company_id, *values in rows:
        stored[company_id][tuple(values)] += 1
    return [
        number
        for number, company_id, each in group
        if _rows(each, columns) != stored.get(company_id, Counter())
    ]


def _rows(replacement: Replacement, columns: Sequence[str]) -> Counter[Any]:
    """Count the rows that a replacement would write, by key and row hash."""
    return Counter(zip(*(replacement.data[name].to_pylist() for name in columns), strict=True))


def _replacements(changes: Iterable[Change]) -> list[Replacement]:
    return [each for each in changes if isinstance(each, Replacement)]


def _is_known(stored: StoredPipeline, change: Change) -> bool:
    """Tell whether the table has all columns already."""
    if isinstance(change, Replacement):
        names = change.data.column_names
    else:
        names = [column.name for column in change.columns]
    return set(names) <= set(stored.columns.get(change.table, ()))


def _is_stored(warehouse: Warehouse, replacement: Replacement, company_id: str) -> bool:
    """Tell whether the rows in the scope of a replacement, or with its keys, are those of the replacement."""
    columns = [*replacement.key[1:], ROW_HASH.name]  # all rows are of the company
    return _rows(replacement, columns) == _stored(warehouse, replacement, company_id, columns)


def _stored(
    warehouse: Warehouse, replacement: Replacement, company_id: str, columns: Sequence[str]
) -> Counter[Any]:
    """Count the rows in the scope of a replacement, or with its keys, by these columns."""
    names = ", ".join(map(warehouse.quoted, columns))
    stored: Any = warehouse.query(
        f"select {names} from {warehouse.raw}.{replacement.table} where {_scope(replacement, company_id)}"
    )
    return Counter(stored)


def _scope(replacement: Replacement, company_id: str) -> str:
    """Return the condition for the stored rows that the merge would delete, update or leave as they are."""
    key = replacement.key[1]
    keys: Any = replacement.data[key]
    values = keys.unique()
    found = replacement.scope
    if len(replacement.key) == KEY_OF_ONE_COLUMN and pa.types.is_string(values.type):
        found = any_of([found, one_of(key, values.to_pylist())])  # wherever the row is
    staged = ""
    if STAGING_TABLE in found:
        own = literal(company_id).format()
        listed = ", ".join(f"({own}, {literal(value).format()})" for value in values.to_pylist())
        rows = f"values {listed}" if listed else f"select {own}, cast(null as varchar)"
        staged = f"({rows}) as staged (company_id, {key})"
    return of_company(company_id, found).format(staging_table=staged)
