"""Store what is wrong with closed periods, for the view of all findings.

The checks are in the view `closing_findings`. To plan it takes a database longer than all others, so the
view of all findings reads a table, and most companies need not be asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from accbooks_warehouse.pipelines.closing.tables import CLOSING_FINDINGS, CLOSINGS
from accbooks_warehouse.pipelines.destinations import MODELS, STAGING, Warehouse, placeholders
from accbooks_warehouse.pipelines.queries.closings import CORPORATION_TAX

COLUMNS = (
    "company_id, check_name, resource, record_id, report, period_start, period_end, nominal_code, expected, "
    "found, message"
)
LEDGER_INPUTS = "ledger_inputs"
INPUTS = (
    ("input", "varchar"),
    ("month_start", "date"),
    ("version", "varchar"),
    ("number_of_rows", "bigint"),
)
"""The columns of what the models were built from, with their types."""


def store_findings(warehouse: Warehouse, *, anew: bool = False) -> None:
    """Replace the stored findings of companies with an open closing; remove those of others.

    Only of companies that were closed, reopened or built since their findings were stored, or of all with
    `anew`. Call it after every build, and after every closing. Without closings it is one short query.
    """
    raw = warehouse.raw
    judged_closings = f"{raw}.{CLOSINGS} where reopened_at is null and kind <> '{CORPORATION_TAX}'"
    rows = warehouse.query(
        f"select company_id, judged_inputs from {judged_closings} "
        f"union select company_id, null from {raw}.{CLOSING_FINDINGS} where company_id not in "
        f"(select company_id from {judged_closings})"
    )
    if not rows or not warehouse.has_table(MODELS, CLOSING_FINDINGS):
        return
    current = _inputs(warehouse, {company_id for company_id, _ in rows})
    ids = sorted({each for each, judged in rows if anew or judged is None or judged != current.get(each)})
    if not ids:
        return
    which = f"where company_id in ({placeholders(ids)})"
    with warehouse.transaction():
        warehouse.execute(f"delete from {raw}.{CLOSING_FINDINGS} {which}", *ids)
        warehouse.execute(
            f"insert into {raw}.{CLOSING_FINDINGS} ({COLUMNS}) "
            f"select {COLUMNS} from {warehouse.models}.{CLOSING_FINDINGS} {which}",
            *ids,
        )
        for company_id in ids:
            warehouse.execute(
                f"update {raw}.{CLOSINGS} set judged_inputs = %s "
                "where company_id = %s and reopened_at is null",
                *(current.get(company_id), company_id),
            )


def _inputs(warehouse: Warehouse, company_ids: Collection[str]) -> Mapping[str, str]:
    """Return a checksum of what the models of each company were built from; none without checksums."""
    if not (warehouse.makes_checksums and warehouse.has_table(STAGING, LEDGER_INPUTS)):
        return {}
    rows = warehouse.query(
        f"select company_id, {warehouse.checksum(INPUTS)} from {warehouse.staging}.{LEDGER_INPUTS} "
        f"where company_id in ({placeholders([*company_ids])}) group by company_id",
        *company_ids,
    )
    return {str(company_id): str(checksum) for company_id, checksum in rows}
