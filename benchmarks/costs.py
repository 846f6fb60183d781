"""Service times for the simulation, from passes over at most a hundred companies: pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.passes import Pass
from benchmarks.simulation.keys import NO_LIMIT
from benchmarks.simulation.sync import simulate
from benchmarks.simulation.world import Company, Costs, Kind, Machines, Work, World

CORES = 2
"""Cores of the machine that measures; the emulator has the same ones."""
LEAST_ALONE, MOST_ALONE, STEPS = 0.3, 3.0, 20


@dataclass(frozen=True)
class Line:
    """What something takes for any number of companies: a fixed part, and so much for each."""

    fixed: float
    each: float


def line_through(few: tuple[int, float], many: tuple[int, float]) -> Line:
    """Return the line through two points, of which the parts are not below 0."""
    each = max(0.0, (many[1] - few[1]) / (many[0] - few[0]))
    return Line(max(0.0, few[1] - each * few[0]), each)


@dataclass(frozen=True)
class Passes:
    """Passes over few and over many companies, and two in which so many of the many changed."""

    few_first: Pass
    few_unchanged: Pass
    first: Pass
    unchanged: Pass
    few_changed: Pass
    changed: Pass
    number_few_changed: int
    number_changed: int

    @property
    def unchanged_line(self) -> Line:
        """Return the processor time of passes that find nothing new."""
        return _line(self.few_unchanged, self.unchanged)

    @property
    def first_line(self) -> Line:
        """Return the processor time of first passes."""
        return _line(self.few_first, self.first)

    @property
    def changed_line(self) -> Line:
        """Return what companies that changed take beyond a pass that finds nothing new."""
        few, many = (each.processor - self.unchanged.processor for each in (self.few_changed, self.changed))
        return line_through((self.number_few_changed, few), (self.number_changed, many))


def _line(few: Pass, many: Pass) -> Line:
    return line_through((few.companies, few.processor), (many.companies, many.processor))


def costs_of(passes: Passes, kind: Kind) -> Costs:
    """Return the service times of passes of a kind, on the machine that measured them.

    The part of the processor time with Python's lock is what makes the simulation of a pass over many
    companies take as long as the pass did.
    """
    unchanged = passes.unchanged_line
    taken = {Kind.FIRST: passes.first, Kind.UNCHANGED: passes.unchanged, Kind.CHANGED: passes.changed}[kind]
    works = {Kind.UNCHANGED: Work(_requests(passes.unchanged), unchanged.each)}
    build = 0.0
    if kind is Kind.FIRST:
        first = passes.first_line
        build = max(0.0, first.fixed - unchanged.fixed)
        works[kind] = Work(_requests(taken), unchanged.each, max(0.0, first.each - unchanged.each))
    if kind is Kind.CHANGED:
        changed = passes.changed_line
        build = changed.fixed
        works[kind] = Work(_requests_of_changed(passes), unchanged.each, changed.each)
    costs = Costs(works, start=unchanged.fixed, build=build, answer=taken.served / max(1, taken.requests))
    return replace(costs, alone=fitted(costs, companies_of(kind, taken.companies, passes), taken.seconds))


def companies_of(kind: Kind, number: int, passes: Passes, changed: int | None = None) -> list[Company]:
    """Return so many companies; if they are of those that change, so many of them do."""
    most = number
    if kind is Kind.CHANGED:
        most = passes.number_changed if changed is None else changed
    other = Kind.UNCHANGED
    return [Company(f"company_{each}", kind if each < most else other, NO_LIMIT) for each in range(number)]


def fitted(costs: Costs, companies: list[Company], seconds: float) -> float:
    """Return the share of the processor time with Python's lock that makes a pass take so long."""
    low, high = LEAST_ALONE, MOST_ALONE
    for _ in range(STEPS):
        middle = (low + high) / 2
        taken = simulate(World(companies, replace(costs, alone=middle), Machines(cores=CORES))).seconds
        low, high = (middle, high) if taken < seconds else (low, middle)
    return (low + high) / 2


def _requests(taken: Pass) -> int:
    return round(taken.requests / taken.companies)


def _requests_of_changed(passes: Passes) -> int:
    more = (passes.changed.requests - passes.unchanged.requests) / passes.number_changed
    return _requests(passes.unchanged) + max(0, round(more))
