"""Every data test passes on sound books and names what is wrong in bad ones."""

from collections.abc import Mapping
from typing import Any

import pytest

# One book for each thing that can be wrong. All but the reports' accounts is left to defaults.
BANK = {"1200": ["Bank", "current_assets"], "4000": ["Sales", "turnover"]}
NAMED = {
    "company": {"base_currency": "GBP", "financial_year_end": "12-31"},
    "bank_accounts": {1: "1200"},
    "accounts": BANK,
    "trial_balance": {"2024-05-31": {"1200": 0, "4000": 0}},
}


def money_in(**changes: Any) -> Mapping[str, Any]:
    record = {
        "id": "1",
        "date": "2024-05-01",
        "type": "money_in",
        "account_id": 1,
        "amount": 5,
        "net_amount": 5,
        "vat_amount": 0,
        "nominal_code": "4000",
    }
    return NAMED | {"transactions": [record | changes]}


def journal(*lines: list[Any]) -> Mapping[str, Any]:
    return NAMED | {"journals": [{"id": "1", "date": "2024-05-01", "lines": lines}]}


def invoice(**changes: Any) -> Mapping[str, Any]:
    record = {"id": "1", "date": "2024-05-01", "type": "sales", "status": "sent", "lines": [["4000", 5, 0]]}
    return NAMED | {"invoices": [record | changes]}


BAD_BOOKS = {
    "sound": money_in(),
    "unbalanced": journal(["1200", 5, 0], ["4000", 0, 4]),
    "unnamed": journal(["1200", 5, 0], ["9999", 0, 5]),
    "unknown type": money_in(type="cheque"),
    "no status": money_in(status=None),
    "unknown status": invoice(status="written_off"),
    "unknown document": invoice(type="proforma"),
    "no bank": money_in(account_id=2),
    "no nominal": money_in(nominal_code=None),
    "no rate": money_in(currency="EUR", exchange_rate=None),
    "no amount": money_in(net_amount=None),
    "no invoice": money_in(invoice_id="9"),
    "lines disagree": invoice(net_total=6, vat_total=0),
    "vat disagrees": money_in(amount=6),
    "unknown category": NAMED | {"accounts": BANK | {"4000": ["Sales", "mystery"]}},
}

DESCRIBED = {  # the test that fails: what its rows say, as company and one telling column
    "source_documents_balance": ("source_id", {("unbalanced", "1")}),
    "trial_balances_balance": ("as_at", {("unbalanced", "2024-05-31"), ("unbalanced", "2024-06-30")}),
    "postings_are_complete": (
        "flag",
        {
            ("no bank", "bank_account_missing"),
            ("no nominal", "nominal_code_missing"),
            ("no rate", "exchange_rate_missing"),
            ("no amount", "amount_missing"),
        },
    ),
    "settlements_find_their_invoice": ("source_id", {("no invoice", "1")}),
    "invoices_add_up": ("invoice_id", {("lines disagree", "1")}),
    "transactions_add_up": ("transaction_id", {("vat disagrees", "1")}),
}


@pytest.fixture(scope="module")
def bad_books(tmp_path_factory: pytest.TempPathFactory, build_in: Any) -> Any:
    warehouse = build_in(tmp_path_factory.mktemp("bad"), BAD_BOOKS)
    warehouse.execute(
        "insert into accbooks_raw.journal_lines (company_id, journal_id, line_number, date)"
        " values ('orphan', '1', 1, '2024-05-01')",
        "insert into accbooks_raw.bank_accounts (company_id, id, nominal_code) values ('sound', 1, '1200')",
    )
    warehouse.dbt("run")
    return warehouse.dbt("test", "--exclude", "tag:layer", "test_type:unit")


@pytest.mark.parametrize("test", DESCRIBED)
def test_a_data_test_names_the_company_and_the_record(bad_books: Any, test: str) -> None:
    column, expected = DESCRIBED[test]
    assert {(row["company_id"], row[column]) for row in bad_books[test].rows} == expected


def test_accounts_without_a_category_are_named(bad_books: Any) -> None:
    found = {(row["company_id"], row["nominal_code"]) for row in bad_books["accounts_have_categories"].rows}
    assert {("unnamed", "9999"), ("no bank", "unknown"), ("no nominal", "unknown")} <= found


def test_a_type_or_status_nobody_knows_does_not_vanish_silently(bad_books: Any) -> None:
    failed = {name.split("__")[0]: outcome.rows for name, outcome in bad_books.items() if outcome.rows}
    values = {
        row["value_field"]
        for name, rows in failed.items()
        if name.startswith("accepted_values")
        for row in rows
    }
    assert values == {"cheque", "written_off", "proforma", "mystery"}
    assert any(name.startswith("not_null_stg_transactions_status") for name in failed)


def test_lines_without_a_parent_and_doubled_rows_are_named(bad_books: Any) -> None:
    failed = {name: outcome.rows for name, outcome in bad_books.items() if outcome.rows}
    orphans = [rows for name, rows in failed.items() if name.startswith("has_parent_stg_journal_lines")]
    doubled = [rows for name, rows in failed.items() if name.startswith("is_key_stg_bank_accounts")]
    assert orphans == [[{"company_id": "orphan", "journal_id": "1"}]]
    assert doubled == [[{"company_id": "sound", "account_id": "1", "number_of_rows": "2"}]]


def test_what_only_warns_does_not_fail(bad_books: Any) -> None:
    warned = {name for name, outcome in bad_books.items() if outcome.status == "warn"}
    assert {name for name in warned if not name.startswith(("accepted_values", "not_null_stg"))} == {
        "settlements_find_their_invoice",
        "invoices_add_up",
        "transactions_add_up",
    }


def test_sound_books_pass_every_data_test(warehouse: Any) -> None:
    outcomes = warehouse.dbt("test", "--exclude", "test_type:unit")
    assert {name for name, outcome in outcomes.items() if outcome.status != "pass"} == set()
    assert len(outcomes) > 60


def test_the_posting_rules_pass_their_unit_tests(duckdb_books: Any) -> None:
    outcomes = duckdb_books.dbt("test", "--select", "test_type:unit")
    assert {name for name, outcome in outcomes.items() if outcome.status != "pass"} == set()
    assert len(outcomes) > 20
