"""What each command does, put together from the parts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pendulum
from rich.console import Console
from sources.accbooks.errors import AccBooksError, ConfigurationError
from sources.accbooks.windows import Window

from pipelines.configuration import Company, companies, company_names, dbt_variables, prepare_dlt
from pipelines.depth import Depth
from pipelines.destinations import MODELS, Warehouse, warehouse
from pipelines.errors import WarehouseError
from pipelines.exit_status import ExitStatus
from pipelines.export import Order, export, known_model, print_models
from pipelines.output.comparison import print_proof
from pipelines.output.console import error_console, say, say_aside, say_data, say_whole
from pipelines.output.failure import explain
from pipelines.output.findings import as_csv, as_json, print_findings
from pipelines.output.run_log import RunLog
from pipelines.output.run_record import CompanyRecord, RunRecord, company_records, run_record
from pipelines.output.summary import print_failed_tests, verdict
from pipelines.output.views import (
    agreed,
    print_budgets,
    print_loads,
    print_plan,
    print_removal,
    print_status,
    still_read,
)
from pipelines.queries.company_summary import (
    CompanySummary,
    Compared,
    company_summary,
    compared,
    has_models,
)
from pipelines.queries.configured_companies import make_table
from pipelines.queries.findings import Findings, findings
from pipelines.queries.reconciliation import differences, tallies
from pipelines.queries.status import about, companies_held, day_budgets, last_loads, title
from pipelines.sync.forget import Removal, forget, still_configured
from pipelines.sync.plan import plan
from pipelines.sync.result import CompanyResult, SyncResult
from pipelines.sync.sync import Scope, Sync
from pipelines.transform.models import FailedTest, Transforms


def run_plan(
    console: Console,
    company: str | None,
    destination: str,
    window: Window | None,
    certify: Depth | None = None,
) -> ExitStatus:
    """Print what a sync would fetch; the warehouse is only read. One company's error stops no other."""
    house = _warehouse(destination)
    status = ExitStatus.DONE
    for each in companies(company):
        try:
            print_plan(console, plan(house, each, window, certify))
        except AccBooksError as error:
            message, status = explain(error)
            say(error_console(), f"{each.name}: {message}", "red")
    return status


def run_sync(
    log: RunLog,
    company: str | None,
    destination: str,
    scope: Scope,
    *,
    wait: bool,
    jobs: int = 1,
    until: float = math.inf,
) -> RunRecord:
    """Sync the configured companies, say how it went, and return the record of it.

    With `wait` a run that the daily budget stopped is taken up again when the budget is back, and companies
    that another run is syncing when that one ends. AccBooks is asked nothing after `until`, in steady_time.
    """
    prepare_dlt()
    house = warehouse(destination)
    if house.notice:
        log.warning(house.notice)
    configured = companies(company)
    result, synced = sync_companies(log, house, configured, scope, jobs=jobs, until=until)
    records = {record.company: record for record in synced}
    while wait and (result.resets_at is not None or result.waits_for):
        await_another_go(log, house, result)
        stopped = {entry.name for entry in result.companies if entry.is_to_be_taken_up}
        again = [each for each in configured if each.name in stopped]
        result, synced = sync_companies(log, house, again, scope, jobs=jobs, until=until)
        records |= {record.company: record for record in synced}
    return run_record(result, records.values())


def await_another_go(log: RunLog, house: Warehouse, result: SyncResult) -> None:
    """Wait until what stopped companies has passed: a spent day, and other runs."""
    if result.resets_at is not None:
        seconds = max(0.0, result.resets_at - time.time())
        back = pendulum.from_timestamp(result.resets_at)
        log.waiting("next_day", seconds, f"Waiting until {back:YYYY-MM-DD HH:mm} UTC.")
        time.sleep(seconds)
    for name in result.waits_for.values():
        log.waiting("other_run", None, "Waiting for the other run to end.")
        with house.lock(name, wait=True):
            pass


def sync_companies(
    log: RunLog,
    house: Warehouse,
    configured: list[Company],
    scope: Scope,
    *,
    jobs: int = 1,
    until: float = math.inf,
) -> tuple[SyncResult, list[CompanyRecord]]:
    """Sync these companies, say how it went, and return the result with a record of each company."""
    side_by_side = jobs > 1 and len(configured) > 1
    with log.progress(side_by_side=side_by_side) as progress, _transforms(house) as transforms:
        sync = Sync(
            house, transforms, scope, progress=progress, announce=progress.announce, jobs=jobs, until=until
        )
        result = sync.run(configured, company_names())
    records = company_records(result, compared_companies(house, result))
    log.synced(result, records, partial(summary_of, house))
    return result, records


def compared_companies(house: Warehouse, result: SyncResult) -> dict[str, Compared]:
    """Return how much is compared of each company that was read, by its id; none where nothing was built."""
    read = [entry.company_id for entry in result.companies if entry.company_id and entry.reading]
    return {each: compared(house, each) for each in read} if has_models(house) else {}


def summary_of(house: Warehouse, entry: CompanyResult) -> CompanySummary:
    """Return what the copy of a company that was read comes to."""
    assert entry.reading is not None  # noqa: S101 - nobody asks about others
    return company_summary(house, entry.reading.company_id, entry.reading.opened_at)


def run_transform(
    console: Console, company: str | None, destination: str, *, full_refresh: bool = False, test: bool = False
) -> ExitStatus:
    """Build what changed, or every table anew, and print what is wrong; `test` runs all data tests."""
    house = _existing(destination)
    asked = _asked(house, company)
    make_table(house)
    failed: list[FailedTest] = []
    with _transforms(house) as transforms, house.building():
        if full_refresh:
            transforms.build(full_refresh=True)
        elif changed := transforms.changed(asked.ids):
            transforms.build(changed)
        if test:
            failed = transforms.test()
    print_failed_tests(console, failed)
    status = _print_comparison(console, house, asked)
    return ExitStatus.DIFFERENCES if any(not each.is_warning for each in failed) else status


def run_reconcile(console: Console, company: str | None, destination: str, output: str) -> ExitStatus:
    """Compare the reports as they stand, and every table with the one it was built from."""
    house = _existing(destination)
    asked = _asked(house, company)
    make_table(house)
    with _transforms(house) as transforms, house.building():
        transforms.compare(asked.ids)
    if output == "table":
        return _print_comparison(console, house, asked)
    result = _judged(house, asked)
    lines = {(line.company_id, line.key): line for line in differences(house, asked.ids)}
    names = {each: name for each in asked.ids if (name := about(house, each, "name")[0])}
    say_data(console, (as_csv if output == "csv" else as_json)(result.findings, lines, names))
    say(error_console(), verdict(result)[0])
    return result.status


def run_status(console: Console, company: str | None, destination: str) -> ExitStatus:
    """Print the state of the warehouse; the status says whether the books are equal to AccBooks'."""
    house = _existing(destination)
    asked = _asked(house, company)
    result = _judged(house, asked)
    for held in companies_held(house, asked.ids):
        print_status(console, held)
        print_findings(console, result.findings.of(held.company_id))
    print_findings(console, _unread(result.findings, asked))
    print_budgets(console, day_budgets(house, _configured(company)))
    print_loads(console, last_loads(house))
    say(console, *verdict(result))
    return result.status


def run_export(
    console: Console,
    company: str | None,
    destination: str,
    model: str,
    kind: str | None,
    output: str | None,
    *,
    as_is: bool,
) -> ExitStatus:
    """Write a model into a file, or to standard output; a model that is not known is said before all else."""
    order = Order(known_model(model), kind, output, as_is)
    house = _existing(destination)
    rows = export(house, _company_ids(house, company), order)
    if not order.is_for_standard_output:
        say(console, f"{rows:,} rows of {model}: {order.place}")
    return ExitStatus.DONE


def run_model_list(console: Console, *, asked: bool) -> ExitStatus:
    """Print the models that can be exported; bad usage if none was named and the list not asked for."""
    print_models(console)
    if asked:
        return ExitStatus.DONE
    say(console, "Name one of these models: accbooks export MODEL.", "yellow")
    return ExitStatus.USAGE


def run_report(console: Console, company: str | None, destination: str, output: Path | None) -> ExitStatus:
    """Write the HTML report of the companies; the status says whether their books are equal to AccBooks'."""
    from pipelines.report.publish import publish  # noqa: PLC0415 - drawing takes seconds to import

    house = _existing(destination)
    asked = Asked(ids := _company_ids(house, company), None if company is None else ids)
    path = publish(house, ids, _configured(company), output, pendulum.now("UTC"))
    result = _judged(house, asked)
    say(console, *verdict(result))
    say_whole(console, f"The report is in {path}")
    return result.status


def run_forget(
    console: Console, wanted: str, destination: str, *, with_history: bool, is_agreed: bool
) -> ExitStatus:
    """Remove a company from the warehouse, once it was shown what goes and somebody agreed."""
    house = _existing(destination)

    def consent(removal: Removal) -> bool:
        print_removal(console, removal, with_history=with_history)
        return is_agreed or agreed(f"Remove {removal.title} from {house.describe()}?")

    configured = _configured(None)
    removal = forget(house, wanted, configured, consent, with_history=with_history)
    if removal is None:
        say(console, "Nothing was removed.")
        return ExitStatus.DONE
    say(console, f"Removed {removal.title}: {removal.rows:,} rows.")
    for name in still_configured(removal, configured):
        say(console, still_read(name), "yellow")
    return ExitStatus.DONE


def run_grant_reader(console: Console, role: str, destination: str) -> ExitStatus:
    """Let a role read the models, and say so."""
    house = _warehouse(destination)
    house.grant_reader(role)
    say(
        console,
        f"{role} may read schema accbooks of {house.describe()}, and what is built there from now on.",
    )
    return ExitStatus.DONE


@dataclass(frozen=True)
class Asked:
    """The companies a command is about: those held, and what findings call them; None is everybody's."""

    ids: list[str]
    judged: list[str] | None


def _asked(house: Warehouse, company: str | None) -> Asked:
    """Return the companies held, or the one configured or called `company`.

    Raises WarehouseError if nothing is held or known of it.
    """
    ids = house.company_ids(company)
    if company is None:
        return Asked(ids, None)
    judged = [*ids, company]
    if not ids and not (house.has_table(MODELS, "findings") and findings(house, judged).rows):
        raise WarehouseError(f"{house.describe()} holds no books of '{company}'. Run 'accbooks sync' first.")
    return Asked(ids, judged)


def _judged(house: Warehouse, asked: Asked) -> SyncResult:
    """Return what is wrong with the companies, and how much of their reports was compared."""
    return SyncResult(tallies=tallies(house, asked.ids), findings=findings(house, asked.judged))


def _unread(found: Findings, asked: Asked) -> Findings:
    """Return the findings of companies of which nothing is held."""
    return Findings(tuple(each for each in found.rows if each.company_id not in asked.ids))


def _print_comparison(console: Console, house: Warehouse, asked: Asked) -> ExitStatus:
    """Print company by company how much was compared and what is wrong, and what it comes to."""
    result = _judged(house, asked)
    for company_id in asked.ids:
        say(console, title(house, company_id), "bold")
        print_proof(console, [each for each in result.tallies if each.company_id == company_id])
        print_findings(console, result.findings.of(company_id))
    print_findings(console, _unread(result.findings, asked))
    say(console, *verdict(result))
    return result.status


def _configured(company: str | None) -> list[Company]:
    """Return the configured companies; none where there is no key, which looking at a warehouse needs not."""
    try:
        return companies(company)
    except ConfigurationError:
        return []


def _warehouse(destination: str) -> Warehouse:
    """Return the configured warehouse, and say on stderr how it was chosen where that is not plain."""
    prepare_dlt()
    house = warehouse(destination)
    if house.notice:
        say_aside(house.notice)
    return house


def _existing(destination: str) -> Warehouse:
    """Return the configured warehouse; raises WarehouseError if nothing was synced into it yet."""
    house = _warehouse(destination)
    if not house.exists() or not house.has_raw_tables():
        raise WarehouseError(f"{house.describe()} holds no books yet. Run 'accbooks sync' first.")
    return house


def _company_ids(house: Warehouse, company: str | None) -> list[str]:
    """Return the ids of the companies held, or of the one configured or called `company`."""
    ids = house.company_ids(company)
    if not ids:
        raise WarehouseError(f"{house.describe()} holds no books of '{company}'. Run 'accbooks sync' first.")
    return ids


def _transforms(house: Warehouse) -> Transforms:
    return Transforms(house, pendulum.today("UTC").date(), dbt_variables())
