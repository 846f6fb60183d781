"""Reports from figures to files: drawn, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from accbooks_warehouse.pipelines.queries.figures import Figures
from accbooks_warehouse.pipelines.report.files import OVERVIEW, write_whole
from accbooks_warehouse.pipelines.report.page import Entry, overview_page, report_page
from accbooks_warehouse.pipelines.report.workbook import workbook


def publish(found: Iterable[Figures], paths: Mapping[str, Path], file_format: str = "html") -> Path:
    """Write the packs of these companies, one after the other, and with several pages an overview.

    `paths` are the files of the packs, by the companies' ids. Returns the file to open, or the folder of
    several workbooks.

    Raises ConfigurationError if the files cannot be written.
    """
    entries = []
    for each in found:
        path = paths[each.company_id]
        write_whole(path, workbook(each) if file_format == "xlsx" else report_page(each))
        entries.append(Entry.of(each, path.name))
    first = next(iter(paths.values()))
    if len(paths) == 1:
        return first
    if file_format == "xlsx":
        return first.parent
    overview = first.with_name(OVERVIEW)
    write_whole(overview, overview_page(sorted(entries, key=lambda entry: entry.name.lower())))
    return overview
