"""The cash flow as it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from accbooks_warehouse.pipelines.queries.cash_flow import CHANGE, CLOSING, OPENING, CashFlow, FlowLine
from accbooks_warehouse.pipelines.queries.sections import ZERO
from accbooks_warehouse.pipelines.report.statement import Kind, Row

HEADINGS = {
    "operating": "Operating activities",
    "investing": "Investing activities",
    "financing": "Financing activities",
}
RESULTS = {
    CHANGE: "Net change in cash",
    OPENING: "Cash at the beginning",
    CLOSING: "Cash at the end",
}


def cash_flow_rows(cash_flow: CashFlow) -> tuple[Row, ...]:
    """Return the rows of the cash flow; lines that are at nothing in both years are left out."""
    return (*_activities(cash_flow), *_results(cash_flow))


def _activities(cash_flow: CashFlow) -> Iterator[Row]:
    for name, heading in HEADINGS.items():
        mine, others = _of(cash_flow.now, name), _of(cash_flow.before, name)
        rows = [row for row in _by_label(mine, others) if row.now or row.before]
        if rows:
            yield Row("heading", heading)
            yield from rows
            yield Row("total", f"Cash from {heading.lower()}", _added(mine), _added(others))


def _results(cash_flow: CashFlow) -> Iterator[Row]:
    for name, label in RESULTS.items():
        mine, others = _of(cash_flow.now, name), _of(cash_flow.before, name)
        if mine or others:
            kind: Kind = "line" if name == OPENING else "result"
            yield Row(kind, label, _added(mine), _added(others))


def _of(lines: Iterable[FlowLine], section: str) -> list[FlowLine]:
    return [line for line in lines if line.section == section]


def _by_label(now: Sequence[FlowLine], before: Sequence[FlowLine]) -> Iterator[Row]:
    for label in dict.fromkeys(line.label for line in (*now, *before)):
        mine, others = ([line for line in lines if line.label == label] for lines in (now, before))
        yield Row("line", label, _added(mine), _added(others))


def _added(lines: Iterable[FlowLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
