"""The status of many companies: a line for each, in a fixed number of queries. Makes no requests."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

import pendulum
from accbooks_warehouse.pipelines.configuration import DEFAULT_COMPANY, Company
from accbooks_warehouse.pipelines.destinations import STAGING, Warehouse, placeholders
from accbooks_warehouse.pipelines.filing_rules import FilingDate
from accbooks_warehouse.pipelines.queries.comparison import Compared, compared_by_company
from accbooks_warehouse.pipelines.queries.configured_companies import Answer, answers, called
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget, budgets_of_plans
from accbooks_warehouse.pipelines.queries.filing_dates import Filer, filing_dates
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.missing_rates import GroupWithoutRates, missing_rates
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents
from accbooks_warehouse.pipelines.queries.refused_files import RefusedFile, refused_files
from accbooks_warehouse.pipelines.queries.runs import CompanyRun, last_runs
from accbooks_warehouse.sources.accbooks import COMPLETE, RECORD_RESOURCES, WEBHOOK

GAPS = 10
"""The usual days between two syncs are the median of so many last gaps."""
GRACE = dt.timedelta(hours=2)
"""A sync may start late and take its time: only then is a company late."""


@dataclass(frozen=True)
class Overdrawn:
    """Bank accounts of a nominal account that are overdrawn together today.

    The balance is in `currency`, that of the accounts. If it is None, the balance is in base currency,
    because the accounts have that, or several, or a posting whose amount in theirs is not known.
    """

    nominal_code: str
    name: str | None
    balance: Decimal
    currency: str | None = None


@dataclass(frozen=True)
class LastSync:
    """When anything of a company was last read by a sync, and how fresh all its lists are.

    `fresh_to` is the oldest of its lists' last complete reads. `usual_days` are the days from one day with a
    sync to the next, as a rule; at least one. Times are UTC.
    """

    read_at: dt.datetime
    fresh_to: dt.datetime | None
    usual_days: int = 1

    @property
    def due_at(self) -> dt.datetime:
        """Return when the next sync is late: after the usual days, and two hours."""
        return self.read_at + dt.timedelta(days=self.usual_days) + GRACE


@dataclass(frozen=True)
class CompanyRecord:
    """What a company says of itself; None if the key may not read it."""

    name: str | None = None
    base_currency: str | None = None
    plan: str | None = None
    number: str | None = None
    financial_year_end: str | None = None
    books_start: dt.date | None = None


@dataclass(frozen=True)
class CompanyOverview:
    """What you want to know of a company every morning. `key` is what its key answered last, if known."""

    company_id: str
    record: CompanyRecord
    key: Answer | None
    last_sync: LastSync | None
    compared: Compared
    findings: Findings
    overdrawn: Sequence[Overdrawn] = ()
    events: ReceivedEvents | None = None
    budget: DayBudget | None = None
    filing_dates: Sequence[FilingDate] = ()
    last_run: CompanyRun | None = None

    @property
    def shown_name(self) -> str:
        """Return its name, or its id if the key may not read the name."""
        return self.record.name or self.company_id

    @property
    def configured_name(self) -> str | None:
        """Return the name that --company takes; None if it has none, or is that of a single key."""
        name = self.key.name if self.key else None
        return None if name == DEFAULT_COMPANY else name

    @property
    def label(self) -> str:
        """Return its configured name, or its id without one: companies may have the same name."""
        return self.configured_name or self.company_id

    @property
    def title(self) -> str:
        """Return its name and its label, or its configured name and its id if its own name is not known."""
        if self.record.name:
            return f"{self.record.name} ({self.label})"
        return called(self.company_id, self.configured_name)

    def lag_seconds(self, now: dt.datetime) -> float | None:
        """Return how long the oldest event that waits has waited, or else how long the last one took."""
        if self.events is None:
            return None
        waits_since = self.events.oldest_waiting
        return (now - waits_since).total_seconds() if waits_since else self.events.lag_seconds

    def is_late(self, now: dt.datetime) -> bool:
        """Tell whether no sync has read it for longer than is usual."""
        return self.last_sync is None or now > self.last_sync.due_at

    def is_failing(self, now: dt.datetime) -> bool:
        """Tell whether its last sync began hours ago and stored nothing."""
        began = self.key.last_seen_at if self.key else None
        if self.last_sync is None or began is None:
            return False
        return began > self.last_sync.read_at and now > began + GRACE


@dataclass(frozen=True)
class Overview:
    """All companies at a time, by name; `unread` are the configured names that no sync has read yet.

    `findings` are those of all companies, also of names that were not read. `failed` are the last runs of
    names without a company that ended with an error. `refused_files` and `missing_rates` are of no
    single company.
    """

    at: dt.datetime
    companies: Sequence[CompanyOverview]
    unread: Sequence[str]
    findings: Findings
    budgets: Sequence[DayBudget] = ()
    failed: Mapping[str, CompanyRun] = field(default_factory=dict)
    refused_files: Sequence[RefusedFile] = ()
    missing_rates: Sequence[GroupWithoutRates] = ()

    @property
    def requests_today(self) -> int:
        """Return the requests that all configured keys made this UTC day, as counted on this machine."""
        return sum(each.spent for each in self.budgets)


def overview(
    warehouse: Warehouse,
    company_ids: Sequence[str],
    found: Findings,
    events: Mapping[str, ReceivedEvents],
    configured: Iterable[Company] = (),
    incorporated: Mapping[str, dt.date] = MappingProxyType({}),
) -> Overview:
    """Return the status of these companies, by name. `found` are their findings, `events` their events.

    `incorporated` has days of incorporation by configured name.
    """
    now, keys = pendulum.now("UTC"), list(configured)
    latest = {each.name: each for each in answers(warehouse)}
    answer_of = {each.company_id: each for each in latest.values()}
    records = _records(warehouse)
    plans = {
        name: records[each.company_id].plan for name, each in latest.items() if each.company_id in records
    }
    budgets = {each.name: each for each in budgets_of_plans(keys, plans)}
    last_syncs = _last_syncs(warehouse, company_ids)
    compared = compared_by_company(warehouse, company_ids)
    overdrawn = _overdrawn(warehouse, records, company_ids, now.date())
    began = {latest[name].company_id: day for name, day in incorporated.items() if name in latest}
    dates = filing_dates(
        warehouse,
        {each: _filer(records.get(each, CompanyRecord()), began.get(each)) for each in company_ids},
        now.date(),
    )
    findings = found.by_company
    runs = {each.name: each for each in last_runs(warehouse)}
    companies = [
        CompanyOverview(
            each,
            record=records.get(each, CompanyRecord()),
            key=answer_of.get(each),
            last_sync=last_syncs.get(each),
            compared=compared[each],
            findings=findings.get(each, Findings()),
            overdrawn=overdrawn.get(each, ()),
            events=events.get(each),
            budget=budgets.get(answer_of[each].name) if each in answer_of else None,
            filing_dates=dates.get(each, ()),
            last_run=runs.get(answer_of[each].name) if each in answer_of else None,
        )
        for each in company_ids
    ]
    unread = _unread(latest.values(), keys)
    return Overview(
        now,
        sorted(companies, key=lambda each: (each.shown_name.casefold(), each.label, each.company_id)),
        unread,
        found,
        tuple(budgets.values()),
        {name: runs[name] for name in unread if name in runs and runs[name].has_failed},
        refused_files(warehouse),
        missing_rates(warehouse, now.date()),
    )


def unread_names(warehouse: Warehouse, configured: Iterable[Company] = ()) -> tuple[str, ...]:
    """Return the configured names that no sync has read yet, in order."""
    return _unread({each.name: each for each in answers(warehouse)}.values(), configured)


def _unread(known: Iterable[Answer], configured: Iterable[Company]) -> tuple[str, ...]:
    """Return the names without a company. Warehouses of an earlier version know no names."""
    ids = {each.name: each.company_id for each in known}
    added = {each.name for each in configured if each.name not in ids} if ids else set()
    return tuple(sorted({name for name, company_id in ids.items() if company_id is None} | added))


def _records(warehouse: Warehouse) -> dict[str, CompanyRecord]:
    """Return the companies' own records, by id."""
    rows = warehouse.query(
        "select company_id, name, base_currency, plan, company_number, financial_year_end, books_start_date "
        f"from {warehouse.raw}.company"
    )
    return {company_id: CompanyRecord(*rest) for company_id, *rest in rows}


def _filer(record: CompanyRecord, incorporated_on: dt.date | None) -> Filer:
    return Filer(record.number, record.financial_year_end, record.books_start, incorporated_on)


def _last_syncs(warehouse: Warehouse, company_ids: Sequence[str]) -> dict[str, LastSync]:
    """Return the last sync of each company. What events had read is no sync."""
    if not company_ids:
        return {}
    lists = ", ".join(f"'{name}'" for name in RECORD_RESOURCES)
    rows = warehouse.query(
        f"""
        with synced as (
            select company_id, resource, outcome, fetched_at
            from {warehouse.reads}
            where coalesce(reason, '') <> %s and company_id in ({placeholders(company_ids)})
        ),
        last_reads as (
            select
                company_id,
                max(fetched_at) as read_at,
                max(case when outcome = %s and resource in ({lists}) then fetched_at end) as complete_at
            from synced
            group by company_id, resource
        ),
        days as (
            select distinct company_id, cast(fetched_at as date) as read_on from synced
        ),
        gaps as (
            select
                company_id,
                read_on - lag(read_on) over (partition by company_id order by read_on) as gap,
                row_number() over (partition by company_id order by read_on desc) as recency
            from days
        ),
        usual as (
            select company_id, percentile_disc(0.5) within group (order by gap) as usual_days
            from gaps
            where gap is not null and recency <= {GAPS}
            group by company_id
        )
        select last_reads.company_id, max(read_at), min(complete_at), coalesce(max(usual_days), 1)
        from last_reads
        left join usual on last_reads.company_id = usual.company_id
        group by last_reads.company_id
        """,
        WEBHOOK,
        *company_ids,
        COMPLETE,
    )
    return {
        company_id: LastSync(read_at, fresh_to, int(usual_days))
        for company_id, read_at, fresh_to, usual_days in rows
    }


def _overdrawn(
    warehouse: Warehouse, records: Mapping[str, CompanyRecord], company_ids: Sequence[str], today: dt.date
) -> dict[str, list[Overdrawn]]:
    """Return the overdrawn nominal accounts of banks by company; none if the models do not have them yet.

    A credit card is a bank account too, and always owes something: accounts among the liabilities are left
    out. What exchange leaves of a foreign account that is empty is no overdraft.
    """
    if not company_ids or not warehouse.has_table(STAGING, "bank_movements"):
        return {}
    rows = warehouse.query(
        f"""
        with balances as (
            select
                company_id,
                nominal_code,
                sum(amount) as balance,
                sum(amount_in_currency) as in_currency,
                sum(amounts_unknown) as amounts_unknown,
                min(currency) as currency,
                max(currency) as another
            from {warehouse.staging}.bank_movements
            where company_id in ({placeholders(company_ids)}) and posting_date <= %s
            group by company_id, nominal_code
        ),
        names as (
            select
                company_id,
                nominal_code,
                min(name) as name,
                min(currency) as currency,
                max(currency) as another
            from {warehouse.models}.bank_accounts
            group by company_id, nominal_code
        ),
        known as (
            select
                balances.company_id,
                balances.nominal_code,
                names.name,
                balances.balance,
                -- in the currency of the accounts, if all of them and all their postings have the same
                case
                    when
                        balances.amounts_unknown = 0
                        and balances.currency = balances.another
                        and names.currency = names.another
                        and names.currency = balances.currency
                        then balances.in_currency
                end as in_currency,
                balances.currency
            from balances
            left join names
                on balances.company_id = names.company_id and balances.nominal_code = names.nominal_code
        )
        select
            known.company_id, known.nominal_code, known.name, known.balance, known.in_currency, known.currency
        from known
        left join {warehouse.models}.nominal_accounts as accounts
            on known.company_id = accounts.company_id and known.nominal_code = accounts.nominal_code
        where
            (known.balance < 0 or known.in_currency < 0)
            and coalesce(accounts.category, '') not in ('current_liabilities', 'long_term_liabilities')
        order by known.company_id, known.nominal_code
        """,
        *company_ids,
        today,
    )
    found: defaultdict[str, list[Overdrawn]] = defaultdict(list)
    for company_id, code, name, balance, in_currency, currency in rows:
        base = records.get(company_id, CompanyRecord()).base_currency
        is_foreign = in_currency is not None and currency != base
        judged = in_currency if is_foreign else balance
        if judged < 0:
            found[company_id].append(Overdrawn(code, name, judged, currency if is_foreign else None))
    return found
