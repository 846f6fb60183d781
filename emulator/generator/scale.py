"""How much business a company of each size does."""

from dataclasses import dataclass
from datetime import date
from random import Random

SEASONS = (0.80, 0.85, 1.00, 1.00, 1.05, 1.10, 0.95, 0.80, 1.05, 1.10, 1.30, 1.00)
SATURDAY = 5
LOSS_YEAR = 1
LOSS_YEAR_TRADE = 0.5


@dataclass(frozen=True)
class Scale:
    """Financial years kept, and how many times a small company's volume it does."""

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
    """Return a whole number near `expected`: within a third of it, its fraction drawn."""
    wanted = expected * random.uniform(0.67, 1.33)
    whole = int(wanted)
    return whole + (random.random() < wanted - whole)


def weekday(day: date) -> bool:
    """Return whether offices are open; bank holidays are not kept."""
    return day.weekday() < SATURDAY


def season(day: date) -> float:
    """Return trade on `day` as a share of an average day's."""
    return SEASONS[day.month - 1]
