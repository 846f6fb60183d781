"""`accbooks plan`: estimate requests and time for the next sync, and the total of several companies."""

from __future__ import annotations

from contextlib import nullcontext

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.configuration import companies
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import error_console, print_data, print_text
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.plan_json import plans_as_json
from accbooks_warehouse.pipelines.output.run_record import SEVERITY
from accbooks_warehouse.pipelines.output.views import print_plan, print_plan_total
from accbooks_warehouse.pipelines.sync.plan import Plan, plan
from accbooks_warehouse.pipelines.sync.plan_total import plan_total
from accbooks_warehouse.pipelines.sync.side_by_side import JOBS
from accbooks_warehouse.sources.accbooks import AccBooksError, Window
from rich.console import Console


def run_plan(
    console: Console,
    company: str | None,
    destination: str,
    window: Window | None,
    certify: Depth | None = None,
    output: str = "table",
) -> ExitStatus:
    """Print the estimate for each company, and the total of several. Changes nothing.

    An error of one company does not stop others; the status is that of the worst.
    """
    warehouse = opening.opened(destination).for_reading()
    statuses = [ExitStatus.DONE]
    plans: list[Plan] = []
    failed: dict[str, str] = {}
    for each in companies(company):
        try:
            with warehouse.kept_open() if warehouse.exists() else nullcontext():
                plans.append(plan(warehouse, each, window, certify))
        except AccBooksError as error:
            failed[each.name], status = explain(error)
            statuses.append(status)
            print_text(error_console(), f"{each.name}: {failed[each.name]}", "red")
            continue
        if output == "table":
            print_plan(console, plans[-1])
    total, worst = plan_total(plans, JOBS), max(statuses, key=SEVERITY.index)
    if output == "json":
        print_data(console, plans_as_json(plans, failed, total, worst))
    elif len(plans) + len(failed) > 1:
        print_plan_total(console, total, len(failed))
    return worst
