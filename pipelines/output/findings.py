"""Findings (failed checks) as text, CSV and JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

import simplejson
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.findings import (
    REPORT_DIFFERS,
    Finding,
    Findings,
    errors_found,
    first_line,
    lines_that_differ,
    summary_of,
)
from accbooks_warehouse.pipelines.queries.reconciliation import Line, LineKey
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

SHOWN, INDENT = 20, 2
COLOURS = {"error": "red", "warning": "yellow"}
LINE_COLUMNS = tuple(field.name for field in fields(Line))
"""The columns of the model `reconciliation`; a finding of another check has some of them."""
ALL = "accbooks reconcile --format csv"


def print_first_line(console: Console, found: Findings) -> None:
    """Print what changed in closed periods, on one line; nothing if nothing did."""
    if line := first_line(found):
        severity = found.in_closed_periods[0].severity
        console.print(Text(line, f"bold {COLOURS[severity]}"), soft_wrap=True)


def print_findings(console: Console, found: Findings) -> None:
    """Print the messages of the first findings, errors first, and count the others."""
    for finding in found.rows[:SHOWN]:
        text = Text(f"{finding.severity}: {finding.message}", COLOURS[finding.severity])
        console.print(Padding(text, (0, 0, 0, INDENT)))
    if more := found.rows[SHOWN:]:
        print_text(console, f"  … and {len(more):,} more ({summary_of(more)}): {ALL}")


def conclusion(found: Findings) -> str:
    """Sum up the errors in one sentence; there must be at least one."""
    differing = found.differing
    others = [each for each in found.others if each.is_error]
    if not differing:
        return f"Loaded, but {errors_found(len(others))}: {summary_of(others)}."
    lines = lines_that_differ(len(differing))
    sentence = f"Loaded, but {lines} from AccBooks, the earliest on {found.first_difference}."
    return f"{sentence} Also, {errors_found(len(others))}: {summary_of(others)}." if others else sentence


def warned(found: Findings) -> str:
    """Count the warnings; an empty text if there are none."""
    count = len(found.warnings)
    if not count:
        return ""
    return f" {count:,} warning{'' if count == 1 else 's'}: {summary_of(found.warnings)}."


def messages(found: Findings) -> tuple[str, ...]:
    """Return the messages of the first findings and a count of the others."""
    first = tuple(each.message for each in found.rows[:SHOWN])
    more = found.rows[SHOWN:]
    return (*first, f"{len(more):,} more: {summary_of(more)}.") if more else first


def as_csv(found: Findings, lines: Mapping[tuple[str, LineKey], Line], names: Mapping[str, str]) -> str:
    """Write findings as CSV with a header; see `_rows`."""
    import pandas as pd  # noqa: PLC0415 - a tenth of a second that a sync does not need

    frame = pd.DataFrame(list(_rows(found.rows, lines, names)), columns=list(_columns()), dtype=object)
    return frame.to_csv(index=False, lineterminator="\n")


def as_json(found: Findings, lines: Mapping[tuple[str, LineKey], Line], names: Mapping[str, str]) -> str:
    """Write findings as a JSON list; amounts are numbers with two decimals, dates text."""
    rows = [
        {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}
        for row in _rows(found.rows, lines, names)
    ]
    text: str = simplejson.dumps(rows, use_decimal=True, indent=2)
    return text


def _columns() -> Iterator[str]:
    yield from LINE_COLUMNS
    yield "company_name"
    yield from (field.name for field in fields(Finding) if field.name not in LINE_COLUMNS)


def _rows(
    found: Sequence[Finding], lines: Mapping[tuple[str, LineKey], Line], names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield each finding with its columns, and those of the line of `reconciliation` that it is about."""
    for finding in found:
        line = _line_of(finding, lines)
        row: dict[str, str | dt.date | Decimal | None] = dict.fromkeys(_columns())
        row |= {} if line is None else asdict(line)
        yield row | asdict(finding) | {"company_name": names.get(finding.company_id)}


def _line_of(finding: Finding, lines: Mapping[tuple[str, LineKey], Line]) -> Line | None:
    if finding.check_name != REPORT_DIFFERS or finding.report is None or finding.period_end is None:
        return None
    key = (finding.report, finding.period_start, finding.period_end, finding.nominal_code)
    return lines.get((finding.company_id, key))
