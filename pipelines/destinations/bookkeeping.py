"""What dlt's pipelines keep in the database: read, and written, without starting dlt.

dlt takes half a second of processor time to restore a pipeline and load a few rows. A sync in which nothing
changed needs neither: it reads the pipeline's state, and writes what it read and how far. The rows are those
that a load by dlt would write, in one transaction: rows to be added to tables, the state if it changed, and
the load itself, without which the others do not count. dlt reads them as if it had written them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pendulum
from accbooks_warehouse.pipelines.destinations.base import Warehouse
from dlt.common.normalizers.utils import generate_dlt_id
from dlt.common.storages.load_package import create_load_id
from dlt.common.versioned_state import decompress_state
from dlt.pipeline.state_sync import (
    bump_pipeline_state_version_if_modified,
    migrate_state_to_current,
    state_doc,
)

LOADS, STATES, SCHEMAS = "_dlt_loads", "_dlt_pipeline_state", "_dlt_version"
LOADED = 0
"""The status of a complete load."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class StoredPipeline:
    """A pipeline as the database has it: its state, empty if there is none, and the raw tables' columns.

    `schema` is the name and the version of dlt's schema of them; None if the database has none.
    """

    state: dict[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Collection[str]] = field(default_factory=dict)
    schema: tuple[str, str] | None = None

    @property
    def states(self) -> Mapping[str, Any]:
        """Return the state of resources: by resource, then by company id."""
        states: Mapping[str, Any] = self.state.get("sources", {}).get("accbooks", {}).get("resources", {})
        return states

    def states_of(self, company_id: str, resources: Iterable[str]) -> dict[str, Any]:
        """Return copies of the states of a company's resources."""
        return {name: deepcopy(self.states.get(name, {}).get(company_id, {})) for name in resources}


def stored_pipeline(warehouse: Warehouse, company: str | None) -> StoredPipeline:
    """Return what the database has of a company's pipeline."""
    if not warehouse.exists():
        return StoredPipeline()
    columns = warehouse.raw_columns()
    if not {LOADS, STATES, SCHEMAS} <= columns.keys():
        return StoredPipeline({}, columns)
    name = warehouse.pipeline_name(company)
    found = warehouse.query(
        f"select states.state from {warehouse.raw}.{STATES} as states "
        f"inner join {warehouse.raw}.{LOADS} as loads on states._dlt_load_id = loads.load_id "
        f"where states.pipeline_name = %s and loads.status = {LOADED} order by loads.load_id desc limit 1",
        name,
    )
    if not found:
        return StoredPipeline({}, columns)
    state: Any = decompress_state(found[0][0])
    state = migrate_state_to_current(name, state)
    schemas = warehouse.query(
        f"select schema_name, version_hash from {warehouse.raw}.{SCHEMAS} "
        "where schema_name = %s order by inserted_at desc limit 1",
        state.get("default_schema_name"),
    )
    schema = (str(schemas[0][0]), str(schemas[0][1])) if schemas else None
    return StoredPipeline(state, columns, schema)


def remember(
    warehouse: Warehouse,
    stored: StoredPipeline,
    company_id: str,
    states: Mapping[str, Any],
    additions: Iterable[tuple[str, Sequence[Row]]],
) -> StoredPipeline:
    """Add rows to tables, by table, and store the states of a company's resources: all of it or nothing.

    The tables and columns have to exist. Returns the pipeline as it is stored then.
    """
    load_id = create_load_id()
    rows: list[tuple[str, Sequence[Row]]] = [
        (table, [{**row, "_dlt_load_id": load_id} for row in added]) for table, added in additions
    ]
    state = stored.state
    if stored.states_of(company_id, states) != states:
        state = _with_states(state, company_id, states)
        document = state_doc({**state, "_local": {}}, load_id)  # type: ignore[typeddict-item] # dlt drops it
        rows.append((STATES, [{**document, "_dlt_id": generate_dlt_id()}]))
    rows.append((LOADS, [_load(stored, load_id)]))
    with warehouse.transaction():
        for table, each in rows:
            _insert(warehouse, table, each)
    return StoredPipeline(state, stored.columns, stored.schema)


def _with_states(state: dict[str, Any], company_id: str, states: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pipeline's state with these of a company's resources, as a new version."""
    changed: Any = deepcopy(state)
    source = changed.setdefault("sources", {}).setdefault("accbooks", {})
    for name, own in deepcopy(dict(states)).items():
        source.setdefault("resources", {}).setdefault(name, {})[company_id] = own
    bump_pipeline_state_version_if_modified(changed)
    result: dict[str, Any] = changed
    return result


def _load(stored: StoredPipeline, load_id: str) -> Row:
    assert stored.schema is not None  # noqa: S101 - what is stored has one
    name, version = stored.schema
    return {
        "load_id": load_id,
        "schema_name": name,
        "status": LOADED,
        "inserted_at": pendulum.now("UTC"),
        "schema_version_hash": version,
    }


def _insert(warehouse: Warehouse, table: str, rows: Sequence[Row]) -> None:
    """Insert rows, which all have the same columns."""
    if not rows:
        return
    names = ", ".join(map(warehouse.quoted, rows[0]))
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    warehouse.execute(
        f"insert into {warehouse.raw}.{table} ({names}) values {', '.join([row] * len(rows))}",
        *chain.from_iterable(each.values() for each in rows),
    )
