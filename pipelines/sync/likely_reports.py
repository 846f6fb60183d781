"""Estimate which reports a sync will fetch, from the warehouse and the pages seen so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse, is_company_stored
from accbooks_warehouse.pipelines.queries.known_records import stored_versions
from accbooks_warehouse.pipelines.queries.reads import last_reads, posting_months
from accbooks_warehouse.pipelines.sync.due_reports import Evidence, Schedule, due_reports, evidence_of
from accbooks_warehouse.pipelines.sync.likely_months import Probed, Seen
from accbooks_warehouse.sources.accbooks import (
    TRIAL_BALANCE,
    Books,
    Reports,
    calendar_of_months,
    joined_reports,
    month_of,
)

EvidenceAfter = Callable[[frozenset[dt.date]], Evidence]
"""Returns the evidence after changes in these months were read."""


@dataclass(frozen=True)
class LikelyReports:
    """The reports that a sync fetches at `most`, and the `fewest` it may fetch.

    `is_assumed` tells that `fewest` includes reports of months that were not seen, because in ordinary books
    most of these have postings.
    """

    most: Reports
    fewest: int
    is_assumed: bool = False

    @property
    def spare(self) -> int:
        """Return how many of the reports may not be needed."""
        return sum(map(len, self.most.values())) - self.fewest


@dataclass(frozen=True)
class WarehouseState:
    """What the warehouse has of a company; `is_empty` before its first sync.

    `posted` are the months with postings, `compared` those whose trial balances were fetched.
    """

    posted: frozenset[dt.date]
    compared: frozenset[dt.date]
    evidence_after: EvidenceAfter
    is_empty: bool = False

    @classmethod
    def of(cls, warehouse: Warehouse, books: Books) -> WarehouseState:
        """Return what the warehouse has of these books."""
        company_id, recent = books.company_id, recent_month(books)
        if not is_company_stored(warehouse, company_id):
            now = pendulum.now("UTC")
            nothing = Evidence({}, frozenset(), frozenset(), recent, now, now)
            return cls(frozenset(), frozenset(), lambda _: nothing, is_empty=True)

        def evidence_after(changed: frozenset[dt.date]) -> Evidence:
            return evidence_of(
                warehouse, company_id, changed=changed, recent=recent, began=pendulum.now("UTC")
            )

        fetched = last_reads(warehouse, company_id)
        ends = [read.end for read in fetched if read.resource == TRIAL_BALANCE.name and read.end]
        return cls(
            frozenset(posting_months(warehouse, company_id)),
            frozenset(month_of(end).start for end in ends),
            evidence_after,
        )


def likely_reports(state: WarehouseState, books: Books, schedule: Schedule, seen: Seen) -> LikelyReports:
    """Return the reports due after the lists are read, for any postings in the months in doubt.

    A sync of a company that is in the warehouse also fetches the reports due before it reads the lists.
    """
    fewest = _wanted(state, books, schedule, seen.posted, seen.changed)
    if not seen.doubted:
        return LikelyReports(fewest, _count(fewest))
    most = _wanted(state, books, schedule, seen.posted | seen.doubted, seen.changed | seen.doubted)
    return LikelyReports(most, _count(fewest))


def as_ordinary(likely: LikelyReports, seen: Seen) -> LikelyReports:
    """Narrow the range if the unseen months look like the seen ones: at most a third stays in doubt."""
    at_least = -(-_count(likely.most) * 2 // 3)
    if likely.fewest >= at_least or not seen.looks_ordinary:
        return likely
    return LikelyReports(likely.most, at_least, is_assumed=True)


def _wanted(
    state: WarehouseState,
    books: Books,
    schedule: Schedule,
    posted: frozenset[dt.date],
    changed: frozenset[dt.date],
) -> Reports:
    evidence = state.evidence_after(changed)
    after = due_reports(calendar_of_months(posted, books.today, books.financial_year_end), evidence, schedule)
    if state.is_empty:
        return after
    calendar = calendar_of_months(state.posted, books.today, books.financial_year_end)
    return joined_reports(due_reports(calendar, state.evidence_after(frozenset()), schedule), after)


def changed_months(warehouse: Warehouse, books: Books, probed: Probed) -> set[dt.date]:
    """Return the months of the records on a page that changed since they were loaded."""
    window, rows = probed.window, probed.records.rows
    first, last = window.start or dt.date.min, window.end or dt.date.max
    state = stored_versions(warehouse, books.company_id, probed.endpoint.name, first, last)
    rows_found = zip(rows["date"].to_pylist(), rows["row_hash"].to_pylist(), strict=True)
    found = dict(zip(rows["id"].to_pylist(), rows_found, strict=True))
    gone = state.keys() - found.keys() if probed.has_all_records else set()
    changed = {identifier for identifier in found if state.get(identifier) != found[identifier]} | gone
    days = [each[identifier][0] for each in (state, found) for identifier in changed if identifier in each]
    return {day.replace(day=1) for day in days if day is not None}


def recent_month(books: Books) -> pendulum.Date:
    """Return the first day of the month in which the lookback begins."""
    return books.today.subtract(days=books.request.lookback_days).start_of("month")


def _count(reports: Reports) -> int:
    return sum(map(len, reports.values()))
