"""The table sync_windows: what was read of lists and reports, why, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..columns import DATE, INTEGER, TEXT, TIMESTAMP, Column
from ..json_text import storable
from ..windows import Window
from .merge import Addition
from .schemas import COMPANY_ID, Row

SYNC_WINDOWS = "sync_windows"
COMPLETE, PERMISSION_MISSING, INCONSISTENT = "complete", "permission_missing", "inconsistent"
NEVER_AGREED = "never_agreed"
SINGLE_RECORDS = "single_records"
"""The outcome of reading records by their ids: of a list without dates, only these were read."""

SYNC_WINDOWS_COLUMNS = (
    COMPANY_ID,
    Column("resource", TEXT, required=True),
    Column("from", DATE),
    Column("to", DATE),
    Column("records", INTEGER),
    Column("pages", INTEGER),
    Column("requests", INTEGER),
    Column("reason", TEXT),
    Column("outcome", TEXT, required=True),
    Column("fetched_at", TIMESTAMP, required=True),
    Column("content_hash", TEXT),
    Column("sync_began_at", TIMESTAMP),
    Column("fault", TEXT),
)


@dataclass(frozen=True, kw_only=True)
class SyncWindow:
    """What was read of a list or a report, why, and what came of it: a row of the table sync_windows.

    `records` are the lines of a report. `content_hash` is that by which report_versions keeps it, `fault`
    what was wrong with what was read.
    """

    company_id: str
    resource: str
    reason: str
    outcome: str
    fetched_at: dt.datetime
    window: Window = field(default_factory=Window)
    records: int = 0
    pages: int = 0
    requests: int = 0
    content_hash: str | None = None
    fault: str | None = None

    @property
    def row(self) -> Row:
        """Return the row."""
        return {
            "company_id": self.company_id,
            "resource": self.resource,
            "from": self.window.start,
            "to": self.window.end,
            "records": self.records,
            "pages": self.pages,
            "requests": self.requests,
            "reason": self.reason,
            "outcome": self.outcome,
            "fetched_at": self.fetched_at,
            "content_hash": self.content_hash,
            "fault": storable(self.fault),
        }


def sync_windows(reads: Iterable[Row], began_at: dt.datetime | None) -> Addition:
    """Return rows to append to sync_windows, with the time their sync began."""
    rows = [read | {"sync_began_at": began_at} for read in reads]
    return Addition(SYNC_WINDOWS, SYNC_WINDOWS_COLUMNS, rows)
