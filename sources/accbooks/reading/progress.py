"""What a reading tells whoever watches it."""

from __future__ import annotations

from typing import Protocol

from ..api.budget import RateBudget


class Progress(Protocol):
    """Told how a reading goes; must be cheap and must not raise."""

    def opened(self, budget: RateBudget) -> None:
        """Take note that a company's books were opened, and of the budget that reading them spends."""

    def started(self, resource: str) -> None:
        """Take note that a resource's first request is about to go out."""

    def page(self, resource: str, records: int, total: int) -> None:
        """Take note of a page: the records on it, and how many its window holds."""

    def finished(self, resource: str, records: int) -> None:
        """Take note that a resource was read: the records that will be loaded."""

    def loaded(self, records: int) -> None:
        """Take note that a package is in the warehouse and more follow: the records loaded so far."""

    def waiting(self, seconds: float) -> None:
        """Take note that the rate limit makes the next request wait."""


class CompanyProgress(Protocol):
    """Gives each company something that watches its reading."""

    def of(self, company: str) -> Progress:
        """Return what watches the reading of a company."""


class NoProgress:
    """Watches nothing."""

    def opened(self, budget: RateBudget) -> None:
        """Ignore it."""

    def started(self, resource: str) -> None:
        """Ignore it."""

    def page(self, resource: str, records: int, total: int) -> None:
        """Ignore it."""

    def finished(self, resource: str, records: int) -> None:
        """Ignore it."""

    def loaded(self, records: int) -> None:
        """Ignore it."""

    def waiting(self, seconds: float) -> None:
        """Ignore it."""
