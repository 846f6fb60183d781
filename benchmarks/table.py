"""The figures as a table for people."""

from __future__ import annotations

from rich.table import Table

from benchmarks.figure import Measured, Value, in_short

CLEARED, MISSED = "[green]cleared[/]", "[bold red]missed[/]"


def figures_table(measured: Measured) -> Table:
    """Return every value beside its bar, under the figure it belongs to."""
    table = Table(title="Figures", title_justify="left", show_lines=False)
    for heading in ("figure", "measured", "bar", "", "how"):
        table.add_column(heading, justify="right" if heading in ("measured", "bar") else "left")
    for figure, values in measured:
        table.add_section()
        table.add_row(f"[bold]{figure.name}[/]", end_section=False)
        for value in values:
            table.add_row(*cells(value))
    return table


def cells(value: Value) -> tuple[str, str, str, str, str]:
    """Return a value's row: its name, the number, its bar, whether it is cleared, and the note."""
    verdict = "" if value.bar is None else MISSED if value.missed else CLEARED
    number = f"{in_short(value.value)} {value.unit}".strip()
    return f"  {value.name}", number, str(value.bar or ""), verdict, value.note
