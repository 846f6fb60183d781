"""Requests of a first load against the fewest that pages of 100 allow."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.emulated import PER_PAGE
from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

MOST_PER_FEWEST = 1.05


def economy(workshop: Workshop) -> Iterator[Value]:
    """Count every request of a load of the records, the one for the company included."""
    backfill = workshop.backfill(workshop.medium)
    requests, fewest = backfill.run.asked.requests, fewest_requests(backfill.records)
    note = f"{requests:,} requests for {backfill.records:,} records"
    yield Value("requests / fewest", ratio(requests, fewest), Bar(MOST_PER_FEWEST), note=note)


def fewest_requests(records: int) -> int:
    """Return the requests that so many records take in full pages."""
    return -(-records // PER_PAGE)
