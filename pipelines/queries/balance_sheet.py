"""The balance sheet, with comparatives of the year before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.reporting_period import Period
from accbooks_warehouse.pipelines.queries.sections import Amounts, Section, accounts_of, section


@dataclass(frozen=True)
class BalanceSheet:
    """The company's assets and liabilities; all sections are positive, as in AccBooks.

    If the books do not go back a year, `has_last_year` is false and last year's figures are zero.
    """

    fixed_assets: Section
    current_assets: Section
    current_liabilities: Section
    long_term_liabilities: Section
    capital_and_reserves: Section
    has_last_year: bool

    @property
    def net_current_assets(self) -> Amounts:
        """Return the current assets less the current liabilities."""
        return self.current_assets.total - self.current_liabilities.total

    @property
    def total_assets_less_current_liabilities(self) -> Amounts:
        """Return all assets less the current liabilities."""
        return self.fixed_assets.total + self.net_current_assets

    @property
    def net_assets(self) -> Amounts:
        """Return all assets less all liabilities."""
        return self.total_assets_less_current_liabilities - self.long_term_liabilities.total

    @property
    def difference(self) -> Decimal:
        """Return by how much it does not balance: zero, unless an account has no category."""
        return self.net_assets.now - self.capital_and_reserves.now


def balance_sheet(warehouse: Warehouse, company_id: str, period: Period) -> BalanceSheet:
    """Return the balance sheet at the end of the period."""
    rows = warehouse.query(
        f"""
        select
            nominal_code,
            max(name),
            category,
            sum(case when as_at = %s then amount end),
            sum(case when as_at = %s then amount end)
        from {warehouse.models}.balance_sheet
        where company_id = %s and as_at in (%s, %s)
        group by nominal_code, category
        order by case when nominal_code is null then 1 else 0 end, nominal_code
        """,
        period.as_at,
        period.year_before,
        company_id,
        period.as_at,
        period.year_before,
    )
    accounts = accounts_of(rows)
    return BalanceSheet(
        section(accounts, "fixed_assets"),
        section(accounts, "current_assets"),
        section(accounts, "current_liabilities"),
        section(accounts, "long_term_liabilities"),
        section(accounts, "capital_and_reserves"),
        has_last_year=any(before is not None for *_, before in rows),
    )
