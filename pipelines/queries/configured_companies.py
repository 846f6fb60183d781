"""Which company each configured name stands for: written down at every sync, so that a change is noticed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

import pendulum
from accbooks_warehouse.pipelines.destinations import CONFIGURED_COMPANIES, RAW, Warehouse

COLUMNS = MappingProxyType(
    {
        "name": "text",
        "company_id": "text",
        "first_seen_at": "timestamp",
        "last_seen_at": "timestamp",
    }
)
"""The columns, in dlt's types. A row is a name of the configuration and an id that its key has answered with.

`last_seen_at` is when the last sync began in which it did. The id is null as long as no sync could learn one.
"""


@dataclass(frozen=True)
class Answer:
    """A name of the configuration, and the company its key has answered for; None: no sync learned it."""

    name: str
    company_id: str | None


class ConfiguredCompanies:
    """The table accbooks_raw.configured_companies of a warehouse, in a sync that began at some time.

    All names of one sync get the same time. The key is (name, company_id).
    """

    def __init__(self, warehouse: Warehouse, began_at: pendulum.DateTime) -> None:
        self._warehouse = warehouse
        self._began_at = began_at
        self._table = f"{warehouse.raw}.{CONFIGURED_COMPANIES}"

    def begin(self, names: Collection[str], others: Collection[str] = ()) -> None:
        """Write down the names of a sync, and the `others` that are configured; makes the table first.

        Names that are no longer among them go, if no id was ever learned of them and others are known.
        """
        warehouse, wanted = self._warehouse, {*names, *others}
        make_table(warehouse)
        with warehouse.defining(), warehouse.kept_open():
            for name in sorted(wanted - self._known()):
                self._insert(name, None, self._began_at)
            for name in sorted(self._unread() - wanted) if others else ():
                self._delete_unread(name)

    def learn(self, name: str, company_id: str) -> None:
        """Write down that a name's key answered with an id."""
        with self._warehouse.kept_open():
            self._delete_unread(name)
            row = "name = %s and company_id = %s"
            seen = self._warehouse.query(
                f"select first_seen_at from {self._table} where {row}", name, company_id
            )
            if seen:
                self._warehouse.execute(f"delete from {self._table} where {row}", name, company_id)
            self._insert(name, company_id, seen[0][0] if seen else self._began_at)

    def _known(self) -> set[str]:
        return {name for (name,) in self._warehouse.query(f"select distinct name from {self._table}")}

    def _unread(self) -> set[str]:
        rows = self._warehouse.query(f"select name from {self._table} where company_id is null")
        return {name for (name,) in rows}

    def _insert(self, name: str, company_id: str | None, first_seen_at: dt.datetime) -> None:
        self._warehouse.execute(
            f"insert into {self._table} ({', '.join(COLUMNS)}) select %s, %s, %s, %s",
            name,
            company_id,
            first_seen_at,
            self._began_at,
        )

    def _delete_unread(self, name: str) -> None:
        self._warehouse.execute(f"delete from {self._table} where name = %s and company_id is null", name)


def answers(warehouse: Warehouse) -> list[Answer]:
    """Return what the table holds, the latest last; nothing where there is no table yet."""
    if not warehouse.has_table(RAW, CONFIGURED_COMPANIES):
        return []
    table = f"{warehouse.raw}.{CONFIGURED_COMPANIES}"
    return [
        Answer(*row)
        for row in warehouse.query(
            f"select name, company_id from {table} order by last_seen_at, name, company_id"
        )
    ]


def make_table(warehouse: Warehouse) -> None:
    """Make the table where a warehouse has none yet: what dbt builds reads it."""
    if not warehouse.has_table(RAW, CONFIGURED_COMPANIES):
        with warehouse.defining():
            warehouse.make_raw_table(CONFIGURED_COMPANIES, COLUMNS)
