"""The profit and loss as it is printed."""

from __future__ import annotations

from accbooks_warehouse.pipelines.queries.profit_and_loss import ProfitAndLoss
from accbooks_warehouse.pipelines.report.statement import Row, row, section_rows


def profit_and_loss_rows(statement: ProfitAndLoss) -> tuple[Row, ...]:
    """Return the rows of the statement; the profit before taxation only where there is taxation."""
    before_taxation = row("result", "Profit before taxation", statement.profit_before_taxation)
    net = statement.net_profit
    return (
        *section_rows(statement.turnover),
        *section_rows(statement.cost_of_sales),
        row("result", "Gross profit", statement.gross_profit),
        *section_rows(statement.other_income),
        *section_rows(statement.overheads),
        *((before_taxation,) if statement.taxation.accounts else ()),
        *section_rows(statement.taxation),
        row("result", "Net profit" if net.now >= 0 else "Net loss", net),
    )
