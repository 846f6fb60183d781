"""The balance sheet, beside that of a year before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.report.period import Period
from accbooks_warehouse.pipelines.report.statement import ZERO, Account, Row, Section, result, section

CURRENT_YEAR = "Current year earnings"


@dataclass(frozen=True)
class BalanceSheet:
    """What the company owns and owes; every section positive, as AccBooks has them.

    Where the books do not go back a year, `has_last_year` is false, and last year's figures are nothing.
    """

    fixed_assets: Section
    current_assets: Section
    current_liabilities: Section
    long_term_liabilities: Section
    capital_and_reserves: Section
    has_last_year: bool

    @property
    def net_assets(self) -> Row:
        """Return what the company is worth in its books."""
        return result(
            "Net assets",
            [self.fixed_assets, self.current_assets],
            [self.current_liabilities, self.long_term_liabilities],
        )

    @property
    def difference(self) -> Decimal:
        """Return by how much it does not balance: nothing, unless an account has no category."""
        return self.net_assets.now - self.capital_and_reserves.now

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the sheet as it is printed."""
        current = result("Net current assets", [self.current_assets], [self.current_liabilities])
        total = result(
            "Total assets less current liabilities",
            [self.fixed_assets, self.current_assets],
            [self.current_liabilities],
        )
        return (
            *self.fixed_assets.rows,
            *self.current_assets.rows,
            *self.current_liabilities.rows,
            current,
            *((total, *self.long_term_liabilities.rows) if self.long_term_liabilities.lines else ()),
            self.net_assets,
            *self.capital_and_reserves.rows,
        )


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
    accounts = [
        Account(code, CURRENT_YEAR if code is None else name, category, now or ZERO, before or ZERO)
        for code, name, category, now, before in rows
    ]
    return BalanceSheet(
        section(accounts, "fixed_assets", "Fixed assets"),
        section(accounts, "current_assets", "Current assets"),
        section(accounts, "current_liabilities", "Current liabilities"),
        section(accounts, "long_term_liabilities", "Long-term liabilities"),
        section(accounts, "capital_and_reserves", "Capital and reserves"),
        has_last_year=any(before is not None for *_, before in rows),
    )
