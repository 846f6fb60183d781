"""The last VAT returns of a company: as they were when the period was closed, and as the books are now."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.destinations import Warehouse

PERIODS_SHOWN = 5


@dataclass(frozen=True)
class VatBox:
    """A box of a return: now, as it is declared to HMRC, and as it was when closed; None if not closed."""

    number: int
    description: str
    amount: Decimal
    declared: Decimal
    as_closed: Decimal | None

    @property
    def is_of_documents(self) -> bool:
        """Tell whether documents add up to it, and not other boxes."""
        return self.number in {1, 4, 6, 7}


@dataclass(frozen=True)
class VatReturn:
    """The return of a period. `status` is `finished`, `open` or `future`; `closed_at` is in UTC."""

    start: dt.date
    end: dt.date
    status: str
    scheme: str | None
    caution: str | None
    closed_at: dt.datetime | None
    boxes: tuple[VatBox, ...]


def vat_returns(warehouse: Warehouse, company_id: str, as_at: dt.date) -> tuple[VatReturn, ...]:
    """Return the last returns whose periods began by a day, the latest first; none without VAT.

    A period that is not over on that day has the figures of all of it.
    """
    rows = warehouse.query(
        f"""
        with shown as (
            select distinct period_start
            from {warehouse.models}.vat_periods
            where company_id = %s and period_start <= %s
            order by period_start desc
            limit {PERIODS_SHOWN}
        ),

        closings as (
            select closings.closed_through, closings.closed_at
            from {warehouse.models}.closings as closings
            where closings.company_id = %s and closings.kind = 'vat' and closings.reopened_at is null
        ),

        period_ends as (
            select period_end from {warehouse.models}.vat_return where company_id = %s
            union
            select period_end from {warehouse.raw}.closed_vat_lines where company_id = %s
        ),

        first_closings as (
            select period_ends.period_end, min(closings.closed_at) as closed_at
            from period_ends
            inner join closings on period_ends.period_end <= closings.closed_through
            group by period_ends.period_end
        ),

        closed as (
            select
                lines.period_start,
                max(closings.closed_at) as closed_at,
                sum(case when lines.box = 1 then lines.amount else 0 end) as box_1,
                sum(case when lines.box = 4 then lines.amount else 0 end) as box_4,
                sum(case when lines.box = 6 then lines.amount else 0 end) as box_6,
                sum(case when lines.box = 7 then lines.amount else 0 end) as box_7
            from {warehouse.raw}.closed_vat_lines as lines
            inner join closings
                on lines.closed_through = closings.closed_through and lines.closed_at = closings.closed_at
            -- a later closing has its own lines of the same periods
            inner join first_closings
                on lines.period_end = first_closings.period_end
                and lines.closed_at = first_closings.closed_at
            where lines.company_id = %s and lines.box is not null
            group by lines.period_start
        )

        select
            returns.period_start,
            returns.period_end,
            returns.period_status,
            returns.scheme,
            returns.caution,
            first_closings.closed_at,
            returns.box,
            returns.description,
            returns.amount,
            returns.filed_amount,
            cast(
                case returns.box
                    when 1 then closed.box_1
                    when 3 then closed.box_1
                    when 4 then closed.box_4
                    when 5 then closed.box_1 - closed.box_4
                    when 6 then closed.box_6
                    when 7 then closed.box_7
                    else 0
                end as decimal(18, 2)
            )
        from {warehouse.models}.vat_return as returns
        inner join shown on returns.period_start = shown.period_start
        left join first_closings on returns.period_end = first_closings.period_end
        left join closed on returns.period_start = closed.period_start
        where returns.company_id = %s
        order by returns.period_start desc, returns.box
        """,
        company_id,
        as_at,
        *[company_id] * 5,
    )
    by_period: defaultdict[tuple[Any, ...], list[VatBox]] = defaultdict(list)
    for *period, number, description, amount, declared, as_closed in rows:
        closed_at = period[-1]
        then = None if closed_at is None else as_closed or Decimal(0)
        by_period[tuple(period)].append(VatBox(int(number), description, amount, declared, then))
    return tuple(
        VatReturn(start, end, status, scheme, caution, closed_at, tuple(boxes))
        for (start, end, status, scheme, caution, closed_at), boxes in by_period.items()
    )
