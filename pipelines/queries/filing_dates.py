"""What companies have to file and pay, and when: in a fixed number of queries. Makes no requests."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, placeholders
from accbooks_warehouse.pipelines.filing_rules import (
    SOON,
    FilingDate,
    FilingKind,
    filing_dates_of_year,
    vat_due,
    years_of,
)
from accbooks_warehouse.pipelines.queries.closings import ACCOUNTS, CORPORATION_TAX, VAT, filed_on
from accbooks_warehouse.sources.accbooks import financial_years

CLOSING_OF = MappingProxyType(
    {
        FilingKind.vat: VAT,
        FilingKind.accounts: ACCOUNTS,
        FilingKind.tax_return: CORPORATION_TAX,
        FilingKind.tax_payment: None,
    }
)
"""The kind of closing that says that it was filed. None says that anything was paid."""

LOOKED_BACK = 2
"""So many calendar years back the years of a company are looked for, of which nobody knows when it began."""


@dataclass(frozen=True)
class Filer:
    """What decides what a company files, besides its books; None where it is not known.

    `year_end` is its financial_year_end, MM-DD. `books_start` is the first day of its books in AccBooks.
    """

    number: str | None = None
    year_end: str | None = None
    books_start: dt.date | None = None
    incorporated_on: dt.date | None = None


Filed = Mapping[tuple[str, str], dt.date]
"""The last day through which a company's closings of a kind say that it was filed, by company and kind."""


def filing_dates(
    warehouse: Warehouse, filers: Mapping[str, Filer], today: dt.date
) -> dict[str, tuple[FilingDate, ...]]:
    """Return what each company has to file for periods that began by today, the earliest due date first.

    `filers` are the companies by id. A company without postings files as well, so its years follow from its
    year end alone. What was filed is known only from closings. So where none of a kind says so, what was due
    more than 30 days ago is left out: it was probably filed. Payments are left out once they were due.
    """
    ids = list(filers)
    if not ids:
        return {}
    filed = _filed(warehouse, ids)
    found: defaultdict[str, list[FilingDate]] = defaultdict(list)
    for company_id, end, periods in _vat_periods(warehouse, ids, today):
        found[company_id].append(FilingDate(FilingKind.vat, end, vat_due(end, periods)))
    of_books = _year_ends(warehouse, ids, today)
    for company_id, filer in filers.items():
        began = _began(filer, company_id, filed, today, has_years=company_id in of_books)
        more = [] if began is None else financial_years(filer.year_end, began, today)
        ends = sorted({*of_books.get(company_id, ()), *(each.end for each in more)})
        for end, incorporated_on in years_of(ends, filer.incorporated_on):
            found[company_id] += filing_dates_of_year(end, filer.number, incorporated_on)
    kinds = list(FilingKind)
    open_dates = {
        company_id: sorted(
            (each for each in dates if _is_open(each, company_id, filed, today)),
            key=lambda each: (each.due_on, kinds.index(each.kind)),
        )
        for company_id, dates in found.items()
    }
    return {company_id: tuple(dates) for company_id, dates in open_dates.items() if dates}


def _began(filer: Filer, company_id: str, filed: Filed, today: dt.date, *, has_years: bool) -> dt.date | None:
    """Return since when a company has years to file, whatever was posted; None if its books say so alone.

    That is its incorporation. If nobody knows it, a company without years in its books has those since these
    began, or since what was filed.
    """
    if filer.incorporated_on is None and has_years:
        return None
    looked_back = today.replace(year=today.year - LOOKED_BACK, day=1)
    began = filer.incorporated_on or filer.books_start or looked_back
    through = [filed[key] for key in ((company_id, ACCOUNTS), (company_id, CORPORATION_TAX)) if key in filed]
    if filer.incorporated_on is None:
        began = min([began, *through])
    return began if began <= today else None


def _is_open(date: FilingDate, company_id: str, filed: Filed, today: dt.date) -> bool:
    """Tell whether it is still to be filed or paid, as far as it is known."""
    closing = CLOSING_OF[date.kind]
    if closing is None:
        return not date.is_overdue(today)
    through = filed.get((company_id, closing))
    if through is None:
        return date.due_on >= today - SOON
    return date.period_end > through


def _filed(warehouse: Warehouse, ids: Sequence[str]) -> Filed:
    """Return what was filed. That of a closing that was reopened stays so."""
    if not warehouse.has_table(MODELS, "closings"):
        return {}
    column = filed_on(warehouse)
    rows = warehouse.query(
        f"select company_id, kind, max(closed_through) from {warehouse.models}.closings "
        f"where {column} is not null and company_id in ({placeholders(ids)}) group by company_id, kind",
        *ids,
    )
    return {(company_id, kind): through for company_id, kind, through in rows}


def _vat_periods(
    warehouse: Warehouse, ids: Sequence[str], today: dt.date
) -> Iterator[tuple[str, dt.date, str]]:
    """Yield company, last day and kind of the VAT periods that have begun; none without these models.

    A return is due of a company that is registered: of a period with VAT in it, of one since the first
    setting of VAT, and, without settings, of a company with a VAT number or scheme.
    """
    if not warehouse.has_table(MODELS, "vat_periods"):
        return
    rows = warehouse.query(
        f"""
        with periods as (
            select company_id, period_start, period_end, periods as kind
            from {warehouse.models}.vat_periods
            where period_start <= %s and company_id in ({placeholders(ids)})
        ),
        registered as (
            select distinct company_id
            from {warehouse.staging}.stg_company
            where vat_number is not null or vat_scheme is not null
        ),
        configured as (
            select company_id, min(valid_from) as valid_from
            from {warehouse.staging}.stg_vat_schemes
            group by company_id
        ),
        with_vat as (
            select distinct periods.company_id, periods.period_start
            from periods
            inner join {warehouse.staging}.vat_movements as movements
                on
                    periods.company_id = movements.company_id
                    and movements.posting_date between periods.period_start and periods.period_end
            where movements.vat_box in (1, 4)
        )
        select periods.company_id, periods.period_end, periods.kind
        from periods
        left join registered on periods.company_id = registered.company_id
        left join configured on periods.company_id = configured.company_id
        left join with_vat
            on periods.company_id = with_vat.company_id and periods.period_start = with_vat.period_start
        where
            with_vat.company_id is not null
            or periods.period_end >= configured.valid_from
            or (configured.company_id is null and registered.company_id is not null)
        """,
        *(today, *ids),
    )
    yield from rows


def _year_ends(warehouse: Warehouse, ids: Sequence[str], today: dt.date) -> Mapping[str, Sequence[dt.date]]:
    """Return the ends of the financial years that have begun, in order, by company."""
    if not warehouse.has_table(MODELS, "financial_years"):
        return {}
    rows = warehouse.query(
        f"select company_id, financial_year_end from {warehouse.models}.financial_years "
        f"where is_year_end_known and financial_year_start <= %s and company_id in ({placeholders(ids)}) "
        "order by company_id, financial_year_end",
        *(today, *ids),
    )
    found: defaultdict[str, list[dt.date]] = defaultdict(list)
    for company_id, end in rows:
        found[company_id].append(end)
    return found
