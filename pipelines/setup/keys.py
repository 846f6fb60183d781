"""Test a key: find its company and suggest a name for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.configuration import settings_of
from accbooks_warehouse.sources.accbooks import Client, NoProgress, PermissionMissingError, budget_of


@dataclass(frozen=True)
class Key:
    """A key and its company; None if the key was not tested, or may not read the company."""

    text: str = field(repr=False)
    company_id: str | None = None
    company: str | None = None

    def describe(self) -> str:
        """Say which company the key belongs to."""
        if self.company_id is None:
            return "The key works, but has no permission to read the company."
        return f"The key works: {self.company} ({self.company_id})."


def untested_key(text: str) -> Key:
    """Return an untested key; raises ConfigurationError if its form is invalid."""
    settings_of(text)
    return Key(text)


def tested_key(text: str) -> Key:
    """Ask AccBooks for the key's company in one request; raises AccBooksError if the key is rejected."""
    settings = settings_of(text)
    try:
        answer = Client(settings, budget_of(settings, NoProgress())).get("company", permission="company")
    except PermissionMissingError:
        return Key(text)
    record = answer["data"] if isinstance(answer["data"], dict) else {}
    return Key(text, str(record.get("id")), str(record.get("name")))


def suggested_name(company: str | None) -> str | None:
    """Return a short name for a company, for --company: the first word of its name."""
    words = re.findall(r"[a-z0-9]+", (company or "").lower())
    return words[0] if words else None
