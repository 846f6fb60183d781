"""The command line: parses options and calls `pipelines.commands`, which is imported when needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from accbooks_warehouse.pipelines.examples import EXAMPLES
from accbooks_warehouse.pipelines.options import (
    AsAtOption,
    AsIsOption,
    BudgetOption,
    ByOption,
    CertifyOption,
    CompanyOption,
    CorporationTaxOption,
    DestinationOption,
    FiledOption,
    FiledToday,
    FileFormat,
    FileFormatOption,
    FinalisedOption,
    FolderArgument,
    ForceOption,
    ForgottenArgument,
    FromOption,
    HistoryOption,
    HostOption,
    JitterOption,
    JobsOption,
    ListOption,
    LogFormat,
    LogFormatOption,
    MaxMinutesOption,
    MetricsFileOption,
    MetricsPortOption,
    ModelArgument,
    NamesOption,
    NoCheckOption,
    NoInputOption,
    NoteOption,
    NotFiledOption,
    OutputFormat,
    OutputOption,
    PacksOption,
    PathOption,
    PeriodKeyOption,
    PeriodOption,
    PlaceOption,
    PortOption,
    PracticeOption,
    PublishOption,
    ReplaceOption,
    ReplaySinceOption,
    ReportFormatOption,
    ResourceOption,
    StartDateOption,
    StatusFormat,
    StatusFormatOption,
    Summary,
    SummaryOption,
    SyncEveryOption,
    TargetOption,
    TemplatesOption,
    ThroughOption,
    ToOption,
    VatOption,
    VerboseOption,
    VersionOption,
    WaitOption,
    YesOption,
    day,
    moment,
    resources,
    seconds,
    window,
)
from accbooks_warehouse.pipelines.process import run, working
from accbooks_warehouse.pipelines.usage import Commands

if TYPE_CHECKING:
    from accbooks_warehouse.pipelines.output.run_record import RunRecord

app = typer.Typer(
    name="accbooks",
    cls=Commands,
    help="Copy AccBooks into DuckDB or PostgreSQL and check every report against AccBooks.",
    epilog="Exit status: 0 done and everything compared matches AccBooks, 1 error, 2 bad usage or "
    "configuration, 3 loaded but checks failed, 4 stopped at a limit (daily requests or --max-minutes): run "
    "again later.",
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
    folder: FolderArgument = None,
    company: NamesOption = None,
    destination: PlaceOption = None,
    file: Annotated[str | None, typer.Option("--file", help="The path of the DuckDB file.")] = None,
    start_date: StartDateOption = None,
    *,
    no_input: NoInputOption = False,
    no_check: NoCheckOption = False,
    replace: ReplaceOption = False,
    templates: TemplatesOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Set up the API key, warehouse and webhook secret.

    Writes .dlt/config.toml and .dlt/secrets.toml and checks what the keys may read. Only you can read
    secrets.toml. Other settings and comments in these files stay. The command never shows a key or a secret,
    and no option takes one.

    With --templates it writes an example of each CSV file that can be configured into FOLDER, and sets up
    nothing.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.init import run_init, run_templates
        from accbooks_warehouse.pipelines.setup.config_values import SetupOptions

        if templates:
            raise typer.Exit(run_templates(console, folder or Path()))
        if folder is not None:
            raise typer.BadParameter("a folder is for templates alone: add --templates.")
        wanted = SetupOptions(tuple(company or ()), destination, file, start_date, not no_check, replace)
        raise typer.Exit(run_init(console, wanted, asks=not no_input))


@app.command(epilog=EXAMPLES["check"])
def check(company: CompanyOption = None, *, verbose: VerboseOption = False) -> None:
    """Check the API key, its permissions, limit and fields.

    Sends one request to every endpoint. Exits with 3 if a sync could not read everything.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.check import run_check

        raise typer.Exit(run_check(console, company))


@app.command(epilog=EXAMPLES["plan"])
def plan(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    from_: FromOption = None,
    to: ToOption = None,
    certify: CertifyOption = None,
    output: StatusFormatOption = StatusFormat.table,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Estimate requests and time for the next sync.

    Requests a few pages from AccBooks and loads nothing. Ends with the total of several companies.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.plan import run_plan
        from accbooks_warehouse.pipelines.depth import Depth

        depth = None if certify is None else Depth(certify)
        days = window(from_, to)
        raise typer.Exit(run_plan(console, company, destination, days, depth, output.value))


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
    publish: PublishOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Load changes from AccBooks, rebuild the reports and compare them.

    Reads what may have changed since the last run, rebuilds the ledger and reports in SQL, and compares them
    line by line with AccBooks' reports. The first run reads everything.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.sync import SyncOptions, run_sync
        from accbooks_warehouse.pipelines.commands.unattended import ScheduleOptions, run_unattended
        from accbooks_warehouse.pipelines.depth import Depth
        from accbooks_warehouse.pipelines.output.json_log import JsonLog
        from accbooks_warehouse.pipelines.output.run_log import TextLog
        from accbooks_warehouse.pipelines.sync.scope import Scope

        if wait and max_minutes is not None:
            raise typer.BadParameter("--wait has no time limit. Leave out --wait or --max-minutes.")
        options = SyncOptions(wait=wait, jobs=jobs, publish=publish)
        in_json = log_format is LogFormat.json
        log = (
            JsonLog(verbose=verbose)
            if in_json
            else TextLog(console, in_lines=summary is Summary.line, verbose=verbose)
        )

        def work(until: float) -> RunRecord:
            depth = None if certify is None else Depth(certify)
            scope = Scope(window(from_, to), resources(resource or []), depth)
            return run_sync(log, company, destination, scope, options, until=until)

        raise typer.Exit(run_unattended(log, ScheduleOptions(max_minutes, jitter), work))


@app.command(epilog=EXAMPLES["listen"])
def listen(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8787,
    path: PathOption = "/webhooks",
    sync_every: SyncEveryOption = "1h",
    publish: PublishOption = None,
    metrics_port: MetricsPortOption = None,
    replay_since: ReplaySinceOption = None,
    log_format: LogFormatOption = LogFormat.text,
    verbose: VerboseOption = False,
) -> None:
    """Receive webhooks and keep the warehouse current within seconds.

    Reads what each event names, rebuilds the reports and compares them. An ordinary sync at the start and at
    intervals finds what no event told. Runs until it gets SIGTERM or Ctrl-C. Needs a webhook secret for each
    company; see docs/live.md.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.listen import ListenOptions, run_listen

        options = ListenOptions(
            host,
            port,
            path,
            seconds(sync_every, "--sync-every"),
            metrics_port,
            moment(replay_since, "--replay-since"),
            publish,
        )
        in_json = log_format is LogFormat.json
        raise typer.Exit(run_listen(console, company, destination, options, in_json=in_json, verbose=verbose))


@app.command(epilog=EXAMPLES["transform"])
def transform(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    *,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every table completely, not only the changes.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Also run all dbt tests of the project, which takes a minute.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Rebuild the ledger and reports from the raw tables.

    Sends no requests to AccBooks. Builds the months that changed since they were last built.
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
    """Compare the rebuilt reports with AccBooks' reports.

    Uses the reports in the warehouse and sends no requests. Also compares every table with the one it was
    built from. Prints what matches and what is wrong. Exits with 3 if a check failed with an error.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.reconcile import run_reconcile

        raise typer.Exit(run_reconcile(console, company, destination, output.value))


@app.command(epilog=EXAMPLES["status"])
def status(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    output: StatusFormatOption = StatusFormat.table,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Show last sync, freshness, and which periods match AccBooks.

    Shows first what needs attention, then a line for each company. Details are shown of one company alone.
    Exits with 3 if a failed check is an error.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.status import run_status

        raise typer.Exit(run_status(console, company, destination, output.value))


@app.command(epilog=EXAMPLES["metrics"])
def metrics(
    destination: DestinationOption = "duckdb",
    output: MetricsFileOption = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Print the status of all companies as metrics for Prometheus.

    Companies are named by their ids. Sends no requests to AccBooks. The exit status is 0 whatever is wrong
    with the books, because the metrics say it.
    """
    with working(verbose=verbose):
        from accbooks_warehouse.pipelines.commands.metrics import run_metrics

        raise typer.Exit(run_metrics(destination, output))


@app.command(epilog=EXAMPLES["close"], cls=FiledToday)
def close(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    through: ThroughOption = None,
    vat: VatOption = None,
    corporation_tax: CorporationTaxOption = None,
    filed: FiledOption = None,
    note: NoteOption = None,
    by: ByOption = None,
    *,
    force: ForceOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Record that a period or VAT return is closed.

    Stores the balances and postings as they are in the warehouse, if the last run agreed with AccBooks. From
    then on every command shows what changes in the period first. With --filed it also records that it was
    filed; of a period that is closed already, nothing else. Sends no requests to AccBooks, and closes nothing
    there.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.close import ClosingDays, ClosingDetails, run_close

        days = ClosingDays(
            day(through, "--through"), day(vat, "--vat"), day(corporation_tax, "--corporation-tax")
        )
        details = ClosingDetails(by, note, force, day(filed, "--filed"))
        raise typer.Exit(run_close(console, company, destination, days, details))


@app.command(epilog=EXAMPLES["reopen"])
def reopen(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    through: ThroughOption = None,
    vat: VatOption = None,
    corporation_tax: CorporationTaxOption = None,
    *,
    not_filed: NotFiledOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Record that a closed period is open again.

    What changes in it is no longer shown. The record of the closing stays, also that it was filed.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.close import ClosingDays
        from accbooks_warehouse.pipelines.commands.reopen import run_reopen

        days = ClosingDays(
            day(through, "--through"), day(vat, "--vat"), day(corporation_tax, "--corporation-tax")
        )
        raise typer.Exit(run_reopen(console, company, destination, days, not_filed=not_filed))


@app.command(epilog=EXAMPLES["export"])
def export(
    model: ModelArgument = None,
    file_format: FileFormatOption = None,
    output: TargetOption = None,
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    period: PeriodOption = None,
    period_key: PeriodKeyOption = None,
    *,
    finalised: FinalisedOption = False,
    as_is: AsIsOption = False,
    list_models: ListOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a table into a CSV, Parquet or Excel file, or a VAT return as HMRC's JSON.

    Amounts are exact decimals; in Excel they are numbers. A file of the same name is replaced once the new
    one is complete.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.export import run_export, run_model_list
        from accbooks_warehouse.pipelines.commands.export_vat_return import (
            FilingOptions,
            run_export_vat_return,
        )

        if list_models or model is None:
            raise typer.Exit(run_model_list(console, is_list=list_models))
        filing = FilingOptions(period, period_key, finalised)
        if file_format is FileFormat.mtd:
            raise typer.Exit(run_export_vat_return(console, company, destination, model, output, filing))
        if filing.is_given:
            raise typer.BadParameter("--period, --period-key and --finalised need --format mtd.")
        raise typer.Exit(run_export(console, company, destination, model, file_format, output, as_is=as_is))


@app.command(epilog=EXAMPLES["report"])
def report(
    company: CompanyOption = None,
    destination: DestinationOption = "duckdb",
    output: Annotated[
        Path | None, typer.Option("--output", help="Write to this .html or .xlsx file, or folder.")
    ] = None,
    as_at: AsAtOption = None,
    budget: BudgetOption = None,
    file_format: ReportFormatOption = None,
    *,
    practice: PracticeOption = False,
    packs: PacksOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write the management pack, as an HTML page or an Excel workbook.

    Profit and loss, balance sheet, cash flow, ratios, debtors and creditors, VAT, what changed in closed
    periods, and the checks; each figure leads to its documents. The page needs no network. Several companies
    get one file each, and pages an overview. With --practice, one page of all companies says what needs
    attention first. Sends no requests to AccBooks. Exits with 3 if checks failed.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.report import Options, run_practice, run_report

        if practice:
            if company is not None:
                raise typer.BadParameter("--practice is of all companies. Leave out --company or --practice.")
            if as_at is not None or budget is not None or file_format is not None:
                raise typer.BadParameter("--practice takes no --as-at, --budget or --format.")
            raise typer.Exit(run_practice(console, destination, output, with_packs=packs))
        if packs:
            raise typer.BadParameter("--packs needs --practice.")
        options = Options(day(as_at, "--as-at"), budget, file_format)
        raise typer.Exit(run_report(console, company, destination, output, options))


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

    Shows how many rows of each table it will delete, and asks you to confirm. Deletes the company's records,
    reports, models and pipeline state; other companies stay as they are. Keeps the change log and the
    reconciliation history unless you add --history.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.forget import run_forget

        raise typer.Exit(run_forget(console, company, destination, with_history=history, is_confirmed=yes))


@app.command(epilog=EXAMPLES["grant-reader"])
def grant_reader(
    role: Annotated[str, typer.Argument(help="The exact name of an existing role.")],
    destination: DestinationOption = "postgres",
    company: CompanyOption = None,
    *,
    verbose: VerboseOption = False,
) -> None:
    """Give a PostgreSQL role read access for BI.

    The role can read all tables of schema accbooks, now and in future, and no other schema. With --company it
    can read the rows of one company alone, in a schema of views of its own.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.grant_reader import run_grant_reader

        raise typer.Exit(run_grant_reader(console, role, destination, company))


@app.command(epilog=EXAMPLES["maintain"])
def maintain(destination: DestinationOption = "duckdb", *, verbose: VerboseOption = False) -> None:
    """Reclaim space, and renew the statistics of tables.

    On PostgreSQL this is VACUUM and ANALYZE of our tables, on DuckDB a checkpoint. Other runs wait or go on.
    """
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.maintain import run_maintain

        raise typer.Exit(run_maintain(console, destination))


@app.command(epilog=EXAMPLES["emulate"])
def emulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 picks a free one.")] = 8800,
    seed: Annotated[int, typer.Option(help="The random seed; another seed generates other books.")] = 1,
    size: Annotated[
        str, typer.Option(help="How large the books are: tiny, small, medium or large.")
    ] = "small",
    plan: Annotated[str, typer.Option(help="The API plan: starter, pro or enterprise.")] = "pro",
    latency: Annotated[float, typer.Option(min=0, help="Seconds to add to every response.")] = 0.0,
    minute: Annotated[float, typer.Option(help="Length of the rate limit window in seconds.")] = 60.0,
    companies: Annotated[int, typer.Option(min=1, help="The number of companies.")] = 1,
    today: Annotated[str | None, typer.Option(help="The last date of the books, YYYY-MM-DD.")] = None,
    *,
    webhook_url: Annotated[
        str | None, typer.Option(help="Send an event of every edit to this address; see accbooks listen.")
    ] = None,
    webhook_secret: Annotated[str | None, typer.Option(help="The secret that signs these events.")] = None,
    verbose: VerboseOption = False,
) -> None:
    """Run a local AccBooks API with generated books."""
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.emulate import WebhookOptions, serve

        serve(
            console,
            WebhookOptions(webhook_url, webhook_secret),
            port=port,
            seed=seed,
            size=size,
            plan=plan,
            latency=latency,
            minute=minute,
            companies=companies,
            today=day(today, "--today"),
        )


@app.command(epilog=EXAMPLES["demo"])
def demo(*, verbose: VerboseOption = False) -> None:
    """Sync generated books into demo.duckdb."""
    with working(verbose=verbose) as console:
        from accbooks_warehouse.pipelines.commands.demo import run_demo

        raise typer.Exit(run_demo(console))


def main() -> None:
    """Run the command line."""
    run(app)
