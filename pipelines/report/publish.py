"""Reports from figures to files: drawn, and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from accbooks_warehouse.pipelines.queries.figures import Figures
from accbooks_warehouse.pipelines.report.files import OVERVIEW, write_whole
from accbooks_warehouse.pipelines.report.page import Entry, overview_page, report_page
from accbooks_warehouse.pipelines.report.verdict import verdict


def publish(found: Sequence[Figures], paths: Mapping[str, Path]) -> Path:
    """Write the reports of these companies, and with several an overview; return the file to open.

    `paths` are the files of the reports, by the companies' ids.

    Raises ConfigurationError if the files cannot be written.
    """
    for each in found:
        write_whole(paths[each.company_id], report_page(each))
    if len(found) == 1:
        return paths[found[0].company_id]
    entries = [Entry(each, verdict(each.proof), paths[each.company_id].name) for each in found]
    overview = paths[found[0].company_id].with_name(OVERVIEW)
    write_whole(overview, overview_page(sorted(entries, key=lambda entry: entry.figures.name.lower())))
    return overview
