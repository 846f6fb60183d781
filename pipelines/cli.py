"""The command line. Each command says what it does; the work is elsewhere and imported when needed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.completion import company_names, destination_names, model_names
from pipelines.examples import EXAMPLES
from pipelines.exit_status import ExitStatus

if TYPE_CHECKING:
    from rich.console import Console
    from sources.accbooks.windows import Window

app = typer.Typer(
    name="accbooks",
    help="A warehouse copy of your AccBooks books, rebuilt in SQL and proved to the penny.",
    epilog="Exit status: 0 done and reconciled, 1 error, 2 bad usage or configuration, "
    "3 loaded but differences remain, 4 daily budget spent, run again later.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class DepthName(StrEnum):
    """How deeply a sync certifies the books."""

    balances = "balances"
    years = "years"
    months = "months"


class FileFormat(StrEnum):
    """What a model is exported as."""

    csv = "csv"
    parquet = "parquet"
    xlsx = "xlsx"


class OutputFormat(StrEnum):
    """How differences are printed."""

    table = "table"
    csv = "csv"
    json = "json"


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
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show what happens, and tracebacks.")]


@app.command(epilog=EXAMPLES["init"])
def init(
    company: Annotated[
        list[str] | None, typer.Option("--company", help="Name the key of this company; may be repeated.")
    ] = None,
    destination: Annotated[
        str | None,
        typer.Option(
            "--destination",
            metavar="duckdb|postgres",
            help="Where the warehouse is to be.",
            autocompletion=destination_names,
        ),
    ] = None,
    file: Annotated[str | None, typer.Option("--file", help="The DuckDB file.")] = None,
    start_date: Annotated[
        str | None, typer.Option("--start-date", help="Leave out what is older; 'all' reads everything.")
    ] = None,
    *,
    no_input: Annotated[
        bool,
        typer.Option(
            "--no-input",
            help="Ask nothing: take keys from SOURCES__ACCBOOKS__API_KEY or SOURCES__ACCBOOKS__COMPANIES, "
            "the address from DESTINATION__POSTGRES__CREDENTIALS.",
        ),
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Write without trying keys and addresses.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what is configured already, without asking.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Ask for key, warehouse and start date, and write them down.

    Writes .dlt/config.toml and .dlt/secrets.toml, which only you may read, and checks what the keys may
    read. Other settings and comments of these files stay. A key is never shown, and no option takes one.
    """
    with _work(verbose=verbose) as console:
        from pipelines.init import run_init
        from pipelines.init.held import Wanted

        wanted = Wanted(tuple(company or ()), destination, file, start_date, not no_check, replace)
        raise typer.Exit(run_init(console, wanted, asks=not no_input))


@app.command(epilog=EXAMPLES["check"])
def check(company: CompanyOption = None, *, verbose: VerboseOption = False) -> None:
    """Probe every endpoint once: key, permissions, plan, fields."""
    with _work(verbose=verbose) as console:
        from pipelines.configuration import companies
        from pipelines.views import print_check

        good = [print_check(console, each) for each in companies(company)]
        raise typer.Exit(ExitStatus.DONE if all(good) else ExitStatus.DIFFERENCES)


@app.command(epilog=EXAMPLES["plan"])
def plan(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    from_: FromOption = None,
    to: ToOption = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Say what a sync would fetch: windows, requests, minutes.

    Asks AccBooks for the first page of every window, and loads nothing.
    """
    with _work(verbose=verbose) as console:
        from pipelines.run import run_plan

        raise typer.Exit(run_plan(console, company, destination, _window(from_, to)))


@app.command(epilog=EXAMPLES["sync"])
def sync(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    from_: FromOption = None,
    to: ToOption = None,
    resource: Annotated[
        list[str] | None, typer.Option("--resource", help="Only this table; may be repeated.")
    ] = None,
    certify: Annotated[
        DepthName | None,
        typer.Option("--certify", help="Prove the books this deeply now, whenever it is due."),
    ] = None,
    *,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait for the next day if the daily budget is spent, and for others' runs."
        ),
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="How many companies to read side by side.")] = 4,
    verbose: VerboseOption = False,
) -> None:
    """Load what is due, rebuild the reports, prove them.

    Reads what can have changed since the last run, rebuilds ledger and reports in SQL, and compares them line
    by line with AccBooks' own. The first run reads everything.
    """
    with _work(verbose=verbose) as console:
        from pipelines.certify import Depth
        from pipelines.run import run_sync
        from pipelines.sync import Scope

        depth = None if certify is None else Depth(certify)
        scope = Scope(_window(from_, to), _resources(resource or []), depth)
        raise typer.Exit(run_sync(console, company, destination, scope, wait=wait, jobs=jobs))


@app.command(epilog=EXAMPLES["transform"])
def transform(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Make every table anew, not only what changed in it.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Rebuild the ledger and the reports alone.

    Works on the raw tables as they are, and asks AccBooks nothing. Builds the months of which something
    changed since they were last built.
    """
    with _work(verbose=verbose) as console:
        from pipelines.run import run_transform

        raise typer.Exit(run_transform(console, company, destination, full_refresh=full_refresh))


@app.command(epilog=EXAMPLES["reconcile"])
def reconcile(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    output: Annotated[OutputFormat, typer.Option("--format", help="How to print.")] = OutputFormat.table,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Compare the rebuilt reports with AccBooks' own.

    Takes both as they stand in the warehouse, and compares every table with the one it was built from. Prints
    what differs and exits with 3, or says what matched.
    """
    with _work(verbose=verbose) as console:
        from pipelines.run import run_reconcile

        raise typer.Exit(run_reconcile(console, company, destination, output.value))


@app.command(epilog=EXAMPLES["status"])
def status(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    verbose: VerboseOption = False,
) -> None:
    """Say how fresh and how far proved the copy is."""
    with _work(verbose=verbose) as console:
        from pipelines.run import run_status

        raise typer.Exit(run_status(console, company, destination))


@app.command(epilog=EXAMPLES["export"])
def export(
    model: Annotated[
        str | None, typer.Argument(help="A table of schema accbooks.", autocompletion=model_names)
    ] = None,
    file_format: Annotated[
        FileFormat | None,
        typer.Option("--format", help="The kind of file; by default what --output ends with, else csv."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", help="The file, replaced if it is there; - is standard output.  [default: MODEL.csv]"
        ),
    ] = None,
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="In csv, put no apostrophe before texts that begin like a formula."),
    ] = False,
    list_models: Annotated[bool, typer.Option("--list", help="List the models, and what a row is.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a model into a CSV, Parquet or Excel file.

    Amounts are exact decimals, in Excel numbers. The file takes its place once it is whole.
    """
    with _work(verbose=verbose) as console:
        from pipelines.run import run_export, run_model_list

        if list_models or model is None:
            raise typer.Exit(run_model_list(console, asked=list_models))
        raise typer.Exit(run_export(console, company, destination, model, file_format, output, as_is=as_is))


@app.command(epilog=EXAMPLES["grant-reader"])
def grant_reader(
    role: Annotated[str, typer.Argument(help="A role that exists, spelled exactly.")],
    destination: DestinationOption = "postgres",
    *,
    verbose: VerboseOption = False,
) -> None:
    """Let a PostgreSQL role read the models, for BI.

    It may read every table of schema accbooks, those made later as well, and nothing of the other schemas.
    """
    with _work(verbose=verbose) as console:
        from pipelines.run import run_grant_reader

        raise typer.Exit(run_grant_reader(console, role, destination))


@app.command(epilog=EXAMPLES["emulate"])
def emulate(
    port: Annotated[int, typer.Option(help="The port; 0 lets the system choose.")] = 8800,
    seed: Annotated[int, typer.Option(help="Other seeds give other books.")] = 1,
    size: Annotated[str, typer.Option(help="small, medium or large.")] = "small",
    plan: Annotated[str, typer.Option(help="starter, pro or enterprise.")] = "pro",
    latency: Annotated[float, typer.Option(help="Seconds added to every answer.")] = 0.0,
    minute: Annotated[float, typer.Option(help="Length of the rate window in seconds.")] = 60.0,
    companies: Annotated[int, typer.Option(help="How many companies there are.")] = 1,
    today: Annotated[str | None, typer.Option(help="The date the books run to, YYYY-MM-DD.")] = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Serve a local stand-in for AccBooks."""
    with _work(verbose=verbose) as console:
        from pipelines.emulate import serve

        serve(
            console,
            port=port,
            seed=seed,
            size=size,
            plan=plan,
            latency=latency,
            minute=minute,
            companies=companies,
            today=today,
        )


@app.command(epilog=EXAMPLES["demo"])
def demo(*, verbose: VerboseOption = False) -> None:
    """Sync made-up books into accbooks.duckdb."""
    with _work(verbose=verbose) as console:
        from pipelines.demo import run_demo

        raise typer.Exit(run_demo(console))


def main() -> None:
    """Run the command line; being told to end is like being interrupted: tidy up, say so, exit with 1."""
    signal.signal(signal.SIGTERM, _interrupt)
    app()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _work(*, verbose: bool) -> Iterator[Console]:
    """Give a command its console, and turn what goes wrong into one sentence and the right exit status."""
    from pipelines.console import open_console
    from pipelines.failure import explain

    console = open_console(verbose=verbose)
    try:
        yield console
    except (typer.Exit, typer.Abort):
        raise
    except BaseException as error:
        message, code = explain(error)
        if verbose:
            console.print_exception(show_locals=False)
        typer.echo(message, file=sys.stderr)
        raise typer.Exit(code) from None


def _window(start: str | None, end: str | None) -> Window | None:
    """Return the window of --from and --to, None if neither is given."""
    from sources.accbooks.windows import EARLIEST, Window

    if start is None and end is None:
        return None
    first = _date(start, "--from")
    window = Window(first if first is None or first > EARLIEST else None, _date(end, "--to"))
    if window.start and window.end and window.start > window.end:
        raise typer.BadParameter(f"--from {start} is after --to {end}.")
    return window


def _date(text: str | None, option: str) -> Any:
    import pendulum
    from sources.accbooks.columns import parse_date

    if text is None:
        return None
    try:
        return pendulum.instance(parse_date(text))
    except ValueError as error:
        raise typer.BadParameter(f"{option} {error}; write it like 2026-04-01.") from None


def _resources(names: list[str]) -> tuple[str, ...]:
    from sources.accbooks import RECORD_RESOURCES, REPORT_RESOURCES

    known = (*RECORD_RESOURCES, *REPORT_RESOURCES)
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"There is no resource '{name}'; choose from {', '.join(known)}.")
    return tuple(names)
