"""The table of runs: what each sync and each batch of events came to, company by company."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from accbooks_warehouse.pipelines.destinations import RAW, RUN_LOADS, RUNS, Warehouse, placeholders

SYNC, BATCH = "sync", "listen"
"""The commands that a run is of; a sync of `listen` is a sync."""
LEFT_ALONE = "left_alone"
"""The outcome of a company that another run was syncing. It says nothing of the company."""
FAILED = ("error", "usage")
"""The outcomes that need somebody: a limit ends by itself, and differences are findings."""
KEPT = MappingProxyType({SYNC: dt.timedelta(days=400), BATCH: dt.timedelta(days=30)})
"""How long the runs of each command are kept."""
SHOWN_FOR = dt.timedelta(days=100)
"""How long the last run of a company is shown; it is late then."""
MOMENT = "timestamp with time zone"
TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        RUNS: {
            "run_id": "varchar",
            "command": "varchar",
            "versions": "varchar",
            "started_at": MOMENT,
            "ended_at": MOMENT,
            "exit_status": "integer",
            "name": "varchar",
            "company_id": "varchar",
            "outcome": "varchar",
            "error_kind": "varchar",
            "message": "varchar",
        },
        RUN_LOADS: {"run_id": "varchar", "company_id": "varchar", "load_id": "varchar"},
    }
)
"""The columns of each table and their types, as both databases write them."""


@dataclass(frozen=True)
class CompanyRun:
    """A row of `runs`: what a run came to for a company. Times are UTC.

    `exit_status` is that of the run, `outcome` the company's own in one word. `name` is the configured name;
    None if an error ended the run before it knew any. `company_id` is None if the books were not opened.
    `error_kind` is the name of the error's class, `message` its sentence; both are None without an error.
    """

    run_id: str
    command: str
    versions: str
    started_at: dt.datetime
    ended_at: dt.datetime
    exit_status: int
    name: str | None
    company_id: str | None
    outcome: str
    error_kind: str | None = None
    message: str | None = None

    @property
    def has_failed(self) -> bool:
        """Tell whether it ended with an error or wrong settings."""
        return self.outcome in FAILED


NAMES = tuple(field.name for field in fields(CompanyRun))
AT_A_TIME = 1_000
"""The most rows that one statement writes: a statement takes so many parameters and no more."""


def write_runs(warehouse: Warehouse, rows: Sequence[CompanyRun]) -> None:
    """Write the rows of one run, and which loads are its own, in one transaction; delete old runs.

    The loads are those of the windows and reports that it read. Raises WarehouseError.
    """
    run = rows[0]
    ids = [each.company_id for each in rows if each.company_id and each.outcome != LEFT_ALONE]
    with warehouse.kept_open():
        _make_tables(warehouse)
        with warehouse.transaction():
            for start in range(0, len(rows), AT_A_TIME):
                some = rows[start : start + AT_A_TIME]
                values = ", ".join([f"({placeholders(NAMES)})"] * len(some))
                warehouse.execute(
                    f"insert into {warehouse.raw}.{RUNS} ({', '.join(NAMES)}) values {values}",
                    *(getattr(each, name) for each in some for name in NAMES),
                )
            if ids and warehouse.has_table(RAW, "sync_windows"):
                warehouse.execute(
                    f"insert into {warehouse.raw}.{RUN_LOADS} select distinct cast(%s as varchar), "
                    f"company_id, _dlt_load_id from {warehouse.raw}.sync_windows "
                    f"where fetched_at >= %s and company_id in ({placeholders(ids)})",
                    *(run.run_id, run.started_at, *ids),
                )
            if run.command == SYNC:
                _delete_old(warehouse, run.ended_at)


def _make_tables(warehouse: Warehouse) -> None:
    if warehouse.has_table(RAW, RUN_LOADS):
        return
    with warehouse.defining():
        for name, columns in TABLES.items():
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            warehouse.execute(f"create table if not exists {warehouse.raw}.{name} ({listed})")
        warehouse.index_raw_table(RUNS, "ended_at")
        warehouse.index_raw_table(RUN_LOADS, "run_id")


def _delete_old(warehouse: Warehouse, now: dt.datetime) -> None:
    """Delete the runs that are older than they are kept, with their loads, if there are some."""
    conditions = " or ".join(["(command = %s and ended_at < %s)"] * len(KEPT))
    limits: list[Any] = [value for command, kept in KEPT.items() for value in (command, now - kept)]
    old = f"{warehouse.raw}.{RUNS} where {conditions}"
    if warehouse.query(f"select 1 from {old} limit 1", *limits):
        warehouse.execute(
            f"delete from {warehouse.raw}.{RUN_LOADS} where run_id in (select run_id from {old})", *limits
        )
        warehouse.execute(f"delete from {old}", *limits)


def last_runs(warehouse: Warehouse) -> list[CompanyRun]:
    """Return the last run of each configured name that did something; none in an earlier warehouse."""
    if not warehouse.has_table(RAW, RUNS):
        return []
    columns = ", ".join(NAMES)
    rows = warehouse.query(
        f"""
        select {columns}
        from (
            select {columns}, row_number() over (partition by name order by ended_at desc, run_id) as recency
            from {warehouse.raw}.{RUNS}
            where name is not null and outcome <> %s and ended_at >= %s
        ) as runs
        where recency = 1
        order by name
        """,
        LEFT_ALONE,
        dt.datetime.now(dt.UTC) - SHOWN_FOR,
    )
    return [CompanyRun(*row) for row in rows]
