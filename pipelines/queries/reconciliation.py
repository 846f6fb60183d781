"""Read the comparison with AccBooks' own reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import MEMBERS, Warehouse, placeholders

MATCH, NOT_COMPARABLE = "match", "not_comparable"
OPEN_CAUSES = frozenset({"unexplained", "in_flight", "document_finding"})
KINDS = {
    "month-end": "month-ends",
    "month": "months",
    "financial year": "financial years",
    "empty stretch": "stretches without postings",
}
"""The plural of each kind of period."""
REPORT_TITLES = {
    "trial_balance": "trial balance",
    "balance_sheet": "balance sheet",
    "profit_loss": "profit and loss",
}
"""AccBooks' names of its reports, as shown to the user."""
UNEXPLAINED = "unexplained"
CAUSES = {
    "rejected_record": "a record that could not be read waits in quarantine",
    "unmapped_account": "no report of AccBooks names the account",
    "in_flight": "the books were being edited while they were read",
    "document_finding": "a document that is listed below is in doubt",
    UNEXPLAINED: "unexplained",
}
"""Why a line differs, as shown to the user."""
LineKey = tuple[str, dt.date | None, dt.date, str | None]
"""A report's name, start and end, and a nominal account."""


@dataclass(frozen=True)
class Line:
    """A line of the model `reconciliation` that differs."""

    company_id: str
    report: str
    period_start: dt.date | None
    period_end: dt.date
    nominal_code: str | None
    api_amount: Decimal | None
    warehouse_amount: Decimal | None
    difference: Decimal | None
    status: str
    cause: str | None

    @property
    def key(self) -> LineKey:
        """Return the key of the line within its company."""
        return (self.report, self.period_start, self.period_end, self.nominal_code)

    @property
    def is_open(self) -> bool:
        """Tell whether nothing explains the difference yet, so that reading the books again may help."""
        return self.cause in {None, *OPEN_CAUSES}

    @property
    def period(self) -> str:
        """Return the period in words."""
        if self.period_start is None:
            return f"at {self.period_end}"
        return f"{self.period_start} to {self.period_end}"


@dataclass(frozen=True)
class MatchCount:
    """How many periods a report has, how many match, and how many have no line that can be compared."""

    company_id: str
    report: str
    kind: str
    periods: int
    matching: int
    not_comparable: int


def differences(warehouse: Warehouse, company_ids: Sequence[str]) -> list[Line]:
    """Return the lines that differ, by company, the earliest period first."""
    if not company_ids:
        return []
    columns = ", ".join(field.name for field in fields(Line))
    rows = warehouse.query(
        f"select {columns} from {warehouse.models}.reconciliation "
        f"where company_id in ({placeholders(company_ids)}) and status not in (%s, %s) "
        "order by company_id, period_end, report, period_start, nominal_code",
        *company_ids,
        MATCH,
        NOT_COMPARABLE,
    )
    return [Line(*row) for row in rows]


def known_differences(
    warehouse: Warehouse, company_id: str, until: dt.datetime
) -> dict[LineKey, Decimal | None]:
    """Return by how much lines differed at their last comparison before `until`."""
    rows = warehouse.query(
        "select report, period_start, period_end, nominal_code, difference "
        f"from {warehouse.models}.reconciliation_history where company_id = %s and checked_at < %s "
        "order by checked_at",
        company_id,
        until,
    )
    return {(report, start, end, code): difference for report, start, end, code, difference in rows}


def match_counts(warehouse: Warehouse, company_ids: Sequence[str]) -> list[MatchCount]:
    """Return how many periods match, by company, report and kind of period.

    A report without lines matches if ours has none either.
    """
    if not company_ids:
        return []
    rows = warehouse.query(
        f"""
        select
            company_id,
            report,
            kind,
            count(*),
            sum(case when differing_lines = 0 and (matching_lines > 0 or cause is null) then 1 else 0 end),
            sum(case when differing_lines = 0 and matching_lines = 0 and cause is not null then 1 else 0 end)
        from {warehouse.staging}.compared_periods
        where company_id in ({placeholders(company_ids)}) and not is_overtaken
        group by 1, 2, 3
        order by 1, 2 desc, 3 desc
        """,
        *company_ids,
    )
    return [
        MatchCount(company_id, report, KINDS[kind], *map(int, counts))
        for company_id, report, kind, *counts in rows
    ]


def healed_since(warehouse: Warehouse, company_id: str, began: dt.datetime) -> list[tuple[str, int]]:
    """Return how many documents healing found added, changed or deleted in the sync that began then."""
    repaired = warehouse.query_of(
        company_id,
        f"select distinct company_id from {warehouse.raw}.sync_windows "
        f"where company_id in ({MEMBERS}) and reason = 'repair'",
    )
    if not repaired:
        return []
    rows = warehouse.query(
        f"""
        select change, count(*) from {warehouse.models}.change_log
        where company_id = %s and sync_began_at = %s and seen_at in (
            select fetched_at from {warehouse.raw}.sync_windows
            where company_id = %s and reason = 'repair'
        )
        group by change order by change
        """,
        company_id,
        began,
        company_id,
    )
    return [(change, int(count)) for change, count in rows]
