"""The settings that `accbooks init` reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import pendulum
from accbooks_warehouse.pipelines.setup.toml_files import SettingsFile
from accbooks_warehouse.pipelines.setup.webhook_secrets import Secrets, put_secrets, stored_secrets
from accbooks_warehouse.sources.accbooks import ConfigurationError, parse_start_date

SOURCE = ("sources", "accbooks")
PLACEHOLDER = "your_api_key_here"
"""The key in .dlt/secrets.toml.example."""
EVERYTHING = "all"
"""The answer for no start date."""
DUCKDB, POSTGRES = "duckdb", "postgres"
PLACES = {
    DUCKDB: ("destination", "duckdb", "credentials"),
    POSTGRES: ("destination", "postgres", "credentials"),
}


@dataclass(frozen=True)
class SetupOptions:
    """The options of the command. A setting that is None is asked for, or stays as it is.

    `probes`: test keys and databases before writing them. `replaces`: replace existing settings without
    asking.
    """

    names: tuple[str, ...] = ()
    destination: str | None = None
    file: str | None = None
    start_date: str | None = None
    probes: bool = True
    replaces: bool = False


@dataclass(frozen=True)
class ExistingSettings:
    """The configured settings; keys and webhook secrets by company name, None for those without a name."""

    keys: dict[str | None, str] = field(repr=False)
    credentials: dict[str, str] = field(repr=False)
    start_date: str | None = None
    destination: str = DUCKDB
    webhook_secrets: Secrets = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, config: SettingsFile, secrets: SettingsFile) -> Self:
        """Return the settings in the two files."""
        named = secrets.get(*SOURCE, "companies") or {}
        single = secrets.get(*SOURCE, "api_key")
        keys: dict[str | None, str] = {None: single} if single and single != PLACEHOLDER else {}
        places = {
            place: secrets.get(*name) or (config.get(*name) if place == DUCKDB else None)
            for place, name in PLACES.items()
        }
        credentials = {place: found for place, found in places.items() if isinstance(found, str)}
        start = config.get(*SOURCE, "start_date")
        destination = POSTGRES if list(credentials) == [POSTGRES] else DUCKDB
        start_date = None if start is None else str(start)
        return cls(keys | named, credentials, start_date, destination, stored_secrets(secrets))

    def with_place(self, destination: str, credentials: str | None) -> ExistingSettings:
        """Return the settings with another database; None keeps its address."""
        added = {} if credentials is None else {destination: credentials}
        return replace(self, destination=destination, credentials=self.credentials | added)

    def put_into(self, config: SettingsFile, secrets: SettingsFile) -> None:
        """Change the settings in the files that differ."""
        before = ExistingSettings.of(config, secrets)
        for name in before.keys.keys() - self.keys.keys():
            secrets.drop(*_key_setting(name))
        for name, key in self.keys.items():
            if before.keys.get(name) != key:
                secrets.set(key, *_key_setting(name))
        if None not in self.keys:
            secrets.drop(*_key_setting(None))  # the placeholder of the example
        put_secrets(secrets, before.webhook_secrets, self.webhook_secrets)
        for place, credentials in self.credentials.items():
            if before.credentials.get(place) != credentials:
                file = secrets if place == POSTGRES or secrets.get(*PLACES[place]) else config
                file.set(credentials, *PLACES[place])
        if self.start_date is None:
            config.drop(*SOURCE, "start_date")
        elif before.start_date != self.start_date:
            config.set(self.start_date, *SOURCE, "start_date")


def read_start_date(text: str) -> str | None:
    """Return a start date as ISO text, None for everything; raises ConfigurationError if it is invalid."""
    if text.lower() == EVERYTHING:
        return None
    day = parse_start_date(text)
    if day is None:
        raise ConfigurationError(f"Write a date like 2024-04-01, or {EVERYTHING}.")
    if day > pendulum.today("UTC").date():
        raise ConfigurationError(f"{text} is in the future. Write a past date, or {EVERYTHING}.")
    return day.isoformat()


def read_destination(text: str) -> str:
    """Return the name of a destination that `init` supports; raises ConfigurationError for others."""
    if text not in PLACES:
        raise ConfigurationError(
            f"'accbooks init' cannot set up '{text}'. Write duckdb or postgres; docs/postgresql.md describes "
            "others."
        )
    return text


def _key_setting(name: str | None) -> tuple[str, ...]:
    return (*SOURCE, "api_key") if name is None else (*SOURCE, "companies", name)
