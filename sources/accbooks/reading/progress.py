"""Callbacks that report the progress of a reading."""

from __future__ import annotations

from typing import Protocol

from ..api.budget import RateBudget


class Progress(Protocol):
    """Callbacks of a reading; they must be fast and must not raise."""

    def opened(self, budget: RateBudget) -> None:
        """Note that a company's books were opened; `budget` counts the requests."""

    def started(self, resource: str) -> None:
        """Note that a resource's first request is about to be made."""

    def page(self, resource: str, records: int, total: int) -> None:
        """Note that a page arrived: `records` are on it, and `total` in its window."""

    def finished(self, resource: str, records: int) -> None:
        """Note that a resource was read: this many records will be loaded."""

    def loaded(self, records: int) -> None:
        """Note that a package is in the warehouse and more follow: so many records are loaded so far."""

    def waiting(self, seconds: float) -> None:
        """Note that the rate limit delays the next request."""

    def ended(self, error: Exception | None) -> None:
        """Note that nothing more is read of a company, and the error that ended it."""


class CompanyProgress(Protocol):
    """Returns the progress callbacks of each company."""

    def of(self, company: str) -> Progress:
        """Return the callbacks of a company."""


class NoProgress:
    """Ignores all progress."""

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

    def ended(self, error: Exception | None) -> None:
        """Ignore it."""
