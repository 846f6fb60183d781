"""The settings of `sources.accbooks`, from .dlt/config.toml, .dlt/secrets.toml or the environment, by dlt.

Those of `destination` are read in `destinations/opening.py`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import dlt
import platformdirs
from accbooks_warehouse.pipelines.check_settings import read_check_settings
from accbooks_warehouse.pipelines.control import ControlDatabase, control_database
from accbooks_warehouse.pipelines.destinations import identifier
from accbooks_warehouse.pipelines.known_settings import FILES, check_settings_known, check_variables
from accbooks_warehouse.pipelines.vat_settings import VatSetting, read_vat_settings
from accbooks_warehouse.sources.accbooks import (
    ConfigurationError,
    Settings,
    parse_start_date,
)
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException

N = TypeVar("N", int, float)

SECTION = "sources.accbooks"
DEFAULT_COMPANY = "default"
FROM_FILE = "file"
"""The value of the dbt variable `accbooks_NAME` where our raw table has the rows of the file."""
LONGEST_NAME = 50
"""A company's staging schema contains its name, and databases allow identifiers of about 60 characters."""

FIXED = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
    "ENABLE_RUNTIME_TRACE": "false",
}
"""Settings of dlt that the user's files cannot change: no telemetry, a load id in every row, and no trace
files in the temporary working directory."""

DEFAULTS = {"RUNTIME__LOG_LEVEL": "CRITICAL", "LOAD__WORKERS": "3"}
"""Default settings of dlt. It logs tracebacks as errors, where our commands print a sentence. Loading more
tables at once takes more memory and is no faster."""


@dataclass(frozen=True)
class Company:
    """A configured company: its name in the configuration, and its key's settings."""

    name: str
    settings: Settings

    @property
    def pipeline_name(self) -> str | None:
        """Return the name of its pipeline; None for the single key without a name."""
        return None if self.name == DEFAULT_COMPANY else self.name


def prepare_dlt() -> None:
    """Set dlt's settings for this process, and check the names of the user's. Call it before dlt is used.

    Raises ConfigurationError for a setting that does not exist.
    """
    os.environ.update(FIXED)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    check_settings_known()


def companies(name: str | None = None) -> list[Company]:
    """Return the configured companies, or the one called `name`.

    Raises ConfigurationError if there is no key, no such company, or an invalid setting.
    """
    keys = _company_keys()
    if name is not None and not name.strip():
        raise ConfigurationError("--company is empty. Write the name of a company, or leave it out for all.")
    if name is not None:
        if name not in keys:
            known = ", ".join(sorted(keys)) or "none"
            raise ConfigurationError(
                f"There is no company '{name}' in the configuration (it has {known}). "
                f'Add it to .dlt/secrets.toml under [{SECTION}.companies] as {name} = "its API key".'
            )
        return [Company(name, settings_of(keys[name]))]
    single = dlt.secrets.get(f"{SECTION}.api_key", str)
    if single:
        return [Company(DEFAULT_COMPANY, settings_of(single))]
    if not keys:
        raise ConfigurationError(
            "There is no API key. Create one in AccBooks (Settings → Integrations → API → Keys), then run "
            "'accbooks init' or set SOURCES__ACCBOOKS__API_KEY. Without a key, 'accbooks demo' syncs "
            "generated books."
        )
    first = settings_of(next(iter(keys.values())))  # all keys have the same: to look them up takes a while
    return [Company(each, replace(first, api_key=key)) for each, key in sorted(keys.items())]


def company_names() -> list[str]:
    """Return the names of all configured companies; none if there is no key."""
    if dlt.secrets.get(f"{SECTION}.api_key", str):
        return [DEFAULT_COMPANY]
    return sorted(_company_keys())


def check_name(name: str, others: Iterable[str | None]) -> str:
    """Return a company's name; raises ConfigurationError if it is empty, too long or not unique."""
    if not re.search(r"\w", name):
        raise ConfigurationError(f"'{name}' cannot be the name of a company. Use letters and digits.")
    if len(name) > LONGEST_NAME:
        raise ConfigurationError(
            f"The company name '{name}' is too long. Use at most {LONGEST_NAME} characters."
        )
    alike = [each for each in others if each and each != name and identifier(each) == identifier(name)]
    if alike:
        raise ConfigurationError(
            f"The company name '{name}' is too much like '{alike[0]}'. Names must differ in letters (a-z), "
            "digits or underscores. Choose another name."
        )
    return name


def webhook_secrets(names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the webhook secrets of these companies, by name; several while one is rotated.

    A company without a secret is left out. Raises ConfigurationError for a setting that has no secret.
    """
    single: Any = dlt.secrets.get(f"{SECTION}.webhook_secret")
    if single and len(names) > 1:
        raise ConfigurationError(
            f"{SECTION}.webhook_secret is for one company, and there are {len(names)}. Write a secret for "
            f'each under [{SECTION}.webhook_secrets], as NAME = "whsec_...".'
        )
    several = _webhook_secrets()
    found = {name: read_webhook_secrets(several[name]) for name in names if several.get(name)}
    return found | {name: read_webhook_secrets(single) for name in names if single and name not in found}


def _webhook_secrets() -> Mapping[str, Any]:
    try:
        found: Any = dlt.secrets.get(f"{SECTION}.webhook_secrets", dict) or {}
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(
            'SOURCES__ACCBOOKS__WEBHOOK_SECRETS is not a JSON object. Write it as {"NAME": "whsec_..."}.'
        ) from None
    if not isinstance(found, Mapping):
        raise ConfigurationError(
            f"{SECTION}.webhook_secrets is not a table. Write [{SECTION}.webhook_secrets] above its keys."
        )
    return found


def read_webhook_secrets(value: Any) -> tuple[str, ...]:
    """Return one secret, or a list of them, which an environment variable has as JSON.

    Raises ConfigurationError for anything else.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(ValueError):
            value = json.loads(value)
    secrets = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
    if not secrets or not all(isinstance(each, str) and each.strip() for each in secrets):
        raise ConfigurationError(
            f"A webhook secret in [{SECTION}] is neither a text nor a list of texts. Copy it from AccBooks "
            "(Settings → Integrations → API → Webhooks); it begins with whsec_."
        )
    return tuple(each.strip() for each in secrets)


def vat_settings(name: str) -> tuple[VatSetting, ...]:
    """Return a company's settings of VAT, by its name in the configuration; none if it has none.

    Raises ConfigurationError if one cannot be right.
    """
    found = _vat_settings().get(name)
    return () if found is None else read_vat_settings(name, found)


def check_named_companies(names: Collection[str]) -> None:
    """Check that settings by company are for companies that are configured.

    Raises ConfigurationError for VAT or a date of incorporation of another one.
    """
    for setting, named in (("vat", _vat_settings()), ("incorporated", incorporation_dates())):
        _check_named(setting, named, names)


def check_named_secrets(names: Collection[str]) -> None:
    """Check that webhook secrets are those of configured companies; raises ConfigurationError otherwise."""
    _check_named("webhook_secrets", _webhook_secrets(), names)


def _check_named(setting: str, named: Collection[str], names: Collection[str]) -> None:
    strangers = sorted(set(named) - set(names))
    if strangers:
        raise ConfigurationError(
            f"{SECTION}.{setting} has settings for '{strangers[0]}', which is no company in the "
            f"configuration (it has {', '.join(sorted(names)) or 'none'}). Correct the name; that of a "
            f"single key is '{DEFAULT_COMPANY}'."
        )


def configured_files() -> dict[str, Path]:
    """Return the paths of the configured CSV files, by kind.

    Raises ConfigurationError for a kind that does not exist, or an empty path.
    """
    options: dict[str, Any] = {
        "budgets": dlt.config.get(f"{SECTION}.files.budgets"),
        "statement_layout": dlt.config.get(f"{SECTION}.files.statement_layout"),
        "account_mapping": dlt.config.get(f"{SECTION}.files.account_mapping"),
        "groups": dlt.config.get(f"{SECTION}.files.groups"),
        "rates": dlt.config.get(f"{SECTION}.files.rates"),
        "eliminations": dlt.config.get(f"{SECTION}.files.eliminations"),
    }
    table = _table("files")
    strangers = sorted(set(table) - set(FILES))
    if strangers:  # in the environment: those of files are named before
        raise ConfigurationError(
            f"{SECTION}.files has no setting '{strangers[0]}'. Choose from {', '.join(FILES)}."
        )
    found = {**table, **{name: path for name, path in options.items() if path is not None}}
    for name, path in found.items():
        if not isinstance(path, str) or not path.strip():
            raise ConfigurationError(f'{SECTION}.files.{name} is no path. Write it like "{name}.csv".')
    return {name: Path(found[name]) for name in FILES if name in found}


def file_variables(kinds: Iterable[str]) -> dict[str, str]:
    """Return the dbt variables that enable the models which read these kinds of files."""
    return {f"accbooks_{name}": FROM_FILE for name in kinds}


def _table(name: str) -> Mapping[str, Any]:
    """Return a table of the configuration; an empty one if it is not set."""
    try:
        found = dlt.config.get(f"{SECTION}.{name}", dict) or {}
    except ConfigValueCannotBeCoercedException:
        found = None
    if not isinstance(found, Mapping):
        raise ConfigurationError(f"{SECTION}.{name} is not a table. Write [{SECTION}.{name}] above its keys.")
    return found


def incorporation_dates() -> Mapping[str, dt.date]:
    """Return when companies were incorporated, by their names in the configuration, where that is set.

    Raises ConfigurationError for a setting that is no table of dates.
    """
    message = (
        f'{SECTION}.incorporated is not a table of dates. Write NAME = "2024-05-01" under '
        f"[{SECTION}.incorporated]; in the environment, SOURCES__ACCBOOKS__INCORPORATED as JSON like "
        '{"NAME": "2024-05-01"}.'
    )
    try:
        found: Any = dlt.config.get(f"{SECTION}.incorporated", dict) or {}
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(message) from None
    if not isinstance(found, Mapping):
        raise ConfigurationError(message)
    return {str(name): _day_of_incorporation(str(name), value) for name, value in found.items()}


def _day_of_incorporation(name: str, value: object) -> dt.date:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise ConfigurationError(
            f"{SECTION}.incorporated.{name} is '{value}', which is no date. Write it as YYYY-MM-DD."
        ) from None


def dbt_variables() -> Mapping[str, Any]:
    """Return the dbt variables the user set under `transforms.vars`, such as other control accounts.

    The severity of changes in closed periods is one of them if it is not the default, and so is each
    configured file. Raises ConfigurationError for a setting that cannot be right.
    """
    variables = {**_variables(), **file_variables(configured_files())}
    if checks := _checks():
        variables["accbooks_checks"] = read_check_settings(checks)
    severity = dlt.config.get(f"{SECTION}.closed_periods", str) or "warning"
    if severity not in {"warning", "error"}:
        raise ConfigurationError(f"{SECTION}.closed_periods is '{severity}'. Write warning or error.")
    return variables if severity == "warning" else {**variables, "closed_periods": severity}


def _variables() -> Mapping[str, Any]:
    try:
        found: Any = dlt.config.get("transforms.vars", dict) or {}
    except ConfigValueCannotBeCoercedException:
        found = None
    if not isinstance(found, Mapping):
        raise ConfigurationError(
            "transforms.vars is not a table. Write [transforms.vars] above its variables; in the "
            'environment, TRANSFORMS__VARS as JSON like {"trade_debtors": "1150"}.'
        )
    check_variables(found)
    return found


def _checks() -> Mapping[str, Any]:
    try:
        return dlt.config.get(f"{SECTION}.checks", dict) or {}
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(
            'SOURCES__ACCBOOKS__CHECKS is not a JSON object. Write it as {"weekend_journal": false}.'
        ) from None


def _vat_settings() -> Mapping[str, Any]:
    message = (
        f"{SECTION}.vat is not a table of companies. Write [[{SECTION}.vat.NAME]] above each setting; in the "
        'environment, SOURCES__ACCBOOKS__VAT as JSON like {"NAME": [{"from": "2024-04-01", "scheme": "cash", '
        '"stagger": 1}]}.'
    )
    try:
        found = dlt.config.get(f"{SECTION}.vat", dict) or {}
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(message) from None
    if not isinstance(found, Mapping):
        raise ConfigurationError(message)
    return found


def _company_keys() -> dict[str, str]:
    try:
        keys = dlt.secrets.get(f"{SECTION}.companies", dict) or {}
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(
            'SOURCES__ACCBOOKS__COMPANIES is not a JSON object. Write it as {"NAME": "API key"}.'
        ) from None
    if not all(isinstance(key, str) for key in keys.values()):
        raise ConfigurationError(f'Every entry under [{SECTION}.companies] must be NAME = "API key".')
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in keys:
        alike[identifier(name)].append(name)
    return {check_name(name, alike[identifier(name)]): key for name, key in keys.items()}


def settings_of(api_key: str) -> Settings:
    """Return a key's settings; raises ConfigurationError for an invalid one."""
    return Settings(
        api_key=api_key,
        base_url=dlt.config.get(f"{SECTION}.base_url", str) or Settings.base_url,
        start_date=parse_start_date(dlt.config.get(f"{SECTION}.start_date", str)),
        lookback_days=_number("lookback_days", int, "as a whole number of days"),
        daily_share=_number("daily_share", float, "like 0.9"),
        package_records=_number("package_records", int, "as a whole number of records"),
        package_seconds=_number("package_seconds", int, "as a whole number of seconds"),
        certify_years_every=_number("certify_years_every", float, "in hours"),
        certify_months_every=_number("certify_months_every", float, "in hours"),
        heal_budget=_number("heal_budget", float, "like 0.1"),
        scrub_share=_number("scrub_share", float, "like 0.05"),
        listen_share=_number("listen_share", float, "like 0.5"),
        day_count=platformdirs.user_state_path("accbooks") / "requests.sqlite",
        shared_counts=control(),
    )


def control() -> ControlDatabase | None:
    """Return the database that processes on several machines share, if one is configured."""
    address = dlt.secrets.get(f"{SECTION}.control", str)
    return control_database(address) if address else None


def _number(name: str, parse: Callable[[str], N], what: str) -> N:
    """Return a setting; the default of `Settings` where it is not given."""
    value: Any = dlt.config.get(f"{SECTION}.{name}")
    if value is None:
        default: N = getattr(Settings, name)
        return default
    try:
        return parse(str(value))
    except ValueError:
        raise ConfigurationError(f"{SECTION}.{name} is '{value}'. Write it {what}.") from None
