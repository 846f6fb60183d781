"""What it costs to compare ten years of books with AccBooks' reports, and to find and heal old edits.

Every sync is a full one and compares only the closing balances unless another depth is given; scrubbing is
switched off. After each edit all month-ends are compared with AccBooks'; these requests are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, log2
from statistics import median

from benchmarks.emulated import KEY, Served, Statistics
from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

MOST_TO_CERTIFY = {"balances": 2, "years": 22, "months": 122}
MOST_TO_HEAL = 12
REPEATS, QUICK_REPEATS = 5, 2
EDITS = (1, 2, 4, 8)
LONGEST_MONTH = 31
SEED = 30
NEVER_HOURS = 1_000_000
BY_BALANCES = {
    "certify_years_every": NEVER_HOURS,
    "certify_months_every": NEVER_HOURS,
    "scrub_share": 0.0,
}
"""Settings with which a sync compares only the closing balances, and reads old days only to heal."""


@dataclass(frozen=True)
class Healed:
    """What edits cost, in requests beyond those of a sync in which nothing changed.

    `balances` are trial balances, `pages` what was read again; `month_pages` the pages of the months edited.
    `later` are the requests for recent reports that the sync after it renews.
    """

    edits: int
    balances: int
    pages: int
    month_pages: int
    later: int

    @property
    def beyond_pages(self) -> int:
        """Return what counts against the bar: the pages may be those of the months, and no more."""
        return self.balances + max(0, self.pages - self.month_pages)


class Bookkeeping:
    """Ten years of books, of one's own because they are edited, and their copy."""

    def __init__(self, workshop: Workshop, books: Served) -> None:
        self._workshop = workshop
        self._books = books
        self._warehouse = workshop.new_warehouse()
        self._seeds = count(SEED)
        self.first = self.sync()
        self.months = self.compared()
        self.unchanged = self.sync()

    def sync(self, certify: str | None = None) -> Statistics:
        """Sync the books and return the requests; raises ValueError if they do not match."""
        request = {"warehouse": self._warehouse, "certify": certify, "settings": BY_BALANCES}
        run = self._workshop.run("sync", self._books, keys={"default": KEY}, jobs=1, **request)
        if run.result != 0:
            raise ValueError(f"A sync ended with {run.result}.")
        return run.asked

    def compared(self) -> int:
        """Return how many month-ends were compared; raises ValueError if AccBooks says other balances."""
        run = self._workshop.run("compare_balances", self._books, warehouse=self._warehouse)
        if run.result["different"]:
            raise ValueError(f"The trial balance differs at {', '.join(run.result['different'])}.")
        return len(run.result["compared"])

    def heal(self, edits: int) -> Healed:
        """Edit this many months, sync, compare every month, and return the requests."""
        dates = self._workshop.run("edit_months", self._books, count=edits, seed=next(self._seeds)).result
        asked = self.sync()
        self.compared()
        later = self.sync()
        return Healed(
            edits,
            asked.reports - self.unchanged.reports,
            (asked.requests - asked.reports) - (self.unchanged.requests - self.unchanged.reports),
            sum(self._books.month_pages("transactions", date) for date in dates),
            later.requests - self.unchanged.requests,
        )


def comparing_and_healing(workshop: Workshop) -> Iterator[Value]:
    """Compare unchanged books at each depth, then edit random months and sync."""
    with workshop.own_books(size=workshop.large) as books:
        kept = Bookkeeping(workshop, books)
        for depth, most in MOST_TO_CERTIFY.items():
            asked = kept.sync(depth)
            note = f"{asked.requests} requests in all, {kept.months} months"
            yield Value(f"reports to compare, {depth}", asked.reports, Bar(most), note=note)
        single = [kept.heal(1) for _ in range(QUICK_REPEATS if workshop.quick else REPEATS)]
        yield from one_edit(single, kept.first.requests)
        for edits in EDITS:
            healed = single[0] if edits == 1 else kept.heal(edits)
            yield several_edits(healed, kept.months)


def one_edit(healed: Sequence[Healed], resync: int) -> Iterator[Value]:
    """Return what one edit cost, at worst and as a rule, beside reading everything again."""
    worst = max(each.beyond_pages for each in healed)
    note = "; ".join(
        f"{each.balances} balances, {each.pages} pages of a month's {each.month_pages}" for each in healed
    )
    yield Value("one edit: requests beyond its month's pages, worst", worst, Bar(MOST_TO_HEAL), note=note)
    usual = median(each.balances + each.pages for each in healed)
    note = f"the sync after it renews recent reports: {max(each.later for each in healed)} more at worst"
    yield Value("one edit: requests, median", usual, note=note)
    yield Value("one edit: full resync's requests", resync, note="a first sync of the same books")


def several_edits(healed: Healed, months: int) -> Value:
    """Return the trial balances that edits in different months took, over edits x log2(months).

    The bar lets every edit be searched for among the days of its month as well.
    """
    halvings = ceil(log2(months))
    most = (halvings + ceil(log2(LONGEST_MONTH))) / halvings
    note = f"{healed.balances} balances, {healed.pages} pages of the months' {healed.month_pages}"
    return Value(
        f"trial balances / ({healed.edits} edits x log2(months))",
        ratio(healed.balances, healed.edits * halvings),
        Bar(most),
        note=note,
    )
