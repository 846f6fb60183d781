"""The tables of closings, in the raw schema: no load and no full refresh changes them, only these commands.

`forget` finds them by their column company_id, as it finds all raw tables.
"""

from __future__ import annotations

from collections.abc import Mapping

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
