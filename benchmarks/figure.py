"""What a figure is: a question, the bar it has to clear, and the values measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from benchmarks.workshop import Workshop


@dataclass(frozen=True)
class Bar:
    """A bound that a value has to keep: at most `bound`, or at least."""

    bound: float
    at_least: bool = False

    def cleared_by(self, value: float) -> bool:
        """Tell whether a value keeps the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {in_short(self.bound)}"


@dataclass(frozen=True)
class Value:
    """One measured value. `unit` follows the number; without a bar it is there for scale."""

    name: str
    value: float
    bar: Bar | None = None
    unit: str = ""
    note: str = ""

    @property
    def missed(self) -> bool:
        """Tell whether there is a bar and the value does not clear it."""
        return self.bar is not None and not self.bar.cleared_by(self.value)


@dataclass(frozen=True)
class Figure:
    """What is asked, and how it is measured; `name` selects it on the command line.

    One `on_request` takes so long that it is measured only if it is named.
    """

    name: str
    question: str
    measure: Callable[[Workshop], Iterable[Value]]
    on_request: bool = False


def announced(workshop: Workshop, values: Iterable[Value]) -> Iterator[Value]:
    """Yield values, and say each one at once: somebody waits for an hour until they are printed."""
    for value in values:
        workshop.announce(f"  {value.name}: {in_short(value.value)} {value.unit} ({value.note})")
        yield value


Measured = list[tuple[Figure, list[Value]]]


def ratio(measured: float, against: float) -> float:
    """Return how many times `against` a value is; infinite if there was nothing to compare with."""
    return measured / against if against else float("inf")


def in_short(value: float) -> str:
    """Write a number as people read it: whole where it is whole or large, else with two decimals."""
    if value == float("inf"):
        return "∞"
    if float(value).is_integer() or abs(value) >= 1000:  # noqa: PLR2004 - from here decimals are noise
        return f"{value:,.0f}"
    return f"{value:,.2f}"
