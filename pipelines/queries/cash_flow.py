"""The cash flow of days between month-ends or year ends, from the models of months and years."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import Days, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.sections import ZERO

CHANGE, OPENING, CLOSING = "net_change", "opening_cash", "closing_cash"
"""The sections of the cash flow statement that are not activities."""


@dataclass(frozen=True)
class FlowLine:
    """A line of the cash flow statement of a month or financial year, given by its last day."""

    section: str
    label: str
    end: dt.date
    amount: Decimal


@dataclass(frozen=True)
class FlowLines:
    """The lines of every month, and of every financial year if a year end within a month is needed."""

    months: tuple[FlowLine, ...]
    years: tuple[FlowLine, ...]

    def of_periods_that_end_on(self, day: dt.date) -> tuple[FlowLine, ...]:
        """Return the lines of months if the day is a month-end, else those of financial years.

        Added up to that day, they are the cash flow since the books began.
        """
        return self.months if is_month_end(day) else self.years


def flow_lines(warehouse: Warehouse, company_id: str, spans: Sequence[Days]) -> FlowLines:
    """Return the lines from which the cash flow of some days is calculated."""
    edges = [edge for days in spans for edge in (days.day_before, days.end)]
    by_month = _held(warehouse, company_id, "cash_flow")
    if all(is_month_end(edge) for edge in edges):
        return FlowLines(by_month, ())
    return FlowLines(by_month, _held(warehouse, company_id, "cash_flow_by_financial_year"))


def _held(warehouse: Warehouse, company_id: str, model: str) -> tuple[FlowLine, ...]:
    rows = warehouse.query(
        f"select section, line, period_end, amount from {warehouse.models}.{model} "
        "where company_id = %s order by line_number, period_end",
        company_id,
    )
    return tuple(FlowLine(*row) for row in rows)


def flow(lines: FlowLines, days: Days) -> list[FlowLine]:
    """Return the cash flow of days between month-ends or year ends; empty if the books begin later.

    It is the cash flow up to the last day, less the cash flow up to the day before the first.
    """
    until = [line for line in lines.of_periods_that_end_on(days.end) if line.end <= days.end]
    before = [line for line in lines.of_periods_that_end_on(days.day_before) if line.end <= days.day_before]
    closing = sum((line.amount for line in until if (line.section, line.end) == (CLOSING, days.end)), ZERO)
    if not any(line.end == days.end for line in until):
        return []
    amounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in until:
        amounts[line.section, line.label] += line.amount
    for line in before:
        amounts[line.section, line.label] -= line.amount
    flows = [
        FlowLine(section, label, days.end, amount)
        for (section, label), amount in amounts.items()
        if section not in {OPENING, CLOSING}
    ]
    change = sum((line.amount for line in flows if line.section == CHANGE), ZERO)
    return [
        *flows,
        FlowLine(OPENING, OPENING, days.end, closing - change),
        FlowLine(CLOSING, CLOSING, days.end, closing),
    ]
