"""What the configuration holds, what the options say of it, and what is to be written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import pendulum
from accbooks_warehouse.pipelines.setup.toml_files import SettingsFile
from accbooks_warehouse.sources.accbooks import ConfigurationError, parse_start_date

SOURCE = ("sources", "accbooks")
PLACEHOLDER = "your_api_key_here"
"""What .dlt/secrets.toml.example has for a key."""
EVERYTHING = "all"
"""The start date of those who want no start date."""
DUCKDB, POSTGRES = "duckdb", "postgres"
PLACES = {
    DUCKDB: ("destination", "duckdb", "credentials"),
    POSTGRES: ("destination", "postgres", "credentials"),
}


@dataclass(frozen=True)
class SetupOptions:
    """What the options say; None is asked for, or left as it is.

    `probes` tells whether keys and databases are tried before they are written, `replaces` whether what is
    held may be replaced without asking.
    """

    names: tuple[str, ...] = ()
    destination: str | None = None
    file: str | None = None
    start_date: str | None = None
    probes: bool = True
    replaces: bool = False


@dataclass(frozen=True)
class ExistingSettings:
    """The keys by the names of companies, None for the one key without a name, and the other settings."""

    keys: dict[str | None, str] = field(repr=False)
    credentials: dict[str, str] = field(repr=False)
    start_date: str | None = None
    destination: str = DUCKDB

    @classmethod
    def of(cls, config: SettingsFile, secrets: SettingsFile) -> Self:
        """Return what the two files hold now."""
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
        return cls(keys | named, credentials, None if start is None else str(start), destination)

    def with_place(self, destination: str, credentials: str | None) -> ExistingSettings:
        """Return it with another place for the warehouse; None leaves its address as it is."""
        added = {} if credentials is None else {destination: credentials}
        return replace(self, destination=destination, credentials=self.credentials | added)

    def put_into(self, config: SettingsFile, secrets: SettingsFile) -> None:
        """Change the files where they hold something else."""
        before = ExistingSettings.of(config, secrets)
        for name in before.keys.keys() - self.keys.keys():
            secrets.drop(*_key_setting(name))
        for name, key in self.keys.items():
            if before.keys.get(name) != key:
                secrets.set(key, *_key_setting(name))
        if None not in self.keys:
            secrets.drop(*_key_setting(None))  # the example's placeholder
        for place, credentials in self.credentials.items():
            if before.credentials.get(place) != credentials:
                file = secrets if place == POSTGRES or secrets.get(*PLACES[place]) else config
                file.set(credentials, *PLACES[place])
        if self.start_date is None:
            config.drop(*SOURCE, "start_date")
        elif before.start_date != self.start_date:
            config.set(self.start_date, *SOURCE, "start_date")


def read_start_date(text: str) -> str | None:
    """Return a start date as it is written, None for everything; raises ConfigurationError for another."""
    if text.lower() == EVERYTHING:
        return None
    day = parse_start_date(text)
    if day is None:
        raise ConfigurationError(f"Write a date like 2024-04-01, or {EVERYTHING}.")
    if day > pendulum.today("UTC").date():
        raise ConfigurationError(f"{text} is yet to come; write a date of the past, or {EVERYTHING}.")
    return day.isoformat()


def read_destination(text: str) -> str:
    """Return the name of a destination that can be set up here; raises ConfigurationError for another."""
    if text not in PLACES:
        raise ConfigurationError(
            f"'{text}' cannot be set up by init: write duckdb or postgres. README.md says what others take."
        )
    return text


def _key_setting(name: str | None) -> tuple[str, ...]:
    return (*SOURCE, "api_key") if name is None else (*SOURCE, "companies", name)
