"""The options that commands share, and what they may be."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from accbooks_warehouse.pipelines.completion import company_names, destination_names, model_names
from accbooks_warehouse.pipelines.versions import print_versions

if TYPE_CHECKING:
    from accbooks_warehouse.sources.accbooks import Window


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


class FileFormat(StrEnum):
    """What a model is exported as."""

    csv = "csv"
    parquet = "parquet"
    xlsx = "xlsx"


class LogFormat(StrEnum):
    """How a sync says what it does."""

    text = "text"
    json = "json"


class Summary(StrEnum):
    """How a sync sums up each company in text."""

    full = "full"
    line = "line"


CompanyOption = Annotated[
    str | None,
    typer.Option(
        "--company",
        help="Only this company of sources.accbooks.companies.",
        autocompletion=company_names,
    ),
]
DestinationOption = Annotated[
    str,
    typer.Option(
        "--destination",
        metavar="duckdb|postgres|NAME",
        help="Where the warehouse is; NAME is another destination of dlt's, with a dbt profile of yours.",
        autocompletion=destination_names,
    ),
]
FromOption = Annotated[str | None, typer.Option("--from", help="Read from this date (1900-01-01: all).")]
ToOption = Annotated[str | None, typer.Option("--to", help="Read to this date.")]
VersionOption = Annotated[
    bool,
    typer.Option(
        "--version",
        help="Show the versions of accbooks, dlt, dbt and DuckDB.",
        callback=print_versions,
        is_eager=True,
    ),
]
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
MaxMinutesOption = Annotated[
    int | None,
    typer.Option(
        "--max-minutes",
        min=1,
        help="Stop reading in time to end within so many minutes; what is complete is kept, the status is 4.",
    ),
]
JitterOption = Annotated[
    int,
    typer.Option("--jitter", min=0, metavar="SECONDS", help="First wait for a random time of up to SECONDS."),
]
LogFormatOption = Annotated[
    LogFormat,
    typer.Option("--log-format", help="json: everything on standard output, an object to a line."),
]
SummaryOption = Annotated[
    Summary, typer.Option("--summary", help="line: key=value in a line for each company, and what is wrong.")
]
NamesOption = Annotated[
    list[str] | None, typer.Option("--company", help="Name the key of this company; may be repeated.")
]
PlaceOption = Annotated[
    str | None,
    typer.Option(
        "--destination",
        metavar="duckdb|postgres",
        help="Where the warehouse is to be.",
        autocompletion=destination_names,
    ),
]
StartDateOption = Annotated[
    str | None, typer.Option("--start-date", help="Leave out what is older; 'all' reads everything.")
]
NoInputOption = Annotated[
    bool,
    typer.Option(
        "--no-input",
        help="Ask nothing: take keys from SOURCES__ACCBOOKS__API_KEY or SOURCES__ACCBOOKS__COMPANIES, "
        "the address from DESTINATION__POSTGRES__CREDENTIALS.",
    ),
]
NoCheckOption = Annotated[bool, typer.Option("--no-check", help="Write without trying keys and addresses.")]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Replace what is configured already, without asking.")
]
ModelArgument = Annotated[
    str | None, typer.Argument(help="A table of schema accbooks.", autocompletion=model_names)
]
ForgottenArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME|ID",
        help="The company's name in the configuration, or its id in AccBooks.",
        autocompletion=company_names,
    ),
]
HistoryOption = Annotated[
    bool, typer.Option("--history", help="Remove the change log and the history of the reconciliation, too.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask, for scripts.")]
FileFormatOption = Annotated[
    FileFormat | None,
    typer.Option("--format", help="The kind of file; by default what --output ends with, else csv."),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--output", help="The file, replaced if it is there; - is standard output.  [default: MODEL.csv]"
    ),
]
AsIsOption = Annotated[
    bool, typer.Option("--as-is", help="In csv, put no apostrophe before texts that begin like a formula.")
]
ListOption = Annotated[bool, typer.Option("--list", help="List the models, and what a row is.")]
OutputOption = Annotated[OutputFormat, typer.Option("--format", help="How to print.")]


def window(start: str | None, end: str | None) -> Window | None:
    """Return the window of --from and --to, None if neither is given."""
    from accbooks_warehouse.sources.accbooks import EARLIEST, Window

    if start is None and end is None:
        return None
    first = _date(start, "--from")
    found = Window(first if first is None or first > EARLIEST else None, _date(end, "--to"))
    if found.start and found.end and found.start > found.end:
        raise typer.BadParameter(f"--from {start} is after --to {end}.")
    return found


def _date(text: str | None, option: str) -> Any:
    import pendulum
    from accbooks_warehouse.sources.accbooks import parse_date

    if text is None:
        return None
    try:
        return pendulum.instance(parse_date(text))
    except ValueError as error:
        raise typer.BadParameter(f"{option} {error}; write it like 2026-04-01.") from None


def resources(names: list[str]) -> tuple[str, ...]:
    """Return the tables of --resource."""
    from accbooks_warehouse.sources.accbooks import RECORD_RESOURCES, REPORT_RESOURCES

    known = (*RECORD_RESOURCES, *REPORT_RESOURCES)
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"There is no resource '{name}'; choose from {', '.join(known)}.")
    return tuple(names)
