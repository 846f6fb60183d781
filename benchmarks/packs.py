"""A management pack, with the seconds that its queries take."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pendulum
from accbooks_warehouse.pipelines.commands.report import write_report
from accbooks_warehouse.pipelines.configuration import prepare_dlt
from accbooks_warehouse.pipelines.destinations import DuckDB, stored_company_ids
from accbooks_warehouse.pipelines.report import publish as _  # noqa: F401 - drawing takes seconds to import

MEGABYTE = 1_000_000


class Timed(DuckDB):
    """A DuckDB file that adds up how long its queries take."""

    seconds = 0.0

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        began = time.perf_counter()
        try:
            return super().query(sql, *parameters)
        finally:
            self.seconds += time.perf_counter() - began


def pack(place: str, target: Path, file_format: str) -> Callable[[], dict[str, Any]]:
    """Return the writing of a pack into a file, to be run once; what a page needs is imported before."""
    prepare_dlt()
    warehouse = Timed(place)
    company_ids = stored_company_ids(warehouse)
    ((postings,),) = warehouse.query(f"select count(*) from {warehouse.staging}.ledger_postings")
    warehouse.seconds = 0.0

    def write() -> dict[str, Any]:
        write_report(warehouse, company_ids, [], target, pendulum.now("UTC"), file_format=file_format)
        return {
            "queries": warehouse.seconds,
            "postings": postings,
            "megabytes": target.stat().st_size / MEGABYTE,
        }

    return write
