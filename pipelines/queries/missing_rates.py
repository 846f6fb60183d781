"""The exchange rates that a group of companies needs and its file does not have: its figures end there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse
from accbooks_warehouse.pipelines.queries.refused_files import TABLE as FILES

MODEL, FILE = "missing_exchange_rates", "rates"
MONTHS_NAMED = 3


@dataclass(frozen=True)
class MissingRates:
    """The months of a currency without rates. `currency` is None if the parent's own is not known."""

    currency: str | None
    months: tuple[dt.date, ...]

    def __str__(self) -> str:
        """Name the currency and the first months."""
        named = ", ".join(f"{each:%Y-%m}" for each in self.months[:MONTHS_NAMED])
        more = len(self.months) - MONTHS_NAMED
        return f"{self.currency} for {named}" + (f" and {count(more, 'later month')}" if more > 0 else "")


@dataclass(frozen=True)
class GroupWithoutRates:
    """A group whose figures end early, on the last day that is shown (None: it has none at all).

    `path` is the configured file of rates, None without one.
    """

    group: str
    figures_end_on: dt.date | None
    missing: tuple[MissingRates, ...]
    path: str | None

    @property
    def number(self) -> int:
        """Return how many rows the file of rates lacks."""
        return sum(len(each.months) for each in self.missing)

    @property
    def message(self) -> str:
        """Return which rates are missing, what that leaves out, and what to do."""
        ends = f"its figures end on {self.figures_end_on}" if self.figures_end_on else "it has no figures"
        if any(each.currency is None for each in self.missing):
            return (
                f"The base currency of its parent is not known, so {ends}. Give the parent's key the "
                "permission 'company' and run `accbooks sync`."
            )
        said = "; ".join(map(str, self.missing))
        where = (
            f"Add a row for each to {self.path}"
            if self.path
            else f"Write a file of rates, name it in sources.accbooks.files.{FILE}"
        )
        return f"There is no exchange rate of {said}, so {ends}. {where} and run `accbooks sync`."


def missing_rates(warehouse: Warehouse, today: dt.date) -> tuple[GroupWithoutRates, ...]:
    """Return the groups for which rates of months that are over are missing, by name; none without groups."""
    if not warehouse.has_table(MODELS, MODEL):
        return ()
    rows = warehouse.query(
        f"select group_name, figures_end_on, currency, month_start from {warehouse.models}.{MODEL} "
        "where month_end < %s order by group_name, figures_end_on, currency, month_start",
        today,
    )
    path = _path(warehouse) if rows else None
    return tuple(
        GroupWithoutRates(group, ends, tuple(_by_currency(found)), path)
        for (group, ends), found in groupby(rows, key=lambda row: row[:2])
    )


def _by_currency(rows: Iterator[tuple[str, dt.date | None, str | None, dt.date]]) -> Iterator[MissingRates]:
    for currency, found in groupby(rows, key=lambda row: row[2]):
        yield MissingRates(currency, tuple(month for *_, month in found))


def _path(warehouse: Warehouse) -> str | None:
    rows = warehouse.query(f"select path from {warehouse.raw}.{FILES} where file = %s", FILE)
    return next((path for (path,) in rows), None)
