"""`accbooks transform`: rebuild the models that changed, and compare them."""

from __future__ import annotations

from collections.abc import Collection

from accbooks_warehouse.pipelines.closing.stored_findings import store_findings as store_closing_findings
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.commands.reconcile import print_comparison
from accbooks_warehouse.pipelines.configuration import company_names, configured_files, vat_settings
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import NotBuiltError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.files import load_configured
from accbooks_warehouse.pipelines.output.console import print_to_stderr
from accbooks_warehouse.pipelines.output.summary import print_failed_tests
from accbooks_warehouse.pipelines.queries.configured_companies import answers, configured_names
from accbooks_warehouse.pipelines.queries.vat_schemes import write_vat_schemes
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.transform.models import FailedTest
from rich.console import Console


def run_transform(
    console: Console, company: str | None, destination: str, *, full_refresh: bool = False, test: bool = False
) -> ExitStatus:
    """Build what changed, or every table, and print the findings; `test` also runs all data tests."""
    warehouse = opening.existing(destination)
    selection = opening.select_companies(warehouse, company)
    make_own_tables(warehouse)
    _write_vat_settings(warehouse, selection.ids)
    failed: list[FailedTest] = []
    with opening.transforms_of(warehouse) as transforms, warehouse.building():
        try:
            if full_refresh:
                transforms.build(full_refresh=True)
            elif changed := transforms.changed(selection.ids):
                transforms.build(changed)
        except NotBuiltError as error:
            raise NotBuiltError(error.reasons, configured_names(warehouse)) from error
        for fault in load_configured(warehouse, configured_files()).faults:
            print_to_stderr(fault)
        transforms.build_views_of_settings()
        store_closing_findings(warehouse, anew=True)
        if test:
            failed = transforms.test()
    print_failed_tests(console, failed)
    status = print_comparison(console, warehouse, selection)
    return ExitStatus.DIFFERENCES if any(not each.is_warning for each in failed) else status


def _write_vat_settings(warehouse: Warehouse, company_ids: Collection[str]) -> None:
    """Save the settings of VAT as the configuration has them now, of companies that it has a key for."""
    ids = {answer.name: answer.company_id for answer in answers(warehouse)}
    for name in company_names():
        company_id = ids.get(name)
        if company_id in company_ids and company_id is not None:
            write_vat_schemes(warehouse, company_id, vat_settings(name))
