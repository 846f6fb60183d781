"""Income and costs of each month, as the chart shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.reporting_period import Period
from accbooks_warehouse.pipelines.queries.sections import COSTS, INCOME, ZERO


@dataclass(frozen=True)
class Month:
    """Income and costs of a month, or of its part before or after a year end. Both are positive."""

    days: Days
    income: Decimal
    costs: Decimal

    @property
    def profit(self) -> Decimal:
        """Return income less costs."""
        return self.income - self.costs


def monthly(warehouse: Warehouse, company_id: str, period: Period) -> Sequence[Month]:
    """Return the months that the charts show, as far back as the books go.

    A month with a year end in it is split in two, so that the months of a year add up to the year.
    """
    rows = warehouse.query(
        f"""
        select
            balances.period_start,
            balances.period_end,
            categories.category,
            sum(categories.sign * balances.amount)
        from {warehouse.models}.period_balances as balances
        left join {warehouse.models}.nominal_accounts as accounts
            on balances.company_id = accounts.company_id and balances.nominal_code = accounts.nominal_code
        left join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category and categories.statement = 'profit_and_loss'
        where balances.company_id = %s and balances.period_start >= %s and balances.period_end <= %s
        group by balances.period_start, balances.period_end, categories.category
        """,
        company_id,
        period.charted_from,
        period.as_at,
    )
    amounts = {(Days(start, end), category): amount for start, end, category, amount in rows}
    days = sorted({days for days, _ in amounts}, key=lambda each: each.start)
    return [Month(each, _total(amounts, each, INCOME), _total(amounts, each, COSTS)) for each in days]


def _total(
    amounts: Mapping[tuple[Days, str | None], Decimal], days: Days, categories: Sequence[str]
) -> Decimal:
    """Return the sum of some categories in a month; a missing category counts as zero."""
    return sum((amounts.get((days, category), ZERO) for category in categories), ZERO)
