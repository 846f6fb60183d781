"""A report from warehouse to file: gathered at one moment, drawn, and written."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.status import DayBudget, company_details, day_budgets
from accbooks_warehouse.pipelines.report.figures import Figures, figures, require_models
from accbooks_warehouse.pipelines.report.files import OVERVIEW, places, write_whole
from accbooks_warehouse.pipelines.report.page import Entry, overview_page, report_page
from accbooks_warehouse.pipelines.report.verdict import verdict


def publish(
    warehouse: Warehouse,
    company_ids: Sequence[str],
    configured: Iterable[Company],
    output: Path | None,
    now: dt.datetime,
) -> Path:
    """Write the reports of these companies, and with several an overview; return the file to open.

    `now` decides which month is the last that is over.

    Raises WarehouseError if models are missing, ConfigurationError if the files cannot be written.
    """
    require_models(warehouse)
    with warehouse.kept_open():
        names = {each: company_details(warehouse, each, "name")[0] or each for each in company_ids}
        paths = places(output, names, alone=len(warehouse.company_ids()) == 1)
    found = figures_of_companies(warehouse, company_ids, configured, now)
    for each in found:
        write_whole(paths[each.company_id], report_page(each))
    if len(found) == 1:
        return paths[found[0].company_id]
    entries = [Entry(each, verdict(each.proof), paths[each.company_id].name) for each in found]
    overview = paths[found[0].company_id].with_name(OVERVIEW)
    write_whole(overview, overview_page(sorted(entries, key=lambda entry: entry.figures.name.lower())))
    return overview


def figures_of_companies(
    warehouse: Warehouse, company_ids: Sequence[str], configured: Iterable[Company], now: dt.datetime
) -> list[Figures]:
    """Return the figures of all companies, while no other run builds models: they belong together."""
    with warehouse.lock("models", wait=True), warehouse.kept_open():
        budgets = budgets_by_company(warehouse, configured)
        return [figures(warehouse, each, budgets[each], now) for each in company_ids]


def budgets_by_company(warehouse: Warehouse, configured: Iterable[Company]) -> dict[str, list[DayBudget]]:
    """Return what the key of each company has spent today; nothing where no key is configured."""
    found: defaultdict[str, list[DayBudget]] = defaultdict(list)
    for company in configured:
        for company_id in warehouse.company_ids(company.pipeline_name):
            found[company_id] += day_budgets(warehouse, [company])
    return found
