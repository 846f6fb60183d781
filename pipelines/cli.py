"""The command line. Each command says what it does; the work is elsewhere and imported when needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from accbooks_warehouse.pipelines.examples import EXAMPLES
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.options import (
    AsIsOption,
    CertifyOption,
    CompanyOption,
    DestinationOption,
    FileFormatOption,
    ForgottenArgument,
    FromOption,
    HistoryOption,
    JitterOption,
    JobsOption,
    ListOption,
    LogFormat,
    LogFormatOption,
    MaxMinutesOption,
    ModelArgument,
    NamesOption,
    NoCheckOption,
    NoInputOption,
    OutputFormat,
    OutputOption,
    PlaceOption,
    ReplaceOption,
    ResourceOption,
    StartDateOption,
    Summary,
    SummaryOption,
    TargetOption,
    ToOption,
    VerboseOption,
    VersionOption,
    WaitOption,
    YesOption,
    resources,
    window,
)
from accbooks_warehouse.pipelines.process import run, working

if TYPE_CHECKING:
    from accbooks_warehouse.pipelines.output.run_record import RunRecord

app = typer.Typer(
    name="accbooks",
    help="A warehouse copy of your AccBooks books, rebuilt in SQL and proved to the penny.",
    epilog="Exit status: 0 done and reconciled, 1 error, 2 bad usage or configuration, "
    "3 loaded but differences remain, 4 stopped at a limit (the day's requests, --max-minutes), run again "
    "later.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def accbooks(*, version: VersionOption = False) -> None:
    """Take the options of the program itself."""


@app.command(epilog=EXAMPLES["init"])
def init(
    company: NamesOption = None,
    destination: PlaceOption = None,
    file: Annotated[str | None, typer.Option("--file", help="The DuckDB file.")] = None,
    start_date: StartDateOption = None,
    *,
    no_input: NoInputOption = False,
    no_check: NoCheckOption = False,
    replace: ReplaceOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Ask for key, warehouse and start date, and write them down.

    Writes .dlt/config.toml and .dlt/secrets.toml, which only you may read, and checks what the keys may
    read. Other settings and comments of these files stay. A key is never shown, and no option takes one.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.init import run_init
        from accbooks_warehouse.pipelines.setup.config_values import SetupOptions

        wanted = SetupOptions(tuple(company or ()), destination, file, start_date, not no_check, replace)
        raise typer.Exit(run_init(console, wanted, asks=not no_input))


@app.command(epilog=EXAMPLES["check"])
def check(company: CompanyOption = None, *, verbose: VerboseOption = False) -> None:
    """Probe every endpoint once: key, permissions, plan, fields."""
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.check import print_check
        from accbooks_warehouse.pipelines.configuration import companies

        good = [print_check(console, each) for each in companies(company)]
        raise typer.Exit(ExitStatus.DONE if all(good) else ExitStatus.DIFFERENCES)


@app.command(epilog=EXAMPLES["plan"])
def plan(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    from_: FromOption = None,
    to: ToOption = None,
    certify: CertifyOption = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Say what a sync would fetch: windows, requests, minutes.

    Asks AccBooks for a few pages, and loads nothing.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.plan import run_plan
        from accbooks_warehouse.pipelines.depth import Depth

        depth = None if certify is None else Depth(certify)
        raise typer.Exit(run_plan(console, company, destination, window(from_, to), depth))


@app.command(epilog=EXAMPLES["sync"])
def sync(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    from_: FromOption = None,
    to: ToOption = None,
    resource: ResourceOption = None,
    certify: CertifyOption = None,
    *,
    wait: WaitOption = False,
    jobs: JobsOption = 4,
    max_minutes: MaxMinutesOption = None,
    jitter: JitterOption = 0,
    log_format: LogFormatOption = LogFormat.text,
    summary: SummaryOption = Summary.full,
    verbose: VerboseOption = False,
) -> None:
    """Load what is due, rebuild the reports, prove them.

    Reads what can have changed since the last run, rebuilds ledger and reports in SQL, and compares them line
    by line with AccBooks' own. The first run reads everything.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.sync import run_sync
        from accbooks_warehouse.pipelines.commands.unattended import ScheduleOptions, run_unattended
        from accbooks_warehouse.pipelines.depth import Depth
        from accbooks_warehouse.pipelines.output.json_log import JsonLog
        from accbooks_warehouse.pipelines.output.run_log import TextLog
        from accbooks_warehouse.pipelines.sync.sync import Scope

        if wait and max_minutes is not None:
            raise typer.BadParameter("--wait takes as long as it takes: leave it out, or --max-minutes.")
        in_json = log_format is LogFormat.json
        log = (
            JsonLog(verbose=verbose)
            if in_json
            else TextLog(console, in_lines=summary is Summary.line, verbose=verbose)
        )

        def work(until: float) -> RunRecord:
            depth = None if certify is None else Depth(certify)
            scope = Scope(window(from_, to), resources(resource or []), depth)
            return run_sync(log, company, destination, scope, wait=wait, jobs=jobs, until=until)

        raise typer.Exit(run_unattended(log, ScheduleOptions(max_minutes, jitter), work))


@app.command(epilog=EXAMPLES["transform"])
def transform(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Make every table anew, not only what changed in it.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Run every dbt test of the project as well; it takes a minute.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Rebuild the ledger and the reports alone.

    Works on the raw tables as they are, and asks AccBooks nothing. Builds the months of which something
    changed since they were last built.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.transform import run_transform

        raise typer.Exit(run_transform(console, company, destination, full_refresh=full_refresh, test=test))


@app.command(epilog=EXAMPLES["reconcile"])
def reconcile(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    output: OutputOption = OutputFormat.table,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Compare the rebuilt reports with AccBooks' own.

    Takes both as they stand in the warehouse, and compares every table with the one it was built from. Prints
    what matched and what is wrong, and exits with 3 if that is an error.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.reconcile import run_reconcile

        raise typer.Exit(run_reconcile(console, company, destination, output.value))


@app.command(epilog=EXAMPLES["status"])
def status(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    verbose: VerboseOption = False,
) -> None:
    """Say how fresh and how far proved the copy is, and what is wrong with it; exits with 3 for an error."""
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.status import run_status

        raise typer.Exit(run_status(console, company, destination))


@app.command(epilog=EXAMPLES["export"])
def export(
    model: ModelArgument = None,
    file_format: FileFormatOption = None,
    output: TargetOption = None,
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    as_is: AsIsOption = False,
    list_models: ListOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a model into a CSV, Parquet or Excel file.

    Amounts are exact decimals, in Excel numbers. The file takes its place once it is whole.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.export import run_export, run_model_list

        if list_models or model is None:
            raise typer.Exit(run_model_list(console, asked=list_models))
        raise typer.Exit(run_export(console, company, destination, model, file_format, output, as_is=as_is))


@app.command(epilog=EXAMPLES["report"])
def report(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to: a file ending with .html, or a folder.")
    ] = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Write the HTML report.

    Profit and loss, balance sheet, cash, debtors, and the proof, as one file that needs no network. Several
    companies get a file each, and an overview. Asks AccBooks nothing; exits with 3 if differences remain.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.report import run_report

        raise typer.Exit(run_report(console, company, destination, output))


@app.command(epilog=EXAMPLES["forget"])
def forget(
    company: ForgottenArgument,
    destination: DestinationOption = "duckdb",
    *,
    history: HistoryOption = False,
    yes: YesOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Remove one company from the warehouse.

    Shows how many rows go, table by table, and asks. Removes what was read, the models, and what the pipeline
    remembers; other companies stay as they are. The change log and the history of the reconciliation stay
    without --history.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.forget import run_forget

        raise typer.Exit(run_forget(console, company, destination, with_history=history, is_agreed=yes))


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
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.grant_reader import run_grant_reader

        raise typer.Exit(run_grant_reader(console, role, destination))


@app.command(epilog=EXAMPLES["emulate"])
def emulate(
    port: Annotated[int, typer.Option(help="The port; 0 lets the system choose.")] = 8800,
    seed: Annotated[int, typer.Option(help="Other seeds give other books.")] = 1,
    size: Annotated[str, typer.Option(help="tiny, small, medium or large.")] = "small",
    plan: Annotated[str, typer.Option(help="starter, pro or enterprise.")] = "pro",
    latency: Annotated[float, typer.Option(help="Seconds added to every answer.")] = 0.0,
    minute: Annotated[float, typer.Option(help="Length of the rate window in seconds.")] = 60.0,
    companies: Annotated[int, typer.Option(help="How many companies there are.")] = 1,
    today: Annotated[str | None, typer.Option(help="The date the books run to, YYYY-MM-DD.")] = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Serve a local stand-in for AccBooks."""
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.emulate import serve

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
    """Sync made-up books into demo.duckdb."""
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.demo import run_demo

        raise typer.Exit(run_demo(console))


def main() -> None:
    """Run the command line."""
    run(app)
