"""Read the configuration from options and environment variables, without questions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from accbooks_warehouse.pipelines.configuration import check_name, read_webhook_secrets
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres
from accbooks_warehouse.pipelines.setup.config_values import (
    DUCKDB,
    POSTGRES,
    ExistingSettings,
    SetupOptions,
    read_destination,
    read_start_date,
)
from accbooks_warehouse.pipelines.setup.keys import tested_key, untested_key
from accbooks_warehouse.pipelines.setup.webhook_secrets import (
    Secrets,
    kept_secrets,
    secret_of,
    with_added,
)
from accbooks_warehouse.sources.accbooks import ConfigurationError

KEY, KEYS = "SOURCES__ACCBOOKS__API_KEY", "SOURCES__ACCBOOKS__COMPANIES"
SECRET, SECRETS = "SOURCES__ACCBOOKS__WEBHOOK_SECRET", "SOURCES__ACCBOOKS__WEBHOOK_SECRETS"
ADDRESS = "DESTINATION__POSTGRES__CREDENTIALS"


def settings_from_environment(
    existing: ExistingSettings, options: SetupOptions, environment: Mapping[str, str] = os.environ
) -> ExistingSettings:
    """Return the settings to write; raises ConfigurationError if one is missing or would be replaced."""
    start = existing.start_date if options.start_date is None else read_start_date(options.start_date)
    if existing.start_date and start != existing.start_date:
        _replacing(f"start date {existing.start_date}", options)
    place = _place(existing, options, environment)
    keys = _keys(existing, options, environment)
    for name, key in keys.items():
        check_name(name or "default", keys)
        if existing.keys.get(name) != key:
            (tested_key if options.probes else untested_key)(key)
    secrets = _webhook_secrets(existing, keys, options, environment)
    return replace(place, keys=keys, start_date=start, webhook_secrets=secrets)


def _keys(
    existing: ExistingSettings, options: SetupOptions, environment: Mapping[str, str]
) -> dict[str | None, str]:
    new = _new_keys(options, environment)
    if not new:
        if existing.keys:
            return existing.keys
        raise ConfigurationError(f"There is no API key. Set {KEY}, or {KEYS} as JSON.")
    if any(existing.keys.get(name, key) != key for name, key in new.items()):
        _replacing("key", options)
    if (None in existing.keys) != (None in new) and existing.keys:
        _replacing("key", options)  # either one key without a name, or keys with names
        return new
    return existing.keys | new


def _new_keys(options: SetupOptions, environment: Mapping[str, str]) -> dict[str | None, str]:
    named, single = _keys_by_name(environment), environment.get(KEY)
    if named:
        missing = [name for name in options.names if name not in named]
        if missing:
            raise ConfigurationError(f"{KEYS} has no key of {', '.join(missing)}. Add it.")
        return {name: key for name, key in named.items() if name in (options.names or named)}
    if len(options.names) > 1:
        raise ConfigurationError(f'Set {KEYS} to the keys of these companies, like {{"NAME": "API key"}}.')
    return {next(iter(options.names), None): single} if single else {}


def _keys_by_name(environment: Mapping[str, str]) -> dict[str, str]:
    named = _json_object(environment, KEYS)
    if named is None or not all(isinstance(key, str) for key in named.values()):
        raise ConfigurationError(f'{KEYS} is not a JSON object. Write it as {{"NAME": "API key"}}.')
    return named


def _json_object(environment: Mapping[str, str], variable: str) -> dict[str, Any] | None:
    """Return a variable's JSON object, empty if it is not set; None if it is no such object."""
    try:
        found = json.loads(environment.get(variable) or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _webhook_secrets(
    existing: ExistingSettings,
    keys: dict[str | None, str],
    options: SetupOptions,
    environment: Mapping[str, str],
) -> Secrets:
    """Return the webhook secrets to write; there may be none."""
    kept = kept_secrets(existing.webhook_secrets, existing.keys, keys)
    new = _new_webhook_secrets([name for name in keys if name is not None], options, environment)
    differing = {name: each for name, each in new.items() if secret_of(kept, name, keys) != each}
    if any(secret_of(kept, name, keys) for name in differing):
        _replacing("webhook secret", options)
    return with_added(kept, differing)


def _new_webhook_secrets(
    names: Sequence[str], options: SetupOptions, environment: Mapping[str, str]
) -> Secrets:
    """Return the webhook secrets in the environment, of the companies that are set up."""
    named, single = _json_object(environment, SECRETS), environment.get(SECRET)
    if named is None or (single and len(names) > 1):
        raise ConfigurationError(f'Set {SECRETS} to a JSON object, like {{"NAME": "whsec_..."}}.')
    unknown = [] if options.names else [name for name in named if name not in names]
    if unknown:
        raise ConfigurationError(f"{SECRETS} names {', '.join(unknown)}, which has no API key.")
    wanted = options.names or names
    found: Secrets = {name: read_webhook_secrets(each) for name, each in named.items() if name in wanted}
    if single and not found:
        found = {next(iter(names), None): read_webhook_secrets(single)}
    return found


def _place(
    existing: ExistingSettings, options: SetupOptions, environment: Mapping[str, str]
) -> ExistingSettings:
    name = read_destination(options.destination or existing.destination)
    known = existing.credentials.get(name)
    found = (options.file if name == DUCKDB else environment.get(ADDRESS)) or known
    if name == POSTGRES and not found:
        raise ConfigurationError(f"There is no PostgreSQL address. Set {ADDRESS}.")
    if known and found != known:
        _replacing("address of the warehouse", options)
    if found:
        warehouse = DuckDB(found) if name == DUCKDB else Postgres(found)
        if options.probes and found != known:
            warehouse.check_access()
    return existing.with_place(name, found)


def _replacing(what: str, options: SetupOptions) -> None:
    """Raise ConfigurationError unless `--replace` allows replacing existing settings."""
    if not options.replaces:
        raise ConfigurationError(
            f"The configuration has another {what} already. Add --replace to replace it."
        )
