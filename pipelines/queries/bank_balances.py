"""Bank balances: of each account at the end of a period, and of all accounts together by day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.reporting_period import Period
from accbooks_warehouse.pipelines.queries.sections import ZERO


@dataclass(frozen=True)
class Balance:
    """The balance of all bank accounts at the end of a day, in base currency."""

    day: dt.date
    amount: Decimal


@dataclass(frozen=True)
class BankAccount:
    """The balance of a bank account at the end of the period, in its own and in base currency.

    `in_currency` is None if the amount of a posting in that currency is not known.
    """

    name: str
    nominal_code: str
    currency: str
    in_currency: Decimal | None
    amount: Decimal


@dataclass(frozen=True)
class Cash:
    """The bank accounts at the end of the period, and the balance of all of them by day."""

    accounts: tuple[BankAccount, ...]
    balances: tuple[Balance, ...]

    @property
    def total(self) -> Decimal:
        """Return the balance of all accounts, in base currency."""
        return sum((account.amount for account in self.accounts), ZERO)


def cash(warehouse: Warehouse, company_id: str, period: Period) -> Cash:
    """Return the cash at the end of the period, and on the days that the charts show."""
    return Cash(
        tuple(accounts(warehouse, company_id, period)), tuple(balances(warehouse, company_id, period))
    )


def accounts(warehouse: Warehouse, company_id: str, period: Period) -> list[BankAccount]:
    """Return the bank accounts, without inactive ones whose balance is zero.

    Balances end today: on a later day, an account has what it has on its last one.
    """
    rows = warehouse.query(
        f"""
        with known as (
            select
                balances.*,
                max(balance_date) over (partition by nominal_code, bank_account_id) as last_date
            from {warehouse.models}.bank_balances as balances
            where company_id = %s and balance_date <= %s
        )

        select accounts.name, latest.nominal_code, latest.currency, latest.balance_in_currency, latest.balance
        from known as latest
        left join {warehouse.models}.bank_accounts as accounts
            on latest.company_id = accounts.company_id and latest.bank_account_id = accounts.bank_account_id
        where latest.balance_date = latest.last_date and (latest.balance <> 0 or accounts.is_active)
        order by latest.nominal_code, latest.bank_account_id
        """,
        company_id,
        period.as_at,
    )
    return [BankAccount(name or f"Account {code}", code, *rest) for name, code, *rest in rows]


def balances(warehouse: Warehouse, company_id: str, period: Period) -> list[Balance]:
    """Return the balance of all accounts by day."""
    rows = warehouse.query(
        f"select balance_date, sum(balance) from {warehouse.models}.bank_balances "
        "where company_id = %s and balance_date between %s and %s group by balance_date order by 1",
        company_id,
        period.charted_from,
        period.as_at,
    )
    return [Balance(day, amount) for day, amount in rows]


def opening_cash(warehouse: Warehouse, company_id: str, days: Days) -> Decimal:
    """Return what opening journals of these days bring to bank accounts, in base currency."""
    ((amount,),) = warehouse.query(
        f"""
        select coalesce(sum(postings.amount), 0)
        from {warehouse.staging}.ledger_postings as postings
        inner join {warehouse.staging}.stg_journals as journals
            on postings.company_id = journals.company_id and postings.source_id = journals.journal_id
        where
            postings.company_id = %s
            and postings.posting_date >= %s
            and postings.posting_date <= %s
            and postings.source_type = 'journal'
            and journals.journal_type = 'opening'
            and postings.nominal_code in (
                select nominal_code from {warehouse.models}.bank_accounts where company_id = %s
            )
        """,
        company_id,
        days.start,
        days.end,
        company_id,
    )
    return Decimal(amount)
