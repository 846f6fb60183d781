"""When a UK company's returns and accounts are due, by the end of the period. Pure arithmetic.

VAT: regulation 25 of the VAT Regulations 1995 with the seven days of electronic returns, regulation 50 for
annual accounting. Accounts: sections 391, 442 and 443 of the Companies Act 2006, for private companies.
Corporation tax: section 59D of the Taxes Management Act 1970 and paragraph 14 of Schedule 18 to the Finance
Act 1998, in HMRC's reading (Company Taxation Manual CTM01800 and CTM93040).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from accbooks_warehouse.pipelines.days import A_DAY
from accbooks_warehouse.pipelines.vat_settings import ANNUAL

SOON = dt.timedelta(days=30)
"""What is due within these days needs attention."""
ELECTRONIC = dt.timedelta(days=7)
"""How much longer HMRC gives for VAT returns that are sent electronically, which all are."""
SHORTEST_FIRST, LONGEST_FIRST = 6, 18
"""A company's first accounting reference period has more months than the one, and at most the other."""
OF_COMPANIES = ("SC", "NI")
"""How the numbers of companies in Scotland and Northern Ireland begin; others are digits."""
OF_PARTNERSHIPS = ("OC", "SO", "NC")
"""How the numbers of limited liability partnerships begin: they file accounts, and owe no corporation tax."""


class FilingKind(StrEnum):
    """What is due, and its name."""

    vat = "VAT return"
    accounts = "annual accounts"
    tax_payment = "corporation tax payment"
    tax_return = "corporation tax return"


@dataclass(frozen=True)
class FilingDate:
    """What is due on a day, for the period that ends on another."""

    kind: FilingKind
    period_end: dt.date
    due_on: dt.date

    def is_overdue(self, today: dt.date) -> bool:
        """Tell whether its last day has passed."""
        return self.due_on < today

    def is_soon(self, today: dt.date) -> bool:
        """Tell whether it is due within 30 days, today included."""
        return today <= self.due_on <= today + SOON


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the day that ends so many months after a day, as HMRC and Companies House count.

    The last day of a month is followed by the last day of another: 28 February 2023 and nine months is
    30 November, 29 February is not needed for it. Any other day is followed by the day of the same number, or
    by the last day of a month that is shorter.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month + 1, last if is_last else min(day.day, last))


def anniversary(day: dt.date) -> dt.date:
    """Return the day of the same number a year later; for 29 February, 28 February."""
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return dt.date(day.year + 1, day.month, min(day.day, last))


def vat_due(period_end: dt.date, periods: str) -> dt.date:
    """Return when a VAT return is due.

    A month and seven days after the end of the month in which its period ends, or two months under annual
    accounting.
    """
    end_of_month = period_end.replace(day=calendar.monthrange(period_end.year, period_end.month)[1])
    if periods == ANNUAL:
        return months_after(end_of_month, 2)
    return months_after(end_of_month, 1) + ELECTRONIC


def accounts_due(year_end: dt.date, incorporated_on: dt.date | None = None) -> dt.date:
    """Return when a private company's accounts are due: nine months after the year end.

    `incorporated_on` is given for its first accounts. If these are of more than twelve months, they are due
    nine months after the first anniversary of the incorporation (21 months), or three months after the year
    end if that is later.
    """
    if incorporated_on is None or year_end < (first := anniversary(incorporated_on)):
        return months_after(year_end, 9)
    return max(months_after(first, 9), months_after(year_end, 3))


def tax_payment_due(period_end: dt.date) -> dt.date:
    """Return when corporation tax is payable: nine months and a day after the accounting period."""
    return months_after(period_end, 9) + A_DAY


def tax_return_due(year_end: dt.date) -> dt.date:
    """Return when a corporation tax return is due: twelve months after the period of the accounts."""
    return months_after(year_end, 12)


def years_of(
    year_ends: Sequence[dt.date], incorporated_on: dt.date | None
) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Yield the ends of the years to file, in order, with the incorporation beside the first year's.

    The first period has more than six months, and at most 18. Year ends before its end are none.
    """
    if incorporated_on is None:
        yield from ((each, None) for each in year_ends)
        return
    earliest = months_after(incorporated_on, SHORTEST_FIRST)
    latest = months_after(incorporated_on, LONGEST_FIRST)
    filed = [each for each in year_ends if each >= earliest]
    for number, each in enumerate(filed):
        yield each, incorporated_on if number == 0 and each < latest else None


def filing_dates_of_year(
    year_end: dt.date, company_number: str | None, incorporated_on: dt.date | None
) -> Iterator[FilingDate]:
    """Yield what is due for a year, by the kind of company that its number tells.

    Nothing for businesses that are none: they have no number. An accounting period of corporation tax has at
    most twelve months, so a longer first year is two, each with a payment of its own.
    """
    prefix = (company_number or "").strip().upper()[:2]
    is_company = prefix.isdigit() or prefix in OF_COMPANIES
    if is_company or prefix in OF_PARTNERSHIPS:
        yield FilingDate(FilingKind.accounts, year_end, accounts_due(year_end, incorporated_on))
    if is_company:
        if incorporated_on and year_end >= (first := anniversary(incorporated_on)):
            yield FilingDate(FilingKind.tax_payment, first - A_DAY, tax_payment_due(first - A_DAY))
        yield FilingDate(FilingKind.tax_payment, year_end, tax_payment_due(year_end))
        yield FilingDate(FilingKind.tax_return, year_end, tax_return_due(year_end))
