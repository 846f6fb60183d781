"""Remove a company: its rows in every table, its webhook events, and its part of the pipelines' state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import (
    CONFIGURED_COMPANIES,
    MODELS,
    RAW,
    RUNS,
    STAGING,
    Warehouse,
    stored_company_ids,
)
from accbooks_warehouse.pipelines.destinations.locks import LockedByAnotherRunError
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.files.kinds import KINDS
from accbooks_warehouse.pipelines.files.tables import CONFIGURED_FILES
from accbooks_warehouse.pipelines.queries.configured_companies import Answer, answers, named
from accbooks_warehouse.pipelines.queries.received_events import (
    event_count,
    opened_events,
    received_events,
)
from accbooks_warehouse.pipelines.sync.company_locks import locked, of_company, of_name
from accbooks_warehouse.pipelines.transform.catalogue import all_model_names
from accbooks_warehouse.pipelines.transform.kept_tables import LOGS, TABLE_CHECKSUMS
from accbooks_warehouse.pipelines.transform.ledger_months import LEDGER_CHECKSUMS
from accbooks_warehouse.sources.accbooks import ConfigurationError, day_count
from dlt.common.versioned_state import compress_state, decompress_state
from dlt.pipeline.state_sync import bump_pipeline_state_version_if_modified

STATES = "_dlt_pipeline_state"


@dataclass(frozen=True)
class Table:
    """A table that has rows of the company, and how many."""

    schema: str
    name: str
    rows: int

    @property
    def is_left_behind(self) -> bool:
        """Tell whether it is a staging table, in which a load left its rows."""
        return self.schema.startswith(f"{RAW}_staging")

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Removal:
    """What is removed with a company; `company_id` is None if no sync learned the id of the name.

    `names` are the configured names whose keys have belonged to it, `present_names` those whose keys still
    belonged to it in the last sync. `events` is the number of its webhook events that are stored.
    """

    company_id: str | None
    names: tuple[str, ...]
    present_names: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    events: int = 0

    @property
    def title(self) -> str:
        """Return the company's id and names, as shown to the user."""
        named = ", ".join(f"'{name}'" for name in self.names)
        return f"{self.company_id} ({named})" if self.company_id and named else self.company_id or named

    @property
    def rows(self) -> int:
        """Return how many rows and events are removed, staging tables not counted."""
        return self.events + sum(table.rows for table in self.tables if not table.is_left_behind)

    @property
    def own_name(self) -> str:
        """Return its id; if a key may not read that, the configured name takes its place."""
        return self.company_id or self.names[0]


Consent = Callable[[Removal], bool]
"""Returns whether to remove it; called while the company is locked."""


def forget(
    warehouse: Warehouse,
    wanted: str,
    configured: Sequence[Company],
    consent: Consent,
    *,
    with_history: bool = False,
) -> Removal | None:
    """Remove the company with this id or configured name; returns what was removed, None without consent.

    All rows are removed in one transaction, webhook events in another before it. Raises ConfigurationError if
    the warehouse has no such company, or if the name was used for several; WarehouseError if another run is
    using it.
    """
    found = _found(warehouse, wanted)
    with ExitStack() as locks:
        _lock(warehouse, found, locks)
        removal = replace(
            found,
            tables=tuple(_tables(warehouse, found.company_id, with_history=with_history)),
            events=event_count(warehouse, found.own_name),
        )
        if not consent(removal):
            return None
        with opened_events(warehouse) as store:  # first: what fails now can be repeated
            store.forget(removal.own_name)
        with warehouse.building(), warehouse.transaction():
            _remove(warehouse, removal)
        _forget_day_counts([each for each in configured if each.name in removal.present_names])
    return removal


def still_configured(removal: Removal, configured: Sequence[Company]) -> list[str]:
    """Return the names under which the next sync would read the company again."""
    return [each.name for each in configured if each.name in removal.present_names]


def _found(warehouse: Warehouse, wanted: str) -> Removal:
    """Return the company with an id or a name; raises ConfigurationError if there is none, or several."""
    known = answers(warehouse)
    company_id = _company_id(warehouse, wanted, known)
    if company_id is None:
        return Removal(None, (wanted,), (wanted,))
    latest = {each.name: each.company_id for each in known}
    names = dict.fromkeys(each.name for each in known if each.company_id == company_id)
    return Removal(company_id, tuple(names), tuple(name for name in names if latest[name] == company_id))


def _company_id(warehouse: Warehouse, wanted: str, known: Sequence[Answer]) -> str | None:
    """Return the id; None if no sync learned the id of the name."""
    if wanted in stored_company_ids(warehouse) or _tables(warehouse, wanted, with_history=True):
        return wanted
    if wanted in received_events(warehouse) and all(each.name != wanted for each in known):
        return wanted
    of_name = [each.company_id for each in known if each.name == wanted]
    ids = {each for each in of_name if each} if of_name else set(stored_company_ids(warehouse, wanted))
    if len(ids) > 1:
        raise ConfigurationError(
            f"The name '{wanted}' was used for several companies: {', '.join(sorted(ids))}. Give the id of "
            "the one to remove."
        )
    if not ids and not of_name:
        present = named(warehouse, stored_company_ids(warehouse)) or "none"
        raise ConfigurationError(f"{warehouse.describe()} has no company '{wanted}'. It has: {present}.")
    return next(iter(ids), None)


def _lock(warehouse: Warehouse, found: Removal, locks: ExitStack) -> None:
    """Lock the company against syncs and batches; raises WarehouseError if a sync is running."""
    wanted = sorted({of_name(name) for name in found.names})
    wanted += [of_company(found.company_id)] if found.company_id else []
    try:
        for name in wanted:
            locks.enter_context(locked(warehouse, name))
    except LockedByAnotherRunError:
        raise WarehouseError(
            f"Another run is using {found.title}. Wait for it to end, then run this again."
        ) from None


def _tables(warehouse: Warehouse, company_id: str | None, *, with_history: bool) -> list[Table]:
    """Return our tables that have rows of a company."""
    if company_id is None:
        return []
    found = warehouse.query(
        "select tables.table_schema, tables.table_name from information_schema.tables as tables"
        " inner join information_schema.columns as columns"
        " on tables.table_schema = columns.table_schema and tables.table_name = columns.table_name"
        " where tables.table_type = 'BASE TABLE' and columns.column_name = 'company_id' order by 1, 2"
    )
    models = {*all_model_names(), TABLE_CHECKSUMS, LEDGER_CHECKSUMS} - (set() if with_history else LOGS)
    ours = [
        (schema, name)
        for schema, name in found
        if schema == RAW
        or schema.startswith(f"{RAW}_staging")
        or (schema in {STAGING, MODELS} and name in models)
    ]
    with warehouse.kept_open():
        counted = [Table(schema, name, _rows(warehouse, schema, name, company_id)) for schema, name in ours]
    return [table for table in counted if table.rows]


def _rows(warehouse: Warehouse, schema: str, name: str, company_id: str) -> int:
    ((rows,),) = warehouse.query(
        f'select count(*) from {warehouse.qualified(schema)}."{name}" where company_id = %s', company_id
    )
    return int(rows)


def _remove(warehouse: Warehouse, removal: Removal) -> None:
    if warehouse.has_table(RAW, CONFIGURED_COMPANIES):
        names = f"{warehouse.raw}.{CONFIGURED_COMPANIES}"
        warehouse.execute(f"delete from {names} where name = %s and company_id is null", removal.own_name)
    if warehouse.has_table(RAW, RUNS):
        runs = f"{warehouse.raw}.{RUNS}"
        for name in removal.names:
            warehouse.execute(f"delete from {runs} where name = %s and company_id is null", name)
    if removal.company_id is None:
        return
    # first: who has rows and no state is read again, who has a state and no rows is taken for read
    _forget_states(warehouse, removal.company_id)
    _read_files_again(warehouse, removal)
    for table in removal.tables:
        place = f'{warehouse.qualified(table.schema)}."{table.name}"'
        warehouse.execute(f"delete from {place} where company_id = %s", removal.company_id)
    warehouse.forget_company_readers(removal.company_id)


def _read_files_again(warehouse: Warehouse, removal: Removal) -> None:
    """Have the next sync read the configured files that lose rows: it names the company, or has its rows."""
    lost = {table.name for table in removal.tables if table.schema == RAW}
    for kind in KINDS.values():
        if kind.table in lost and warehouse.has_table(RAW, CONFIGURED_FILES):
            warehouse.execute(
                f"update {warehouse.raw}.{CONFIGURED_FILES} set file_hash = '' "
                "where file = %s and file_hash is not null",
                kind.name,
            )


def _forget_states(warehouse: Warehouse, company_id: str) -> None:
    """Remove a company from the state of dlt's pipelines, and states of no other company altogether."""
    states = f"{warehouse.raw}.{STATES}"
    for row_id, text in warehouse.query(f"select _dlt_id, state from {states}"):
        state = decompress_state(text)
        resources = state.get("sources", {}).get("accbooks", {}).get("resources", {})
        if not any(company_id in of_resource for of_resource in resources.values()):
            continue
        for of_resource in resources.values():
            of_resource.pop(company_id, None)
        if any(resources.values()):
            version, digest, _ = bump_pipeline_state_version_if_modified(state)  # type: ignore[arg-type]
            warehouse.execute(
                f"update {states} set state = %s, version = %s, version_hash = %s where _dlt_id = %s",
                compress_state(state),  # type: ignore[arg-type]
                version,
                digest,
                row_id,
            )
        else:
            warehouse.execute(f"delete from {states} where _dlt_id = %s", row_id)


def _forget_day_counts(configured: Sequence[Company]) -> None:
    for company in configured:
        settings = company.settings
        if settings.shared_counts is not None:
            settings.shared_counts.of_key(settings.api_key, settings.base_url).forget()
        if settings.day_count is not None and settings.day_count.exists():
            day_count(settings.day_count, settings.api_key, settings.base_url).forget()
