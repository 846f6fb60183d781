"""Labels as UK accounts have them, and the names of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from accbooks_warehouse.pipelines.days import day, short_day, short_span, span
from accbooks_warehouse.pipelines.queries.pack.statement import Column

CASH_FLOW: Mapping[str, str] = MappingProxyType(
    {
        "Profit for the period": "Profit/(loss) for the period",
        "Depreciation and other non-cash items": "Depreciation and other non-cash items",
        "Decrease in trade debtors": "(Increase)/decrease in debtors",
        "Decrease in other current assets": "(Increase)/decrease in other current assets",
        "Increase in trade creditors": "Increase/(decrease) in creditors",
        "Increase in VAT owed": "Increase/(decrease) in VAT owed",
        "Increase in other current liabilities": "Increase/(decrease) in other creditors",
        "Sale less purchase of fixed assets": "Sale less purchase of tangible fixed assets",
        "Increase in long-term liabilities": "Increase/(decrease) in creditors due after more than one year",
        "Capital paid in less dividends": "Share capital issued less dividends paid",
    }
)
"""The lines of the model cash_flow, as IAS 7 and FRS 102 section 7 word them."""
MEASURES = {"actual": "Actual", "budget": "Budget", "variance": "Variance", "before": "Last year"}
LENGTHS = {"month": "Month", "year": "Year to date"}


def column_heading(column: Column) -> str:
    """Return what stands above the columns of a month, a year to date or a day."""
    if column.length == "balance":
        return "At"
    if column.length == "year":
        return f"Year to date, from {short_day(column.days.start)}"
    cut = " within the year" if column.days.start.day > 1 else ""
    return f"Month{cut}: {short_span(column.days)}"


def column_title(column: Column) -> str:
    """Return what stands above one column."""
    if column.length == "balance":
        return short_day(column.days.end)
    since = f", from {short_day(column.held_since)}" if column.held_since else ""
    return f"{MEASURES[column.measure]}{since}"


def column_days(column: Column) -> str:
    """Return a column in full, for who sees no heading above it."""
    if column.length == "balance":
        return f"At {short_day(column.days.end)}"
    title = column_title(column)
    return f"{LENGTHS[column.length]}, {title[0].lower()}{title[1:]}"


def covered_days(columns: Sequence[Column]) -> str:
    """Return a sentence of the days of the year to date, and of those of last year that stand beside it.

    They may differ by more than the year: one that begins on 29 February is compared with one that begins
    on 1 March.
    """
    names = {"year": "The year to date is", "year_before": "last year"}
    shown = [each for each in columns if each.key in names]
    text = ", ".join(f"{names[each.key]} {span(each.days)}" for each in shown)
    begun = "".join(f" The books hold it from {day(each.held_since)}." for each in shown if each.held_since)
    return f"{text}.{begun}" if text else ""


def result_title(key: str, title: str, *, is_loss: bool) -> str:
    """Return a result's name: a loss is called one."""
    losses = {
        "gross_profit": "Gross loss",
        "before_tax": "Loss before taxation",
        "net_profit": "Loss for the period",
        "net_assets": "Net liabilities",
        "net_current_assets": "Net current liabilities",
    }
    return losses.get(key, title) if is_loss else title
