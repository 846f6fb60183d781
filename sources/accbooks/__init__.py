"""AccBooks as a dlt source: one resource per endpoint, each table a window-true copy.

GET → pages that agree → typed Arrow tables → a merge that replaces exactly the dates read. Use it alone:

    pipeline = dlt.pipeline("accbooks", destination="duckdb", dataset_name="accbooks_raw")
    pipeline.run(accbooks())

or, with the ledger rebuilt and proved, through `accbooks sync`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import dlt
from dlt.extract import DltResource

from sources.accbooks.endpoints import ENDPOINTS
from sources.accbooks.reading.books import Reading, open_books
from sources.accbooks.reading.extraction import Extraction
from sources.accbooks.resources import Delivery, read_endpoint, read_kept_pages, read_quarantine, read_report
from sources.accbooks.settings import BASE_URL, LOOKBACK_DAYS, Settings, parse_start_date
from sources.accbooks.tables.kept_pages import KEPT_PAGES
from sources.accbooks.tables.quarantine import REJECTED_RECORDS
from sources.accbooks.tables.reports import REPORTS

RECORD_RESOURCES = tuple(endpoint.name for endpoint in ENDPOINTS)
REPORT_RESOURCES = tuple(report.name for report in REPORTS)

__all__ = ["RECORD_RESOURCES", "REPORT_RESOURCES", "accbooks", "books"]


@dlt.source(name="accbooks", max_table_nesting=0)
def accbooks(
    api_key: str = dlt.secrets.value,
    base_url: str = BASE_URL,
    start_date: str | None = None,
    lookback_days: int = LOOKBACK_DAYS,
) -> Iterable[DltResource]:
    """Return all resources of the company that `api_key` belongs to.

    `start_date` (YYYY-MM-DD) leaves out everything dated before it, and with it the proof. Raises
    AccBooksError if the books cannot be opened.
    """
    start = parse_start_date(start_date)
    reading = open_books(Settings(api_key, base_url, start, lookback_days))
    return resources(reading, Extraction(reading))


@dlt.source(name="accbooks", max_table_nesting=0)
def books(
    reading: Reading, extraction: Extraction, selected: Collection[str] = REPORT_RESOURCES
) -> Iterable[DltResource]:
    """Return all resources of a reading that is already open: the next package of its extraction.

    Those that will be `selected` of them are told, so that their reports can be fetched together.
    """
    return resources(reading, extraction, selected)


def resources(reading: Reading, extraction: Extraction, selected: Collection[str] = ()) -> list[DltResource]:
    """Return one resource per endpoint, then what they rejected, then one per report on the records read.

    What is kept of windows that were not read whole is a resource, too.
    """
    delivery = Delivery(reading, extraction, selected)
    return [
        *(dlt.resource(read_endpoint, name=name)(name, delivery, reading) for name in RECORD_RESOURCES),
        dlt.resource(read_quarantine, name=REJECTED_RECORDS)(reading),
        dlt.resource(read_kept_pages, name=KEPT_PAGES)(reading),
        *(dlt.resource(read_report, name=report.name)(report, delivery, reading) for report in REPORTS),
    ]
