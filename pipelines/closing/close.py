"""Close the books through a day: record their balances and postings of that moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.closing.stored_findings import store_findings
from accbooks_warehouse.pipelines.closing.tables import (
    CLOSED_BALANCES,
    CLOSED_POSTINGS,
    CLOSED_VAT_LINES,
    CLOSINGS,
    make_tables,
)
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.queries.closings import (
    ACCOUNTS,
    VAT,
    first_posting_date,
    open_closings,
    vat_period_ends,
)
from accbooks_warehouse.pipelines.queries.comparison import line_totals
from accbooks_warehouse.pipelines.queries.findings import PRIOR_PERIOD_CHANGE, findings, summary_of
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.pipelines.transform.ledger_inputs import LedgerInputs
from accbooks_warehouse.sources.accbooks import ConfigurationError


@dataclass(frozen=True)
class Period:
    """What is to be closed or reopened: a company's `accounts` or `vat`, through a day."""

    company_id: str
    kind: str
    through: dt.date

    @property
    def title(self) -> str:
        """Return it as the beginning of a sentence."""
        kind = "VAT" if self.kind == VAT else "The accounts"
        return f"{kind} of {self.company_id} through {self.through}"


@dataclass(frozen=True)
class Recorded:
    """How many balances and documents a closing recorded, and whether it was forced.

    `accepted` counts documents that had changed in the period closed before: the new closing takes them as
    they are.
    """

    balances: int
    documents: int
    accepted: int
    was_forced: bool


def close(
    warehouse: Warehouse,
    period: Period,
    *,
    by: str,
    note: str | None = None,
    force: bool = False,
    now: dt.datetime | None = None,
) -> Recorded:
    """Record the balances and postings of a period as they are in the warehouse now.

    Raises ConfigurationError for a day that cannot be closed, WarehouseError if the last run did not agree
    with AccBooks up to that day. With `force` the closing is recorded nevertheless, and says so.
    """
    require_models(warehouse, "findings", "prior_period_changes", "vat_return_lines")
    moment = now or pendulum.now("UTC")
    with warehouse.building(), warehouse.kept_open():
        make_tables(warehouse)
        _check_day(warehouse, period, moment.date(), force=force)
        reason = disagreement(warehouse, period)
        if reason and not force:
            raise WarehouseError(
                f"{period.title} cannot be closed: {reason} Run 'accbooks sync' and see what it "
                "says, or close the period as it is with --force, which is recorded."
            )
        accepted = _changed_documents(warehouse, period) if period.kind == ACCOUNTS else 0
        with warehouse.transaction():
            _record(warehouse, period, moment, (by, note, reason is not None))
        store_findings(warehouse)
        return Recorded(*_recorded(warehouse, period, moment), accepted, reason is not None)


def _changed_documents(warehouse: Warehouse, period: Period) -> int:
    """Return how many documents changed in the period that was closed before."""
    rows = findings(warehouse, [period.company_id]).rows
    return sum(each.check_name == PRIOR_PERIOD_CHANGE for each in rows)


def disagreement(warehouse: Warehouse, period: Period) -> str | None:
    """Return why the last run did not agree with AccBooks up to the day to close; None if it did."""
    errors = [
        each
        for each in findings(warehouse, [period.company_id]).errors
        if each.check_name != PRIOR_PERIOD_CHANGE
    ]
    if errors:
        return f"the last run found errors ({summary_of(errors)})."
    if LedgerInputs(warehouse).different([period.company_id]):
        return "records were loaded that the ledger was not built from yet."
    through = line_totals(warehouse, period.company_id).through
    if through is None:
        return "the books were not compared with AccBooks' reports."
    if through < period.through:
        return f"the books match AccBooks' reports only through {through}."
    return None


def _check_day(warehouse: Warehouse, period: Period, today: dt.date, *, force: bool) -> None:
    """Raise ConfigurationError for a day that is not over, before the books, or closed already."""
    if period.through >= today:
        raise ConfigurationError(
            f"{period.through} is not over yet (today is {today}, UTC). Close an earlier day."
        )
    first = first_posting_date(warehouse, period.company_id)
    if first is None or period.through < first:
        begin = f"the books begin on {first}" if first else "nothing is posted in these books"
        raise ConfigurationError(f"There is nothing to close through {period.through}: {begin}.")
    if period.kind == VAT and not force:
        _check_vat_period(vat_period_ends(warehouse, period.company_id), period)
    closed = [
        each.closed_through
        for each in open_closings(warehouse, period.company_id)
        if each.kind == period.kind and each.closed_through >= period.through
    ]
    if closed:
        option = "--vat" if period.kind == VAT else "--through"
        raise ConfigurationError(
            f"{period.title} cannot be closed again: everything through {closed[-1]} is closed. First run "
            f" 'accbooks reopen --company {period.company_id} {option} {closed[-1]}'."
        )


def _check_vat_period(ends: list[dt.date], period: Period) -> None:
    if not ends:
        raise ConfigurationError(f"{period.company_id} is not registered for VAT and posts none.")
    if period.through not in ends:
        near = [str(end) for end in ends if end < period.through][-1:]
        near += [str(end) for end in ends if end > period.through][:1]
        raise ConfigurationError(
            f"{period.through} is not the last day of a VAT period; {' and '.join(near)} "
            f"{'are' if len(near) > 1 else 'is'}. If its periods are others, set them as docs/vat.md says, "
            "or add --force."
        )


def _record(
    warehouse: Warehouse, period: Period, moment: dt.datetime, said: tuple[str, str | None, bool]
) -> None:
    """Write the closing and what it is compared with; `said` is by whom, the note, and whether forced."""
    start = _financial_year_start(warehouse, period)
    warehouse.execute(
        f"insert into {warehouse.raw}.{CLOSINGS} (company_id, kind, closed_through, financial_year_start, "
        "closed_at, closed_by, note, forced) select %s, %s, %s, %s, %s, %s, %s, %s",
        *(period.company_id, period.kind, period.through, start, moment, *said),
    )
    if period.kind == ACCOUNTS:
        _record_balances(warehouse, period, moment, start)
        _record_postings(warehouse, period, moment)
    else:
        _record_boxes(warehouse, period, moment)
        _record_vat_lines(warehouse, period, moment)


def _record_balances(
    warehouse: Warehouse, period: Period, moment: dt.datetime, year_start: dt.date | None
) -> None:
    """Write the balance of every account, and what it moved in the financial year."""
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_BALANCES}
        (company_id, kind, closed_through, closed_at, nominal_code, balance, movement_of_year, statement)
        select
            postings.company_id,
            cast(%s as varchar),
            cast(%s as date),
            cast(%s as timestamp with time zone),
            postings.nominal_code,
            coalesce(sum(postings.amount), 0),
            coalesce(sum(case when postings.posting_date >= %s then postings.amount end), 0),
            max(categories.statement)
        from {warehouse.staging}.ledger_postings as postings
        left join {warehouse.models}.nominal_accounts as accounts
            on postings.company_id = accounts.company_id and postings.nominal_code = accounts.nominal_code
        left join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category
        where postings.company_id = %s and postings.posting_date <= %s
        group by postings.company_id, postings.nominal_code
        """,
        *(period.kind, period.through, moment, year_start or dt.date.min, period.company_id, period.through),
    )


def _record_boxes(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
    """Write what each box of the VAT returns adds up to, over all periods that end by the day."""
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_BALANCES}
        (company_id, kind, closed_through, closed_at, vat_box, balance)
        select
            company_id,
            cast(%s as varchar),
            cast(%s as date),
            cast(%s as timestamp with time zone),
            box,
            sum(amount)
        from {warehouse.models}.vat_return
        where company_id = %s and period_end <= %s and box in (1, 4, 6, 7)
        group by company_id, box
        """,
        *(period.kind, period.through, moment, period.company_id, period.through),
    )


def _record_postings(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
    """Write what each document posted to each account; later ones as well.

    That a document was dated after the period tells later that it moved, and was not added.
    """
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_POSTINGS}
        (
            company_id, kind, closed_through, closed_at, source_type, source_id, posting_date, nominal_code,
            amount, document_number, contact_name
        )
        select
            postings.company_id,
            cast(%s as varchar),
            cast(%s as date),
            cast(%s as timestamp with time zone),
            postings.source_type,
            postings.source_id,
            postings.posting_date,
            postings.nominal_code,
            coalesce(sum(postings.amount), 0),
            max(documents.reference),
            max(contacts.contact_name)
        from {_named_postings(warehouse)}
        where postings.company_id = %s
        group by
            postings.company_id, postings.source_type, postings.source_id, postings.posting_date,
            postings.nominal_code
        """,
        *(period.kind, period.through, moment, period.company_id),
    )


def _record_vat_lines(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
    """Write the lines of the VAT returns that are closed, and which documents there are, without a box.

    An unpaid invoice is in no return under cash accounting, and a later document in none that is closed:
    that they exist tells later that they changed, and were not added.
    """
    closed = (period.through, moment)
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_VAT_LINES}
        (
            company_id, closed_through, closed_at, source_type, source_id, period_start, period_end, box,
            tax_date, amount
        )
        select
            company_id,
            cast(%s as date),
            cast(%s as timestamp with time zone),
            source_type,
            source_id,
            period_start,
            period_end,
            box,
            tax_date,
            sum(amount)
        from {warehouse.models}.vat_return_lines
        where company_id = %s and period_end <= %s
        group by company_id, source_type, source_id, period_start, period_end, box, tax_date
        """,
        *(*closed, period.company_id, period.through),
    )
    warehouse.execute(
        f"""
        insert into {warehouse.raw}.{CLOSED_VAT_LINES}
        (
            company_id, closed_through, closed_at, source_type, source_id, document_date, document_number,
            contact_name, settled_invoice_id
        )
        select
            postings.company_id,
            cast(%s as date),
            cast(%s as timestamp with time zone),
            postings.source_type,
            postings.source_id,
            max(postings.posting_date),
            max(documents.reference),
            max(contacts.contact_name),
            max(case when postings.source_type = 'transaction' then postings.document_id end)
        from {_named_postings(warehouse)}
        where postings.company_id = %s
        group by postings.company_id, postings.source_type, postings.source_id
        """,
        *(*closed, period.company_id),
    )


def _named_postings(warehouse: Warehouse) -> str:
    """Return the postings with their documents and contacts, as what a query selects from."""
    return f"""{warehouse.staging}.ledger_postings as postings
        left join {warehouse.staging}.known_documents as documents
            on postings.company_id = documents.company_id and postings.source_id = documents.record_id
            and postings.source_type || 's' = documents.resource
        left join {warehouse.staging}.stg_contacts as contacts
            on documents.company_id = contacts.company_id and documents.contact_id = contacts.contact_id"""


def _financial_year_start(warehouse: Warehouse, period: Period) -> dt.date | None:
    """Return the first day of the financial year of the day; None if the books have no such year."""
    rows = warehouse.query(
        f"select financial_year_start from {warehouse.models}.financial_years where company_id = %s "
        "and financial_year_start <= %s and financial_year_end >= %s",
        period.company_id,
        period.through,
        period.through,
    )
    return rows[0][0] if rows else None


def _recorded(warehouse: Warehouse, period: Period, moment: dt.datetime) -> tuple[int, int]:
    """Return how many balances and documents a closing has."""
    which = "where company_id = %s and closed_through = %s and closed_at = %s"
    documents = (
        f"{CLOSED_VAT_LINES} {which} and period_end <= closed_through and source_id is not null"
        if period.kind == VAT
        else f"{CLOSED_POSTINGS} {which} and posting_date <= closed_through"
    )
    key = (period.company_id, period.through, moment)
    ((balances, count),) = warehouse.query(
        f"""
        select
            (select count(*) from {warehouse.raw}.{CLOSED_BALANCES} {which} and kind = %s),
            count(*)
        from (select distinct source_type, source_id from {warehouse.raw}.{documents}) as documents
        """,
        *(*key, period.kind, *key),
    )
    return int(balances), int(count)
