"""The tables of closings, in the raw schema: no load and no full refresh changes them, only these commands.

`forget` finds them by their column company_id, as it finds all raw tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from accbooks_warehouse.pipelines.destinations import RAW, Warehouse, placeholders

CLOSINGS, CLOSED_BALANCES, CLOSED_POSTINGS = "closings", "closed_balances", "closed_postings"
CLOSED_VAT_LINES = "closed_vat_lines"
CLOSING_FINDINGS = "closing_findings"
MOMENT, SUM = "timestamp with time zone", "decimal(38, 2)"
TABLES: Mapping[str, Mapping[str, str]] = {
    CLOSINGS: {
        "company_id": "varchar",
        "kind": "varchar",
        "closed_through": "date",
        "financial_year_start": "date",
        "closed_at": MOMENT,
        "closed_by": "varchar",
        "note": "varchar",
        "forced": "boolean",
        "reopened_at": MOMENT,
        "filed_on": "date",
        "judged_inputs": "varchar",
    },
    CLOSED_BALANCES: {
        "company_id": "varchar",
        "kind": "varchar",
        "closed_through": "date",
        "closed_at": MOMENT,
        "nominal_code": "varchar",
        "vat_box": "integer",
        "balance": SUM,
        "movement_of_year": SUM,
        "statement": "varchar",
    },
    CLOSED_POSTINGS: {
        "company_id": "varchar",
        "kind": "varchar",
        "closed_through": "date",
        "closed_at": MOMENT,
        "source_type": "varchar",
        "source_id": "varchar",
        "posting_date": "date",
        "nominal_code": "varchar",
        "amount": SUM,
        "document_number": "varchar",
        "contact_name": "varchar",
    },
    CLOSED_VAT_LINES: {
        "company_id": "varchar",
        "closed_through": "date",
        "closed_at": MOMENT,
        "source_type": "varchar",
        "source_id": "varchar",
        "document_date": "date",
        "document_number": "varchar",
        "contact_name": "varchar",
        "settled_invoice_id": "varchar",
        "period_start": "date",
        "period_end": "date",
        "box": "integer",
        "tax_date": "date",
        "amount": SUM,
    },
    CLOSING_FINDINGS: {
        "company_id": "varchar",
        "check_name": "varchar",
        "resource": "varchar",
        "record_id": "varchar",
        "report": "varchar",
        "period_start": "date",
        "period_end": "date",
        "nominal_code": "varchar",
        "expected": "varchar",
        "found": "varchar",
        "message": "varchar",
    },
}
"""The columns of each table and their types, as both databases write them."""


def make_tables(warehouse: Warehouse) -> None:
    """Create the tables, or columns of them, that a warehouse lacks, because models read them.

    The raw schema has to exist.
    """
    rows = warehouse.query(
        "select table_name, column_name from information_schema.columns "
        f"where table_schema = %s and table_name in ({placeholders([*TABLES])})",
        RAW,
        *TABLES,
    )
    held: dict[str, set[str]] = {}
    for name, column in rows:
        held.setdefault(name, set()).add(column)
    statements = []
    for name, columns in TABLES.items():
        table = f"{warehouse.raw}.{name}"
        if name not in held:
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            statements.append(f"create table if not exists {table} ({listed})")
            continue
        statements += [
            f"alter table {table} add column if not exists {column} {kind}"
            for column, kind in columns.items()
            if column not in held[name]
        ]
    if statements:
        with warehouse.defining():
            for statement in statements:
                warehouse.execute(statement)
