"""Count today's requests by their reason."""

from __future__ import annotations

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders


def spent_today(warehouse: Warehouse, company_id: str, *reasons: str) -> int:
    """Return how many requests were made for a company for these reasons since midnight UTC."""
    found = warehouse.query_of(
        company_id,
        f"select company_id, sum(requests) from {warehouse.raw}.sync_windows where company_id in ($members) "
        f"and reason in ({placeholders(reasons)}) and fetched_at >= %s group by company_id",
        *reasons,
        pendulum.today("UTC"),
    )
    return sum(int(spent or 0) for (spent,) in found)
