"""The reports of AccBooks that were compared, and the result for each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accbooks_warehouse.pipelines.destinations import Warehouse


class ReportState(StrEnum):
    """The result of comparing one report with AccBooks'."""

    equal = "equal to the penny"
    differs = "differs"
    incomparable = "not comparable"
    outdated = "out of date, to be fetched again"
    absent = "not fetched"


@dataclass(frozen=True)
class ComparedReport:
    """A report that was compared: of a month, of a financial year, or of months without postings."""

    report: str
    is_year: bool
    start: dt.date | None
    end: dt.date
    state: ReportState
    is_stretch: bool = False

    @property
    def middle(self) -> dt.date:
        """Return a day in the middle of the period, to find the financial year it belongs to."""
        return self.end if self.start is None else self.start + (self.end - self.start) / 2


def compared_reports(warehouse: Warehouse, company_id: str) -> list[ComparedReport]:
    """Return the reports that were compared or are out of date, the earliest first."""
    rows = warehouse.query(
        "select report, kind, period_start, period_end, is_overtaken, differing_lines, not_comparable_lines "
        f"from {warehouse.staging}.compared_periods where company_id = %s "
        "order by period_end, report, period_start",
        company_id,
    )
    return [
        ComparedReport(report, kind == "financial year", start, end, _state(*lines), kind == "empty stretch")
        for report, kind, start, end, *lines in rows
    ]


def _state(is_overtaken: Any, differing: int, incomparable: int) -> ReportState:
    if is_overtaken:
        return ReportState.outdated
    if differing:
        return ReportState.differs
    return ReportState.incomparable if incomparable else ReportState.equal
