"""The balance sheet as it is printed."""

from __future__ import annotations

from accbooks_warehouse.pipelines.queries.balance_sheet import BalanceSheet
from accbooks_warehouse.pipelines.report.statement import Row, row, section_rows


def balance_sheet_rows(sheet: BalanceSheet) -> tuple[Row, ...]:
    """Return the rows of the sheet; what stands before the long-term liabilities only where there are any."""
    less_current = row(
        "result", "Total assets less current liabilities", sheet.total_assets_less_current_liabilities
    )
    long_term = section_rows(sheet.long_term_liabilities)
    return (
        *section_rows(sheet.fixed_assets),
        *section_rows(sheet.current_assets),
        *section_rows(sheet.current_liabilities),
        row("result", "Net current assets", sheet.net_current_assets),
        *((less_current, *long_term) if long_term else ()),
        row("result", "Net assets", sheet.net_assets),
        *section_rows(sheet.capital_and_reserves),
    )
