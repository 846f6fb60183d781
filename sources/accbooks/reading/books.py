"""A company's books when they are open: the company's record, the settings, and the client."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pendulum

from ..api.budget import RateBudget
from ..api.client import Client
from ..api.day_count import day_count
from ..columns import DATE, IDENTIFIER
from ..endpoints import COMPANY
from ..errors import CompanyUnknownError, PermissionMissingError, UnexpectedAnswerError
from ..settings import Settings
from ..tables.reports import TRIAL_BALANCE, ReportRequest
from ..windows import Request, Window
from .progress import NoProgress, Progress


@dataclass(frozen=True)
class Books:
    """The books of a key's company.

    `company` is the company's own record, None if the key may not read it; `forbidden_company` is why.
    `knows_its_company` tells that `company_id` is AccBooks' id, not the configured name. `request` has the
    days to read, by the settings.
    """

    client: Client
    company_id: str
    company: Mapping[str, Any] | None
    request: Request
    opened_at: pendulum.DateTime
    progress: Progress
    forbidden_company: PermissionMissingError | None = None
    knows_its_company: bool = True

    @property
    def budget(self) -> RateBudget:
        """Return the budget that reading the books spends."""
        return self.client.budget

    @property
    def today(self) -> pendulum.Date:
        """Return the UTC date on which the books were opened."""
        return self.opened_at.date()

    @property
    def financial_year_end(self) -> str | None:
        """Return the company's literal year end, "MM-DD", if it is known."""
        year_end = self._company_field("financial_year_end")
        return year_end if isinstance(year_end, str) else None

    @property
    def likely_dates(self) -> Window:
        """Return the days that most records are probably in, to split large windows evenly."""
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
    known_id: str | None = None,
    until: float = math.inf,
) -> Books:
    """Open the books of the settings' key, with one request for the company's record.

    No request is made after `until`, in steady_time's seconds.

    If the key lacks the permission `company`, the id comes from a trial balance. If it may not read that
    either, the configured `name` takes its place, as long as AccBooks has told no id before, which is
    `known_id`: then it raises CompanyUnknownError, because one company would be kept as two, or two as one.
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
        if reported is None and known_id is not None:
            raise CompanyUnknownError(known_id) from error
        return Books(
            client,
            reported or name,
            None,
            request,
            opened_at,
            progress,
            forbidden_company=error,
            knows_its_company=reported is not None,
        )
    return Books(client, identifier_of(record), record, request, opened_at, progress)


def identifier_of(record: Any) -> str:
    """Return the id in a company's own record; raises UnexpectedAnswerError if there is none."""
    identifier = record.get("id") if isinstance(record, dict) else None
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
        raise UnexpectedAnswerError("AccBooks answered GET company without the company's id.")
    try:
        IDENTIFIER.parse(identifier)
    except ValueError as error:
        raise UnexpectedAnswerError(f"AccBooks answered GET company with an id that {error}.") from None
    return str(identifier)


def budget_of(settings: Settings, progress: Progress, until: float = math.inf) -> RateBudget:
    """Return the budget of a key, with the count of its requests that the settings name, if they name one."""
    path, shared = settings.day_count, settings.shared_counts
    key = (settings.api_key, settings.base_url)
    return RateBudget(
        day=day_count(path, *key) if path and shared is None else None,
        shared=None if shared is None else shared.of_key(*key),
        daily_share=settings.daily_share,
        on_wait=progress.waiting,
        until=until,
    )


def company_of_reports(client: Client, today: pendulum.Date) -> str | None:
    """Return the company_id in a trial balance; None if the key may not read reports."""
    params = {**TRIAL_BALANCE.dates(ReportRequest(today)), "format": "json"}
    try:
        data = client.get(TRIAL_BALANCE.path, params, permission=TRIAL_BALANCE.permission)["data"]
    except PermissionMissingError:
        return None
    identifier = data.get("company_id") if isinstance(data, dict) else None
    return None if identifier is None else str(identifier)
