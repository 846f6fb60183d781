"""What a load reads of a company's books, and how its rows are written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pendulum

from ..endpoints import ENDPOINTS
from ..tables.fetched_reports import FetchedReport
from ..tables.kept_pages import PagesByWindow
from ..tables.merge import Change, Quoting, Writing, in_double_quotes
from ..tables.reports import Report, Reports
from ..windows import Request
from .bookmark import Unfinished

ReportsOfChanges = Callable[[Sequence[Change]], Reports]
"""Returns the reports that records call for, by what these change in the warehouse."""


@dataclass(frozen=True)
class LoadRequest:
    """What one load reads.

    `days` are the dates to read, by default whatever is due, and `lists` the endpoints, all if None; the
    tables of the others are made, and left as they are. `reports` maps a report's name to what to fetch of
    it; None fetches the months and years of the records read. `reports_of_changes` adds reports once the
    records are read. `reason` says why reports are fetched. `probes` are reports that were fetched before and
    are loaded now. `writing` says how rows reach the warehouse, `quoted` how it writes a column's name in
    quotes. An error that stops the reading is raised at once, unless the load `keeps_what_is_complete`: then
    it is in the outcome. `unfinished` is the sync that this load continues, because a limit ended it; `since`
    is when a sync began that continues none. `kept_pages` are the pages of windows that were not read
    completely yet. `single_records` are ids to read one by one, of lists without dates.
    """

    days: Request = field(default_factory=Request)
    lists: Sequence[str] | None = None
    reports: Reports | None = None
    reports_of_changes: ReportsOfChanges | None = None
    reason: str = "report"
    probes: Sequence[FetchedReport] = ()
    writing: Writing = Writing.CHANGES
    quoted: Quoting = in_double_quotes
    keeps_what_is_complete: bool = False
    unfinished: Unfinished | None = None
    since: pendulum.DateTime | None = None
    kept_pages: PagesByWindow = field(default_factory=dict)
    single_records: Mapping[str, Collection[str]] = field(default_factory=dict)

    def includes(self, resource: str) -> bool:
        """Tell whether an endpoint is to be read."""
        return self.lists is None or resource in self.lists

    @property
    def includes_all_lists(self) -> bool:
        """Tell whether every list is to be read."""
        return all(self.includes(endpoint.name) for endpoint in ENDPOINTS)

    @property
    def is_full_sync(self) -> bool:
        """Tell whether everything due of every list is read."""
        return self.includes_all_lists and not self.days.is_for_days

    @property
    def is_healing(self) -> bool:
        """Tell whether the load only reads again what differed."""
        return self.days.windows is not None

    def may_fetch(self, name: str) -> bool:
        """Tell whether reports of this name may be fetched."""
        return self.reports is None or self.reports_of_changes is not None or bool(self.reports.get(name))

    def probes_of(self, report: Report) -> list[FetchedReport]:
        """Return the probes of a kind of report."""
        return [each for each in self.probes if each.report == report]
