"""Write docs/models.md: `python docs/model_pages.py docs/models.md`, or `make models`.

What a row and a column mean is taken from the dbt project; types and an example from demo.duckdb, as
`make demo` makes it.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from accbooks_warehouse.pipelines.destinations import DuckDB, Warehouse
from accbooks_warehouse.pipelines.export.columns import columns_of
from accbooks_warehouse.pipelines.transform.catalogue import PROJECT, Model, models

WAREHOUSE = "demo.duckdb"
LOOKED_AT = 5000
"""Rows among which the example is chosen: the one that has most to show."""
LONGEST_EXAMPLE = 40
WORDS = {
    "varchar": "text",
    "numeric": "decimal",
    "date": "date",
    "integer": "integer",
    "boolean": "boolean",
    "bigint": "bigint",
}
INTRODUCTION = """\
# The models

What schema `accbooks` has, table by table. The page is made by `make models`: the words are those of the dbt
project, the examples come from the books of `make demo`. How the tables are built is in
[transforms/README.md](../transforms/README.md), how to read them with a BI tool in [bi.md](bi.md).

Amounts are decimals with two places, in base currency unless the column says otherwise. Every table has
`company_id`, and every join needs it, apart from `account_categories` and `finding_checks`, which all
companies share.
"""
RAW_INTRODUCTION = """\
## Raw tables

Schema `accbooks_raw` is what AccBooks said, a table per endpoint. It may change with AccBooks: build on
`accbooks`. `make docs` shows the columns.
"""


@dataclass(frozen=True)
class Shown:
    """What the database adds to a column's description."""

    type: str
    example: str


def page(found: Iterable[Model], shown: Mapping[str, Mapping[str, Shown]]) -> str:
    """Return the page."""
    sections = [_section(model, shown[model.name]) for model in found]
    return "\n".join([INTRODUCTION, *sections, RAW_INTRODUCTION, _raw_tables()])


def shown_by(warehouse: Warehouse, model: Model) -> dict[str, Shown]:
    """Return type and example of each column of a model that was built."""
    columns = columns_of(warehouse, model.name)
    _, rows = warehouse.sample(f"select * from {warehouse.models}.{model.name}", LOOKED_AT)
    row = max(rows, key=lambda each: sum(value is not None for value in each), default=(None,) * len(columns))
    return {
        each.name: Shown(str(each.kind), _example(value)) for each, value in zip(columns, row, strict=True)
    }


def declared(model: Model) -> dict[str, Shown]:
    """Return the types that the project declares, of a model that needs a configured file."""
    return {name: Shown(WORDS[model.types[name].partition("(")[0]], "") for name in model.columns}


def read_back(text: str) -> dict[str, dict[str, Shown]]:
    """Return types and examples as a page has them, to hold the page against the project."""
    found: dict[str, dict[str, Shown]] = {}
    for line in text.partition(RAW_INTRODUCTION)[0].splitlines():
        if line.startswith("## "):
            found[line.removeprefix("## ")] = {}
        elif line.startswith("| `"):
            name, kind, _, example = (part.strip() for part in line.strip("|").split(" | "))
            found[list(found)[-1]][name.strip("`")] = Shown(kind, example)
    return found


def _section(model: Model, shown: Mapping[str, Shown]) -> str:
    rows = [
        f"| `{name}` | {shown[name].type} | {_cell(meaning)} | {shown[name].example} |"
        for name, meaning in model.columns.items()
    ]
    table = "\n".join(["| column | type | meaning | for example |", "|---|---|---|---|", *rows])
    only = "Only where the file that it reads is configured, see [files.md](files.md).\n\n"
    return f"## {model.name}\n\n{model.description}\n\n{only if model.needs_file else ''}{table}\n"


def _raw_tables() -> str:
    (source,) = yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text(encoding="utf-8"))[
        "sources"
    ]
    rows = [f"| `{table['name']}` | {_cell(table['description'])} |" for table in source["tables"]]
    return "\n".join(["| table | what it holds |", "|---|---|", *rows]) + "\n"


def _example(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else str(value)
    short = text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…"
    return _cell(short)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    warehouse = DuckDB(WAREHOUSE)
    if not warehouse.exists():
        sys.exit(f"There is no {WAREHOUSE}: run 'make demo' first.")
    Path(sys.argv[1]).write_text(
        page(
            models(),
            {
                each.name: declared(each) if each.needs_file else shown_by(warehouse, each)
                for each in models()
            },
        )
    )
