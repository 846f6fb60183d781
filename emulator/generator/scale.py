"""The volume of business of a company of each size."""

from dataclasses import dataclass
from datetime import date
from random import Random

SEASONS = (0.80, 0.85, 1.00, 1.00, 1.05, 1.10, 0.95, 0.80, 1.05, 1.10, 1.30, 1.00)
SATURDAY = 5
LOSS_YEAR = 1
LOSS_YEAR_TRADE = 0.5


@dataclass(frozen=True)
class Scale:
    """The number of financial years, and the volume as a multiple of a small company's."""

    years: int
    volume: float
    customers: int
    suppliers: int


SCALES = {
    "empty": Scale(1, 0.0, 0, 0),
    "tiny": Scale(1, 0.32, 12, 8),
    "small": Scale(4, 1.0, 40, 25),
    "medium": Scale(6, 8.3, 220, 90),
    "large": Scale(10, 49.0, 1200, 300),
}


def count(random: Random, expected: float) -> int:
    """Return a random whole number within a third of `expected`."""
    wanted = expected * random.uniform(0.67, 1.33)
    whole = int(wanted)
    return whole + (random.random() < wanted - whole)


def weekday(day: date) -> bool:
    """Return whether it is a weekday; bank holidays count as weekdays."""
    return day.weekday() < SATURDAY


def season(day: date) -> float:
    """Return the volume of trade on `day` relative to an average day."""
    return SEASONS[day.month - 1]
