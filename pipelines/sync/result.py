"""The result of a sync, and its exit status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.reconciliation import MatchCount
from accbooks_warehouse.pipelines.sync.heal import Healing
from accbooks_warehouse.sources.accbooks import (
    Books,
    ConfigurationError,
    DayBudgetSpentError,
    LimitReachedError,
    Outcome,
)


@dataclass(frozen=True)
class CompanyResult:
    """How the sync of one company went.

    `books` and `company_id` are None if the books were not opened. `waits_for` is a lock that another run
    has, so that this run did nothing. `seconds` is how long reading and loading took. `still_damaged_rows`
    counts, by table, raw rows that differ from what was loaded even after they were read again.
    """

    name: str
    company_id: str | None = None
    books: Books | None = None
    outcome: Outcome = field(default_factory=Outcome)
    error: Exception | None = None
    healing: Healing | None = None
    waits_for: str | None = None
    seconds: float = 0.0
    still_damaged_rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def can_continue(self) -> bool:
        """Tell whether a later try can continue: after another run, or when the daily limit resets."""
        return self.waits_for is not None or isinstance(self.limit_reached, DayBudgetSpentError)

    @property
    def limit_reached(self) -> LimitReachedError | None:
        """Return the limit that ended the reading; None if none did."""
        if isinstance(self.error, LimitReachedError):
            return self.error
        return self.outcome.limit_reached


@dataclass(frozen=True)
class SyncResult:
    """How a sync went for all its companies, and the findings; a sentence for each bad configured file."""

    companies: tuple[CompanyResult, ...] = ()
    match_counts: tuple[MatchCount, ...] = ()
    findings: Findings = field(default_factory=Findings)
    file_faults: tuple[str, ...] = ()

    @property
    def status(self) -> ExitStatus:
        """Return the exit status for all companies: the most serious of theirs."""
        errors = [company.error for company in self.companies if company.error]
        unread = any(company.outcome.unstable for company in self.companies)
        if errors and all(isinstance(error, ConfigurationError) for error in errors) and not unread:
            return ExitStatus.USAGE
        if unread or any(not isinstance(error, LimitReachedError) for error in errors):
            return ExitStatus.ERROR
        if self.limits_reached:
            return ExitStatus.LIMIT_REACHED
        return ExitStatus.DIFFERENCES if self.findings.errors else ExitStatus.DONE

    @property
    def waits_for(self) -> dict[str, str]:
        """Return the companies that another run is syncing, and the locks it has."""
        return {company.name: company.waits_for for company in self.companies if company.waits_for}

    @property
    def limits_reached(self) -> list[LimitReachedError]:
        """Return the limits that ended the reading of companies."""
        return [company.limit_reached for company in self.companies if company.limit_reached is not None]

    @property
    def resets_at(self) -> float | None:
        """Return when the last spent daily budget resets, in epoch seconds; None if none was spent."""
        spent = [limit for limit in self.limits_reached if isinstance(limit, DayBudgetSpentError)]
        return max((limit.resets_at for limit in spent), default=None)
