"""The books as the API has them against the books as warehouses hold them: every id, amount and balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

import requests
from accbooks_warehouse.pipelines.destinations import DuckDB

from benchmarks.emulated import KEY, SECONDS
from benchmarks.plain import pages

Row = tuple[Any, ...]
Rows = Counter[Row]
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
    Table(
        "invoice_line_items",
        "invoices",
        ("unit_price", "net_amount", "vat_amount"),
        "invoice_id",
        "line_items",
    ),
    Table("journals", "journals"),
    Table("journal_lines", "journals", ("debit", "credit"), "journal_id", "lines"),
)


def differences(base_url: str, warehouses: Sequence[str]) -> list[dict[str, int]]:
    """Return, for each warehouse, how many rows of each table are missing, extra, doubled or different.

    Tables that are equal are left out: nothing is left of a warehouse that equals the books.
    """
    listed = _listed(base_url)
    return [_different(listed, DuckDB(warehouse)) for warehouse in warehouses]


def differing_balances(base_url: str, warehouse: str) -> dict[str, list[str]]:
    """Return the month-ends of a warehouse's trial balance, and those at which AccBooks' own differs."""
    opened = DuckDB(warehouse)
    rows = opened.query(f"select as_at, nominal_code, debit, credit from {opened.models}.trial_balance")
    held: dict[str, Rows] = {str(as_at): Counter() for as_at, *_ in rows}
    for as_at, *line in rows:
        held[str(as_at)] += _balance(*line)
    different = [as_at for as_at, lines in held.items() if lines != _trial_balance(base_url, as_at)]
    return {"compared": sorted(held), "different": sorted(different)}


def _trial_balance(base_url: str, as_at: str) -> Rows:
    params = {"as_at": as_at, "format": "json"}
    headers = {"Authorization": f"Bearer {KEY}"}
    url = base_url + "reports/trial-balance"
    response = requests.get(url, params=params, headers=headers, timeout=SECONDS)
    response.raise_for_status()
    lines = response.json(parse_float=Decimal)["data"]["lines"]
    rows: Rows = Counter()
    for line in lines:
        rows += _balance(line["nominal_code"], line["debit"], line["credit"])
    return rows


def _balance(code: str, debit: Decimal, credit: Decimal) -> Rows:
    """Return the one line of an account; an account at zero has none."""
    amount = (Decimal(debit) - Decimal(credit)).quantize(PLACES)
    return Counter([(code, amount)] if amount else [])


def _listed(base_url: str) -> dict[str, Rows]:
    """Return the rows of every table as the API lists them; each list is read once."""
    rows: dict[str, Rows] = {table.name: Counter() for table in TABLES}
    for resource in dict.fromkeys(table.resource for table in TABLES):
        tables = [table for table in TABLES if table.resource == resource]
        for record in chain.from_iterable(pages(base_url, resource)):
            for table in tables:
                rows[table.name].update(table.expected(record))
    return rows


def _different(listed: Mapping[str, Rows], opened: DuckDB) -> dict[str, int]:
    different = {}
    for table in TABLES:
        held, expected = _held(opened, table), listed[table.name]
        different[table.name] = ((held - expected) + (expected - held)).total()
    return {name: rows for name, rows in different.items() if rows}


def _held(opened: DuckDB, table: Table) -> Rows:
    columns = ", ".join(table.columns)
    rows = opened.query(f"select {columns} from {opened.raw}.{table.name}")
    return Counter((str(row[0]), *row[1:]) for row in rows)


def _amounts(record: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Decimal | None]:
    for name in names:
        value = record.get(name)
        yield None if value is None else Decimal(value).quantize(PLACES)
