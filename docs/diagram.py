"""Write docs/diagram.md: `python docs/diagram.py docs/diagram.md`, or `make diagram`.

The tables and how they lead to each other, as the keys that the dbt project declares: the key of the test
`is_key`, and the `foreign_keys` in the `meta` of a model.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from accbooks_warehouse.pipelines.transform.catalogue import PROJECT, model_names

INTRODUCTION = """\
# How the tables lead to each other

Made by `make diagram` from the keys that the dbt project declares. Only tables with such keys are shown, and
of each only the columns of its keys; [models.md](models.md) has all columns.

- Every key begins with `company_id`, because ids repeat between companies: join on it as well.
- The databases do not enforce the keys, because most of these tables are views. `accbooks transform --test`
  and `dbt build` test them: no key is there twice (`is_key`), and every foreign key leads to a row
  (`has_parents`, a warning: AccBooks may name a contact or an invoice that it does not list).
- A foreign key with a null in it leads nowhere: an invoice has no journal.

A figure is followed from a report to its documents along these lines. A line of `profit_and_loss` has its
rows in `sales` or `expenses`, and each of them has the document that posts it in `invoice_id`,
`transaction_id` or `journal_id`. A line of `trial_balance` has its postings of the month in `general_ledger`.
"""


@dataclass(frozen=True)
class ForeignKey:
    """The columns of a table that name a row of another one, and the columns they are called there."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table's types by column, its key, and what it leads to."""

    name: str
    types: Mapping[str, str]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]


def page() -> str:
    """Return the page."""
    lines = ["```mermaid", "erDiagram", *_diagram(list(_tables())), "```"]
    return "\n".join([INTRODUCTION, *lines]) + "\n"


def _diagram(tables: list[Table]) -> Iterator[str]:
    parents = {key.parent for table in tables for key in table.foreign_keys}
    for table in tables:
        if table.foreign_keys or table.name in parents:
            yield f"    {table.name} {{"
            yield from (f"        {line}" for line in _columns(table, tables))
            yield "    }"
    for table in tables:
        for key in table.foreign_keys:
            many = "o|" if key.columns == table.key else "o{"
            named = ", ".join(column for column in key.columns if column != "company_id")
            yield f'    {key.parent} |o--{many} {table.name} : "{named}"'


def _columns(table: Table, tables: Iterable[Table]) -> Iterator[str]:
    """Yield the columns of the table's keys, and those by which others lead to it, in the table's order."""
    leading = {column for key in table.foreign_keys for column in key.columns}
    led_to = {
        column
        for other in tables
        for key in other.foreign_keys
        if key.parent == table.name
        for column in key.parent_columns
    }
    for column, kind in table.types.items():
        marks = [mark for mark, of in (("PK", table.key), ("FK", leading)) if column in of]
        if marks or column in led_to:
            yield " ".join([kind, column, ", ".join(marks)]).strip()


def _tables() -> Iterator[Table]:
    described = {
        model["name"]: model
        for path in (PROJECT / "models").rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
    }
    types = {
        column["name"]: _word(column["data_type"])
        for model in described.values()
        for column in model["columns"]
        if "data_type" in column
    }
    for name in model_names():
        yield _table(name, described[name], types)


def _table(name: str, described: Mapping[str, Any], types: Mapping[str, str]) -> Table:
    """Return a table; a column that declares no type has that of the columns of its name elsewhere."""
    keys = [test["is_key"]["arguments"]["columns"] for test in described["data_tests"] if "is_key" in test]
    declared = described.get("config", {}).get("meta", {}).get("foreign_keys", ())
    return Table(
        name,
        {column["name"]: types.get(column["name"], "text") for column in described["columns"]},
        tuple(keys[0]) if keys else (),
        tuple(ForeignKey(tuple(key["columns"]), key["to"], tuple(key["to_columns"])) for key in declared),
    )


def _word(data_type: str) -> str:
    """Return a column's type in a word."""
    kind = data_type.partition("(")[0]
    return {"varchar": "text", "bigint": "integer"}.get(kind, kind)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
