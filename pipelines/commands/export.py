"""`accbooks export`: write a model into a file."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.export import ExportRequest, export, known_model, print_models
from accbooks_warehouse.pipelines.output.console import print_text
from rich.console import Console


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
    """Write a model into a file or to standard output. Checks the model's name first."""
    order = ExportRequest(known_model(model), kind, output, as_is)
    warehouse = opening.existing_to_read(destination)
    rows = export(warehouse, opening.company_ids(warehouse, company), order)
    if not order.is_for_standard_output:
        print_text(console, f"Wrote {rows:,} rows of {model} to {order.place}")
    return ExitStatus.DONE


def run_model_list(console: Console, *, is_list: bool) -> ExitStatus:
    """Print the models that can be exported; the status is bad usage unless `--list` asked for them."""
    print_models(console)
    if is_list:
        return ExitStatus.DONE
    print_text(console, "Choose one of these tables: accbooks export MODEL.", "yellow")
    return ExitStatus.USAGE
