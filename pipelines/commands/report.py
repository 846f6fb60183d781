"""`accbooks report`: write the management pack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pendulum
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.configuration import Company, dbt_variables
from accbooks_warehouse.pipelines.destinations import Warehouse, stored_company_ids
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.files import checked_rows
from accbooks_warehouse.pipelines.output.console import print_text, print_unwrapped
from accbooks_warehouse.pipelines.output.findings import print_first_line
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.queries.company import company_details
from accbooks_warehouse.pipelines.queries.figures import (
    AS_USUAL,
    Asked,
    figures_of_companies,
    require_figures,
)
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.queries.pack.accounts import ControlAccounts
from accbooks_warehouse.pipelines.queries.pack.budget import BudgetRow
from accbooks_warehouse.pipelines.queries.practice import NEEDED, practice
from accbooks_warehouse.pipelines.queries.required_models import require_models
from accbooks_warehouse.pipelines.report.files import chosen_format, places, practice_place, write_whole
from accbooks_warehouse.pipelines.sync.result import SyncResult
from rich.console import Console


@dataclass(frozen=True)
class Options:
    """What a pack shows: its last day, by default a month-end, and the file of a budget for this run.

    `file_format` is html or xlsx; by default that of the output's name.
    """

    as_at: dt.date | None = None
    budget: Path | None = None
    file_format: str | None = None


DEFAULTS = Options()
"""The last month-end, as a page, with the configured budget."""


def run_report(
    console: Console, company: str | None, destination: str, output: Path | None, options: Options = DEFAULTS
) -> ExitStatus:
    """Write the pack of each company; the exit status says whether the books match AccBooks."""
    warehouse = opening.existing_to_read(destination)
    selection = opening.CompanySelection(
        ids := opening.company_ids(warehouse, company), None if company is None else ids
    )
    asked = asked_for(warehouse, options)
    path = write_report(
        warehouse,
        ids,
        opening.configured(company),
        output,
        pendulum.now("UTC"),
        asked,
        file_format=chosen_format(output, options.file_format),
    )
    result = opening.current_result(warehouse, selection)
    print_first_line(console, result.findings)
    print_text(console, *last_line(result))
    print_unwrapped(console, f"The report is in {path}")
    return result.status


def asked_for(warehouse: Warehouse, options: Options) -> Asked:
    """Return what the options ask for; raises BadFileError if a row of the budget cannot be used."""
    given = None
    if options.budget is not None:
        rows = checked_rows(warehouse, "budgets", options.budget)
        given = options.budget.name, [BudgetRow(**row) for row in rows]
    return Asked(options.as_at, given, ControlAccounts.of(dbt_variables()))


def run_practice(console: Console, destination: str, output: Path | None, *, with_packs: bool) -> ExitStatus:
    """Write the page of all companies, and their reports beside it if asked; exit as `status` does."""
    from accbooks_warehouse.pipelines.report.practice import practice_page  # noqa: PLC0415 - drawing takes seconds to import

    warehouse = opening.existing_to_read(destination)
    place = practice_place(output)
    require_models(warehouse, *NEEDED)
    with warehouse.lock("models", wait=True), warehouse.kept_open():
        selection = opening.select_companies(warehouse, None)
        result = SyncResult(findings=findings(warehouse))
        found = opening.overview_of(warehouse, selection, result.findings, None)
        facts = practice(warehouse, found)
    names = {each.company_id: each.shown_name for each in found.companies}
    packs = places(place.parent, names, alone=False) if names else {}
    if with_packs and names:
        write_report(warehouse, list(names), opening.configured(None), place.parent, pendulum.now("UTC"))
    beside = {company_id: path.name for company_id, path in packs.items() if path.exists()}
    write_whole(place, practice_page(facts, beside))
    print_first_line(console, result.findings)
    print_text(console, *last_line(result))
    print_unwrapped(console, f"The page is in {place}")
    return result.status


def write_report(
    warehouse: Warehouse,
    company_ids: Sequence[str],
    configured: Iterable[Company],
    output: Path | None,
    now: dt.datetime,
    asked: Asked = AS_USUAL,
    *,
    file_format: str = "html",
) -> Path:
    """Write the packs of these companies, and with several an overview; return the file to open.

    `now` decides which month is the last that is over.

    Raises WarehouseError if models are missing, ConfigurationError if the files cannot be written.
    """
    from accbooks_warehouse.pipelines.report.publish import publish  # noqa: PLC0415 - drawing takes seconds to import

    require_figures(warehouse)
    with warehouse.kept_open():
        known = stored_company_ids(warehouse)
        every = {each: company_details(warehouse, each, "name")[0] or each for each in {*known, *company_ids}}
        names = {each: every[each] for each in company_ids}
        paths = places(output, names, alone=len(known) == 1, file_format=file_format, beside=every)
    return publish(figures_of_companies(warehouse, company_ids, configured, now, asked), paths, file_format)
