"""The columns of an exported model, and how each kind of value is written in each kind of file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse


class Kind(StrEnum):
    """What a column holds."""

    AMOUNT = "decimal"
    WHOLE = "integer"
    RATIO = "float"
    DAY = "date"
    MOMENT = "timestamp"
    TRUTH = "boolean"
    TEXT = "text"


KINDS = (
    (Kind.AMOUNT, re.compile(r"decimal|numeric")),
    (Kind.WHOLE, re.compile(r"(big|small|tiny|huge)?int(eger)?\b")),
    (Kind.RATIO, re.compile(r"double|real|float")),
    (Kind.DAY, re.compile(r"date\b")),
    (Kind.MOMENT, re.compile(r"timestamp")),
    (Kind.TRUTH, re.compile(r"bool")),
)
"""How databases call them; whatever they call otherwise is text."""
ARROW: Mapping[Kind, pa.DataType] = {
    Kind.WHOLE: pa.int64(),
    Kind.RATIO: pa.float64(),
    Kind.DAY: pa.date32(),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.TRUTH: pa.bool_(),
    Kind.TEXT: pa.string(),
}
WIDEST, FINEST = 38, 10
"""Digits of a decimal of which the database does not tell how many it has."""


@dataclass(frozen=True)
class Column:
    """A column by its kind; digits and decimals are an amount's."""

    name: str
    kind: Kind
    digits: int = WIDEST
    decimals: int = FINEST

    @property
    def arrow(self) -> pa.DataType:
        """Return Arrow's type of it."""
        if self.kind is Kind.AMOUNT:
            return pa.decimal128(self.digits, self.decimals)
        return ARROW[self.kind]


def columns_of(warehouse: Warehouse, model: str) -> list[Column]:
    """Return the columns of a table of the models' schema, in its order; none if there is no such table."""
    rows = warehouse.query(
        "select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position",
        MODELS,
        model,
    )
    return [column(*row) for row in rows]


def column(name: str, type_name: str, digits: int | None, decimals: int | None) -> Column:
    """Return a column as the database describes it."""
    kind = next((kind for kind, spelled in KINDS if spelled.match(type_name.lower())), Kind.TEXT)
    if kind is not Kind.AMOUNT or digits is None or decimals is None:
        return Column(name, kind)
    return Column(name, kind, int(digits), int(decimals))
