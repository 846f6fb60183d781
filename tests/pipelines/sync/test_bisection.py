"""Wherever books differ, halving the dates of trial balances finds the days, and asks for few of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from accbooks_warehouse.pipelines.sync.bisection import (
    CHEAP_PAGES,
    Accounts,
    Amounts,
    Bisection,
    Span,
    windows_of,
)
from accbooks_warehouse.sources.accbooks.periods import financial_years, months
from accbooks_warehouse.sources.accbooks.windows import Window
from hypothesis import given
from hypothesis import strategies as st

FIRST, LAST = date(2016, 1, 11), date(2025, 11, 20)
ENDS = [month.end for month in months(FIRST, LAST)]
RETAINED, BANK = "3200", "1200"
EARNING = ("4000", "5000")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Edit:
    """Something only AccBooks knows: an amount into the bank, and out of another account."""

    day: date
    amount: Decimal
    other: str


@dataclass
class Books:
    """What two books differ by, said without carrying anything on; `asked` are the dates looked at."""

    edits: Sequence[Edit]
    year_ends: Sequence[date]
    asked: set[date] = field(default_factory=set)

    def differences_at(self, dates: Sequence[date]) -> Mapping[date, Amounts]:
        self.asked |= set(dates)
        return {each: self.difference(each) for each in dates}

    def difference(self, as_at: date) -> Amounts:
        year_start = max((end for end in self.year_ends if end < as_at), default=date.min)
        balances = dict.fromkeys((BANK, RETAINED, "1100", *EARNING), Decimal(0))
        for edit in self.edits:
            if edit.day <= as_at:
                closed = edit.other in EARNING and edit.day <= year_start
                balances[BANK] += edit.amount
                balances[RETAINED if closed else edit.other] -= edit.amount
        return {code: amount for code, amount in balances.items() if amount}

    def spans(self, dates: Sequence[date], pages: Callable[[Span], int]) -> list[Span]:
        accounts = Accounts(frozenset(EARNING), RETAINED, self.year_ends)
        return list(Bisection(self.differences_at, accounts, pages, FIRST).spans(dates))


def edits(amounts: st.SearchStrategy[int]) -> st.SearchStrategy[list[Edit]]:
    pennies = amounts.map(lambda amount: Decimal(amount) / 100)
    others = st.sampled_from(["1100", RETAINED, *EARNING])
    days = st.dates(FIRST - timedelta(days=400), LAST)
    return st.lists(st.builds(Edit, days, pennies, others), min_size=1, max_size=8)


YEAR_ENDS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(
    lambda day: [year.end for year in financial_years(f"{day:%m-%d}", FIRST - timedelta(days=400), LAST)]
)
INTO_THE_BANK = edits(st.integers(1, 10_000))
"""Amounts that never cancel each other."""
EITHER_WAY = edits(st.integers(-2, 2).filter(bool))
DATES = st.sets(st.sampled_from(ENDS)).map(lambda dates: sorted({*dates, ENDS[-1]}))
PAGES_PER_DAY = st.sampled_from([0.01, 0.1, 1.0, 10.0])


def evenly(pages_per_day: float) -> Callable[[Span], int]:
    return lambda span: math.ceil(pages_per_day * (span.until - (span.after or FIRST)).days)


def holds(span: Span, day: date) -> bool:
    return (span.after is None or span.after < day) and day <= span.until


@given(INTO_THE_BANK, YEAR_ENDS, DATES, PAGES_PER_DAY)
def test_every_difference_lies_in_one_span_and_every_span_holds_one(edits, year_ends, dates, pages_per_day):
    spans = Books(edits, year_ends).spans(dates, evenly(pages_per_day))
    assert [sum(holds(span, edit.day) for span in spans) for edit in edits] == [1] * len(edits)
    assert all(any(holds(span, edit.day) for edit in edits) for span in spans)
    assert all(BANK in span.nominals for span in spans)


@given(EITHER_WAY, YEAR_ENDS, DATES, PAGES_PER_DAY)
def test_once_the_spans_are_read_nothing_differs_at_any_date_that_was_looked_at(
    edits, year_ends, dates, pages_per_day
):
    books = Books(edits, year_ends)
    spans = books.spans(dates, evenly(pages_per_day))
    left = [edit for edit in edits if not any(holds(span, edit.day) for span in spans)]
    healed = Books(left, year_ends)
    assert {day: healed.difference(day) for day in books.asked} == {day: {} for day in books.asked}


@given(INTO_THE_BANK, YEAR_ENDS)
def test_each_difference_takes_about_as_many_dates_as_months_and_days_can_be_halved(edits, year_ends):
    books = Books(edits, year_ends)
    books.spans(ENDS[-2:], evenly(10.0))
    days = len({edit.day for edit in edits})
    assert len(books.asked) - 2 <= days * (math.log2(len(ENDS)) + math.log2(31) + 2)


@given(INTO_THE_BANK, YEAR_ENDS)
def test_days_that_take_few_pages_are_not_halved(edits, year_ends):
    books = Books(edits, year_ends)
    spans = books.spans(ENDS[-1:], lambda _: CHEAP_PAGES)
    assert (books.asked, [span.until for span in spans]) == ({ENDS[-1]}, [ENDS[-1]])


@given(INTO_THE_BANK, YEAR_ENDS)
def test_where_there_are_many_pages_a_span_is_a_single_day_or_has_no_beginning(edits, year_ends):
    spans = Books(edits, year_ends).spans(ENDS, evenly(10.0))
    assert {span.until for span in spans if span.after is not None} == {
        edit.day for edit in edits if edit.day >= FIRST
    }


def test_equal_books_have_no_spans_and_nothing_more_is_asked():
    books = Books([], [date(2020, 3, 31)])
    assert books.spans(ENDS[-2:], evenly(10.0)) == []
    assert books.asked == set(ENDS[-2:])


def test_neighbouring_spans_are_read_together():
    days = [date(2020, 1, 31), date(2020, 2, 29), date(2020, 3, 31), date(2020, 5, 31)]
    spans = [Span(after, until, frozenset({BANK})) for after, until in pairwise(days)]
    (window,) = windows_of(spans)
    assert (window.start, window.end) == (date(2020, 2, 1), date(2020, 5, 31))
    assert windows_of([Span(None, days[0], frozenset())]) == [Window(None, window.start.subtract(days=1))]


def test_the_pages_counted_are_those_of_what_the_difference_touches():
    counted: list[Span] = []
    books = Books([Edit(date(2020, 6, 10), Decimal(1), "1100")], [date(2020, 3, 31)])
    books.spans(ENDS[-1:], lambda span: counted.append(span) or 10)
    assert {span.nominals for span in counted} == {frozenset({BANK, "1100"})}
