"""The documents behind the figures of a pack: postings by account and days, open items, lines of VAT returns.

Up to MOST postings all are listed. Above it the largest of each figure are, with what the others come to and
the query that lists them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.days import A_DAY, Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.pack.accounts import ControlAccounts
from accbooks_warehouse.pipelines.queries.pack.vat import VatReturn
from accbooks_warehouse.pipelines.queries.reporting_period import YEAR_TO_DATE, Period
from accbooks_warehouse.pipelines.queries.sections import ZERO

MOST = 20_000
"""The most postings that a page lists in full."""
FEWEST = 5
"""How many of each figure are listed however many figures there are."""


@dataclass(frozen=True)
class Posting:
    """A posting or a line of a return, with the sign of the figure it is part of."""

    date: dt.date
    source_type: str | None
    source_id: str | None
    number: str | None
    contact: str | None
    description: str | None
    amount: Decimal


@dataclass(frozen=True)
class Listed:
    """The postings of some days: how many there are and what they come to, and those that are listed."""

    days: Days
    count: int
    total: Decimal
    postings: tuple[Posting, ...]

    @property
    def left_out(self) -> int:
        """Return how many postings are not listed."""
        return self.count - len(self.postings)

    @property
    def amount_left_out(self) -> Decimal:
        """Return what the postings come to that are not listed."""
        return self.total - sum((each.amount for each in self.postings), ZERO)


@dataclass(frozen=True)
class Year:
    """An account in a year to date: what was brought forward, the days before the month, and the month.

    `opening` is None for an account of the profit and loss.
    """

    opening: Decimal | None
    earlier: Listed | None
    month: Listed

    @property
    def closing(self) -> Decimal:
        """Return what it all comes to."""
        return (self.opening or ZERO) + (self.earlier.total if self.earlier else ZERO) + self.month.total


@dataclass(frozen=True)
class AccountDocuments:
    """The postings of an account behind this year's figures, and behind those of the year before."""

    code: str
    name: str
    category: str
    now: Year
    before: Year | None


@dataclass(frozen=True)
class BoxDocuments:
    """The lines of a box of a VAT return."""

    period_end: dt.date
    box: int
    listed: Listed


@dataclass(frozen=True)
class Documents:
    """All documents behind a pack; `postings` counts those of accounts, `query` lists those of one."""

    accounts: tuple[AccountDocuments, ...]
    boxes: tuple[BoxDocuments, ...]
    postings: int
    query: str
    query_of_vat: str

    @property
    def is_whole(self) -> bool:
        """Tell whether every posting is listed."""
        return not any(each.left_out for each in self._all)

    @property
    def _all(self) -> list[Listed]:
        years = [year for account in self.accounts for year in (account.now, account.before) if year]
        listed = [each for year in years for each in (year.earlier, year.month) if each]
        return [*listed, *(box.listed for box in self.boxes)]


def documents(
    warehouse: Warehouse,
    company_id: str,
    period: Period,
    returns: Sequence[VatReturn],
    control: ControlAccounts,
    *,
    has_before: bool,
) -> Documents:
    """Return the documents of both years to date and of the VAT returns."""
    spans = _spans(period, has_before=has_before)
    counted = _counted(warehouse, company_id, spans)
    number = sum(count for count, _ in counted.values())
    limit = None if number <= MOST else max(FEWEST, MOST // len(counted))
    listed = _postings(warehouse, company_id, spans, limit)
    rolls = control if period.kind == YEAR_TO_DATE else None
    openings = _openings(warehouse, company_id, spans, rolls)
    names = _accounts(warehouse, company_id)
    codes = sorted(
        {code for code, _ in counted} | {code for code, which in openings if openings[code, which]}
    )
    accounts = tuple(
        _account(code, *names[code], spans, counted, listed, openings) for code in codes if code in names
    )
    return Documents(
        accounts,
        tuple(_boxes(warehouse, company_id, returns)),
        number,
        _query_text(warehouse, company_id),
        f"select * from {warehouse.models}.vat_return_lines "
        f"where company_id = {_quoted(company_id)} and period_end = date '…' and box = …",
    )


def _spans(period: Period, *, has_before: bool) -> dict[str, Days]:
    """Return the days of this year and of the year before, the last month apart."""
    years = [("", period.month, period.days)]
    if has_before:
        years.append(("_before", period.month_before, period.before or period.month_before))
    spans = {}
    for which, month, year in years:
        spans[f"month{which}"] = month
        if year.start < month.start:
            spans[f"earlier{which}"] = Days(year.start, month.start - A_DAY)
    return spans


def _span_of(spans: dict[str, Days]) -> tuple[str, list[Any]]:
    """Return SQL that names the span of a posting, and its parameters."""
    cases = " ".join(f"when posting_date between %s and %s then '{name}'" for name in spans)
    return f"case {cases} end", [edge for days in spans.values() for edge in (days.start, days.end)]


def _signed(warehouse: Warehouse, spans: dict[str, Days], columns: str) -> tuple[str, list[Any]]:
    span, edges = _span_of(spans)
    sql = f"""
        select
            ledger.nominal_code,
            {span} as span,
            categories.sign * ledger.amount as signed{columns}
        from {{table}} as ledger
        inner join {warehouse.models}.nominal_accounts as accounts
            on ledger.company_id = accounts.company_id and ledger.nominal_code = accounts.nominal_code
        inner join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category
        where ledger.company_id = %s and ledger.posting_date between %s and %s
    """
    first, last = min(each.start for each in spans.values()), max(each.end for each in spans.values())
    return sql, [*edges, "company", first, last]


def _counted(
    warehouse: Warehouse, company_id: str, spans: dict[str, Days]
) -> dict[tuple[str, str], tuple[int, Decimal]]:
    sql, parameters = _signed(warehouse, spans, "")
    rows = warehouse.query(
        f"select nominal_code, span, count(*), cast(sum(signed) as decimal(18, 2)) "
        f"from ({sql.format(table=f'{warehouse.staging}.ledger_postings')}) as postings "
        "where span is not null group by nominal_code, span",
        *(company_id if each == "company" else each for each in parameters),
    )
    return {(code, span): (int(number), total) for code, span, number, total in rows}


def _postings(
    warehouse: Warehouse, company_id: str, spans: dict[str, Days], limit: int | None
) -> dict[tuple[str, str], list[Posting]]:
    columns = (
        ", ledger.posting_date, ledger.source_type, ledger.source_id, ledger.document_number, "
        "ledger.contact_name, ledger.description, ledger.posting_id, ledger.line_number"
    )
    sql, parameters = _signed(warehouse, spans, columns)
    rows = warehouse.query(
        f"""
        select
            nominal_code, span, posting_date, source_type, source_id, document_number, contact_name,
            description, cast(signed as decimal(18, 2))
        from (
            select
                postings.*,
                row_number() over (
                    partition by nominal_code, span
                    order by abs(signed) desc, posting_date, posting_id collate "C"
                ) as place
            from ({sql.format(table=f"{warehouse.models}.general_ledger")}) as postings
            where span is not null
        ) as ranked
        {"" if limit is None else f"where place <= {limit}"}
        order by nominal_code, span, posting_date, source_type, source_id collate "C", line_number
        """,
        *(company_id if each == "company" else each for each in parameters),
    )
    found: defaultdict[tuple[str, str], list[Posting]] = defaultdict(list)
    for code, span, *values in rows:
        found[code, span].append(Posting(*values))
    return found


def _openings(
    warehouse: Warehouse, company_id: str, spans: dict[str, Days], control: ControlAccounts | None
) -> dict[tuple[str, str], Decimal]:
    """Return what accounts of the balance sheet stood at before the first day of each year.

    The profit of earlier years is in retained earnings; None for `control` where nobody knows when years end.
    """
    first = {"now": spans.get("earlier", spans["month"]).start}
    if "month_before" in spans:
        first["before"] = spans.get("earlier_before", spans["month_before"]).start
    sums = ", ".join(
        "cast(sum(case when ledger.posting_date < %s then case when categories.statement = 'balance_sheet' "
        "then categories.sign else -1 end * ledger.amount else 0 end) as decimal(18, 2))"
        for _ in first
    )
    rows = warehouse.query(
        f"""
        select
            case
                when categories.statement = 'balance_sheet' then ledger.nominal_code
                else cast(%s as varchar)
            end,
            {sums}
        from {warehouse.staging}.ledger_postings as ledger
        inner join {warehouse.models}.nominal_accounts as accounts
            on ledger.company_id = accounts.company_id and ledger.nominal_code = accounts.nominal_code
        inner join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category
        where ledger.company_id = %s
        group by 1
        """,
        None if control is None else control.retained,
        *first.values(),
        company_id,
    )
    return {
        (code, which): amount
        for code, *amounts in rows
        if code is not None
        for which, amount in zip(first, amounts, strict=True)
    }


def _accounts(warehouse: Warehouse, company_id: str) -> dict[str, tuple[str, str]]:
    rows = warehouse.query(
        f"select nominal_code, name, category from {warehouse.models}.nominal_accounts "
        "where company_id = %s and category is not null",
        company_id,
    )
    return {code: (name or code, category) for code, name, category in rows}


def _account(
    code: str,
    name: str,
    category: str,
    spans: dict[str, Days],
    counted: dict[tuple[str, str], tuple[int, Decimal]],
    listed: dict[tuple[str, str], list[Posting]],
    openings: dict[tuple[str, str], Decimal],
) -> AccountDocuments:
    def of(span: str) -> Listed:
        count, total = counted.get((code, span), (0, ZERO))
        return Listed(spans[span], count, total, tuple(listed.get((code, span), ())))

    def year(which: str, suffix: str) -> Year:
        earlier = of(f"earlier{suffix}") if f"earlier{suffix}" in spans else None
        return Year(openings.get((code, which)), earlier, of(f"month{suffix}"))

    return AccountDocuments(
        code,
        name,
        category,
        year("now", ""),
        year("before", "_before") if "month_before" in spans else None,
    )


def _boxes(warehouse: Warehouse, company_id: str, returns: Sequence[VatReturn]) -> list[BoxDocuments]:
    """Return the lines of the returns, the largest of each box if there are more than MOST."""
    if not returns:
        return []
    first, last = returns[-1].start, returns[0].end
    totals = warehouse.query(
        "select period_end, box, count(*), cast(sum(amount) as decimal(18, 2)) "
        f"from {warehouse.models}.vat_return_lines "
        "where company_id = %s and period_start >= %s and period_end <= %s group by period_end, box",
        company_id,
        first,
        last,
    )
    number = sum(count for *_, count, _ in totals)
    limit = number if number <= MOST else max(FEWEST, MOST // len(totals))
    rows = warehouse.query(
        f"""
        select
            period_end, box, tax_date, source_type, source_id, document_number, contact_name, description,
            amount
        from (
            select
                lines.period_end,
                lines.box,
                lines.tax_date,
                lines.source_type,
                lines.source_id,
                lines.line_id,
                coalesce(invoices.invoice_number, transactions.reference, journals.reference)
                    as document_number,
                contacts.contact_name,
                coalesce(lines.reason, lines.description) as description,
                cast(lines.amount as decimal(18, 2)) as amount,
                row_number() over (
                    partition by lines.period_end, lines.box
                    order by abs(lines.amount) desc, lines.line_id collate "C"
                ) as place
            from {warehouse.models}.vat_return_lines as lines
            left join {warehouse.staging}.stg_contacts as contacts
                on lines.company_id = contacts.company_id and lines.contact_id = contacts.contact_id
            left join {warehouse.staging}.stg_invoices as invoices
                on
                    lines.company_id = invoices.company_id
                    and lines.source_type = 'invoice'
                    and lines.source_id = invoices.invoice_id
            left join {warehouse.staging}.stg_transactions as transactions
                on
                    lines.company_id = transactions.company_id
                    and lines.source_type = 'transaction'
                    and lines.source_id = transactions.transaction_id
            left join {warehouse.staging}.stg_journals as journals
                on
                    lines.company_id = journals.company_id
                    and lines.source_type = 'journal'
                    and lines.source_id = journals.journal_id
            where lines.company_id = %s and lines.period_start >= %s and lines.period_end <= %s
        ) as ranked
        where place <= {max(limit, 1)}
        order by period_end desc, box, tax_date, line_id collate "C"
        """,
        company_id,
        first,
        last,
    )
    listed: defaultdict[tuple[dt.date, int], list[Posting]] = defaultdict(list)
    for end, box, *values in rows:
        listed[end, box].append(Posting(*values))
    starts = {each.end: each.start for each in returns}
    return [
        BoxDocuments(end, box, Listed(Days(starts[end], end), int(count), total, tuple(listed[end, box])))
        for end, box, count, total in sorted(totals, key=lambda row: (-row[0].toordinal(), row[1]))
        if end in starts
    ]


def _query_text(warehouse: Warehouse, company_id: str) -> str:
    return (
        f"select * from {warehouse.models}.general_ledger where company_id = {_quoted(company_id)} "
        "and nominal_code = '…' and posting_date between date '…' and date '…' order by posting_date"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
