"""Write what a sync has to remember although it loads no records: what was read, and how far.

dlt takes half a second of processor time for a load, however few rows it has. This writes the rows that such
a load would write, in one transaction: rows to be added to tables, the pipeline's state if it changed, and
the load itself, without which the others do not count. dlt reads them as if it had written them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import dlt
import pendulum
from accbooks_warehouse.pipelines.destinations.base import Warehouse
from accbooks_warehouse.pipelines.destinations.held_companies import states_in
from dlt.common.normalizers.utils import generate_dlt_id
from dlt.common.storages.load_package import create_load_id
from dlt.pipeline.state_sync import state_doc

LOADED = 0
"""The status of a complete load."""
Row = Mapping[str, Any]


def states_of(pipeline: dlt.Pipeline, company_id: str, resources: Iterable[str]) -> dict[str, Any]:
    """Return the state of each of these resources of a company; the pipeline is in step with the database."""
    states = states_in(pipeline)
    return {name: states.get(name, {}).get(company_id, {}) for name in resources}


def remember(
    warehouse: Warehouse,
    pipeline: dlt.Pipeline,
    company_id: str,
    states: Mapping[str, Any],
    additions: Iterable[tuple[str, Sequence[Row]]],
) -> None:
    """Add rows to tables, by table, and store the states of a company's resources: all of it or nothing.

    The tables and columns have to exist.
    """
    load_id = create_load_id()
    rows: list[tuple[str, Sequence[Row]]] = [
        (table, [{**row, "_dlt_load_id": load_id} for row in added]) for table, added in additions
    ]
    if states_of(pipeline, company_id, states) != states:
        rows.append(("_dlt_pipeline_state", [_changed_state(pipeline, company_id, states, load_id)]))
    rows.append(("_dlt_loads", [_load(pipeline, load_id)]))
    with warehouse.transaction():
        for table, each in rows:
            _insert(warehouse, table, each)


def _changed_state(
    pipeline: dlt.Pipeline, company_id: str, states: Mapping[str, Any], load_id: str
) -> dict[str, Any]:
    """Change the pipeline's state, which a later load goes on from, and return the row that stores it."""
    with pipeline.managed_state() as state:
        sources: Any = state.setdefault("sources", {})
        resources = sources.setdefault("accbooks", {}).setdefault("resources", {})
        for name, own in states.items():
            resources.setdefault(name, {})[company_id] = own
    return {**state_doc(pipeline.state, load_id), "_dlt_id": generate_dlt_id()}


def _load(pipeline: dlt.Pipeline, load_id: str) -> dict[str, Any]:
    schema = pipeline.default_schema
    return {
        "load_id": load_id,
        "schema_name": schema.name,
        "status": LOADED,
        "inserted_at": pendulum.now("UTC"),
        "schema_version_hash": schema.version_hash,
    }


def _insert(warehouse: Warehouse, table: str, rows: Sequence[Row]) -> None:
    """Insert rows, which all have the same columns; none is no statement."""
    if not rows:
        return
    names = ", ".join(map(warehouse.quoted, rows[0]))
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    warehouse.execute(
        f"insert into {warehouse.raw}.{table} ({names}) values {', '.join([row] * len(rows))}",
        *chain.from_iterable(each.values() for each in rows),
    )
