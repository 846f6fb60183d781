"""All figures of a company's report, from the warehouse. Makes no requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.aged_debts import Debts, debts
from accbooks_warehouse.pipelines.queries.balance_sheet import BalanceSheet, balance_sheet
from accbooks_warehouse.pipelines.queries.bank_balances import Cash, cash
from accbooks_warehouse.pipelines.queries.cash_flow import CashFlow, cash_flow
from accbooks_warehouse.pipelines.queries.company import company_details
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget, budgets_by_company
from accbooks_warehouse.pipelines.queries.profit_and_loss import ProfitAndLoss, profit_and_loss
from accbooks_warehouse.pipelines.queries.proof import Proof, proof
from accbooks_warehouse.pipelines.queries.reporting_period import Period, reporting_period
from accbooks_warehouse.pipelines.queries.required_models import require_models

NEEDED = (
    "months",
    "financial_years",
    "nominal_accounts",
    "account_categories",
    "period_balances",
    "profit_and_loss_comparative",
    "balance_sheet",
    "bank_accounts",
    "bank_balances",
    "cash_flow",
    "cash_flow_by_financial_year",
    "aged_receivables",
    "aged_payables",
    "reconciliation",
    "reconciliation_suspects",
    "certificates",
    "findings",
)
"""The models that a report needs."""


@dataclass(frozen=True)
class Books:
    """The statements and balances at the end of a period."""

    period: Period
    profit_and_loss: ProfitAndLoss
    balance_sheet: BalanceSheet
    cash: Cash
    cash_flow: CashFlow
    receivables: Debts
    payables: Debts


@dataclass(frozen=True)
class Figures:
    """One company's report; `books` is None if nothing is posted yet, `made_at` is in UTC."""

    company_id: str
    name: str
    number: str | None
    currency: str | None
    books: Books | None
    proof: Proof
    made_at: dt.datetime


def require_figures(warehouse: Warehouse) -> None:
    """Raise WarehouseError, which says what to do, if a model that a report needs is missing."""
    require_models(warehouse, *NEEDED)


def figures_of_companies(
    warehouse: Warehouse, company_ids: Sequence[str], configured: Iterable[Company], now: dt.datetime
) -> list[Figures]:
    """Return the figures of all companies; no other run may build meanwhile, so that they are consistent."""
    with warehouse.lock("models", wait=True), warehouse.kept_open():
        budgets = budgets_by_company(warehouse, configured)
        return [figures(warehouse, each, budgets[each], now) for each in company_ids]


def figures(warehouse: Warehouse, company_id: str, budgets: Sequence[DayBudget], now: dt.datetime) -> Figures:
    """Return a company's figures up to the last month that is over at `now`."""
    name, number, currency = company_details(warehouse, company_id, "name", "company_number", "base_currency")
    period = reporting_period(warehouse, company_id, now.date())
    return Figures(
        company_id,
        name or company_id,
        number,
        currency,
        None if period is None else books(warehouse, company_id, period),
        proof(warehouse, company_id, budgets),
        now,
    )


def books(warehouse: Warehouse, company_id: str, period: Period) -> Books:
    """Return the statements and balances at the end of a period."""
    return Books(
        period,
        profit_and_loss(warehouse, company_id, period),
        balance_sheet(warehouse, company_id, period),
        cash(warehouse, company_id, period),
        cash_flow(warehouse, company_id, period),
        debts(warehouse, company_id, "aged_receivables", period.as_at),
        debts(warehouse, company_id, "aged_payables", period.as_at),
    )
