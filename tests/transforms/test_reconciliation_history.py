"""What is noted of a line that differs, differs otherwise and is equal again.

PostgreSQL notes differences in end_to_end/test_healing.py, and runs the strategy that appends rows once in
test_change_log.py.

The books hold 5.00 of sales in April 2024 and a needless 3.00 of savings; AccBooks says 6.00 and no savings.
"""

from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = [
    pytest.mark.long,
    pytest.mark.parametrize("empty_warehouse", ["duckdb"], indirect=True, scope="module"),
]

RUN = (
    "run",
    "--select",
    "+reconciliation_history +reconciliation +known_documents +current_inputs ledger_inputs",
)
"""Builds the comparison, its history, the log of changes, and what they were built from."""
Row = tuple[str | None, ...]
KINDS = {
    "1200": "current_assets",
    "1250": "current_assets",
    "3000": "capital_and_reserves",
    "4000": "turnover",
}
SALES, SAVINGS = ("trial_balance", None, "4000"), ("trial_balance", None, "1250")
TOLD = "journals 1 changed: 5.00 to 7.00; journals 2 deleted"
EARNINGS, MONTH = ("balance_sheet", None, None), ("profit_loss", "2024-04-01", "4000")


def journal(
    record_id: str, debit: str, credit: str, amount: str, load_id: str
) -> dict[str, list[dict[str, Any]]]:
    common = {"company_id": "a", "date": "2024-04-10", "row_hash": load_id, "_dlt_load_id": load_id}
    lines = [{"nominal_code": debit, "debit": amount}, {"nominal_code": credit, "credit": amount}]
    return {
        "journals": [common | {"id": record_id}],
        "journal_lines": [
            common | {"journal_id": record_id, "line_number": number} | line
            for number, line in enumerate(lines, start=1)
        ],
    }


def amounts_of(report: str, sales: str) -> list[dict[str, Any]]:
    """A report's lines, without its dates."""
    lines: dict[str, list[Mapping[str, Any]]] = {
        "trial_balance": [
            {"nominal_code": "1200", "debit": sales, "credit": "0"},
            {"nominal_code": "4000", "debit": "0", "credit": sales},
        ],
        "balance_sheet": [{"nominal_code": "1200", "amount": sales}, {"nominal_code": None, "amount": sales}],
        "profit_loss": [{"nominal_code": "4000", "amount": sales}],
    }
    return [
        {"category": KINDS.get(line["nominal_code"], "capital_and_reserves"), "name": "Account"} | line
        for line in lines[report]
    ]


def fetch(warehouse: Any, moment: str, sales: str) -> None:
    """Replace AccBooks' reports of April by reports that say another figure for sales."""
    for report in ("trial_balance", "balance_sheet", "profit_loss"):
        start = "2024-04-01" if report == "profit_loss" else None
        dates = {"from": start, "to": "2024-04-30", "as_at": "2024-04-30"}
        common = {"company_id": "a", "generated_at": moment, "_dlt_load_id": moment} | dates
        warehouse.execute(f"delete from accbooks_raw.{report}")
        warehouse.insert(
            {
                report: [
                    common | {"line_number": number} | line
                    for number, line in enumerate(amounts_of(report, sales), start=1)
                ]
            }
        )
        read(warehouse, report, moment, start, "2024-04-30", sales)


def read(
    warehouse: Any,
    resource: str,
    moment: str,
    start: str | None,
    end: str | None,
    content_hash: str | None = None,
) -> None:
    window = {"company_id": "a", "resource": resource, "from": start, "to": end, "outcome": "complete"}
    stamps = {
        "fetched_at": moment,
        "sync_began_at": moment,
        "content_hash": content_hash,
        "_dlt_load_id": moment,
    }
    warehouse.insert({"sync_windows": [window | stamps]})


def delete_journal(warehouse: Any, record_id: str) -> None:
    warehouse.execute(
        f"delete from accbooks_raw.journals where id = '{record_id}'",
        f"delete from accbooks_raw.journal_lines where journal_id = '{record_id}'",
    )


def noted(warehouse: Any, line: tuple[str | None, ...]) -> list[Row]:
    """What the history says of a line, the oldest first."""
    report, start, code = line
    rows: list[Row] = warehouse.rows(
        "select status, difference, cause, explanation from reconciliation_history"
        f" where report = '{report}' and coalesce(cast(period_start as varchar), '') = '{start or ''}'"
        f" and coalesce(nominal_code, '') = '{code or ''}' order by checked_at"
    )
    return rows


@pytest.fixture(scope="module")
def differing(empty_warehouse: Any) -> Any:
    """Books that differ from AccBooks' reports, built and built again."""
    warehouse = empty_warehouse
    company = {"company_id": "a", "id": "a", "base_currency": "GBP", "financial_year_end": "12-31"}
    warehouse.insert({"company": [company]})
    warehouse.insert(journal("1", "1200", "4000", "5.00", "first"))
    warehouse.insert(journal("2", "1250", "3000", "3.00", "first"))
    for resource in ("company", "bank_accounts", "transactions", "invoices", "journals"):
        read(warehouse, resource, "2024-06-01 12:00:00+00", None, None)
    fetch(warehouse, "2024-06-01 12:30:00+00", "6.00")
    for variables in ({}, {"everything": True}):
        warehouse.dbt(*RUN, variables=variables)
    warehouse.dbt(*RUN, "--full-refresh")
    return warehouse


@pytest.fixture(scope="module")
def first_notes(differing: Any) -> dict[tuple[str | None, ...], list[Row]]:
    """What was noted before anything changed."""
    return {line: noted(differing, line) for line in (SALES, EARNINGS, MONTH, SAVINGS)}


@pytest.fixture(scope="module")
def healed(differing: Any, first_notes: Any) -> Any:  # noqa: ARG001 - they are taken before
    """The same books, differing otherwise for a while, and then equal."""
    fetch(differing, "2024-06-02 12:30:00+00", "7.00")
    differing.dbt(*RUN)
    delete_journal(differing, "2")
    delete_journal(differing, "1")
    differing.insert(journal("1", "1200", "4000", "7.00", "second"))
    read(differing, "journals", "2024-06-03 12:00:00+00", None, None)
    fetch(differing, "2024-06-03 12:30:00+00", "7.00")
    differing.dbt(*RUN)
    return differing


def test_a_line_that_differs_is_noted_once_however_often_it_is_compared(first_notes: Any) -> None:
    assert first_notes == {
        SALES: [("mismatch", "1.00", "unexplained", None)],
        EARNINGS: [("mismatch", "-1.00", "unexplained", None)],
        MONTH: [("mismatch", "-1.00", "unexplained", None)],
        SAVINGS: [("missing_in_api", "3.00", "unmapped_account", None)],
    }


def test_it_is_noted_again_when_it_differs_otherwise_and_when_it_is_equal_with_what_made_it_so(
    healed: Any,
) -> None:
    assert noted(healed, SALES)[1:] == [
        ("mismatch", "2.00", "unexplained", None),
        ("match", "0.00", "late_edit", TOLD),
    ]
    assert noted(healed, EARNINGS)[2:] == [("match", "0.00", "late_edit", TOLD)]
    assert noted(healed, MONTH)[2:] == [("match", "0.00", "late_edit", TOLD)]


def test_a_full_refresh_keeps_why_a_line_is_equal_and_notes_nothing_again(healed: Any) -> None:
    before = noted(healed, SALES)
    healed.dbt(*RUN, "--full-refresh")
    assert noted(healed, SALES) == before
    assert healed.rows(
        "select distinct cause from reconciliation where report = 'trial_balance' and nominal_code = '4000'"
    ) == [("late_edit",)]


def test_a_line_that_neither_side_has_any_more_is_equal_too(healed: Any) -> None:
    assert [status for status, *_ in noted(healed, SAVINGS)] == ["missing_in_api", "match"]
    assert noted(healed, SAVINGS)[-1][1:] == ("0.00", "late_edit", TOLD)
