"""The books as the API lists them against the books as the warehouse holds them: every id, every amount."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipelines.destinations import DuckDB

from benchmarks.plain import pages

Row = tuple[Any, ...]
PLACES = Decimal("0.01")


@dataclass(frozen=True)
class Table:
    """A raw table and the amounts of it that are compared; `lines` is the list inside each record."""

    name: str
    resource: str
    amounts: tuple[str, ...] = ()
    parent_key: str = ""
    lines: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns compared: what identifies a row, then its amounts."""
        key = (self.parent_key, "line_number") if self.lines else ("id",)
        return (*key, *self.amounts)

    def expected(self, record: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the rows a record has to have become."""
        if not self.lines:
            yield (str(record["id"]), *_amounts(record, self.amounts))
        for number, line in enumerate(record.get(self.lines, ()), start=1):
            yield (record["id"], number, *_amounts(line, self.amounts))


TABLES = (
    Table("contacts", "contacts"),
    Table("bank_accounts", "bank_accounts"),
    Table("transactions", "transactions", ("amount", "net_amount", "vat_amount")),
    Table("invoices", "invoices", ("net_total", "vat_total", "gross_total", "amount_paid", "amount_due")),
    Table("invoice_line_items", "invoices", ("net_amount", "vat_amount"), "invoice_id", "line_items"),
    Table("journals", "journals"),
    Table("journal_lines", "journals", ("debit", "credit"), "journal_id", "lines"),
)


def differences(base_url: str, warehouse: str) -> dict[str, int]:
    """Return how many rows of each table are missing, extra, doubled or different; empty if all is equal."""
    house = DuckDB(warehouse)
    found = {table.name: _different_rows(base_url, house, table) for table in TABLES}
    return {name: rows for name, rows in found.items() if rows}


def _different_rows(base_url: str, house: DuckDB, table: Table) -> int:
    columns = ", ".join(table.columns)
    held = Counter(
        (str(row[0]), *row[1:]) for row in house.query(f"select {columns} from {house.raw}.{table.name}")
    )
    expected = Counter(
        row for page in pages(base_url, table.resource) for record in page for row in table.expected(record)
    )
    return ((held - expected) + (expected - held)).total()


def _amounts(record: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Decimal | None]:
    for name in names:
        value = record.get(name)
        yield None if value is None else Decimal(value).quantize(PLACES)
