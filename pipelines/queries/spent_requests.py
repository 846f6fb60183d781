"""Count today's requests by their reason."""

from __future__ import annotations

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders


def spent_today(warehouse: Warehouse, company_id: str, *reasons: str) -> int:
    """Return how many requests were made for a company for these reasons since midnight UTC."""
    ((spent,),) = warehouse.query(
        f"select coalesce(sum(requests), 0) from {warehouse.raw}.sync_windows "
        f"where company_id = %s and reason in ({placeholders(reasons)}) and fetched_at >= %s",
        company_id,
        *reasons,
        pendulum.today("UTC"),
    )
    return int(spent)
