"""What happened in a load, for messages and comparisons afterwards."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import LimitReachedError, PermissionMissingError, UnstableWindowError
from ..tables.fetched_reports import FetchedReport
from ..tables.reports import ReportRequest


@dataclass
class Outcome:
    """What happened in a load, or in several of one sync.

    `records` and `rejected` count by resource. `forbidden` has the missing permission of each resource.
    `faults` has, by report name and request, why the last answer could not be used; None if it could.
    `posting_months` are the first days of the months with postings of the records that were read.
    """

    records: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    forbidden: dict[str, PermissionMissingError] = field(default_factory=dict)
    faults: dict[tuple[str, ReportRequest], str | None] = field(default_factory=dict)
    unstable: list[UnstableWindowError] = field(default_factory=list)
    limit_reached: LimitReachedError | None = None
    failure: Exception | None = None
    posting_months: set[dt.date] = field(default_factory=set)

    @property
    def is_stopped(self) -> bool:
        """Tell whether nothing more can be read."""
        return self.limit_reached is not None or self.failure is not None

    @property
    def inconsistent(self) -> dict[tuple[str, ReportRequest], str]:
        """Return the reports whose last answer could not be used, and why."""
        return {key: fault for key, fault in self.faults.items() if fault is not None}

    def note_stop(self, error: Exception) -> None:
        """Note the error after which nothing more is read; a limit is not a failure."""
        if isinstance(error, LimitReachedError):
            self.limit_reached = error
        else:
            self.failure = error

    def note_forbidden(self, resource: str, error: PermissionMissingError) -> None:
        """Note the permission that a resource lacks."""
        self.forbidden[resource] = error

    def note_unstable(self, error: UnstableWindowError) -> None:
        """Note a window whose pages never agreed."""
        self.unstable.append(error)

    def note_postings(self, months: Iterable[dt.date]) -> None:
        """Note months with postings, by their first days."""
        self.posting_months.update(months)

    def note_read(self, resource: str, records: int) -> None:
        """Count records or reports that were read of a resource."""
        self.records[resource] += records

    def note_rejected(self, resource: str, records: int) -> None:
        """Count records of a resource that were set aside, none included."""
        self.rejected[resource] += records

    def note_reports(self, fetched: Iterable[FetchedReport]) -> None:
        """Note which of these reports could be used."""
        self.faults |= {(each.report.name, each.request): each.fault for each in fetched}

    def then(self, later: Outcome) -> Outcome:
        """Return what happened in this load and in a later one together."""
        return Outcome(
            _added(self.records, later.records),
            _added(self.rejected, later.rejected),
            self.forbidden | later.forbidden,
            self.faults | later.faults,
            self.unstable + later.unstable,
            later.limit_reached or self.limit_reached,
            later.failure or self.failure,
            self.posting_months | later.posting_months,
        )


def _added(first: Counter[str], second: Counter[str]) -> Counter[str]:
    """Add counts up, and keep zero counts, which `+` drops."""
    return Counter({name: first[name] + second[name] for name in {**first, **second}})
