"""The settings of one key: where its API is, and how much of the books to read."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pendulum

from .errors import ConfigurationError

if TYPE_CHECKING:
    from .api.shared_count import SharedCounts

BASE_URL = "https://api.accbooks.co.uk/v1/"
LOOKBACK_DAYS = 35
DAILY_SHARE = 0.9
"""The rest of the daily limit is for the user's other integrations."""
CERTIFY_YEARS_EVERY, CERTIFY_MONTHS_EVERY = 0.0, 24.0
"""Hours after which the years, and the months, are compared again."""
HEAL_BUDGET = 0.1
"""The share of the daily requests for looking again at what differs."""
SCRUB_SHARE = 0.05
"""The share of the daily requests for reading old days in rotation."""
LISTEN_SHARE = 0.5
"""The share of the daily requests for reading what webhooks name."""
PACKAGE_RECORDS = 95_000
PACKAGE_SECONDS = 300
LONGEST_LOOKBACK_DAYS = 36_525


@dataclass(frozen=True)
class Settings:
    """One key's settings, checked.

    Raises ConfigurationError for an empty key, a base URL that would send the key in the clear, or a
    lookback, daily share or package size out of bounds. A load takes in a package at a time, so that a crash
    costs at most `package_records` records, or `package_seconds` seconds of reading; below some 25,000 every
    window is a package, and a crash costs the windows read ahead. `certify_years_every` and
    `certify_months_every` are hours; `heal_budget`, `scrub_share` and `listen_share` are shares of our daily
    requests, and none of them switches off what they are for. `day_count` is the file that counts a day's
    requests, `shared_counts` what counts them instead where several machines use the keys. AccBooks serves
    HTTPS only (its API article); plain HTTP is allowed to this machine alone, where no network can overhear
    it.
    """

    api_key: str = field(repr=False)
    base_url: str = BASE_URL
    start_date: pendulum.Date | None = None
    lookback_days: int = LOOKBACK_DAYS
    daily_share: float = DAILY_SHARE
    package_records: int = PACKAGE_RECORDS
    package_seconds: int = PACKAGE_SECONDS
    certify_years_every: float = CERTIFY_YEARS_EVERY
    certify_months_every: float = CERTIFY_MONTHS_EVERY
    heal_budget: float = HEAL_BUDGET
    scrub_share: float = SCRUB_SHARE
    listen_share: float = LISTEN_SHARE
    day_count: Path | None = None
    shared_counts: SharedCounts | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.api_key or not self.api_key.isascii() or any(c.isspace() for c in self.api_key):
            raise ConfigurationError(
                "The API key is empty or contains invalid characters. "
                "Set sources.accbooks.api_key in .dlt/secrets.toml or SOURCES__ACCBOOKS__API_KEY."
            )
        if not 0 <= self.lookback_days <= LONGEST_LOOKBACK_DAYS:
            raise ConfigurationError(
                f"sources.accbooks.lookback_days is {self.lookback_days}. Write a number of days from 0 to "
                f"{LONGEST_LOOKBACK_DAYS}."
            )
        if not 0 < self.daily_share <= 1:
            raise ConfigurationError(
                f"sources.accbooks.daily_share is {self.daily_share}. Write a share up to 1, like 0.9."
            )
        for name in ("package_records", "package_seconds"):
            if getattr(self, name) < 1:
                raise ConfigurationError(
                    f"sources.accbooks.{name} is {getattr(self, name)}. Write a whole number of at least 1."
                )
        for name in ("certify_years_every", "certify_months_every"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigurationError(
                    f"sources.accbooks.{name} is {getattr(self, name)}. Write a number of hours, or 0 for "
                    "every sync."
                )
        for name in ("heal_budget", "scrub_share", "listen_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(
                    f"sources.accbooks.{name} is {getattr(self, name)}. Write a share up to 1, or 0 for none."
                )
        check_base_url(self.base_url)


def check_base_url(url: str) -> None:
    """Raise ConfigurationError unless `url` is HTTPS, or HTTP to a loopback address."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigurationError(f"sources.accbooks.base_url is not a valid URL: {error}.") from None
    if parts.username or parts.password:
        raise ConfigurationError("sources.accbooks.base_url must not contain a user name or password.")
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return
    raise ConfigurationError(
        f"sources.accbooks.base_url is '{url}', but AccBooks accepts only HTTPS. Write {BASE_URL}. (Plain "
        "http is allowed to 127.0.0.1 and localhost, for the emulator.)"
    )


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine's own loopback name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_start_date(text: str | None) -> pendulum.Date | None:
    """Return the start date as a date; raises ConfigurationError if it is not YYYY-MM-DD."""
    if not text:
        return None
    try:
        return pendulum.Date.fromisoformat(str(text))
    except ValueError:
        raise ConfigurationError(
            f"sources.accbooks.start_date is '{text}'. Write it as YYYY-MM-DD, for example 2024-04-01."
        ) from None
