"""Odd records harm themselves alone: what they post, what is said of them, and the company beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS, INVOICES
from accbooks_warehouse.sources.accbooks.posted_fields import OF_TRANSACTIONS

pytestmark = pytest.mark.long

MODELS = Path(__file__).parents[2] / "transforms" / "models"
LARGE = "9999999999999999.99"
NAMED = {
    "company": {"base_currency": "GBP", "financial_year_end": "03-31"},
    "bank_accounts": {1: "1200"},
    "accounts": {
        "1100": ["Trade debtors", "current_assets"],
        "1200": ["Bank", "current_assets"],
        "2200": ["VAT on sales", "current_liabilities"],
        "4000": ["Sales", "turnover"],
        "4001": ["Odd sales", "mystery"],
    },
}


def invoice(identifier: str, *lines: list[Any], **fields: Any) -> Mapping[str, Any]:
    made = {"id": identifier, "date": "2024-05-01", "type": "sales", "status": "sent", "customer_id": "c"}
    return {**made, "lines": list(lines), **fields}


SECOND = NAMED | {
    "invoices": [invoice("1", ["4000", 100, 20], number="SI-1")],
    "trial_balance": {"2024-05-31": {"1100": 120, "2200": -20, "4000": -100}},
}
ODD = NAMED | {
    "company": {"base_currency": "GBP", "financial_year_end": "03-31", "plan": "gold", "vat_scheme": "flat"},
    "invoices": [
        invoice("overdue", ["4000", 10, 2], number="SI-1", status="overdue"),
        invoice("pro_forma", ["4000", 1000, 0], number="SI-2", type="pro_forma"),
        invoice("none", ["4000", 1, 0], status=None),
        invoice("draft", ["4000", 1000, 0], type="pro_forma", status="draft"),
        invoice("rate", ["4000", 20, 4], ["4000", 20, 4]),
        invoice("zzz", ["4000", 5, 0], currency="ZZZ", exchange_rate=2, status="Sent"),
        invoice(
            "unreadable",
            ["4000", 1, 0],
            extra=json.dumps({"_unreadable": {"due_date": "", "reference": "PO\\u00007"}, "project": 1}),
        ),
    ],
    "transactions": [
        {
            "id": "cheque",
            "date": "2024-05-02",
            "type": "cheque",
            "status": "void",
            "amount": 7,
            "extra": '{"project": "_unreadable"}',
        },
        {
            "id": "pending",
            "date": "2024-05-02",
            "type": "money_in",
            "status": "pending",
            "account_id": 1,
            "amount": 8,
            "net_amount": 8,
            "vat_amount": 0,
            "vat_rate": "17.5",
            "nominal_code": "4000",
        },
    ],
    "journals": [
        {
            "id": "reversal",
            "date": "2024-05-03",
            "type": "reversal",
            "lines": [["1200", 3, 0], ["4001", 0, 3]],
        }
    ],
    "trial_balance": {"2024-05-31": {"1200": 11, "4000": -8, "4001": -3}},
    "rejected_records": [
        {"resource": "journals", "id": "9", "date": "2024-05-31", "reason": "lines is not a list"},
        {"resource": "contacts", "reason": "id is missing"},
        {"resource": "contacts", "reason": "id is missing"},
    ],
}
HUGE = NAMED | {
    "invoices": [
        *(invoice(f"inv_{number}", ["4000", LARGE, 0]) for number in range(20)),
        invoice("euro", ["4000", "0.01", 0], currency="EUR", exchange_rate="9999999999.99999999"),
    ],
    "transactions": [
        {
            "id": "settlement",
            "date": "2024-05-02",
            "type": "money_in",
            "account_id": 1,
            "invoice_id": "euro",
            "currency": "EUR",
            "exchange_rate": "0.00000001",
            "amount": LARGE,
        },
    ],
}


@pytest.fixture(scope="module")
def odd_books(empty_warehouse: Any, put_books: Callable[..., None]) -> Any:
    """Three companies: one with odd values, one with huge ones, and one that is sound."""
    put_books(empty_warehouse, {"odd": ODD, "huge": HUGE, "second": SECOND})
    lines = "update accbooks_raw.invoice_line_items set"
    empty_warehouse.insert(
        {"contacts": [{"company_id": "huge", "id": "c", "type": "partner", "payment_terms_days": 2**63 - 1}]}
    )
    price = json.dumps({"_unreadable": {"quantity": 0.1234567}})
    empty_warehouse.execute(
        f"{lines} vat_rate = '17.5' where company_id = 'odd' and invoice_id = 'rate'",
        f"{lines} extra = '{price}' where company_id = 'odd' and invoice_id = 'unreadable'",
        f"{lines} unit_price = 0.1648 where company_id = 'second'",
    )
    outcomes = empty_warehouse.dbt("run")
    assert {name: each.status for name, each in outcomes.items() if each.status != "success"} == {}
    return empty_warehouse


def test_each_finding_names_its_record_and_the_value(odd_books: Any) -> None:
    found = odd_books.rows(
        "select company_id, check_name, resource, record_id, nominal_code, found"
        " from accbooks_staging.int_findings_of_records"
    )
    assert set(found) == {
        ("odd", "unknown_value", "company", "odd", None, "plan: gold"),
        ("odd", "unknown_value", "invoices", "overdue", None, "status: overdue"),
        ("odd", "unknown_type", "invoices", "pro_forma", None, "type: pro_forma"),
        ("odd", "unknown_value", "invoices", "draft", None, "type: pro_forma"),
        ("odd", "unknown_value", "invoices", "none", None, "status: null"),
        ("odd", "unknown_value", "invoices", "rate", None, "vat_rate: 17.5"),
        ("odd", "unknown_value", "invoices", "zzz", None, "currency: ZZZ; status: Sent"),
        ("odd", "unknown_value", "transactions", "cheque", None, "type: cheque"),
        ("odd", "unknown_value", "transactions", "pending", None, "status: pending; vat_rate: 17.5"),
        ("odd", "unknown_value", "journals", "reversal", None, "type: reversal"),
        ("odd", "unknown_value", "reports", None, "4001", "category: mystery"),
        (
            *("odd", "unreadable_field", "invoices", "unreadable", None),
            'due_date: ""; line 1 quantity: 0.1234567; reference: "PO\\\\u00007"',
        ),
        ("odd", "rejected_record", "journals", "9", None, "lines is not a list"),
        ("odd", "rejected_record", "contacts", None, None, "id is missing"),
        ("huge", "unknown_value", "contacts", "c", None, "type: partner"),
    }
    assert len(found) == len(set(found))


UNDOCUMENTED = "which AccBooks' API does not document."
LOOK = "Look it up in AccBooks, and run `accbooks check`."
MESSAGES = {
    "overdue": (
        f"Invoice SI-1 (overdue) has status 'overdue', {UNDOCUMENTED} Its status keeps nothing "
        f"out of the ledger: only draft and void do. {LOOK}"
    ),
    "pro_forma": (
        f"Invoice SI-2 (pro_forma) has type 'pro_forma', {UNDOCUMENTED} It is not in the ledger, because "
        f"nobody knows which side it debits. {LOOK}"
    ),
    "9": (
        "Journal 9, dated 2024-05-31, is not in the warehouse: lines is not a list. Correct it in AccBooks; "
        "the next sync reads it again."
    ),
    "unreadable": (
        'Invoice unreadable has a value that cannot be read: due_date "", line 1 quantity 0.1234567, '
        'reference "PO\\\\u00007". Nothing in the ledger follows from it, so the record is kept without it. '
        "Correct it in AccBooks."
    ),
}


@pytest.mark.parametrize("record_id", MESSAGES)
def test_a_message_says_what_follows_and_what_to_do(odd_books: Any, record_id: str) -> None:
    query = f"select message from accbooks_staging.int_findings_of_records where record_id = '{record_id}'"
    assert odd_books.rows(query) == [(MESSAGES[record_id],)]


def test_whatever_a_value_is_called_the_record_posts_unless_nobody_knows_which_side_to_debit(
    odd_books: Any,
) -> None:
    posted = odd_books.rows(
        "select source_id, sum(debit) from general_ledger where company_id = 'odd' group by source_id"
    )
    assert dict(posted) == {
        "overdue": "12.00",
        "none": "1.00",
        "rate": "48.00",
        "zzz": "10.00",
        "unreadable": "1.00",
        "pending": "8.00",
        "reversal": "3.00",
    }


def test_what_is_added_up_is_wider_than_what_is_posted(odd_books: Any) -> None:
    assert odd_books.rows(
        "select balance from period_balances"
        " where company_id = 'huge' and nominal_code = '4000' and period_end = '2024-06-30'"
    ) == [("-200000000099999999.80",)]
    assert odd_books.rows(
        "select nominal_code, debit, credit from general_ledger"
        " where company_id = 'huge' and source_id = 'settlement' order by line_number"
    ) == [
        ("1200", "100000000.00", "0.00"),
        ("1100", "0.00", "99999999999999999800000000.00"),
        ("7906", "99999999999999999700000000.00", "0.00"),
    ]


def test_every_model_can_be_read(odd_books: Any) -> None:
    relations = odd_books.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('accbooks', 'accbooks_staging')"
    )
    assert len(relations) > 50
    for schema, name in relations:
        odd_books.dicts(f"select * from {name if schema == 'accbooks' else f'{schema}.{name}'}")


def test_no_amount_that_is_added_up_has_less_than_38_digits(odd_books: Any) -> None:
    narrow = odd_books.rows(
        "select distinct table_name || '.' || column_name from information_schema.columns"
        " where table_schema = 'accbooks' and data_type like '%(18,2)' or (table_schema = 'accbooks'"
        " and numeric_precision = 18 and numeric_scale = 2)"
    )
    assert narrow == []


def test_integers_of_64_bits_and_prices_of_eight_decimals_arrive(odd_books: Any) -> None:
    assert odd_books.rows("select payment_terms_days from contacts") == [(str(2**63 - 1),)]
    price = "select unit_price from accbooks_staging.stg_invoice_line_items where company_id = 'second'"
    assert odd_books.rows(price) == [("0.16480000",)]


def test_no_data_test_fails_for_a_value_that_is_not_documented(odd_books: Any) -> None:
    outcomes = odd_books.dbt("test", "--select", "stg_invoices", "stg_transactions", "nominal_accounts")
    assert {name.split("_")[0] for name, each in outcomes.items() if each.status == "warn"} == {
        "accepted",
        "not",
        *("general", "invoice", "sales"),  # keys of lines whose account no report names
    }
    assert {name for name, each in outcomes.items() if each.status == "fail"} <= {"accounts_have_categories"}


def test_the_company_beside_them_is_untouched(odd_books: Any) -> None:
    lines = odd_books.rows(
        "select nominal_code, debit, credit from trial_balance"
        " where company_id = 'second' and as_at = '2024-05-31' order by nominal_code"
    )
    assert lines == [("1100", "120.00", "0.00"), ("2200", "0.00", "20.00"), ("4000", "0.00", "100.00")]
    compared = "select status, count(*) from reconciliation where company_id = 'second' group by status"
    assert odd_books.rows(compared) == [("match", "3")]


def test_the_fields_that_may_be_unreadable_are_those_without_which_some_record_posts() -> None:
    model = (MODELS / "findings" / "int_unreadable_fields.sql").read_text()
    (listed,) = re.findall(r"set fields = \[(.*?)\]", model, re.DOTALL)
    assert INVOICES.lines is not None
    without = OF_TRANSACTIONS | {"line_items"} | {column.name for column in INVOICES.lines.columns}
    columns = [column for endpoint in ENDPOINTS for column in endpoint.columns]
    columns += [column for endpoint in ENDPOINTS if endpoint.lines for column in endpoint.lines.columns]
    without |= {column.name for column in columns if not column.posts}
    assert re.findall(r"'(\w+)'", listed) == sorted(without)
