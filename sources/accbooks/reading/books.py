"""One reading of one company's books: whose they are, what is asked for, and what came of it."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pendulum

from ..api.budget import RateBudget
from ..api.client import Client
from ..api.day_count import day_count
from ..columns import DATE, IDENTIFIER
from ..endpoints import COMPANY, ENDPOINTS
from ..errors import (
    LimitReachedError,
    PermissionMissingError,
    UnexpectedAnswerError,
    UnstableWindowError,
)
from ..settings import Settings
from ..tables.fetched_reports import FetchedReport
from ..tables.kept_pages import KeptPagesStore
from ..tables.merge import Quoting, Writing, in_double_quotes
from ..tables.quarantine import Quarantine
from ..tables.reports import TRIAL_BALANCE, Report, ReportRequest, Reports
from ..windows import Request, Window
from .bookmark import Bookmark, Unfinished
from .progress import NoProgress, Progress


@dataclass
class Outcome:
    """What happened during a reading, as far as it matters for what is said and proved afterwards.

    `posting_months` are the first days of the months in which records that were read were posted.
    `inconsistent` says of reports, by name and request, why their last answer could not be used.
    """

    records: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    forbidden: dict[str, PermissionMissingError] = field(default_factory=dict)
    inconsistent: dict[tuple[str, ReportRequest], str] = field(default_factory=dict)
    unstable: list[UnstableWindowError] = field(default_factory=list)
    limit_reached: LimitReachedError | None = None
    failure: Exception | None = None
    posting_months: set[dt.date] = field(default_factory=set)


@dataclass
class Reading:
    """A key's company and everything its resources share.

    `company` is the company's own record, None if the key may not read it. `only` names the endpoints to
    read, all if empty; the tables of the others are made, and left as they are. `writing` says how rows reach
    the warehouse, `quoted` how it writes a column's name in quotes. An error that stops the reading is raised
    at once, unless it `keeps_what_is_complete`: then it is in the outcome, for whoever loads what there is.
    `knows_its_company` tells that `company_id` is AccBooks' own, and not what stands in for it.
    `report_requests` maps a report's name to what to fetch of it; without it, the months and years of the
    records read are fetched. `report_reason` says why they are. `probes` are reports fetched outside of a
    load, to be loaded with the next one of their kind. `unfinished` is the sync that this one goes on with,
    because a limit ended it; `kept_pages` is what is held of windows that were not read whole yet.
    """

    client: Client
    company_id: str
    company: Mapping[str, Any] | None
    request: Request
    opened_at: pendulum.DateTime
    progress: Progress
    forbidden_company: PermissionMissingError | None = None
    knows_its_company: bool = True
    only: Sequence[str] = ()
    writing: Writing = Writing.CHANGES
    quoted: Quoting = in_double_quotes
    keeps_what_is_complete: bool = False
    report_requests: Reports | None = None
    report_reason: str = "report"
    probes: list[FetchedReport] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    quarantine: Quarantine = field(init=False)
    unfinished: Unfinished | None = None
    another_began_at: pendulum.DateTime | None = None
    kept_pages: KeptPagesStore = field(init=False)

    def __post_init__(self) -> None:
        self.quarantine = Quarantine(self.company_id)
        self.kept_pages = KeptPagesStore(self.company_id)

    @property
    def proving_since(self) -> pendulum.DateTime:
        """Return when the sync began whose reports are fetched."""
        if self.unfinished is not None:
            return self.unfinished.since
        return self.another_began_at or self.opened_at

    def begin_another(self) -> None:
        """Begin another sync, after the one that was gone on with."""
        self.unfinished, self.another_began_at = None, pendulum.now("UTC")

    @property
    def wants_all_lists(self) -> bool:
        """Tell whether every list is to be read."""
        return all(self.wants(endpoint.name) for endpoint in ENDPOINTS)

    @property
    def is_whole(self) -> bool:
        """Tell whether whatever is due of every list is to be read."""
        return self.wants_all_lists and not self.request.is_for_days

    @property
    def is_healing(self) -> bool:
        """Tell whether only what differed is read again."""
        return self.request.windows is not None

    def note_limit(self, bookmark: Bookmark) -> None:
        """Note in the company's bookmark that a limit ended the sync, if one did: the next one goes on."""
        if self.is_whole and self.outcome.limit_reached is not None:
            gave = self.client.budget.answered - 1  # the first one opened the books
            bookmark.stop_at_limit(Unfinished(self.proving_since, max(0, gave)))

    def wants(self, resource: str) -> bool:
        """Tell whether an endpoint is to be read."""
        return not self.only or resource in self.only

    def take_probes(self, report: Report) -> list[FetchedReport]:
        """Return the probes of a kind of report, and keep the others."""
        taken = [each for each in self.probes if each.report == report]
        self.probes = [each for each in self.probes if each.report != report]
        return taken

    def stop_at(self, error: Exception) -> None:
        """Take note of the error that stops the reading; a limit is no failure. May raise the error."""
        if isinstance(error, LimitReachedError):
            self.outcome.limit_reached = error
        elif self.keeps_what_is_complete:
            self.outcome.failure = error
        else:
            raise error

    @property
    def is_stopped(self) -> bool:
        """Tell whether nothing more can be read."""
        return self.outcome.limit_reached is not None or self.outcome.failure is not None

    @property
    def today(self) -> pendulum.Date:
        """Return the UTC date the reading began on."""
        return self.opened_at.date()

    @property
    def financial_year_end(self) -> str | None:
        """Return the company's literal year end, "MM-DD", if it is known."""
        year_end = self._company_field("financial_year_end")
        return year_end if isinstance(year_end, str) else None

    @property
    def likely_dates(self) -> Window:
        """Return the days most records are likely to lie in, to cut large windows evenly."""
        try:
            start = DATE.parse(self._company_field("books_start_date"))
        except ValueError:
            return Window(None, self.today)
        return Window(pendulum.instance(start), self.today)

    def _company_field(self, name: str) -> Any:
        return self.company.get(name) if self.company else None


def open_books(
    settings: Settings,
    *,
    window: Window | None = None,
    progress: Progress | None = None,
    name: str = "default",
    until: float = math.inf,
) -> Reading:
    """Find out whose books the key opens, for one request, and prepare to read them.

    No request goes out after `until`, in steady_time's seconds.

    A key without the permission `company` is told apart by the company_id its reports carry, or else by the
    `name` it has in the configuration.
    """
    progress = progress or NoProgress()
    client = Client(settings, budget_of(settings, progress, until))
    progress.opened(client.budget)
    request = Request(window, start_date=settings.start_date, lookback_days=settings.lookback_days)
    opened_at = pendulum.now("UTC")
    try:
        record = client.get(COMPANY.path, permission=COMPANY.permission)["data"]
    except PermissionMissingError as error:
        reported = company_of_reports(client, opened_at.date())
        return Reading(
            client,
            reported or name,
            None,
            request,
            opened_at,
            progress,
            forbidden_company=error,
            knows_its_company=reported is not None,
        )
    identifier = record.get("id") if isinstance(record, dict) else None
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
        raise UnexpectedAnswerError("AccBooks answered GET company without the company's id.")
    try:
        IDENTIFIER.parse(identifier)
    except ValueError as error:
        raise UnexpectedAnswerError(f"AccBooks answered GET company with an id that {error}.") from None
    return Reading(client, str(identifier), record, request, opened_at, progress)


def budget_of(settings: Settings, progress: Progress, until: float = math.inf) -> RateBudget:
    """Return the budget of a key, with the day's count if there is a file to keep it in."""
    path = settings.day_count
    day = day_count(path, settings.api_key, settings.base_url) if path else None
    return RateBudget(day=day, daily_share=settings.daily_share, on_wait=progress.waiting, until=until)


def company_of_reports(client: Client, today: pendulum.Date) -> str | None:
    """Return the company_id that a trial balance carries, or None if the key may not read reports."""
    params = {**TRIAL_BALANCE.dates(ReportRequest(today)), "format": "json"}
    try:
        data = client.get(TRIAL_BALANCE.path, params, permission=TRIAL_BALANCE.permission)["data"]
    except PermissionMissingError:
        return None
    identifier = data.get("company_id") if isinstance(data, dict) else None
    return None if identifier is None else str(identifier)
