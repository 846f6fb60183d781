"""Sums per nominal account and day, kept current by adding and removing postings."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Sums = dict[str, int]
Posting = tuple[str, int]


def _sums() -> Sums:
    return defaultdict(int)


@dataclass(slots=True)
class Month:
    """One month's movements in pence, debits positive: in total and by day."""

    total: Sums = field(default_factory=_sums)
    days: dict[str, Sums] = field(default_factory=lambda: defaultdict(_sums))


class Ledger:
    """Movements of every nominal account; a range is answered from its months and the days at its edges."""

    def __init__(self) -> None:
        self._months: dict[str, Month] = defaultdict(Month)

    def post(self, day: str, postings: Iterable[Posting], sign: int = 1) -> None:
        """Add postings (nominal code, pence, debits positive) on `day`; sign -1 reverses them."""
        month = self._months[day[:7]]
        total, on_day = month.total, month.days[day]
        for nominal, amount in postings:
            total[nominal] += sign * amount
            on_day[nominal] += sign * amount

    def copy(self) -> "Ledger":
        """Return an independent copy of the ledger."""
        twin = Ledger()
        for month in self._months.values():
            for day, movements in month.days.items():
                twin.post(day, movements.items())
        return twin

    def movement(self, first: str | None, last: str) -> Sums:
        """Return pence per nominal from `first` (None: the beginning) to `last`, both included."""
        start = first or ""
        sums = _sums()
        for name, month in self._months.items():
            if start <= f"{name}-01" and f"{name}-31" <= last:
                _add(sums, month.total)
            elif start[:7] <= name <= last[:7]:
                for day, movements in month.days.items():
                    if start <= day <= last:
                        _add(sums, movements)
        return sums

    def entries(self) -> dict[tuple[str, str], int]:
        """Return every (day, nominal) whose movement is not zero; equal ledgers have equal entries."""
        return {
            (day, nominal): amount
            for month in self._months.values()
            for day, movements in month.days.items()
            for nominal, amount in movements.items()
            if amount
        }


def _add(sums: Sums, movements: Sums) -> None:
    for nominal, amount in movements.items():
        sums[nominal] += amount
