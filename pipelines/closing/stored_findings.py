"""Store what is wrong with closed periods, for the view of all findings.

The checks are in the view `closing_findings`. To plan it takes a database longer than all others, so the
view of all findings reads a table, and most companies need not be asked.
"""

from __future__ import annotations

from accbooks_warehouse.pipelines.closing.tables import CLOSING_FINDINGS, CLOSINGS
from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, placeholders

COLUMNS = (
    "company_id, check_name, resource, record_id, report, period_start, period_end, nominal_code, expected, "
    "found, message"
)


def store_findings(warehouse: Warehouse) -> None:
    """Replace the stored findings of all companies with an open closing; remove those of others.

    Call it after every build, and after every closing. Without closings it is one short query.
    """
    raw = warehouse.raw
    rows = warehouse.query(
        f"select company_id from {raw}.{CLOSINGS} where reopened_at is null "
        f"union select company_id from {raw}.{CLOSING_FINDINGS}"
    )
    ids = [company_id for (company_id,) in rows]
    if not ids or not warehouse.has_table(MODELS, CLOSING_FINDINGS):
        return
    which = f"where company_id in ({placeholders(ids)})"
    with warehouse.transaction():
        warehouse.execute(f"delete from {raw}.{CLOSING_FINDINGS} {which}", *ids)
        warehouse.execute(
            f"insert into {raw}.{CLOSING_FINDINGS} ({COLUMNS}) "
            f"select {COLUMNS} from {warehouse.models}.{CLOSING_FINDINGS} {which}",
            *ids,
        )
