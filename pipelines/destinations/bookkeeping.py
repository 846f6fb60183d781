"""What dlt's pipelines keep in the database: read, and written, without starting dlt.

dlt takes half a second of processor time to restore a pipeline and load a few rows. A sync in which nothing
changed needs neither: it reads the pipeline's state, and writes what it read and how far. The rows are those
that a load by dlt would write, in one transaction: rows to be added to tables, the state if it changed, and
the load itself, without which the others do not count. dlt reads them as if it had written them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import dlt
import pendulum
from accbooks_warehouse.pipelines.destinations.base import Warehouse
from accbooks_warehouse.pipelines.destinations.increasing_load_ids import LOAD_IDS
from dlt.common.normalizers.utils import generate_dlt_id
from dlt.common.versioned_state import decompress_state
from dlt.pipeline.state_sync import (
    bump_pipeline_state_version_if_modified,
    migrate_state_to_current,
    state_doc,
)

LOADS, STATES, SCHEMAS = "_dlt_loads", "_dlt_pipeline_state", "_dlt_version"
LOADED = 0
"""The status of a complete load."""
OF_ONE_PIPELINE = frozenset({"_local", "sources"})
"""What a new state does not take over from another pipeline's."""
MOST_PARAMETERS = 20_000
"""The most values of one statement; PostgreSQL takes 65,535."""
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
    found = warehouse.query_of(
        name,
        f"""
        select pipeline_name, state, load_id from (
            select
                states.pipeline_name,
                states.state,
                loads.load_id,
                row_number() over (partition by states.pipeline_name order by loads.load_id desc) as recency
            from {warehouse.raw}.{STATES} as states
            inner join {warehouse.raw}.{LOADS} as loads on states._dlt_load_id = loads.load_id
            where states.pipeline_name in ($members) and loads.status = {LOADED}
        ) as stored
        where recency = 1
        """,
    )
    if not found:
        return StoredPipeline({}, columns)
    (stored, load_id), *_ = found
    LOAD_IDS.note(load_id)
    state: Any = decompress_state(stored)
    state = migrate_state_to_current(name, state)
    schemas = warehouse.query_once(
        f"select schema_name, version_hash from {warehouse.raw}.{SCHEMAS} "
        "where schema_name = %s order by inserted_at desc limit 1",
        state.get("default_schema_name"),
    )
    schema = (str(schemas[0][0]), str(schemas[0][1])) if schemas else None
    return StoredPipeline(state, columns, schema)


@dataclass(frozen=True)
class Memory:
    """What to write down of a company: the states of its resources, and rows to add to tables, by table.

    `stored` is its pipeline as the database has it, `pipeline` dlt's name of that.
    """

    stored: StoredPipeline
    company_id: str
    states: Mapping[str, Any]
    additions: Sequence[tuple[str, Sequence[Row]]] = ()
    pipeline: str = ""


def remember_together(warehouse: Warehouse, memories: Sequence[Memory]) -> list[StoredPipeline]:
    """Write down what is to be remembered of several companies, as one load: all of it or nothing.

    The tables and columns have to exist. Returns the pipelines as they are stored then.
    """
    load_id = LOAD_IDS.new()
    rows: defaultdict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for table, each in (
        (table, each) for memory in memories for table, some in memory.additions for each in some
    ):
        rows[table, tuple(each)].append({**each, "_dlt_load_id": load_id})
    states = [_state_after(memory) for memory in memories]
    documents = [
        _document(state, load_id)
        for memory, state in zip(memories, states, strict=True)
        if state is not memory.stored.state
    ]
    with warehouse.transaction():
        for (table, _), added in rows.items():
            _insert(warehouse, table, added)
        _insert(warehouse, STATES, documents)
        _insert(warehouse, LOADS, [_load(memories[0].stored, load_id)])
    return [
        StoredPipeline(state, memory.stored.columns, memory.stored.schema)
        for memory, state in zip(memories, states, strict=True)
    ]


def store_states(
    warehouse: Warehouse, memories: Sequence[Memory], pipeline: dlt.Pipeline, load_id: str
) -> list[dict[str, Any]]:
    """Store the states of several companies that a load of another pipeline writes; they count as it does.

    Call it before that load ends. Returns the state of each company's pipeline after it.
    """
    common: Any = {name: value for name, value in pipeline.state.items() if name not in OF_ONE_PIPELINE}
    states = [
        _state_after(
            memory
            if memory.stored.state
            else replace(
                memory,
                stored=replace(memory.stored, state={**deepcopy(common), "pipeline_name": memory.pipeline}),
            ),
            always=not memory.stored.state,
        )
        for memory in memories
    ]
    documents = [
        _document(state, load_id)
        for memory, state in zip(memories, states, strict=True)
        if state is not memory.stored.state
    ]
    with warehouse.transaction():
        _insert(warehouse, STATES, documents)
    return states


def _state_after(memory: Memory, *, always: bool = False) -> dict[str, Any]:
    """Return the state of a company's pipeline with what is to be remembered; the same one if it is there."""
    stored = memory.stored
    if not always and stored.states_of(memory.company_id, memory.states) == memory.states:
        return stored.state
    return _with_states(stored.state, memory.company_id, memory.states)


def _document(state: dict[str, Any], load_id: str) -> Row:
    """Return a state as a row of the table of states."""
    document = state_doc({**state, "_local": {}}, load_id)  # type: ignore[typeddict-item] # dlt drops it
    return {**document, "_dlt_id": generate_dlt_id()}


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
    most = max(1, MOST_PARAMETERS // len(rows[0]))
    for some in (rows[first : first + most] for first in range(0, len(rows), most)):
        warehouse.execute(
            f"insert into {warehouse.raw}.{table} ({names}) values {', '.join([row] * len(some))}",
            *chain.from_iterable(each.values() for each in some),
        )
