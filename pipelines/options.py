"""The options that commands share, and what they may be."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class DepthName(StrEnum):
    """How deeply a sync certifies the books."""

    balances = "balances"
    years = "years"
    months = "months"


class OutputFormat(StrEnum):
    """How differences are printed."""

    table = "table"
    csv = "csv"
    json = "json"


CompanyOption = Annotated[
    str | None, typer.Option("--company", help="Only this company of sources.accbooks.companies.")
]
DestinationOption = Annotated[
    str,
    typer.Option(
        "--destination",
        metavar="duckdb|postgres|NAME",
        help="Where the warehouse is; NAME is another destination of dlt's, with a dbt profile of yours.",
    ),
]
FromOption = Annotated[str | None, typer.Option("--from", help="Read from this date (1900-01-01: all).")]
ToOption = Annotated[str | None, typer.Option("--to", help="Read to this date.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show what happens, and tracebacks.")]
ResourceOption = Annotated[
    list[str] | None, typer.Option("--resource", help="Only this table; may be repeated.")
]
CertifyOption = Annotated[
    DepthName | None, typer.Option("--certify", help="Prove the books this deeply now, whenever it is due.")
]
WaitOption = Annotated[
    bool,
    typer.Option("--wait", help="Wait for the next day if the daily budget is spent, and for others' runs."),
]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="How many companies to read side by side.")]
OutputOption = Annotated[OutputFormat, typer.Option("--format", help="How to print.")]
