"""Save checksums of incremental tables after each build, to notice rows that another program changed.

A build writes only the months and companies with changes. So a row that was changed, added or removed by
hand, or by a bad disk, would stay. After every build the number of rows and a checksum of each table are
saved, by company. The next build compares them first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from accbooks_warehouse.pipelines.destinations import MODELS, STAGING, Warehouse, placeholders
from accbooks_warehouse.pipelines.transform.catalogue import model_names, model_texts

TABLE_CHECKSUMS = "table_checksums"
"""The table with the saved checksums, in the staging schema."""
LOGS = frozenset({"change_log", "reconciliation_history"})
"""Tables that only grow and cannot be built again."""
COMPARED_OTHERWISE = frozenset({"ledger_postings"})
"""Every run compares these with the records, month by month; see the model ledger_differences."""
OF_NO_COMPANY = frozenset({"account_categories"})
"""Every build writes these completely."""
WRITTEN_FIRST = frozenset({"ledger_inputs"})
"""The pipeline itself writes to these, to have months built again."""
MOST_PARAMETERS = 1_000
"""Tables are asked in one query while it has no more parameters: each query takes 2 ms, whatever it finds."""
KEPT = re.compile(r"materialized='incremental'")
WRITTEN_BY_COMPARING = frozenset(
    {
        "reconciliation",
        "compared_periods",
        "coverage",
        "reconciliation_history",
        "reconciliation_suspects",
        "table_findings",
    }
)
"""The tables that are written when only the comparison is rebuilt."""


@dataclass(frozen=True)
class Altered:
    """What differs from the saved checksums: companies whose tables can be built again, and logs."""

    companies: frozenset[str] = frozenset()
    logs: tuple[AlteredLog, ...] = ()


@dataclass(frozen=True)
class AlteredLog:
    """A company's log that another program changed; how many rows it had before and has now."""

    company_id: str
    table: str
    written_rows: int
    found_rows: int

    @property
    def note(self) -> Note:
        """Return it as a note."""
        return Note(
            self.company_id,
            self.table,
            f"rows {self.written_rows}",
            f"rows {self.found_rows}",
            f"Rows of {self.table} changed after accbooks wrote them: it wrote {self.written_rows:,}, and "
            f"there are {self.found_rows:,}. They record past changes, which a sync cannot read again. "
            "Restore them from a backup if you need them. This message appears once.",
        )


@dataclass(frozen=True)
class Note:
    """A finding that this run adds for a company's table; the next build removes it."""

    company_id: str
    table: str
    expected: str | None
    found: str | None
    message: str


@dataclass(frozen=True)
class Sum:
    """The number of a company's rows in a table, and their checksum."""

    rows: int
    checksum: str


Sums = Mapping[tuple[str, str], Sum]
"""By company and table."""


class KeptTables:
    """The incremental tables of a warehouse; does nothing if the database cannot compute checksums."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def altered(self, company_ids: Collection[str]) -> Altered:
        """Return what differs from the checksums of the last build of these companies.

        A log that has only grown is not returned: a run may have been cut off before it saved the checksum.
        """
        if not company_ids or not self._warehouse.has_table(STAGING, TABLE_CHECKSUMS):
            return Altered()
        with self._warehouse.kept_open():
            written, found = self._written(company_ids), self._found(company_ids)
        nothing = Sum(0, "0")
        different = sorted(key for key in written if found.get(key, nothing) != written[key])
        different += sorted(key for key in found.keys() - written.keys() if self._is_known(key, written))
        return Altered(
            frozenset(company_id for company_id, table in different if table not in LOGS),
            tuple(
                AlteredLog(*key, written[key].rows, found.get(key, nothing).rows)
                for key in different
                if key[1] in LOGS and key in written and found.get(key, nothing).rows <= written[key].rows
            ),
        )

    def record_checksums(self, company_ids: Collection[str], tables: Collection[str] = ()) -> None:
        """Save the checksums of these companies' rows, in all tables or those named."""
        if not company_ids or not self._warehouse.makes_checksums:
            return
        self._make()
        with self._warehouse.kept_open():
            found = self._found(company_ids, tables)
            table = f"{self._warehouse.staging}.{TABLE_CHECKSUMS}"
            which = f"company_id in ({placeholders(list(company_ids))})"
            only = f" and table_name in ({placeholders(list(tables))})" if tables else ""
            with self._warehouse.transaction():
                self._warehouse.execute(f"delete from {table} where {which}{only}", *company_ids, *tables)
                rows = [(*key, found[key].rows, found[key].checksum) for key in sorted(found)]
                if rows:
                    values = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
                    columns = "company_id, table_name, number_of_rows, checksum"
                    self._warehouse.execute(
                        f"insert into {table} ({columns}) values {values}",
                        *(each for row in rows for each in row),
                    )

    def add_findings(self, notes: Sequence[Note]) -> None:
        """Add findings, which last until the next build, and accept the logs as they are now."""
        findings = f"{self._warehouse.staging}.table_findings"
        for note in notes:
            self._warehouse.execute(
                f"insert into {findings} (company_id, check_name, resource, expected, found, message) "
                "values (%s, 'table_differs', %s, %s, %s, %s)",
                note.company_id,
                note.table,
                note.expected,
                note.found,
                note.message,
            )
        self.record_checksums({note.company_id for note in notes}, {"table_findings", *LOGS})

    @staticmethod
    def _is_known(key: tuple[str, str], written: Sums) -> bool:
        """Tell whether the company has saved checksums, so that a table without one had no rows then."""
        return any(company_id == key[0] for company_id, _ in written)

    def _make(self) -> None:
        self._warehouse.execute(
            f"create table if not exists {self._warehouse.staging}.{TABLE_CHECKSUMS} "
            "(company_id varchar, table_name varchar, number_of_rows bigint, checksum varchar)"
        )

    def _written(self, company_ids: Collection[str]) -> Sums:
        rows = self._warehouse.query(
            "select company_id, table_name, number_of_rows, checksum "
            f"from {self._warehouse.staging}.{TABLE_CHECKSUMS} "
            f"where company_id in ({placeholders(list(company_ids))})",
            *company_ids,
        )
        return {(company_id, table): Sum(count, checksum) for company_id, table, count, checksum in rows}

    def _found(self, company_ids: Collection[str], only: Collection[str] = ()) -> Sums:
        ids = list(company_ids)
        parts = [
            f"select company_id, '{table}', count(*), {self._warehouse.checksum(columns)} "
            f"from {self._warehouse.qualified(schema)}.{table} "
            f"where company_id in ({placeholders(ids)}) group by company_id"
            for schema, table, columns in self._columns(only)
        ]
        at_once = max(1, MOST_PARAMETERS // len(ids))
        sums: dict[tuple[str, str], Sum] = {}
        for start in range(0, len(parts), at_once):
            some = parts[start : start + at_once]
            rows = self._warehouse.query(" union all ".join(some), *(ids * len(some)))
            sums |= {
                (str(each), table): Sum(int(count), str(checksum)) for each, table, count, checksum in rows
            }
        return sums

    def _columns(self, only: Collection[str]) -> list[tuple[str, str, Sequence[tuple[str, str]]]]:
        """Return the existing tables to compare, each with the names and types of its columns."""
        rows = self._warehouse.query(
            "select columns.table_schema, columns.table_name, columns.column_name, columns.data_type "
            "from information_schema.columns as columns inner join information_schema.tables as tables "
            "on columns.table_schema = tables.table_schema and columns.table_name = tables.table_name "
            "where columns.table_schema in (%s, %s) and tables.table_type = 'BASE TABLE' "
            "order by columns.table_schema, columns.table_name, columns.ordinal_position",
            MODELS,
            STAGING,
        )
        wanted = compared_tables() & set(only) if only else compared_tables()
        tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, column, kind in rows:
            if table in wanted:
                tables.setdefault((schema, table), []).append((column, kind))
        return [(schema, table, columns) for (schema, table), columns in tables.items()]


@cache
def compared_tables() -> frozenset[str]:
    """Return the names of the tables to compare: incremental ones, and those that users read."""
    kept = {path.stem for path, text in model_texts().items() if KEPT.search(text)}
    return frozenset((kept | {*model_names()}) - COMPARED_OTHERWISE - OF_NO_COMPANY - WRITTEN_FIRST)
