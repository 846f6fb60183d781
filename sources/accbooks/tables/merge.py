"""Replace what was read completely: dlt's `cdc` merge, limited to a scope of company and dates.

Within the scope, rows absent from the load are deleted and changed ones are updated. Unchanged rows, which
have the same `row_hash`, are left alone and keep their `_dlt_load_id`. Outside the scope, rows are only
updated by key, so a record whose date moved is not duplicated. See dlt's documentation of merge strategies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..columns import Column
from ..windows import Window, joined
from .schemas import Row, arrow_table

NOTHING = "1 = 0"

Quoting = Callable[[str], str]
"""Returns a column's name in quotes, as needed for an SQL keyword."""


class Writing(Enum):
    """How rows are written to a table.

    CHANGES writes only rows whose hash changed. ANEW writes unchanged rows as well: a row damaged in the
    warehouse keeps its hash, so only this fixes it. FIRST appends to tables that are known to be empty.
    """

    CHANGES = "changes"
    ANEW = "anew"
    FIRST = "first"


@dataclass(frozen=True)
class Replacement:
    """Rows that replace everything in `scope` of `table`; `json` names its JSON columns.

    Load an empty table as well: it deletes the rows of an empty window, and creates the table.
    """

    table: str
    data: pa.Table
    key: Sequence[str]
    scope: str
    json: Sequence[str] = ()
    writing: Writing = Writing.CHANGES

    @property
    def item(self) -> DataItemWithMeta:
        """Return the rows with their merge, as dlt takes them."""
        hints = dlt.mark.make_hints(
            table_name=self.table,
            primary_key=list(self.key),
            columns={name: {"data_type": "json"} for name in self.json},
            write_disposition=_disposition(self.scope, self.writing),
        )
        return dlt.mark.with_hints(self.data, hints, create_table_variant=True)


@dataclass(frozen=True)
class Addition:
    """Rows to be added to `table`; each has all of its `columns`."""

    table: str
    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def data(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        return arrow_table(self.columns, self.rows)

    @property
    def item(self) -> DataItemWithMeta:
        """Return the rows, as dlt takes them."""
        hints = dlt.mark.make_hints(table_name=self.table, write_disposition="append")
        return dlt.mark.with_hints(self.data, hints, create_table_variant=True)


Change = Replacement | Addition
"""What a load does to a table."""


def _disposition(scope: str, writing: Writing) -> Any:
    merge = {"disposition": "merge", "destination_scope": scope}
    match writing:
        case Writing.FIRST:
            return "append"
        case Writing.ANEW:
            return {**merge, "strategy": "delete-insert"}
        case Writing.CHANGES:
            unchanged = {"skip_unchanged_rows": True, "row_version_column_name": "row_hash"}
            return {**merge, "strategy": "cdc", **unchanged}


def literal(value: str) -> str:
    """Quote text for a scope: dlt formats scopes, so braces are doubled as quotes are."""
    quoted = value.replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{quoted}'"


def in_double_quotes(name: str) -> str:
    """Quote a name as in standard SQL."""
    return f'"{name}"'


def of_company(company_id: str, *conditions: str) -> str:
    """Return the scope of a company's rows that meet all `conditions`."""
    return " and ".join([f"company_id = {literal(company_id)}", *conditions])


def any_of(conditions: Iterable[str]) -> str:
    """Return a condition that is true if any of `conditions` is, and false if there are none."""
    return f"({' or '.join(conditions) or NOTHING})"


def in_windows(windows: Iterable[Window]) -> str:
    """Return the condition that a row's date lies in one of the windows."""
    return any_of(_in_window(window) for window in joined(windows))


def read_again(windows: Iterable[Window], quoted: Quoting = in_double_quotes) -> str:
    """Return the condition that the window in which a row was found lies inside one of `windows`."""
    return any_of(_inside_window(window, quoted) for window in joined(windows))


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a text column has one of `values`."""
    quoted = ", ".join(sorted(literal(value) for value in values))
    return f"{column} in ({quoted})" if quoted else NOTHING


def in_staging(column: str, company_id: str) -> str:
    """Return the condition that the load has rows of the company with the same value of `column`."""
    own = of_company(company_id)
    return f"{column} in (select {column} from {{staging_table}} where {own})"


def together(changes: Sequence[Change]) -> list[Change]:
    """Return what changes of several companies do to the tables, as one change of each table.

    Those of a table have to be written in the same way.
    """
    replaced: dict[str, list[Replacement]] = {}
    added: dict[str, list[Addition]] = {}
    for change in changes:
        if isinstance(change, Replacement):
            replaced.setdefault(change.table, []).append(change)
        else:
            added.setdefault(change.table, []).append(change)
    return [
        *(
            replace(
                each[0],
                data=pa.concat_tables([change.data for change in each]),
                scope=any_of(dict.fromkeys(f"({change.scope})" for change in each)),
            )
            for each in replaced.values()
        ),
        *(replace(each[0], rows=[row for change in each for row in change.rows]) for each in added.values()),
    ]


def _in_window(window: Window) -> str:
    bounds = [
        f"date >= '{window.start}'" if window.start else "",
        f"date <= '{window.end}'" if window.end else "",
    ]
    return " and ".join(filter(None, bounds)) or "1 = 1"


def _inside_window(window: Window, quoted: Quoting) -> str:
    bounds = [
        f"{quoted('from')} >= '{window.start}'" if window.start else "",
        f"{quoted('to')} <= '{window.end}'" if window.end else "",
    ]
    return " and ".join(filter(None, bounds)) or "1 = 1"
