"""The cash flow of the month and of the year to date, beside the same of the year before."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from accbooks_warehouse.pipelines.days import A_DAY, Days, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.cash_flow import (
    CHANGE,
    CLOSING,
    OPENING,
    FlowLine,
    flow,
    flow_lines,
)
from accbooks_warehouse.pipelines.queries.pack.profit_and_loss import columns_of, holds
from accbooks_warehouse.pipelines.queries.pack.statement import (
    Group,
    Line,
    Part,
    Statement,
    added,
    result,
)
from accbooks_warehouse.pipelines.queries.reporting_period import Period, reporting_period
from accbooks_warehouse.pipelines.queries.sections import ZERO

HEADINGS = (
    ("operating", "Operating activities"),
    ("investing", "Investing activities"),
    ("financing", "Financing activities"),
)


def whole_months(warehouse: Warehouse, company_id: str, period: Period) -> Period | None:
    """Return the period up to the last month-end: what moves between lines is known by month.

    None if the books do not have the month before, because they begin in this one or had none for long.
    """
    if is_month_end(period.as_at):
        return period
    month_end = period.calendar_month.start - A_DAY
    if not holds(warehouse, company_id, Days(month_end, month_end)):
        return None
    return reporting_period(warehouse, company_id, period.as_at, month_end)


def cash_flow(warehouse: Warehouse, company_id: str, period: Period | None) -> Statement | None:
    """Return the cash flow of whole months; a line that is at nothing in all columns is left out."""
    if period is None:
        return None
    columns = columns_of(warehouse, company_id, period)
    lines = flow_lines(warehouse, company_id, [each.days for each in columns])
    flows = [flow(lines, each.days) for each in columns]
    placed = tuple(column for column, found in zip(columns, flows, strict=True) if found)
    known = [found for found in flows if found]
    if not known:
        return None
    parts: dict[str, Part] = {}
    for section, title in HEADINGS:
        group = _group(section, title, known)
        if group.lines:
            parts[section] = group
    activities = tuple((1, key) for key in parts)
    parts[CHANGE] = result(CHANGE, "Net increase/(decrease) in cash", activities, parts, placed)
    parts[OPENING] = Group(OPENING, "Cash at the beginning", (), _values(known, OPENING, OPENING))
    parts[CLOSING] = result(CLOSING, "Cash at the end", ((1, CHANGE), (1, OPENING)), parts, placed)
    return Statement(placed, tuple(parts.values()))


def _group(section: str, title: str, flows: Sequence[Sequence[FlowLine]]) -> Group:
    labels = dict.fromkeys(line.label for lines in flows for line in lines if line.section == section)
    lines = [Line(label, (), _values(flows, section, label)) for label in labels]
    shown = tuple(line for line in lines if any(line.values))
    return Group(section, title, shown, added(tuple(each.values for each in shown), len(flows)))


def _values(flows: Sequence[Sequence[FlowLine]], section: str, label: str) -> tuple[Decimal, ...]:
    return tuple(
        sum((line.amount for line in lines if (line.section, line.label) == (section, label)), ZERO)
        for lines in flows
    )
