"""The table of configured names and the company of each key; every sync updates it, to notice changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

import pendulum
from accbooks_warehouse.pipelines.configuration import DEFAULT_COMPANY
from accbooks_warehouse.pipelines.destinations import CONFIGURED_COMPANIES, RAW, Warehouse

COLUMNS = MappingProxyType(
    {
        "name": "text",
        "company_id": "text",
        "first_seen_at": "timestamp",
        "last_seen_at": "timestamp",
    }
)
"""The columns, in dlt's types. A row is a configured name and the id of the company that its key opened.

`last_seen_at` is the beginning of the last sync in which it did. The id is null until a sync learns it.
"""


@dataclass(frozen=True)
class Answer:
    """A configured name and the company that its key opened; None if no sync learned it.

    `last_seen_at` is the beginning of the last sync in which it did, in UTC.
    """

    name: str
    company_id: str | None
    last_seen_at: dt.datetime | None = None


class ConfiguredCompanies:
    """Writes the table accbooks_raw.configured_companies, for the sync that began at a given time.

    All names of one sync get the same time. The key is (name, company_id).
    """

    def __init__(self, warehouse: Warehouse, began_at: pendulum.DateTime) -> None:
        self._warehouse = warehouse
        self._began_at = began_at
        self._table = f"{warehouse.raw}.{CONFIGURED_COMPANIES}"

    def begin(self, names: Collection[str], others: Collection[str] = ()) -> None:
        """Save the names of a sync and the `others` that are configured; creates the table if needed.

        If `others` are known, names that are no longer configured and have no id are deleted.
        """
        warehouse, wanted = self._warehouse, {*names, *others}
        make_table(warehouse)
        with warehouse.defining(), warehouse.kept_open():
            for name in sorted(wanted - self._known()):
                self._insert(name, None, self._began_at)
            for name in sorted(self._unread() - wanted) if others else ():
                self._delete_unread(name)

    def learn(self, name: str, company_id: str) -> bool:
        """Save the id of a name's company; tells whether an earlier sync of the name did not learn it."""
        with self._warehouse.kept_open():
            rows = self._warehouse.query_of(
                name, f"select name, company_id, first_seen_at from {self._table} where name in ($members)"
            )
            seen = dict(rows)
            if None in seen:
                self._delete_unread(name)
            if company_id not in seen:
                self._insert(name, company_id, self._began_at)
                return None in seen and _utc(seen[None]) < self._began_at
            self._warehouse.execute(
                f"update {self._table} set last_seen_at = %s where name = %s and company_id = %s",
                self._began_at,
                name,
                company_id,
            )
            return False

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
    """Return the rows of the table, the latest last; none if there is no table yet."""
    if not warehouse.has_table(RAW, CONFIGURED_COMPANIES):
        return []
    table = f"{warehouse.raw}.{CONFIGURED_COMPANIES}"
    return [
        Answer(*row)
        for row in warehouse.query(
            f"select name, company_id, last_seen_at from {table} order by last_seen_at, name, company_id"
        )
    ]


def known_ids(warehouse: Warehouse) -> dict[str, str]:
    """Return the id of the company that each configured name's key opened last, as far as one is known."""
    return {each.name: each.company_id for each in answers(warehouse) if each.company_id is not None}


def configured_names(warehouse: Warehouse) -> dict[str, str]:
    """Return the configured name of each company by its id, the one that its key answered with last.

    A single key has no name that a user chose, so it has none here.
    """
    return {
        each.company_id: each.name
        for each in answers(warehouse)
        if each.company_id is not None and each.name != DEFAULT_COMPANY
    }


def called(company_id: str, name: str | None) -> str:
    """Return what to call a company in a sentence: its configured name and its id, as far as it has one."""
    return f"{name} ({company_id})" if name and name not in {company_id, DEFAULT_COMPANY} else company_id


def named(warehouse: Warehouse, company_ids: Collection[str]) -> str:
    """List companies by what to call them."""
    names = configured_names(warehouse)
    return ", ".join(called(each, names.get(each)) for each in company_ids)


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def make_table(warehouse: Warehouse) -> None:
    """Create the table if a warehouse has none, because models read it."""
    if not warehouse.has_table(RAW, CONFIGURED_COMPANIES):
        with warehouse.defining():
            warehouse.make_raw_table(CONFIGURED_COMPANIES, COLUMNS)
