"""Keep AccBooks' reports as they were fetched, so that any past comparison can be repeated.

`report_versions` has every answer that differed from earlier ones. `sync_windows` has the time of each fetch
and the `content_hash` of the version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pendulum

from ..columns import DATE, TEXT, Column
from ..json_text import exact_json, storable
from ..windows import Window
from .merge import NOTHING, Replacement, Writing
from .reports import Report, ReportRequest
from .row_hash import json_hash
from .schemas import COMPANY_ID, ROW_HASH, Row, arrow_table
from .sync_windows import COMPLETE, INCONSISTENT, SyncWindow

REPORT_VERSIONS = "report_versions"
COLUMNS = (
    COMPANY_ID,
    Column("report", TEXT, required=True),
    Column("from", DATE),
    Column("to", DATE, required=True),
    Column("data", TEXT),
    ROW_HASH,
)


@dataclass(frozen=True)
class FetchedReport:
    """A report as fetched from AccBooks; `rows` is None if it cannot be used, and `fault` says why.

    `reason` is `report`, `repair` if it was fetched again because it differed, or `probe` if it was fetched
    to find where books differ. `requests` includes retries.
    """

    report: Report
    request: ReportRequest
    company_id: str
    data: Any
    rows: list[Row] | None
    requests: int
    reason: str
    fetched_at: pendulum.DateTime
    fault: str | None = None

    @cached_property
    def content_hash(self) -> str:
        """Return a digest of the report's content, without the time it was generated."""
        dates = self.report.dates(self.request)
        said = self.data
        if isinstance(said, dict):
            said = {name: value for name, value in said.items() if name != "generated_at"}
        return json_hash([self.report.name, dates, said])

    @property
    def read(self) -> Row:
        """Return the row of sync_windows about it."""
        return SyncWindow(
            company_id=self.company_id,
            resource=self.report.name,
            reason=self.reason,
            outcome=INCONSISTENT if self.rows is None else COMPLETE,
            fetched_at=self.fetched_at,
            window=Window(self.request.start, self.request.end),
            records=len(self.rows or ()),
            pages=1,
            requests=self.requests,
            content_hash=self.content_hash,
            fault=self.fault,
        ).row

    @property
    def version(self) -> Row:
        """Return its row for report_versions."""
        return {
            "company_id": self.company_id,
            "report": self.report.name,
            "from": self.request.start,
            "to": self.request.end,
            "data": exact_json(storable(self.data)),
            "row_hash": self.content_hash,
        }


def versions(fetched: Iterable[FetchedReport], writing: Writing) -> Replacement:
    """Return the rows for report_versions; versions that are already loaded stay unchanged."""
    rows = {each.content_hash: each.version for each in fetched}
    return Replacement(
        REPORT_VERSIONS,
        arrow_table(COLUMNS, list(rows.values())),
        ("company_id", "row_hash"),
        NOTHING,
        json=("data",),
        writing=Writing.FIRST if writing is Writing.FIRST else Writing.CHANGES,
    )
