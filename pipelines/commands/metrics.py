"""`accbooks metrics`: the status of all companies as metrics for Prometheus."""

from __future__ import annotations

from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.export.output_file import STANDARD_OUTPUT, opened
from accbooks_warehouse.pipelines.output.metrics import metrics_text
from accbooks_warehouse.pipelines.queries.findings import findings


def run_metrics(destination: str, output: str | None) -> ExitStatus:
    """Write the metrics to a file, which is replaced once they are complete, or to standard output.

    The exit status says nothing of the books: the metrics do.
    """
    warehouse = opening.existing_to_read(destination)
    with warehouse.kept_open():
        selection = opening.select_companies(warehouse, None)
        found = opening.overview_of(warehouse, selection, findings(warehouse), None)
    with opened(output or STANDARD_OUTPUT, is_text=True) as file:
        file.write(metrics_text(found).encode())
    return ExitStatus.DONE
