"""The rebuilt ledger and reports of the small books, figure by figure, in both databases."""

from typing import Any


def test_every_record_posts_both_sides_in_base_currency(warehouse: Any) -> None:
    assert warehouse.rows(
        "select source_type, source_id, line_number, posting_date, nominal_code, debit, credit, amount"
        " from general_ledger where company_id = 'alpha' order by source_type, source_id, line_number"
    ) == [
        ("invoice", "1", "1", "2024-02-10", "1100", "120.00", "0.00", "120.00"),
        ("invoice", "1", "2", "2024-02-10", "4000", "0.00", "100.00", "-100.00"),
        ("invoice", "1", "3", "2024-02-10", "2200", "0.00", "20.00", "-20.00"),
        ("invoice", "2", "1", "2024-03-05", "1100", "170.00", "0.00", "170.00"),
        ("invoice", "2", "2", "2024-03-05", "4000", "0.00", "170.00", "-170.00"),
        ("invoice", "3", "1", "2024-03-31", "2100", "0.00", "60.00", "-60.00"),
        ("invoice", "3", "2", "2024-03-31", "5000", "50.00", "0.00", "50.00"),
        ("invoice", "3", "3", "2024-03-31", "2201", "10.00", "0.00", "10.00"),
        ("invoice", "4", "1", "2024-05-10", "1100", "0.00", "12.00", "-12.00"),
        ("invoice", "4", "2", "2024-05-10", "4000", "10.00", "0.00", "10.00"),
        ("invoice", "4", "3", "2024-05-10", "2200", "2.00", "0.00", "2.00"),
        ("journal", "1", "1", "2024-02-01", "1200", "1000.00", "0.00", "1000.00"),
        ("journal", "1", "2", "2024-02-01", "3000", "0.00", "1000.00", "-1000.00"),
        ("transaction", "1", "1", "2024-02-20", "1200", "120.00", "0.00", "120.00"),
        ("transaction", "1", "2", "2024-02-20", "1100", "0.00", "120.00", "-120.00"),
        ("transaction", "2", "1", "2024-04-10", "1210", "174.00", "0.00", "174.00"),
        ("transaction", "2", "2", "2024-04-10", "1100", "0.00", "170.00", "-170.00"),
        ("transaction", "2", "4", "2024-04-10", "7906", "0.00", "4.00", "-4.00"),
        ("transaction", "3", "1", "2024-04-15", "1200", "0.00", "60.00", "-60.00"),
        ("transaction", "3", "2", "2024-04-15", "2100", "60.00", "0.00", "60.00"),
        ("transaction", "4", "1", "2024-04-20", "1200", "0.00", "36.00", "-36.00"),
        ("transaction", "4", "2", "2024-04-20", "7500", "30.00", "0.00", "30.00"),
        ("transaction", "4", "3", "2024-04-20", "2201", "6.00", "0.00", "6.00"),
        ("transaction", "5", "1", "2024-05-01", "1200", "0.00", "100.00", "-100.00"),
        ("transaction", "5", "2", "2024-05-01", "1210", "100.00", "0.00", "100.00"),
        ("transaction", "6", "1", "2024-05-12", "1200", "0.00", "12.00", "-12.00"),
        ("transaction", "6", "2", "2024-05-12", "1100", "12.00", "0.00", "12.00"),
    ]


def test_the_general_ledger_has_the_columns_others_rely_on(warehouse: Any) -> None:
    assert warehouse.dicts("select * from general_ledger where posting_id = 'alpha:invoice:1:1'") == [
        {
            "company_id": "alpha",
            "posting_id": "alpha:invoice:1:1",
            "posting_date": "2024-02-10",
            "source_type": "invoice",
            "source_id": "1",
            "line_number": "1",
            "nominal_code": "1100",
            "debit": "120.00",
            "credit": "0.00",
            "amount": "120.00",
            "contact_id": "c",
            "description": None,
            "document_id": "1",
            "bank_account_id": None,
            "currency": "GBP",
            "amount_in_currency": "120.00",
            "vat_rate": None,
            "vat_box": None,
            "flag": None,
            "document_number": None,
            "contact_name": None,
            "nominal_name": "Trade debtors",
            "category": "current_assets",
            "financial_year": "2023/24",
            "period_end": "2024-02-29",
            "is_closed": "False",
            "invoice_id": "1",
            "transaction_id": None,
            "journal_id": None,
        }
    ]


def trial_balance(warehouse: Any, company_id: str, as_at: str) -> list[tuple[str | None, ...]]:
    return warehouse.rows(
        "select nominal_code, debit, credit from trial_balance"
        f" where company_id = '{company_id}' and as_at = '{as_at}' order by nominal_code"
    )


def test_the_trial_balance_at_a_year_end_still_holds_the_years_earnings(warehouse: Any) -> None:
    assert trial_balance(warehouse, "alpha", "2024-03-31") == [
        ("1100", "170.00", "0.00"),
        ("1200", "1120.00", "0.00"),
        ("2100", "0.00", "60.00"),
        ("2200", "0.00", "20.00"),
        ("2201", "10.00", "0.00"),
        ("3000", "0.00", "1000.00"),
        ("4000", "0.00", "270.00"),
        ("5000", "50.00", "0.00"),
    ]


def test_the_trial_balance_after_a_year_end_holds_them_in_retained_earnings(warehouse: Any) -> None:
    assert trial_balance(warehouse, "alpha", "2024-04-30") == [
        ("1100", "0.00", "0.00"),
        ("1200", "1024.00", "0.00"),
        ("1210", "174.00", "0.00"),
        ("2100", "0.00", "0.00"),
        ("2200", "0.00", "20.00"),
        ("2201", "16.00", "0.00"),
        ("3000", "0.00", "1000.00"),
        ("3200", "0.00", "220.00"),
        ("4000", "0.00", "0.00"),
        ("5000", "0.00", "0.00"),
        ("7500", "30.00", "0.00"),
        ("7906", "0.00", "4.00"),
    ]


def test_a_year_that_ends_within_a_month_rolls_over_within_it(warehouse: Any) -> None:
    assert trial_balance(warehouse, "beta", "2024-04-30") == [
        ("1200", "420.00", "0.00"),
        ("1250", "24.00", "0.00"),
        ("2100", "0.00", "0.00"),
        ("2201", "0.00", "4.00"),
        ("3200", "0.00", "520.00"),
        ("4000", "0.00", "0.00"),
        ("5000", "0.00", "0.00"),
        ("7500", "80.00", "0.00"),
    ]


def test_without_a_year_end_nothing_rolls_over(warehouse: Any) -> None:
    assert trial_balance(warehouse, "gamma", "2024-06-30") == [
        ("1200", "70.00", "0.00"),
        ("4000", "0.00", "70.00"),
    ]


def test_months_run_from_the_first_posting_to_today(warehouse: Any) -> None:
    assert warehouse.rows(
        "select distinct as_at from trial_balance where company_id = 'alpha' order by as_at"
    ) == [("2024-02-29",), ("2024-03-31",), ("2024-04-30",), ("2024-05-31",), ("2024-06-30",)]


def test_the_balance_sheet_ends_in_the_current_years_earnings(warehouse: Any) -> None:
    assert warehouse.rows(
        "select nominal_code, name, category, amount from balance_sheet"
        " where company_id = 'alpha' and as_at = '2024-05-31' order by nominal_code nulls last"
    ) == [
        ("1100", "Trade debtors", "current_assets", "0.00"),
        ("1200", "Bank", "current_assets", "912.00"),
        ("1210", "Euro bank", "current_assets", "274.00"),
        ("2100", "Trade creditors", "current_liabilities", "0.00"),
        ("2200", "VAT on sales", "current_liabilities", "18.00"),
        ("2201", "VAT on purchases", "current_liabilities", "-16.00"),
        ("3000", "Share capital", "capital_and_reserves", "1000.00"),
        ("3200", "Profit and loss account", "capital_and_reserves", "220.00"),
        (None, "Current year earnings", "capital_and_reserves", "-36.00"),
    ]


def test_income_and_costs_are_both_positive_in_the_profit_and_loss(warehouse: Any) -> None:
    assert warehouse.rows(
        "select period_start, period_end, nominal_code, name, category, amount from profit_and_loss"
        " where company_id = 'alpha' and period_start between '2024-03-01' and '2024-05-31'"
        " order by period_start, nominal_code"
    ) == [
        ("2024-03-01", "2024-03-31", "4000", "Sales", "turnover", "170.00"),
        ("2024-03-01", "2024-03-31", "5000", "Materials", "cost_of_sales", "50.00"),
        ("2024-04-01", "2024-04-30", "4000", "Sales", "turnover", "0.00"),
        ("2024-04-01", "2024-04-30", "5000", "Materials", "cost_of_sales", "0.00"),
        ("2024-04-01", "2024-04-30", "7500", "Office costs", "overheads", "30.00"),
        ("2024-04-01", "2024-04-30", "7906", "Exchange gains and losses", "overheads", "-4.00"),
        ("2024-05-01", "2024-05-31", "4000", "Sales", "turnover", "-10.00"),
        ("2024-05-01", "2024-05-31", "5000", "Materials", "cost_of_sales", "0.00"),
        ("2024-05-01", "2024-05-31", "7500", "Office costs", "overheads", "0.00"),
        ("2024-05-01", "2024-05-31", "7906", "Exchange gains and losses", "overheads", "0.00"),
    ]


def test_a_financial_year_adds_up_its_own_days_only(warehouse: Any) -> None:
    assert warehouse.rows(
        "select period_start, period_end, nominal_code, amount from profit_and_loss_by_financial_year"
        " where company_id = 'beta' order by period_start, nominal_code"
    ) == [
        ("2023-04-06", "2024-04-05", "4000", "500.00"),
        ("2023-04-06", "2024-04-05", "5000", "-20.00"),
        ("2024-04-06", "2025-04-05", "4000", "0.00"),
        ("2024-04-06", "2025-04-05", "5000", "0.00"),
        ("2024-04-06", "2025-04-05", "7500", "80.00"),
    ]


def test_amounts_are_decimals_with_two_places(warehouse: Any) -> None:
    assert warehouse.rows(
        "select distinct numeric_precision, numeric_scale from information_schema.columns"
        " where table_schema = 'accbooks'"
        " and column_name in ('debit', 'credit', 'amount', 'balance', 'api_amount', 'difference')"
    ) == [("38", "2")]


def test_descriptions_are_kept_in_the_database(duckdb_books: Any) -> None:
    assert duckdb_books.rows(
        "select comment from duckdb_columns() where schema_name = 'accbooks'"
        " and table_name = 'trial_balance' and column_name = 'debit'"
    ) == [("Net debit balance, zero when it is a credit.",)]
