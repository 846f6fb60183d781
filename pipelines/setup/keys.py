"""A key that was tried: whose books it opens, and what its company is to be called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.configuration import settings_of
from accbooks_warehouse.sources.accbooks import Client, NoProgress, PermissionMissingError, budget_of


@dataclass(frozen=True)
class Key:
    """A key, and the company it answered for; None where it was not tried, or may not read the company."""

    text: str = field(repr=False)
    company_id: str | None = None
    company: str | None = None

    def describe(self) -> str:
        """Say whose key it is."""
        if self.company_id is None:
            return "The key is accepted; it may not read the company."
        return f"The key is accepted: {self.company} ({self.company_id})."


def looks_like(text: str) -> Key:
    """Return a key that was not tried; raises ConfigurationError if it cannot be one."""
    settings_of(text)
    return Key(text)


def tried(text: str) -> Key:
    """Ask AccBooks whose key it is, in one request; raises AccBooksError if it is refused."""
    settings = settings_of(text)
    try:
        answer = Client(settings, budget_of(settings, NoProgress())).get("company", permission="company")
    except PermissionMissingError:
        return Key(text)
    record = answer["data"] if isinstance(answer["data"], dict) else {}
    return Key(text, str(record.get("id")), str(record.get("name")))


def suggested_name(company: str | None) -> str | None:
    """Return a short name for a company, as for --company: the first word of its own that has letters."""
    words = re.findall(r"[a-z0-9]+", (company or "").lower())
    return words[0] if words else None
