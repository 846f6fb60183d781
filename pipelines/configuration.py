"""The user's configuration, read through dlt: .dlt/config.toml, .dlt/secrets.toml or the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import dlt
import platformdirs
from accbooks_warehouse.pipelines.destinations import identifier
from accbooks_warehouse.sources.accbooks import (
    BASE_URL,
    CERTIFY_MONTHS_EVERY,
    CERTIFY_YEARS_EVERY,
    DAILY_SHARE,
    HEAL_BUDGET,
    LOOKBACK_DAYS,
    PACKAGE_RECORDS,
    PACKAGE_SECONDS,
    SCRUB_SHARE,
    ConfigurationError,
    Settings,
    parse_start_date,
)
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException

N = TypeVar("N", int, float)

SECTION = "sources.accbooks"
DEFAULT_COMPANY = "default"
LONGEST_NAME = 50
"""A company's staging tables are in a schema called after it, and databases take names of some 60 letters."""

FIXED = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
    "ENABLE_RUNTIME_TRACE": "false",
}
"""What dlt must know whatever the user's files say: no telemetry, every row knows its load, and no trace of
the steps is written into a directory that is thrown away."""

DEFAULTS = {"RUNTIME__LOG_LEVEL": "CRITICAL", "LOAD__WORKERS": "3"}
"""dlt logs tracebacks as errors; what a user can do something about is said in a sentence instead. More
tables loaded at once would be no faster, and take more memory."""


@dataclass(frozen=True)
class Company:
    """A configured company: its name in the configuration, and its key's settings."""

    name: str
    settings: Settings

    @property
    def pipeline_name(self) -> str | None:
        """Return the name that its pipeline goes by; None is the pipeline of the one key without a name."""
        return None if self.name == DEFAULT_COMPANY else self.name


def prepare_dlt() -> None:
    """Set what dlt needs in this process, before it is used."""
    os.environ.update(FIXED)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


def companies(name: str | None = None) -> list[Company]:
    """Return the configured companies, or the one called `name`.

    Raises ConfigurationError if there is no key, no such company, or a setting that cannot be right.
    """
    keys = _company_keys()
    if name is not None:
        if name not in keys:
            known = ", ".join(sorted(keys)) or "none"
            raise ConfigurationError(
                f"There is no company '{name}' in the configuration (known: {known}). "
                f'Add it to .dlt/secrets.toml under [{SECTION}.companies] as {name} = "its API key".'
            )
        return [Company(name, settings_of(keys[name]))]
    single = dlt.secrets.get(f"{SECTION}.api_key", str)
    if single:
        return [Company(DEFAULT_COMPANY, settings_of(single))]
    if not keys:
        raise ConfigurationError(
            "There is no API key. Run 'accbooks init', which asks for it (AccBooks: Settings → Integrations "
            "→ API → Keys), or set SOURCES__ACCBOOKS__API_KEY. Without a key, 'accbooks demo' shows "
            "everything on made-up books."
        )
    return [Company(each, settings_of(key)) for each, key in sorted(keys.items())]


def company_names() -> list[str]:
    """Return the names of all configured companies; none where there is no key."""
    if dlt.secrets.get(f"{SECTION}.api_key", str):
        return [DEFAULT_COMPANY]
    return sorted(_company_keys())


def check_name(name: str, others: Iterable[str | None]) -> str:
    """Return a company's name; raises ConfigurationError if its tables could not be told from the others'."""
    if not re.search(r"\w", name):
        raise ConfigurationError(f"'{name}' is no name of a company; write one of letters and digits.")
    if len(name) > LONGEST_NAME:
        raise ConfigurationError(
            f"The company's name '{name}' is too long; choose one of at most {LONGEST_NAME} letters."
        )
    alike = [each for each in others if each and each != name and identifier(each) == identifier(name)]
    if alike:
        raise ConfigurationError(
            f"The company's name '{name}' is too much like '{alike[0]}': only the letters a to z, digits and "
            "underscores tell names apart. Choose another name."
        )
    return name


def dbt_variables() -> Mapping[str, Any]:
    """Return the dbt variables the user set under `transforms.vars`, such as other control accounts."""
    variables = dlt.config.get("transforms.vars", dict)
    return variables or {}


def _company_keys() -> dict[str, str]:
    try:
        keys = dlt.secrets.get(f"{SECTION}.companies", dict) or {}
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(
            'SOURCES__ACCBOOKS__COMPANIES is not a JSON object; write it as {"NAME": "API key"}.'
        ) from None
    if not all(isinstance(key, str) for key in keys.values()):
        raise ConfigurationError(f'Every entry under [{SECTION}.companies] must be NAME = "API key".')
    return {check_name(name, keys): key for name, key in keys.items()}


def settings_of(api_key: str) -> Settings:
    """Return a key's settings; raises ConfigurationError if one of them cannot be right."""
    return Settings(
        api_key=api_key,
        base_url=dlt.config.get(f"{SECTION}.base_url", str) or BASE_URL,
        start_date=parse_start_date(dlt.config.get(f"{SECTION}.start_date", str)),
        lookback_days=_number("lookback_days", LOOKBACK_DAYS, int, "as a whole number of days"),
        daily_share=_number("daily_share", DAILY_SHARE, float, "like 0.9"),
        package_records=_number("package_records", PACKAGE_RECORDS, int, "as a whole number of records"),
        package_seconds=_number("package_seconds", PACKAGE_SECONDS, int, "as a whole number of seconds"),
        certify_years_every=_number("certify_years_every", CERTIFY_YEARS_EVERY, float, "in hours"),
        certify_months_every=_number("certify_months_every", CERTIFY_MONTHS_EVERY, float, "in hours"),
        heal_budget=_number("heal_budget", HEAL_BUDGET, float, "like 0.1"),
        scrub_share=_number("scrub_share", SCRUB_SHARE, float, "like 0.05"),
        day_count=platformdirs.user_state_path("accbooks") / "requests.sqlite",
    )


def _number(name: str, default: N, parse: Callable[[str], N], what: str) -> N:
    value: Any = dlt.config.get(f"{SECTION}.{name}")
    if value is None:
        return default
    try:
        return parse(str(value))
    except ValueError:
        raise ConfigurationError(f"{SECTION}.{name} is '{value}'; write it {what}.") from None
