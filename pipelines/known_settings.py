"""The names of all settings: what a file of the configuration has beside them is a slip, and is refused."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.toml import SettingsTomlProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

SOURCE = "sources.accbooks"
FILES = ("budgets", "statement_layout", "account_mapping", "groups", "rates", "eliminations")
"""The CSV files that can be configured."""
SETTINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SOURCE: (
            "api_key",
            "companies",
            "base_url",
            "start_date",
            "lookback_days",
            "daily_share",
            "package_records",
            "package_seconds",
            "certify_years_every",
            "certify_months_every",
            "heal_budget",
            "scrub_share",
            "vat",
            "incorporated",
            "closed_periods",
            "files",
            "checks",
            "webhook_secret",
            "webhook_secrets",
            "control",
            "listen_share",
        ),
        f"{SOURCE}.files": FILES,
        "transforms": ("vars", "profiles_dir"),
        "notify": ("webhook_url", "always"),
        "dagster": ("cron", "timezone", "batch", "jobs", "fresh_hours", "destination"),
    }
)
"""The settings of each table that is ours, docs/configuration.md explains them."""
OF_DLT: Mapping[str, frozenset[str]] = MappingProxyType(
    {SOURCE: frozenset({"schema", "extract", "normalize", "load", "data_writer", "destination"})}
)
"""Tables that dlt reads in one of ours."""
BESIDE_OTHERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("sources", "transforms", "notify", "dagster", "destination"),
        "sources": ("accbooks",),
        "destination.duckdb": ("credentials", "memory_limit"),
        "destination.postgres": ("credentials",),
        "destination.lakehouse": ("bucket_url", "retention_hours"),
    }
)
"""Our names in tables that have other names too: there only what is almost one of ours is refused."""
ALMOST, ALIKE = 0.85, 0.6
"""How much alike names are, from 0 to 1, of which one is taken for a slip, or proposed instead of another."""
DBT_VARIABLES: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "ledger_sources": list,
        "trade_debtors": (str, int),
        "trade_creditors": (str, int),
        "vat_on_sales": (str, int),
        "vat_on_purchases": (str, int),
        "retained_earnings": (str, int),
        "exchange_gains_and_losses": (str, int),
        "vat_stagger_group": int,
        "vat_stagger_groups": Mapping,
        "overdue_after_days": int,
        "unknown_nominal": str,
    }
)
"""The dbt variables of users, and the types of their values."""
OTHER_VARIABLES = frozenset({"accbooks_checks", *(f"accbooks_{name}" for name in FILES)})
"""Those that settings of the pipeline take the place of."""
INTERNAL_VARIABLES = frozenset({"most_written_out"})
"""Those that nobody but who works on the models sets."""
IN_WORDS = {list: "a list", int: "a whole number", str: "a text", Mapping: "a table", (str, int): "a text"}
PREFIX = "SOURCES__ACCBOOKS__"


def check_settings_known() -> None:
    """Check that the files of the configuration, and the environment, have no setting that does not exist.

    Raises ConfigurationError, which names it.
    """
    for provider in Container()[PluggableRunContext].providers.providers:
        if isinstance(provider, SettingsTomlProvider):
            for sentence in slips(tomllib.loads(provider.to_toml())):
                place = ", ".join(provider.present_locations)
                raise ConfigurationError(f"{place}: {sentence}")
    for name in os.environ:
        if name.startswith(PREFIX):
            setting = name.removeprefix(PREFIX).split("__")[0].lower()
            if setting not in SETTINGS[SOURCE] and setting not in OF_DLT[SOURCE]:
                raise ConfigurationError(f"{name} is in the environment: {_no_setting(SOURCE, setting)}")


def slips(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each name in a file of the configuration that is no setting."""
    for table, ours in BESIDE_OTHERS.items():
        for name in _names(document, table):
            if name not in ours and (near := _near(name, ours, ALMOST)):
                yield f"{_dotted(table, name)} is no setting. Did you mean '{_dotted(table, near)}'?"
    for table, ours in SETTINGS.items():
        found = _at(document, table)
        if found is not None and not isinstance(found, Mapping):
            yield f"{table} is not a table. Write [{table}] above its keys."
            continue
        for name in found or ():
            if name not in ours and name not in OF_DLT.get(table, ()):
                yield _no_setting(table, name)


def check_variables(variables: Mapping[str, Any]) -> None:
    """Check the names and types of dbt variables; raises ConfigurationError, which says what to write."""
    for name, value in variables.items():
        if name in OTHER_VARIABLES or name in INTERNAL_VARIABLES:
            continue
        if name not in DBT_VARIABLES:
            raise ConfigurationError(_no_setting("transforms.vars", name))
        wanted = DBT_VARIABLES[name]
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ConfigurationError(f"transforms.vars.{name} is '{value}'. Write {IN_WORDS[wanted]}.")


def _no_setting(table: str, name: str) -> str:
    names = DBT_VARIABLES if table == "transforms.vars" else SETTINGS[table]
    near = _near(name, names, ALIKE)
    what = f"Did you mean '{near}'?" if near else f"Choose from {', '.join(names)}."
    return f"{table} has no setting '{name}'. {what}"


def _near(name: str, names: Collection[str], cutoff: float) -> str | None:
    return next(iter(difflib.get_close_matches(name, names, 1, cutoff)), None)


def _names(document: Mapping[str, Any], table: str) -> Collection[str]:
    found = _at(document, table)
    return found if isinstance(found, Mapping) else ()


def _at(document: Mapping[str, Any], table: str) -> Any:
    found: Any = document
    for name in table.split(".") if table else ():
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _dotted(table: str, name: str) -> str:
    return f"{table}.{name}" if table else name
