"""`accbooks export`: a model out of the warehouse into a file, a chunk of rows at a time.

It asks the warehouse for one table only, the model it writes: its columns, the number of its rows, and its
rows as a stream. What these rows mean is asked in `queries`; a VAT return as HMRC's JSON comes from there. It
imports `transform.catalogue` and `destinations`, and neither `output` nor `report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders
from accbooks_warehouse.pipelines.errors import ExportError
from accbooks_warehouse.pipelines.export.columns import Column, columns_of
from accbooks_warehouse.pipelines.export.csv_file import write_csv
from accbooks_warehouse.pipelines.export.output_file import STANDARD_OUTPUT, opened
from accbooks_warehouse.pipelines.export.parquet_file import write_parquet
from accbooks_warehouse.pipelines.export.xlsx_file import check_rows, write_xlsx
from accbooks_warehouse.pipelines.transform.catalogue import Model, models
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

CHUNK = 25_000
"""Rows that are in memory together."""


class Format(StrEnum):
    """The kind of file."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported, and where to; without `output` into a file named like the model, here."""

    model: Model
    format: str | None = None
    output: str | None = None
    as_is: bool = False

    @property
    def kind(self) -> Format:
        """Return the format asked for, or the one that the file's name tells; CSV for want of both.

        Raises ConfigurationError if the name tells one that there is not.
        """
        suffix = Path(self.output or "").suffix.removeprefix(".").lower()
        if self.format is None and suffix and suffix not in list(Format):
            raise ConfigurationError(
                f"Files of type .{suffix} are not supported. Use .{', .'.join(Format)}, or add --format."
            )
        return Format(self.format or suffix or Format.CSV)

    @property
    def place(self) -> str:
        """Return where it goes to."""
        return self.output or f"{self.model.name}.{self.kind}"

    @property
    def is_for_standard_output(self) -> bool:
        """Tell whether it is to be printed."""
        return self.place == STANDARD_OUTPUT


def print_models(console: Console) -> None:
    """Print the models that can be exported, and what a row of each is."""
    table = Table(box=None, padding=(0, 1), show_header=False, pad_edge=False)
    for model in models():
        table.add_row(model.name, escape(model.sentence))
    console.print(table)


def known_model(name: str) -> Model:
    """Return the model called `name`; raises ConfigurationError, which lists them, if there is none."""
    known = {model.name: model for model in models()}
    if name not in known:
        raise ConfigurationError(f"There is no table '{name}'. Choose from {', '.join(known)}.")
    return known[name]


def export(warehouse: Warehouse, company_ids: Sequence[str], order: ExportRequest) -> int:
    """Write a model's rows in the order of its key; returns how many they were.

    Raises ExportError if the table was not built, cannot be held by the format, or cannot be written.
    """
    model = order.model
    columns = columns_of(warehouse, model.name)
    if not columns:
        first = "Configure the file that it reads (docs/files.md), then run" if model.needs_file else "Run"
        raise ExportError(
            f"{warehouse.describe()} has no {model.name} yet. {first} 'accbooks transform' first."
        )
    chosen, parameters = _chosen(warehouse, model, columns, company_ids)
    if order.kind is Format.XLSX:
        ((rows,),) = warehouse.query(f"select count(*) from {chosen}", *parameters)
        check_rows(int(rows))
    keys = [name for name in model.order if name in {column.name for column in columns}]
    ordered = f" order by {', '.join(keys)}" if keys else ""
    names = ", ".join(warehouse.quoted(column.name) for column in columns)
    with (
        opened(order.place, is_text=order.kind is Format.CSV) as file,
        warehouse.streamed(f"select {names} from {chosen}{ordered}", *parameters, rows=CHUNK) as chunks,
    ):
        return _write(file, order, columns, frames(columns, chunks))


def frames(columns: Sequence[Column], chunks: Iterable[list[tuple[Any, ...]]]) -> Iterator[pd.DataFrame]:
    """Yield each chunk of rows as a frame of the very values that the database gave."""
    names = [column.name for column in columns]
    for chunk in chunks:
        yield pd.DataFrame(chunk, columns=names, dtype=object)


def _write(
    file: BinaryIO, order: ExportRequest, columns: Sequence[Column], found: Iterator[pd.DataFrame]
) -> int:
    write = {
        Format.CSV: partial(write_csv, as_is=order.as_is),
        Format.PARQUET: partial(write_parquet, descriptions=order.model.columns),
        Format.XLSX: partial(write_xlsx, name=order.model.name),
    }[order.kind]
    return write(file, columns, found)


def _chosen(
    warehouse: Warehouse, model: Model, columns: Sequence[Column], company_ids: Sequence[str]
) -> tuple[str, Sequence[str]]:
    """Return the table with its condition, and the condition's parameters; what has no company is whole."""
    table = f"{warehouse.models}.{model.name}"
    if all(column.name != "company_id" for column in columns):
        return table, ()
    return f"{table} where company_id in ({placeholders(company_ids)})", company_ids
