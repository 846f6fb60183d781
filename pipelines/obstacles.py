"""What the warehouse knows to keep the proof from being whole: permissions and records in quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelines.destinations import RAW, Warehouse
from pipelines.status import freshness

EVERYTHING = "1900-01-01"


def held_obstacles(warehouse: Warehouse, company_ids: Sequence[str]) -> list[str]:
    """Say what of the companies is forbidden or in quarantine, from this run or an earlier one."""
    return [obstacle for company_id in company_ids for obstacle in _obstacles(warehouse, company_id)]


def _obstacles(warehouse: Warehouse, company_id: str) -> Iterator[str]:
    reads = freshness(warehouse, company_id)
    forbidden = [read.resource for read in reads if read.outcome == "permission_missing"]
    if forbidden:
        yield f"The key may not read {', '.join(forbidden)}."
    rows = warehouse.query(
        f"select resource, id, date, reason from {warehouse.raw}.rejected_records where company_id = %s "
        "order by case when date is null then 0 else 1 end, date, resource, id",
        company_id,
    )
    if rows:
        resource, identifier, date, reason = rows[0]
        what = "1 record waits" if len(rows) == 1 else f"{len(rows):,} records wait"
        yield (
            f"{what} in {RAW}.rejected_records, for example {resource} {identifier or 'without id'}: "
            f"{reason}. Once mended in AccBooks, 'accbooks sync --from {date or EVERYTHING}' reads them "
            "again."
        )
