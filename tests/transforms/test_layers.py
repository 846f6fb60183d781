"""A row changed behind dbt's back is named without a rebuild, in whichever table it is."""

from typing import Any

import pytest

REBUILT_BY_RECONCILE = {"coverage", "reconciliation", "reconciliation_history", "reconciliation_suspects"}

# A statement for each table, and what the test of that table must say of its company.
CORRUPTIONS = {
    "general_ledger": (
        (
            "update general_ledger set debit = debit + 1, credit = credit + 1"
            " where posting_id = 'alpha:invoice:1:2'"
        ),
        [
            ("alpha", "4000", "credit", "100.00", "101.00"),
            ("alpha", "4000", "debit", "0.00", "1.00"),
        ],
    ),
    "period_balances": (
        (
            "update period_balances set year_to_date = 7"
            " where company_id = 'beta' and nominal_code = '7500' and month_start = '2024-05-01'"
        ),
        [("beta", "7500", "year_to_date", "80.00", "7.00")],
    ),
    "trial_balance": (
        (
            "delete from trial_balance"
            " where company_id = 'beta' and nominal_code = '1250' and as_at = '2024-04-30'"
        ),
        [
            ("beta", "1250", "credit", "0.00", None),
            ("beta", "1250", "debit", "24.00", None),
            ("beta", "1250", "rows", "1", "0"),
        ],
    ),
    "balance_sheet": (
        (
            "update balance_sheet set amount = 0 where company_id = 'beta' and nominal_code is null"
            " and as_at = '2024-04-30'"
        ),
        [("beta", None, "amount", "-80.00", "0.00")],
    ),
    "profit_and_loss": (
        (
            "insert into profit_and_loss select * from profit_and_loss"
            " where company_id = 'beta' and nominal_code = '7500' and period_start = '2024-04-01'"
        ),
        [("beta", "7500", "amount", "80.00", "160.00"), ("beta", "7500", "rows", "1", "2")],
    ),
    "profit_and_loss_by_financial_year": (
        (
            "update profit_and_loss_by_financial_year set amount = 1"
            " where company_id = 'beta' and nominal_code = '7500'"
        ),
        [("beta", "7500", "amount", "80.00", "1.00")],
    ),
    "nominal_accounts": (
        "update nominal_accounts set name = 'Renamed' where company_id = 'gamma' and nominal_code = '3200'",
        [("gamma", "3200", "name", "Profit and loss account", "Renamed")],
    ),
}


@pytest.fixture(scope="module")
def outcomes(copy_books: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    warehouse = copy_books(tmp_path_factory.mktemp("corrupted"))
    warehouse.execute(*(statement for statement, _ in CORRUPTIONS.values()))
    warehouse.execute(
        "update financial_years set financial_year_end = '2024-06-29' where company_id = 'delta'",
        "delete from months where company_id = 'zeta' and month_start = '2024-05-01'",
    )
    return warehouse.dbt("test", "--select", "tag:layer")


def told(outcome: Any, *companies: str) -> list[tuple[str | None, ...]]:
    return sorted(
        (
            (row["company_id"], row["nominal_code"], row["measure"], row["expected"], row["found"])
            for row in outcome.rows
            if row["company_id"] in companies
        ),
        key=str,
    )


@pytest.mark.parametrize("layer", CORRUPTIONS)
def test_a_changed_row_is_named_with_both_amounts(outcomes: Any, layer: str) -> None:
    expected = CORRUPTIONS[layer][1]
    found = told(outcomes[f"{layer}_is_what_its_sources_say"], expected[0][0])
    assert found == expected


def test_a_changed_posting_is_named_by_its_source_and_line(outcomes: Any) -> None:
    rows = outcomes["general_ledger_is_what_its_sources_say"].rows
    assert {(row["layer"], row["source_type"], row["source_id"], row["line_number"]) for row in rows} == {
        ("general_ledger", "invoice", "1", "2")
    }


def test_a_changed_year_and_a_lost_month_are_named(outcomes: Any) -> None:
    years = outcomes["financial_years_is_what_its_sources_say"].rows
    months = outcomes["months_is_what_its_sources_say"].rows
    assert {(row["company_id"], row["period"]) for row in years} == {
        ("delta", "2024-06-29"),
        ("delta", "2024-12-31"),
    }
    assert [(row["company_id"], row["measure"], row["expected"], row["found"]) for row in months] == [
        ("zeta", "number_of_months", "3", "2")
    ]


def test_every_table_of_the_ledger_and_the_reports_is_a_layer(outcomes: Any, duckdb_books: Any) -> None:
    tables = duckdb_books.rows("select table_name from duckdb_tables() where schema_name = 'accbooks'")
    sourceless = {"account_categories", "change_log"}
    suffix = "_is_what_its_sources_say"
    checked = {name.removesuffix(suffix) for name in outcomes if name.endswith(suffix)}
    assert {name for (name,) in tables} - REBUILT_BY_RECONCILE - sourceless == checked


def test_a_corrupted_control_account_and_changed_earnings_fail_their_tests(copied_books: Any) -> None:
    copied_books.execute(
        "update general_ledger set amount = 1 where posting_id = 'alpha:invoice:1:1'",
        "update balance_sheet set amount = 1 where company_id = 'beta' and nominal_code is null"
        " and as_at = '2024-04-30'",
    )
    outcomes = copied_books.dbt(
        "test",
        "--select",
        "control_accounts_hold_what_is_owed",
        "earnings_agree_with_profit_and_loss",
        "balance_sheets_balance",
    )
    assert outcomes["control_accounts_hold_what_is_owed"].rows == [
        {"company_id": "alpha", "nominal_code": "1100", "expected": "0.00", "found": "-119.00"}
    ]
    assert ("beta", "2024-04-30") in {
        (row["company_id"], row["as_at"]) for row in outcomes["earnings_agree_with_profit_and_loss"].rows
    }
    assert [(row["company_id"], row["as_at"]) for row in outcomes["balance_sheets_balance"].rows] == [
        ("beta", "2024-04-30")
    ]


def test_reconciling_rebuilds_its_own_tables_only(copied_books: Any) -> None:
    rebuilt = copied_books.dbt("run", "--select", "reconciliation", "--exclude", "config.materialized:view")
    assert set(rebuilt) == REBUILT_BY_RECONCILE | {"compared_periods"}
