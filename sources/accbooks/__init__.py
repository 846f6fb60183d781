"""AccBooks as a dlt source: one resource and one table per endpoint.

GET → pages that agree → typed Arrow tables → a merge that replaces exactly the dates read. Use it alone:

    pipeline = dlt.pipeline("accbooks", destination="duckdb", dataset_name="accbooks_raw")
    pipeline.run(accbooks())

or use `accbooks sync`, which also rebuilds the ledger and compares it with AccBooks' reports. The packages
are `api`, `tables` and `reading`; each imports those before it. Imports are relative, so the folder can be
copied. Pipelines import only names of this module.
"""

from __future__ import annotations

from collections.abc import Iterable

import dlt
from dlt.extract import DltResource

from .api.budget import RateBudget, steady_time
from .api.client import Client, Params
from .api.day_count import PLANS, day_count, key_digest
from .api.pages import PER_PAGE, Page, WindowRead, decode_page
from .api.rate_headers import RateHeaders
from .api.shared_count import SharedCount, SharedCounts
from .api.wire import Bounds, Wire
from .api.wire_errors import WireError
from .api.workers import WorkerPool
from .books_calendar import Calendar, calendar_of_months, empty_stretches, month_of
from .columns import BOOLEAN, SUM, TIMESTAMP, Column, parse_date
from .endpoints import COMPANY, DATED_RESOURCES, ENDPOINTS, Endpoint
from .errors import (
    AccBooksError,
    BudgetClosedError,
    ConfigurationError,
    DayBudgetSpentError,
    LimitReachedError,
    PermissionMissingError,
    TimeUpError,
    UnauthorizedError,
    UnreachableError,
    UnstableWindowError,
)
from .json_text import parse_json
from .periods import Period, financial_years, months
from .posted_fields import NOT_POSTED
from .reading.bookmark import Unfinished, are_read_once, bookmarks_of
from .reading.books import Books, budget_of, open_books
from .reading.due import due_windows
from .reading.extraction import Extraction, PackageSize
from .reading.load_request import LoadRequest
from .reading.outcome import Outcome
from .reading.posting_months import posting_months
from .reading.progress import CompanyProgress, NoProgress, Progress
from .reading.report_reader import fetch_report
from .reading.single_records import date_of_record
from .resources import RESOURCES, ReadPackage, States, merged, read_package, read_resource, resource_of
from .settings import (
    BASE_URL,
    LOOKBACK_DAYS,
    Settings,
    is_loopback,
    parse_start_date,
)
from .tables.bulk import type_window
from .tables.fetched_reports import FetchedReport
from .tables.hashed_tables import HASHED_TABLES, HashedTable
from .tables.kept_pages import KEPT_PAGES, KeptPagesStore, PagesByWindow, pages_by_window
from .tables.merge import (
    Addition,
    Change,
    Replacement,
    Writing,
    any_of,
    in_double_quotes,
    literal,
    of_company,
    one_of,
)
from .tables.quarantine import REJECTED_RECORDS
from .tables.reports import (
    REPORTS,
    TRIAL_BALANCE,
    InconsistentReportError,
    Report,
    ReportRequest,
    Reports,
    joined_reports,
    requests_for,
)
from .tables.schemas import EXTRA, REJECTED_COLUMNS, ROW_HASH, TypedRecords, line_columns, record_columns
from .tables.sync_windows import COMPLETE, INCONSISTENT, SYNC_WINDOWS_COLUMNS
from .webhooks import (
    RETRIED_FOR,
    SIGNATURE_HEADER,
    MalformedEventError,
    WebhookEvent,
    parse_event,
    signers,
)
from .windows import (
    EARLIEST,
    EXTRAS,
    LATEST,
    MOST_PAGES,
    REPAIR,
    REREAD,
    SCRUB,
    WEBHOOK,
    PlannedWindow,
    Window,
    joined,
    split,
    without,
)

RECORD_RESOURCES = tuple(endpoint.name for endpoint in ENDPOINTS)
REPORT_RESOURCES = tuple(report.name for report in REPORTS)

__all__ = [
    "BOOLEAN",
    "COMPANY",
    "COMPLETE",
    "DATED_RESOURCES",
    "EARLIEST",
    "ENDPOINTS",
    "EXTRA",
    "EXTRAS",
    "HASHED_TABLES",
    "INCONSISTENT",
    "KEPT_PAGES",
    "LATEST",
    "LOOKBACK_DAYS",
    "MOST_PAGES",
    "NOT_POSTED",
    "PER_PAGE",
    "PLANS",
    "RECORD_RESOURCES",
    "REJECTED_COLUMNS",
    "REJECTED_RECORDS",
    "REPAIR",
    "REPORTS",
    "REPORT_RESOURCES",
    "REREAD",
    "RETRIED_FOR",
    "ROW_HASH",
    "SCRUB",
    "SIGNATURE_HEADER",
    "SUM",
    "SYNC_WINDOWS_COLUMNS",
    "TIMESTAMP",
    "TRIAL_BALANCE",
    "WEBHOOK",
    "AccBooksError",
    "Addition",
    "Books",
    "Bounds",
    "BudgetClosedError",
    "Calendar",
    "Change",
    "Client",
    "Column",
    "CompanyProgress",
    "ConfigurationError",
    "DayBudgetSpentError",
    "Endpoint",
    "Extraction",
    "FetchedReport",
    "HashedTable",
    "InconsistentReportError",
    "KeptPagesStore",
    "LimitReachedError",
    "LoadRequest",
    "MalformedEventError",
    "NoProgress",
    "Outcome",
    "PackageSize",
    "Page",
    "PagesByWindow",
    "Params",
    "Period",
    "PermissionMissingError",
    "PlannedWindow",
    "Progress",
    "RateBudget",
    "RateHeaders",
    "ReadPackage",
    "Replacement",
    "Report",
    "ReportRequest",
    "Reports",
    "Settings",
    "SharedCount",
    "SharedCounts",
    "States",
    "TimeUpError",
    "TypedRecords",
    "UnauthorizedError",
    "Unfinished",
    "UnreachableError",
    "UnstableWindowError",
    "WebhookEvent",
    "Window",
    "WindowRead",
    "Wire",
    "WireError",
    "WorkerPool",
    "Writing",
    "accbooks",
    "any_of",
    "are_read_once",
    "bookmarks_of",
    "budget_of",
    "calendar_of_months",
    "date_of_record",
    "day_count",
    "decode_page",
    "due_windows",
    "empty_stretches",
    "fetch_report",
    "financial_years",
    "in_double_quotes",
    "is_loopback",
    "joined",
    "joined_reports",
    "key_digest",
    "line_columns",
    "literal",
    "merged",
    "month_of",
    "months",
    "of_company",
    "one_of",
    "open_books",
    "package_source",
    "pages_by_window",
    "parse_date",
    "parse_event",
    "parse_json",
    "parse_start_date",
    "posting_months",
    "read_package",
    "record_columns",
    "requests_for",
    "signers",
    "split",
    "steady_time",
    "type_window",
    "without",
]


@dlt.source(name="accbooks", max_table_nesting=0)
def accbooks(
    api_key: str = dlt.secrets.value,
    base_url: str = BASE_URL,
    start_date: str | None = None,
    lookback_days: int = LOOKBACK_DAYS,
) -> Iterable[DltResource]:
    """Return all resources of the company that `api_key` belongs to.

    `start_date` (YYYY-MM-DD) leaves out everything dated before it; balances can then not be compared with
    AccBooks' reports. Raises AccBooksError if the books cannot be opened.
    """
    opened = open_books(Settings(api_key, base_url, parse_start_date(start_date), lookback_days))
    extraction = Extraction(opened, LoadRequest(opened.request))
    extraction.begin_package()
    return [dlt.resource(read_resource, name=name)(name, extraction) for name in RESOURCES]


@dlt.source(name="accbooks", max_table_nesting=0)
def package_source(package: ReadPackage) -> Iterable[DltResource]:
    """Return all resources of a package that was read before; those that were not selected are empty."""
    return [dlt.resource(resource_of, name=name)(package, name) for name in RESOURCES]
