"""What a closing of VAT records: the boxes of the returns that are closed, and their lines."""

from __future__ import annotations

import datetime as dt

from accbooks_warehouse.pipelines.closing.accounts import named_postings
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.closing.tables import CLOSED_BALANCES, CLOSED_VAT_LINES
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.closings import vat_period_ends
from accbooks_warehouse.sources.accbooks import ConfigurationError


def check_period(warehouse: Warehouse, period: Period) -> None:
    """Raise ConfigurationError unless the day is the last one of a VAT period."""
    ends = vat_period_ends(warehouse, period.company_id)
    if not ends:
        raise ConfigurationError(f"{period.company} is not registered for VAT and posts none.")
    if period.through not in ends:
        near = [str(end) for end in ends if end < period.through][-1:]
        near += [str(end) for end in ends if end > period.through][:1]
        raise ConfigurationError(
            f"{period.through} is not the last day of a VAT period; {' and '.join(near)} "
            f"{'are' if len(near) > 1 else 'is'}. If its periods are others, set them as docs/vat.md says, "
            "or add --force."
        )


def record_boxes(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
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


def record_lines(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
    """Write the lines of the VAT returns that are closed."""
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
        *(period.through, moment, period.company_id, period.through),
    )


def record_documents(warehouse: Warehouse, period: Period, moment: dt.datetime) -> None:
    """Write which documents there are, without a box.

    An unpaid invoice is in no return under cash accounting, and a later document in none that is closed:
    that they exist tells later that they changed, and were not added.
    """
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
        from {named_postings(warehouse)}
        where postings.company_id = %s
        group by postings.company_id, postings.source_type, postings.source_id
        """,
        *(period.through, moment, period.company_id),
    )
