"""How much of a company's books was compared with AccBooks' reports, and up to which date they match."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders

NOTHING_POSTED = "Nothing is posted in these books: AccBooks' reports of this month are empty, as ours are."
"""Shown for books without postings that match AccBooks' reports."""
NOTHING_YET = "Nothing is posted in these books, which were not compared with AccBooks' reports yet."
"""Shown for books without postings that were not compared yet."""


@dataclass(frozen=True)
class ComparedDepth:
    """How many periods match AccBooks at a depth: `matching` of `periods`.

    `oldest` is when the report compared longest ago was fetched, `until` the last day compared.
    """

    depth: str
    matching: int
    periods: int
    oldest: dt.datetime
    until: dt.date

    def __str__(self) -> str:
        age = pendulum.instance(self.oldest).diff_for_humans()
        if self.depth == Depth.balances:
            return f"balances at {self.until}, {age}"
        return f"{self.depth} {self.matching:,} of {self.periods:,}, the oldest {age}"


@dataclass(frozen=True)
class LineTotals:
    """How many lines of reports differ, how many cannot be compared, and the last month-end that matches.

    Up to `through` every line of every report matches; None if the first report does not.
    """

    differing: int
    not_comparable: int
    through: dt.date | None


@dataclass(frozen=True)
class Compared:
    """How much of the books was compared with AccBooks' reports, and the last month-end that matches.

    `set_aside` counts reports that are out of date. `has_postings` is false if nothing is posted.
    """

    depths: Sequence[ComparedDepth]
    lines: LineTotals
    set_aside: int
    has_postings: bool

    @property
    def through(self) -> dt.date | None:
        """Return the last month-end up to which all reports match."""
        return self.lines.through

    @property
    def depth(self) -> str | None:
        """Return the deepest depth at which all periods match; None if there is none."""
        complete = (each.depth for each in self.depths if each.matching == each.periods)
        return next(complete, None)


def compared(warehouse: Warehouse, company_id: str) -> Compared:
    """Return how much of a company's books was compared."""
    return compared_by_company(warehouse, [company_id])[company_id]


def compared_by_company(warehouse: Warehouse, company_ids: Sequence[str]) -> dict[str, Compared]:
    """Return how much of each company's books was compared, in as many queries as for one."""
    if not company_ids:
        return {}
    certificates, periods = _certificates(warehouse, company_ids), _periods(warehouse, company_ids)
    reports = _reports(warehouse, company_ids)
    lines = _line_totals(warehouse, company_ids, reports)
    return {
        each: Compared(
            _depths(certificates.get(each, {}), periods.get(each, {})),
            lines[each],
            reports[each].set_aside if each in reports else 0,
            has_postings=Depth.months in periods.get(each, {}),
        )
        for each in company_ids
    }


def line_totals(warehouse: Warehouse, company_id: str) -> LineTotals:
    """Return how many lines of a company's reports differ, and up to which month-end they match."""
    return _line_totals(warehouse, [company_id], _reports(warehouse, [company_id]))[company_id]


@dataclass(frozen=True)
class _MatchedPeriods:
    """The periods that match at a depth: how many, when the first was fetched, and the last day."""

    number: int
    oldest: dt.datetime
    until: dt.date


@dataclass(frozen=True)
class _Reports:
    """The reports of a company: how many are out of date, and the last month-end with a trial balance."""

    set_aside: int
    last_month: dt.date | None


def _depths(
    certificates: Mapping[str, _MatchedPeriods], periods: Mapping[str, tuple[int, int]]
) -> list[ComparedDepth]:
    """Return how many periods match at each depth, the deepest first, without depths not compared."""
    result = []
    for depth in (Depth.months, Depth.years, Depth.balances):
        if matched := certificates.get(depth):
            balances = (matched.number, matched.number)
            matching, number = balances if depth is Depth.balances else periods.get(depth, (0, 0))
            if number:
                result.append(ComparedDepth(depth, matching, number, matched.oldest, matched.until))
    return result


def _certificates(warehouse: Warehouse, company_ids: Sequence[str]) -> dict[str, dict[str, _MatchedPeriods]]:
    """Return what matches by company and depth."""
    rows = warehouse.query(
        "select company_id, depth, count(*), min(certified_at), max(period_end) "
        f"from {warehouse.models}.certificates where company_id in ({placeholders(company_ids)}) "
        "group by company_id, depth",
        *company_ids,
    )
    found: defaultdict[str, dict[str, _MatchedPeriods]] = defaultdict(dict)
    for company_id, depth, number, oldest, until in rows:
        found[company_id][depth] = _MatchedPeriods(int(number), oldest, until)
    return found


def _periods(warehouse: Warehouse, company_ids: Sequence[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """Return by company and depth how many months or years match AccBooks, and how many there are.

    A period without postings matches if the stretch around it does.
    """
    rows = warehouse.query(
        f"""
        with periods as (
            select company_id, '{Depth.months}' as depth, month_start as first_day, month_end as last_day
            from {warehouse.models}.months
            where company_id in ({placeholders(company_ids)})
            union all
            select company_id, '{Depth.years}', financial_year_start, financial_year_end
            from {warehouse.models}.financial_years
            where company_id in ({placeholders(company_ids)})
        ),
        judged as (
            select
                periods.company_id,
                periods.depth,
                periods.first_day,
                max(
                    case
                        when certificates.period_start <= periods.first_day
                            and certificates.period_end >= periods.last_day then 1
                        else 0
                    end
                ) as certified
            from periods
            left join {warehouse.models}.certificates as certificates
                on periods.company_id = certificates.company_id
                    and certificates.depth in ('{Depth.months}', periods.depth)
            group by periods.company_id, periods.depth, periods.first_day
        )
        select company_id, depth, sum(certified), count(*) from judged group by company_id, depth
        """,
        *company_ids,
        *company_ids,
    )
    found: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for company_id, depth, certified, periods in rows:
        found[company_id][depth] = (int(certified), int(periods))
    return found


def _reports(warehouse: Warehouse, company_ids: Sequence[str]) -> dict[str, _Reports]:
    """Return the reports of each company that has some: those out of date have to be fetched again."""
    rows = warehouse.query(
        f"""
        select
            company_id,
            sum(case when is_overtaken then 1 else 0 end),
            max(case when report = 'trial_balance' and cause is null and not is_overtaken then period_end end)
        from {warehouse.staging}.compared_periods
        where company_id in ({placeholders(company_ids)})
        group by company_id
        """,
        *company_ids,
    )
    return {company_id: _Reports(int(number), last_month) for company_id, number, last_month in rows}


def _line_totals(
    warehouse: Warehouse, company_ids: Sequence[str], reports: Mapping[str, _Reports]
) -> dict[str, LineTotals]:
    """Return the lines that differ by company. Reports of books without postings have no lines."""
    rows = warehouse.query(
        f"""
        with lines as (
            select company_id, report, period_end, status from {warehouse.models}.reconciliation
            where company_id in ({placeholders(company_ids)})
        ),
        totals as (
            select
                company_id,
                sum(case when status not in ('match', 'not_comparable') then 1 else 0 end) as differing,
                sum(case when status = 'not_comparable' then 1 else 0 end) as not_comparable,
                min(case when status <> 'match' then period_end end) as first_open
            from lines
            group by company_id
        ),
        month_ends as (
            select distinct company_id, period_end from lines where report = 'trial_balance'
        )
        select
            totals.company_id,
            totals.differing,
            totals.not_comparable,
            totals.first_open,
            max(month_ends.period_end),
            max(case when month_ends.period_end < totals.first_open then month_ends.period_end end)
        from totals
        left join month_ends on totals.company_id = month_ends.company_id
        group by totals.company_id, totals.differing, totals.not_comparable, totals.first_open
        """,
        *company_ids,
    )
    found = {}
    for company_id, differing, incomparable, first_open, last_month, before in rows:
        last = last_month or _last_month(reports, company_id)
        found[company_id] = LineTotals(int(differing), int(incomparable), before if first_open else last)
    return {each: found.get(each) or LineTotals(0, 0, _last_month(reports, each)) for each in company_ids}


def _last_month(reports: Mapping[str, _Reports], company_id: str) -> dt.date | None:
    return reports[company_id].last_month if company_id in reports else None


def older_reports(number: int) -> str:
    """Return the number of reports out of date, in words."""
    return count(number, "stored report")
