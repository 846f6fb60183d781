"""The page of a practice with the seconds that its queries take, and a warehouse of many companies for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pendulum
from accbooks_warehouse.pipelines.configuration import prepare_dlt
from accbooks_warehouse.pipelines.destinations import DuckDB, stored_company_ids
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.queries.overview import overview
from accbooks_warehouse.pipelines.queries.practice import practice as practice_of
from accbooks_warehouse.pipelines.queries.received_events import received_events
from accbooks_warehouse.pipelines.report.files import write_whole
from accbooks_warehouse.pipelines.report.practice import practice_page
from accbooks_warehouse.pipelines.transform.models import Transforms

from benchmarks.packs import MEGABYTE, Timed

NAMES = {"name": "name || ' ' || copies.number", "_dlt_id": "_dlt_id || '_' || copies.number"}
"""What else than the company's id differs in a copy of a row."""


def copy_company(place: str, companies: int) -> Callable[[], int]:
    """Return the making of a warehouse of many companies from that of one, which returns how many it has.

    The raw rows of the company are copied under other ids inside the database, and all models are built.
    """
    prepare_dlt()
    warehouse = DuckDB(place)

    def work() -> int:
        with warehouse.kept_open():
            for table, names in _tables(warehouse).items():
                changed = {"company_id": "company_id || '_' || copies.number"}
                changed |= {name: sql for name, sql in NAMES.items() if name in names}
                if table not in {"company", "configured_companies"}:
                    changed.pop("name", None)
                replaced = ", ".join(f"{sql} as {name}" for name, sql in changed.items())
                relation = f"{warehouse.raw}.{table}"
                warehouse.execute(
                    f"insert into {relation} select rows.* replace ({replaced}) from {relation} as rows "
                    f"cross join range(2, {companies + 1}) as copies (number)"
                )
        with Transforms(warehouse, pendulum.today("UTC").date(), {}) as transforms, warehouse.building():
            transforms.build(full_refresh=True)
        return len(stored_company_ids(warehouse))

    return work


def _tables(warehouse: DuckDB) -> dict[str, set[str]]:
    """Return the raw tables that have a row of each company, and their columns."""
    return {name: columns for name, columns in warehouse.raw_columns().items() if "company_id" in columns}


def practice(place: str, target: Path) -> Callable[[], dict[str, Any]]:
    """Return the writing of the page of all companies, to be run once; its imports are done before."""
    prepare_dlt()
    warehouse = Timed(place)
    ((postings,),) = warehouse.query(f"select count(*) from {warehouse.staging}.ledger_postings")
    warehouse.seconds = 0.0

    def write() -> dict[str, Any]:
        with warehouse.lock("models", wait=True), warehouse.kept_open():
            ids = stored_company_ids(warehouse)
            found = overview(warehouse, ids, findings(warehouse), received_events(warehouse))
            facts = practice_of(warehouse, found)
        write_whole(target, practice_page(facts, {}))
        return {
            "queries": warehouse.seconds,
            "companies": facts.number,
            "postings": postings,
            "megabytes": target.stat().st_size / MEGABYTE,
        }

    return write
