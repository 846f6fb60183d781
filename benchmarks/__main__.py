"""`python -m benchmarks [FIGURE ...] [--quick]`: measure, and print every figure beside its bar.

Exits with 1 if a bar is missed or a figure fails; the others are measured all the same. What was measured
before an interrupt is printed.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from benchmarks.figure import Figure, Measured, Value
from benchmarks.figures import FIGURES
from benchmarks.table import figures_table
from benchmarks.workshop import Workshop, open_workshop

logger = logging.getLogger(__name__)

WIDTH = 140
"""Columns of the table where no terminal says how many it has."""
INTERRUPTED = 130


def main() -> int:
    """Measure the figures asked for; return the exit status."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = figures_called(arguments.figures)
    measured: Measured = []
    try:
        with open_workshop(progress_printer(Console(stderr=True)), quick=arguments.quick) as workshop:
            failed = measure(chosen, workshop, measured)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        Console(width=None if sys.stdout.isatty() else WIDTH).print(figures_table(measured))
    return 1 if failed or any(value.missed for _, values in measured for value in values) else 0


def measure(figures: Sequence[Figure], workshop: Workshop, measured: Measured) -> list[str]:
    """Add what is measured to `measured`, value by value; returns the figures that failed.

    A failure is printed, and costs no value that was measured before it and no other figure.
    """
    failed = []
    for figure in figures:
        values: list[Value] = []
        measured.append((figure, values))
        try:
            for value in figure.measure(workshop):
                values.append(value)  # noqa: PERF402 - see above
        except Exception:
            logger.exception("%s could not be measured", figure.name)
            failed.append(figure.name)
    return failed


def figures_called(names: Sequence[str]) -> list[Figure]:
    """Return the figures of these names; if there are none, all but those measured on request."""
    if names:
        return [figure for figure in FIGURES if figure.name in names]
    return [figure for figure in FIGURES if not figure.on_request]


def progress_printer(console: Console) -> Callable[[str], None]:
    """Return what tells people who wait what is being measured."""
    return lambda text: console.print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


def _arguments() -> argparse.Namespace:
    names = [figure.name for figure in FIGURES]
    lines = "\n".join(f"  {figure.name:12} {figure.question}" for figure in FIGURES)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure figures and print each beside its bar:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "figures",
        nargs="*",
        metavar="FIGURE",
        help="which to measure; if none is named, all that take minutes",
    )
    parser.add_argument("--quick", action="store_true", help="smaller books: tries the benchmarks themselves")
    arguments = parser.parse_args()
    if unknown := set(arguments.figures) - set(names):
        parser.error(f"there is no figure {', '.join(sorted(unknown))}; choose from {', '.join(names)}")
    return arguments


if __name__ == "__main__":
    raise SystemExit(main())
