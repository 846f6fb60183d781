"""The log of changes on books that are edited between two reads, worked out by hand, in both databases.

Everything up to 31 May was read on 1 June, everything up to 30 June on 30 June; the edits lie between.
"""

from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.long

YEAR_ENDS: Mapping[str, str | None] = {
    "march": "03-31",
    "february 28": "02-28",
    "february 29": "02-29",
    "december": "12-31",
    "unknown": None,
}
RUN = ("run", "--select", "+change_log +known_documents +current_inputs ledger_inputs")
"""Builds the log, what it knows, and what they were built from."""
EMPTY = "empty"
"""A company that has no document when it is read first."""
AMOUNTS = "change, old_amount, new_amount"
ONE_BY_ONE = "company_id, resource, record_id"


def sale(record_id: str, date: str, company_id: str = "march", **values: Any) -> dict[str, Any]:
    plain = {"amount": "10.00", "nominal_code": "4000", "status": "posted", "type": "money_in"}
    return {"company_id": company_id, "id": record_id, "date": date, **plain, **values}


def line(number: int, nominal_code: str, **values: Any) -> dict[str, Any]:
    return {
        "company_id": "march",
        "invoice_id": "1",
        "line_number": number,
        "date": "2024-03-05",
        "nominal_code": nominal_code,
        "net_amount": "50.00",
        "vat_amount": "10.00",
        **values,
    }


FIRST = {
    "company": [
        {"company_id": company_id, "id": company_id, "base_currency": "GBP", "financial_year_end": year_end}
        for company_id, year_end in (YEAR_ENDS | {EMPTY: None}).items()
    ],
    "transactions": [
        sale("unchanged", "2024-03-01"),
        sale("closed", "2024-03-31", description="before"),
        sale("open", "2024-04-01"),
        sale("deleted", "2024-03-05", reference="R-1"),
        sale("moved back", "2024-04-20"),
        sale("moved on", "2024-03-25"),
        *(sale("leap day", "2024-02-29", company_id) for company_id in YEAR_ENDS),
        sale("last year", "2023-12-31", "december"),
    ],
    "invoices": [
        {
            "company_id": "march",
            "id": "1",
            "number": "INV-1",
            "type": "sales",
            "date": "2024-03-05",
            "status": "sent",
            "gross_total": "120.00",
        }
    ],
    "invoice_line_items": [line(1, "5000"), line(2, "4000")],
    "journals": [{"company_id": "march", "id": "1", "date": "2024-03-10", "reference": "J-1"}],
    "journal_lines": [
        {"company_id": "march", "journal_id": "1", "line_number": 1, "date": "2024-03-10", **values}
        for values in ({"nominal_code": "1200", "debit": "7.00"}, {"nominal_code": "4000", "credit": "7.00"})
    ],
}


def edit(table: str, setting: str, condition: str) -> str:
    return (
        f"update accbooks_raw.{table} set {setting}, row_hash = 'second', _dlt_load_id = 'second'"
        f" where {condition}"
    )


EDITS = (
    edit("transactions", "amount = 12", "id in ('closed', 'open', 'leap day', 'last year')"),
    edit("transactions", "description = 'after'", "id = 'closed'"),
    edit("transactions", "date = '2024-03-20'", "id = 'moved back'"),
    edit("transactions", "date = '2024-05-25'", "id = 'moved on'"),
    "delete from accbooks_raw.transactions where id = 'deleted'",
    "delete from accbooks_raw.journals where id = '1'",
    "delete from accbooks_raw.journal_lines where journal_id = '1'",
    edit("invoice_line_items", "nominal_code = '4000'", "line_number = 1"),
)
ADDED = [
    sale("late", "2024-04-10", row_hash="second", _dlt_load_id="second"),
    sale("of a new day", "2024-06-15", row_hash="second", _dlt_load_id="second"),
    sale("only", "2024-04-10", EMPTY, row_hash="second", _dlt_load_id="second"),
    sale("of a new company", "2024-04-10", "new", row_hash="second", _dlt_load_id="second"),
]


def read(warehouse: Any, load_id: str, moment: str, until: str, *companies: str) -> None:
    """Say that everything up to a day was read."""
    warehouse.insert(
        {
            "sync_windows": [
                {
                    "company_id": company_id,
                    "resource": resource,
                    "from": "2023-01-01",
                    "to": until,
                    "outcome": "complete",
                    "fetched_at": moment,
                    "sync_began_at": moment,
                    "_dlt_load_id": load_id,
                }
                for company_id in companies
                for resource in ("company", "bank_accounts", "transactions", "invoices", "journals")
            ]
        }
    )


def log(warehouse: Any, columns: str, condition: str = "1 = 1") -> list[tuple[str | None, ...]]:
    rows: list[tuple[str | None, ...]] = warehouse.rows(
        f"select {columns} from change_log where {condition}"
        " order by company_id, resource, record_id, seen_at"
    )
    return rows


@pytest.fixture(scope="module")
def edited(empty_warehouse: Any) -> Any:
    """Books that were read, built, edited, read again and built again."""
    warehouse = empty_warehouse
    warehouse.insert(FIRST)
    read(warehouse, "first", "2024-06-01 12:00:00+00", "2024-05-31", *YEAR_ENDS, EMPTY)
    warehouse.dbt(*RUN)
    assert log(warehouse, "record_id") == []
    warehouse.execute(
        *EDITS, "create table accbooks_raw.kept as select * from accbooks_staging.known_documents"
    )
    warehouse.insert({"transactions": ADDED})
    read(warehouse, "second", "2024-06-30 12:00:00+00", "2024-06-30", *YEAR_ENDS, EMPTY, "new")
    warehouse.dbt(*RUN)
    return warehouse


def test_what_was_added_changed_deleted_and_moved_is_logged_and_nothing_of_days_or_companies_new_to_us(
    edited: Any,
) -> None:
    assert log(
        edited,
        "resource, record_id, change, old_document_date, new_document_date, old_amount, new_amount, load_id",
        "company_id in ('march', 'new') and record_id <> 'leap day'",
    ) == [
        ("invoices", "1", "changed", "2024-03-05", "2024-03-05", "120.00", "120.00", "second"),
        ("journals", "1", "deleted", "2024-03-10", None, "7.00", None, "second"),
        ("transactions", "closed", "changed", "2024-03-31", "2024-03-31", "10.00", "12.00", "second"),
        ("transactions", "deleted", "deleted", "2024-03-05", None, "10.00", None, "second"),
        ("transactions", "late", "added", None, "2024-04-10", None, "10.00", "second"),
        ("transactions", "moved back", "changed", "2024-04-20", "2024-03-20", "10.00", "10.00", "second"),
        ("transactions", "moved on", "changed", "2024-03-25", "2024-05-25", "10.00", "10.00", "second"),
        ("transactions", "open", "changed", "2024-04-01", "2024-04-01", "10.00", "12.00", "second"),
    ]


def test_a_deleted_document_keeps_its_last_values(edited: Any) -> None:
    assert log(
        edited,
        "old_reference, old_status, old_nominal_codes, new_reference, new_nominal_codes, document_date",
        "record_id = 'deleted' or resource = 'journals'",
    ) == [
        ("J-1", "posted", "1200, 4000", None, None, "2024-03-10"),
        ("R-1", "posted", "4000", None, None, "2024-03-05"),
    ]


def test_a_line_that_changed_changes_its_document_and_texts_are_logged_too(edited: Any) -> None:
    assert log(
        edited,
        "old_nominal_codes, new_nominal_codes, old_description, new_description",
        "resource = 'invoices' or record_id = 'closed'",
    ) == [("4000, 5000", "4000", None, None), ("4000", "4000", "before", "after")]


def test_a_period_is_closed_once_its_financial_year_ended_and_nobody_knows_without_a_year_end(
    edited: Any,
) -> None:
    closed = dict(
        log(edited, "record_id, is_period_closed", "company_id = 'march' and resource = 'transactions'")
    )
    assert {record_id: str(value).lower() for record_id, value in closed.items()} == {
        "closed": "true",
        "deleted": "true",
        "late": "false",
        "leap day": "true",
        "moved back": "true",
        "moved on": "true",
        "open": "false",
    }
    assert log(edited, "company_id, is_period_closed", "record_id in ('leap day', 'last year')") == [
        ("december", "True"),
        ("december", "False"),
        ("february 28", "False"),
        ("february 29", "True"),
        ("march", "True"),
        ("unknown", None),
    ]


@pytest.mark.soak_on("postgres")
def test_nothing_is_logged_twice_whether_a_build_is_repeated_or_was_cut_off_before_its_end(
    edited: Any,
) -> None:
    before = log(edited, f"{ONE_BY_ONE}, seen_at")
    edited.dbt(*RUN, variables={"everything": True})
    assert log(edited, f"{ONE_BY_ONE}, seen_at") == before
    edited.execute(
        "delete from accbooks_staging.known_documents",
        "insert into accbooks_staging.known_documents select * from accbooks_raw.kept",
    )
    read(edited, "third", "2024-06-30 13:00:00+00", "2024-06-30", *YEAR_ENDS)
    edited.dbt(*RUN, variables={"everything": True})
    # known documents were those of the first build, so the new day is not new any more: it was read twice
    added = ("march", "transactions", "of a new day")
    assert [row for row in log(edited, f"{ONE_BY_ONE}, seen_at") if row[:3] != added] == before


def test_a_full_refresh_keeps_the_log_and_notices_what_vanished(edited: Any) -> None:
    before = log(edited, f"{ONE_BY_ONE}, seen_at")
    edited.execute("delete from accbooks_raw.transactions where id = 'unchanged'")
    read(edited, "fourth", "2024-06-30 14:00:00+00", "2024-06-30", *YEAR_ENDS)
    edited.dbt(*RUN, "--full-refresh")
    assert [row for row in log(edited, f"{ONE_BY_ONE}, seen_at") if row[2] != "unchanged"] == before
    assert log(edited, f"{AMOUNTS}, load_id", "record_id = 'unchanged'") == [
        ("deleted", "10.00", None, "fourth")
    ]


@pytest.mark.soak_on("postgres")
def test_a_change_back_and_forth_is_logged_each_time_and_so_are_the_first_document_and_the_last(
    edited: Any,
) -> None:
    others = "record_id not in ('open', 'only')"
    before = log(edited, f"{ONE_BY_ONE}, seen_at", others)
    for hour, (amount, row_hash) in enumerate([(13, "dear"), (12, "second")], start=15):
        edited.execute(
            f"update accbooks_raw.transactions set amount = {amount}, row_hash = '{row_hash}',"
            f" _dlt_load_id = 'at {hour}' where id = 'open'",
            "delete from accbooks_raw.transactions where id = 'only'",
        )
        if row_hash == "second":
            again = sale("only", "2024-04-10", EMPTY, row_hash="second", _dlt_load_id=f"at {hour}")
            edited.insert({"transactions": [again]})
        read(edited, f"at {hour}", f"2024-06-30 {hour}:00:00+00", "2024-06-30", *YEAR_ENDS, EMPTY)
        edited.dbt(*RUN)
    assert log(edited, AMOUNTS, "record_id = 'open'") == [
        ("changed", "10.00", "12.00"),
        ("changed", "12.00", "13.00"),
        ("changed", "13.00", "12.00"),
    ]
    assert log(edited, AMOUNTS, "record_id = 'only'") == [
        ("added", None, "10.00"),
        ("deleted", "10.00", None),
        ("added", None, "10.00"),
    ]
    assert log(edited, f"{ONE_BY_ONE}, seen_at", others) == before
