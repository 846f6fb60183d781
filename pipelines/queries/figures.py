"""All figures of a company's report, from the warehouse. Makes no requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.days import Days, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.aged_debts import Debts, debts
from accbooks_warehouse.pipelines.queries.bank_balances import Cash, cash, opening_cash
from accbooks_warehouse.pipelines.queries.cash_flow import CLOSING
from accbooks_warehouse.pipelines.queries.company import company_details
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget, budgets_by_company
from accbooks_warehouse.pipelines.queries.pack.accounts import USUAL_ACCOUNTS, ControlAccounts
from accbooks_warehouse.pipelines.queries.pack.balance_sheet import balance_sheet
from accbooks_warehouse.pipelines.queries.pack.budget import Budget, BudgetRow, budget
from accbooks_warehouse.pipelines.queries.pack.cash_flow import cash_flow, whole_months
from accbooks_warehouse.pipelines.queries.pack.documents import Documents, documents
from accbooks_warehouse.pipelines.queries.pack.months import Month, monthly
from accbooks_warehouse.pipelines.queries.pack.open_items import OpenItem, open_items
from accbooks_warehouse.pipelines.queries.pack.profit_and_loss import holds, profit_and_loss
from accbooks_warehouse.pipelines.queries.pack.ratios import Ratio, ratios
from accbooks_warehouse.pipelines.queries.pack.statement import Statement
from accbooks_warehouse.pipelines.queries.pack.vat import VatReturn, vat_returns
from accbooks_warehouse.pipelines.queries.proof import Proof, proof
from accbooks_warehouse.pipelines.queries.refused_files import OF_A_PACK, RefusedFile, refused_files
from accbooks_warehouse.pipelines.queries.reporting_period import Period, reporting_period
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.pipelines.queries.sections import ZERO

NEEDED = (
    "months",
    "financial_years",
    "nominal_accounts",
    "account_categories",
    "period_balances",
    "general_ledger",
    "bank_accounts",
    "bank_balances",
    "cash_flow",
    "cash_flow_by_financial_year",
    "aged_receivables",
    "aged_payables",
    "vat_periods",
    "vat_return",
    "vat_return_lines",
    "closings",
    "reconciliation",
    "reconciliation_suspects",
    "certificates",
    "findings",
)
"""The models that a report needs."""


@dataclass(frozen=True)
class Asked:
    """What was asked for: the last day, by default a month-end; a budget for this run, after its file's name.

    `control` are the codes of the accounts that the pack knows.
    """

    as_at: dt.date | None = None
    budget: tuple[str, Sequence[BudgetRow]] | None = None
    control: ControlAccounts = USUAL_ACCOUNTS


AS_USUAL = Asked()
"""The last month-end, with the configured budget."""


@dataclass(frozen=True)
class Since:
    """What cash changed by in the days since the last month-end, and what it came to."""

    days: Days
    change: Decimal
    cash: Decimal


@dataclass(frozen=True)
class Books:
    """The statements, balances and documents up to the end of a period; `budget` is None without one.

    `unplanned` is the name of a budget's file that was given and has no row of these days.

    The cash flow is that of whole months, up to the last month-end; None if there is none yet. `cash_since`
    is what changed after it; None if the period ends on it.
    """

    period: Period
    profit_and_loss: Statement
    balance_sheet: Statement
    months: tuple[Month, ...]
    cash: Cash
    cash_flow: Statement | None
    cash_since: Since | None
    ratios: tuple[Ratio, ...]
    receivables: Debts
    payables: Debts
    open_receivables: tuple[OpenItem, ...]
    open_payables: tuple[OpenItem, ...]
    vat: tuple[VatReturn, ...]
    documents: Documents
    budget: Budget | None
    unplanned: str | None
    control: ControlAccounts


@dataclass(frozen=True)
class Figures:
    """One company's report; `books` is None if nothing is posted by then, `made_at` is in UTC.

    `as_at` is the day that was asked for, None for the last month-end. `refused_files` are configured files
    that would be shown in it, and could not be loaded.
    """

    company_id: str
    name: str
    number: str | None
    currency: str | None
    books: Books | None
    proof: Proof
    made_at: dt.datetime
    as_at: dt.date | None = None
    refused_files: tuple[RefusedFile, ...] = ()


def require_figures(warehouse: Warehouse) -> None:
    """Raise WarehouseError, which says what to do, if a model that a report needs is missing."""
    require_models(warehouse, *NEEDED)


def figures_of_companies(
    warehouse: Warehouse,
    company_ids: Sequence[str],
    configured: Iterable[Company],
    now: dt.datetime,
    asked: Asked = AS_USUAL,
) -> Iterator[Figures]:
    """Yield the figures of one company after the other.

    No other run may build meanwhile, so that those of a company are consistent. The next one waits for its
    turn, because a pack holds all of its documents.
    """
    with warehouse.kept_open():
        budgets = budgets_by_company(warehouse, configured)
    for each in company_ids:
        with warehouse.lock("models", wait=True), warehouse.kept_open():
            found = figures(warehouse, each, budgets[each], now, asked)
        yield found


def figures(
    warehouse: Warehouse,
    company_id: str,
    budgets: Sequence[DayBudget],
    now: dt.datetime,
    asked: Asked = AS_USUAL,
) -> Figures:
    """Return a company's figures up to the day asked for, or the last month that is over at `now`.

    Raises ConfigurationError if the books do not reach that day.
    """
    name, number, currency = company_details(warehouse, company_id, "name", "company_number", "base_currency")
    period = reporting_period(warehouse, company_id, now.date(), asked.as_at)
    return Figures(
        company_id,
        name or company_id,
        number,
        currency,
        None if period is None else books(warehouse, company_id, period, asked),
        proof(warehouse, company_id, budgets),
        now,
        asked.as_at,
        tuple(each for each in refused_files(warehouse) if each.kind in OF_A_PACK),
    )


def books(warehouse: Warehouse, company_id: str, period: Period, asked: Asked = AS_USUAL) -> Books:
    """Return the statements, balances and documents up to the end of a period."""
    control = asked.control
    plan = budget(warehouse, company_id, period.days, asked.budget)
    returns = vat_returns(warehouse, company_id, period.as_at)
    receivable = open_items(warehouse, company_id, "aged_receivables", period.as_at, control)
    payable = open_items(warehouse, company_id, "aged_payables", period.as_at, control)
    position = cash(warehouse, company_id, period)
    flow = cash_flow(warehouse, company_id, whole_months(warehouse, company_id, period))
    has_before = holds(warehouse, company_id, period.month_before)
    return Books(
        period,
        profit_and_loss(warehouse, company_id, period, plan),
        balance_sheet(warehouse, company_id, period, control),
        tuple(monthly(warehouse, company_id, period)),
        position,
        flow,
        _since(warehouse, company_id, period, position, flow),
        ratios(warehouse, company_id, period, control),
        debts(receivable),
        debts(payable),
        tuple(receivable),
        tuple(payable),
        returns,
        documents(warehouse, company_id, period, returns, control, has_before=has_before),
        plan,
        asked.budget[0] if asked.budget and plan is None else None,
        control,
    )


def _since(
    warehouse: Warehouse, company_id: str, period: Period, position: Cash, flow: Statement | None
) -> Since | None:
    """Return the change of cash that the cash flow of whole months leaves out.

    What opening journals bring in is no change, as in the cash flow.
    """
    if is_month_end(period.as_at):
        return None
    until = ZERO if flow is None else flow.value(CLOSING, "month")
    opened = opening_cash(warehouse, company_id, period.calendar_month)
    return Since(period.calendar_month, position.total - until - opened, position.total)
