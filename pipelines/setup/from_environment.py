"""The configuration as options and environment give it, with nobody to ask."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace

from accbooks_warehouse.pipelines.configuration import check_name
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres
from accbooks_warehouse.pipelines.setup.config_values import (
    DUCKDB,
    POSTGRES,
    Held,
    Wanted,
    read_destination,
    read_start_date,
)
from accbooks_warehouse.pipelines.setup.keys import looks_like, tried
from accbooks_warehouse.sources.accbooks import ConfigurationError

KEY, KEYS = "SOURCES__ACCBOOKS__API_KEY", "SOURCES__ACCBOOKS__COMPANIES"
ADDRESS = "DESTINATION__POSTGRES__CREDENTIALS"


def given(held: Held, wanted: Wanted, environment: Mapping[str, str] = os.environ) -> Held:
    """Return what is to be written; raises ConfigurationError where something is missing, or would go."""
    start = held.start_date if wanted.start_date is None else read_start_date(wanted.start_date)
    if held.start_date and start != held.start_date:
        _replacing(f"start date {held.start_date}", wanted)
    place = _place(held, wanted, environment)
    keys = _keys(held, wanted, environment)
    for name, key in keys.items():
        check_name(name or "default", keys)
        if held.keys.get(name) != key:
            (tried if wanted.probes else looks_like)(key)
    return replace(place, keys=keys, start_date=start)


def _keys(held: Held, wanted: Wanted, environment: Mapping[str, str]) -> dict[str | None, str]:
    new = _new_keys(wanted, environment)
    if not new:
        if held.keys:
            return held.keys
        raise ConfigurationError(f"There is no API key. Set {KEY}, or {KEYS} as JSON, for this command.")
    if any(held.keys.get(name, key) != key for name, key in new.items()):
        _replacing("key", wanted)
    if (None in held.keys) != (None in new) and held.keys:
        _replacing("key", wanted)  # one key without a name, or keys with names: not both
        return new
    return held.keys | new


def _new_keys(wanted: Wanted, environment: Mapping[str, str]) -> dict[str | None, str]:
    named, single = _named(environment), environment.get(KEY)
    if named:
        missing = [name for name in wanted.names if name not in named]
        if missing:
            raise ConfigurationError(f"{KEYS} has no key of {', '.join(missing)}.")
        return {name: key for name, key in named.items() if name in (wanted.names or named)}
    if len(wanted.names) > 1:
        raise ConfigurationError(f'Set {KEYS} to the keys of these companies, as {{"NAME": "API key"}}.')
    return {next(iter(wanted.names), None): single} if single else {}


def _named(environment: Mapping[str, str]) -> dict[str, str]:
    try:
        named = json.loads(environment.get(KEYS) or "{}")
    except ValueError:
        named = None
    if not isinstance(named, dict) or not all(isinstance(key, str) for key in named.values()):
        raise ConfigurationError(f'{KEYS} is not a JSON object; write it as {{"NAME": "API key"}}.')
    return named


def _place(held: Held, wanted: Wanted, environment: Mapping[str, str]) -> Held:
    name = read_destination(wanted.destination or held.destination)
    known = held.credentials.get(name)
    found = (wanted.file if name == DUCKDB else environment.get(ADDRESS)) or known
    if name == POSTGRES and not found:
        raise ConfigurationError(f"There is no address of a PostgreSQL. Set {ADDRESS} for this command.")
    if known and found != known:
        _replacing("address of the warehouse", wanted)
    if found:
        house = DuckDB(found) if name == DUCKDB else Postgres(found)
        if wanted.probes and found != known:
            house.try_out()
    return held.with_place(name, found)


def _replacing(what: str, wanted: Wanted) -> None:
    """Raise ConfigurationError unless the option says that what is held may be replaced."""
    if not wanted.replaces:
        raise ConfigurationError(
            f"The configuration holds another {what} already. --replace puts this one there."
        )
