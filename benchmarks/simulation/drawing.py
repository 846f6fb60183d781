"""Companies and failures drawn at random: the same ones by the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from benchmarks.simulation.keys import Limit
from benchmarks.simulation.world import Company, Death, Kind


def draw_companies(
    number: int, seed: int, *, changed: float, limits: Sequence[Limit], postings: int, forbidden: float = 0.0
) -> list[Company]:
    """Return so many companies, of which these shares changed, or have a key that was refused.

    Each has one of the limits, and as many postings to be made anew as given, give or take half of them.
    """
    random = Random(seed)
    return [
        Company(
            f"company_{each}",
            kind=Kind.CHANGED if random.random() < changed else Kind.UNCHANGED,
            limit=random.choice(limits),
            postings=round(postings * random.uniform(0.5, 1.5)),
            is_forbidden=random.random() < forbidden,
        )
        for each in range(number)
    ]


def draw_deaths(number: int, workers: int, within: float, seed: int) -> list[Death]:
    """Return so many deaths of workers within so many seconds, in their order."""
    random = Random(seed)
    deaths = [Death(random.randrange(workers), random.uniform(0, within)) for _ in range(number)]
    return sorted(deaths, key=lambda each: each.at)
