"""The options that commands share, and their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from accbooks_warehouse.pipelines.completion import company_names, destination_names, model_names
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.versions import print_versions
from typer.core import TyperCommand

if TYPE_CHECKING:
    from accbooks_warehouse.sources.accbooks import Window


class OutputFormat(StrEnum):
    """The output format of differences."""

    table = "table"
    csv = "csv"
    json = "json"


class StatusFormat(StrEnum):
    """The output format of a status or a plan."""

    table = "table"
    json = "json"


class FileFormat(StrEnum):
    """The file format of an export."""

    csv = "csv"
    parquet = "parquet"
    xlsx = "xlsx"
    mtd = "mtd"


class ReportFormat(StrEnum):
    """The file format of a report."""

    html = "html"
    xlsx = "xlsx"


class LogFormat(StrEnum):
    """The format of a sync's log."""

    text = "text"
    json = "json"


class Summary(StrEnum):
    """The summary that a sync prints for each company."""

    full = "full"
    line = "line"


CompanyOption = Annotated[
    str | None,
    typer.Option(
        "--company",
        help="Only this company, named as in sources.accbooks.companies.",
        autocompletion=company_names,
    ),
]
DestinationOption = Annotated[
    str,
    typer.Option(
        "--destination",
        metavar="duckdb|postgres|lakehouse|NAME",
        help="The warehouse. NAME is a dlt destination of your own, with a dbt profile.",
        autocompletion=destination_names,
    ),
]
FromOption = Annotated[str | None, typer.Option("--from", help="Read from this date; 1900-01-01 reads all.")]
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
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show log messages and tracebacks.")]
ResourceOption = Annotated[
    list[str] | None, typer.Option("--resource", help="Only this table. Repeat for several.")
]
CertifyOption = Annotated[
    Depth | None,
    typer.Option("--certify", help="Compare with AccBooks to this depth now, whatever the schedule."),
]
WaitOption = Annotated[
    bool,
    typer.Option("--wait", help="Wait until the daily limit resets and other runs end, then go on."),
]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="How many companies to read at once.")]
MaxMinutesOption = Annotated[
    int | None,
    typer.Option(
        "--max-minutes",
        min=1,
        help="End within this many minutes. Keeps what is complete and exits with 4.",
    ),
]
JitterOption = Annotated[
    int,
    typer.Option("--jitter", min=0, metavar="SECONDS", help="Wait a random time of up to SECONDS first."),
]
LogFormatOption = Annotated[
    LogFormat,
    typer.Option("--log-format", help="json prints one object per line to standard output."),
]
SummaryOption = Annotated[
    Summary, typer.Option("--summary", help="line prints one key=value line per company, and what is wrong.")
]
NamesOption = Annotated[
    list[str] | None, typer.Option("--company", help="A name for the company. Repeat for several.")
]
PlaceOption = Annotated[
    str | None,
    typer.Option(
        "--destination",
        metavar="duckdb|postgres",
        help="The database of the warehouse.",
        autocompletion=destination_names,
    ),
]
StartDateOption = Annotated[
    str | None, typer.Option("--start-date", help="Read records from this date on; 'all' reads everything.")
]
NoInputOption = Annotated[
    bool,
    typer.Option(
        "--no-input",
        help="Ask no questions. Take keys from SOURCES__ACCBOOKS__API_KEY or SOURCES__ACCBOOKS__COMPANIES, "
        "webhook secrets from SOURCES__ACCBOOKS__WEBHOOK_SECRET or SOURCES__ACCBOOKS__WEBHOOK_SECRETS, and "
        "the PostgreSQL address from DESTINATION__POSTGRES__CREDENTIALS.",
    ),
]
NoCheckOption = Annotated[bool, typer.Option("--no-check", help="Do not test keys and addresses first.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace existing settings without asking.")]
TemplatesOption = Annotated[
    bool,
    typer.Option("--templates", help="Only write templates of the CSV files (budgets, groups, ...)."),
]
FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="Where --templates writes; by default here.")
]
ModelArgument = Annotated[
    str | None, typer.Argument(help="A table of schema accbooks.", autocompletion=model_names)
]
ForgottenArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME|ID",
        help="The company's name in the configuration or its AccBooks id.",
        autocompletion=company_names,
    ),
]
HistoryOption = Annotated[
    bool, typer.Option("--history", help="Also remove the change log and the reconciliation history.")
]
ThroughOption = Annotated[
    str | None,
    typer.Option("--through", metavar="DATE", help="The last day of the accounts, such as a year end."),
]
VatOption = Annotated[
    str | None,
    typer.Option("--vat", metavar="DATE", help="The last day of a VAT period, instead of --through."),
]
CorporationTaxOption = Annotated[
    str | None,
    typer.Option(
        "--corporation-tax",
        metavar="DATE",
        help="The last day of the accounting period of a corporation tax return, with --filed.",
    ),
]
FiledOption = Annotated[
    str | None,
    typer.Option("--filed", metavar="[DATE]", help="It was filed, today or on DATE."),
]
NotFiledOption = Annotated[
    bool, typer.Option("--not-filed", help="It was not filed either, as the closing says.")
]
NoteOption = Annotated[str | None, typer.Option("--note", help="A note for the record.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who closes it.  [default: your user name]")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Close it although the books do not agree with AccBooks.")
]
PracticeOption = Annotated[
    bool, typer.Option("--practice", help="One page of all companies, with what needs attention first.")
]
PacksOption = Annotated[
    bool, typer.Option("--packs", help="With --practice: also write each company's report beside it.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
FileFormatOption = Annotated[
    FileFormat | None,
    typer.Option(
        "--format",
        help="The file format. Default: the extension of --output, else csv. mtd: a VAT return for HMRC.",
    ),
]
AsAtOption = Annotated[
    str | None,
    typer.Option("--as-at", metavar="DATE", help="The last day, YYYY-MM-DD. Default: the last month-end."),
]
BudgetOption = Annotated[
    Path | None,
    typer.Option("--budget", metavar="FILE", help="A budget (CSV) for this run, not the configured one."),
]
ReportFormatOption = Annotated[
    ReportFormat | None,
    typer.Option("--format", help="A page or a workbook. Default: the extension of --output, else html."),
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", help="For mtd: the last day of the VAT period, YYYY-MM-DD.")
]
PeriodKeyOption = Annotated[
    str | None, typer.Option("--period-key", help="For mtd: HMRC's key of the period, like 18A1.")
]
FinalisedOption = Annotated[
    bool, typer.Option("--finalised", help="For mtd: declare the return final. Nothing is submitted.")
]
TargetOption = Annotated[
    str | None,
    typer.Option("--output", help="Write to this file; - is standard output.  [default: MODEL.csv]"),
]
AsIsOption = Annotated[
    bool,
    typer.Option("--as-is", help="In csv, add no apostrophe to text that looks like a formula."),
]
ListOption = Annotated[bool, typer.Option("--list", help="List the tables and what a row of each is.")]
OutputOption = Annotated[OutputFormat, typer.Option("--format", help="The output format.")]
StatusFormatOption = Annotated[
    StatusFormat, typer.Option("--format", help="json prints one document for programs.")
]


HostOption = Annotated[str, typer.Option("--host", help="The address to listen on.")]
PortOption = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="The port to listen on; 0 takes a free one.")
]
PathOption = Annotated[str, typer.Option("--path", help="The path that takes webhooks.")]
SyncEveryOption = Annotated[
    str, typer.Option("--sync-every", metavar="TIME", help="Sync everything this often, such as 15m or 1h.")
]
MetricsFileOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Replace this file once all is written, such as a .prom file of node_exporter.",
    ),
]
MetricsPortOption = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        min=0,
        max=65535,
        help="Serve Prometheus metrics on this port of 127.0.0.1; 0 takes a free one.",
    ),
]
ReplaySinceOption = Annotated[
    str | None,
    typer.Option(
        "--replay-since",
        metavar="TIME",
        help="First read again what events since this date or time (UTC) named.",
    ),
]
PublishOption = Annotated[
    Path | None,
    typer.Option(
        "--publish",
        metavar="FILE",
        help="After a run without errors, replace this DuckDB file with a copy for readers.",
    ),
]
UNITS = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}


def seconds(text: str, option: str) -> float:
    """Return a time such as 90s, 15m, 1h or 1d in seconds."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not number.isdecimal() or int(number) == 0:
        raise typer.BadParameter(f"{option} is '{text}'. Write a time like 90s, 15m, 1h or 1d.")
    return float(int(number) * UNITS[unit])


def moment(text: str | None, option: str) -> dt.datetime | None:
    """Return a date, or an ISO 8601 time, as a time in UTC."""
    if text is None:
        return None
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{option} is '{text}'. Write a date like 2026-04-01, or a time like 2026-04-01T12:00."
        ) from None
    return time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)


class FiledToday(TyperCommand):
    """A command whose option --filed may stand without a date: then it is today."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments in which --filed has a date."""
        return super().parse_args(ctx, with_today(args))


def with_today(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with today's date (UTC) after a --filed that has none."""
    found: list[str] = []
    for argument, following in zip_longest(arguments, arguments[1:]):
        found.append(argument)
        if argument == "--filed" and (following is None or following.startswith("-")):
            found.append(dt.datetime.now(dt.UTC).date().isoformat())
    return found


def window(start: str | None, end: str | None) -> Window | None:
    """Return the window of --from and --to, None if neither is given."""
    from accbooks_warehouse.sources.accbooks import EARLIEST, Window

    if start is None and end is None:
        return None
    first = day(start, "--from")
    found = Window(first if first is None or first > EARLIEST else None, day(end, "--to"))
    if found.start and found.end and found.start > found.end:
        raise typer.BadParameter(f"--from {start} is after --to {end}.")
    return found


def day(text: str | None, option: str) -> Any:
    """Return a date of an option, None if it is not given."""
    import pendulum
    from accbooks_warehouse.sources.accbooks import parse_date

    if text is None:
        return None
    try:
        return pendulum.instance(parse_date(text))
    except ValueError:
        raise typer.BadParameter(
            f"{option} is '{text}', which is no date. Write one like 2026-04-01."
        ) from None


def resources(names: list[str]) -> tuple[str, ...]:
    """Return the tables of --resource."""
    from accbooks_warehouse.sources.accbooks import RECORD_RESOURCES, REPORT_RESOURCES

    known = (*RECORD_RESOURCES, *REPORT_RESOURCES)
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"There is no table '{name}'. Choose from {', '.join(known)}.")
    return tuple(names)
