"""What documents do to the cash flow statement, worked out by hand, in both databases."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

CONTENT = yaml.safe_load((Path(__file__).parent / "cash_flow_books.yml").read_text())
COMPANIES: Mapping[str, Any] = CONTENT["companies"]
PLACES: Mapping[str, str] = {
    "non-cash": "line_number = 2",
    "working capital": "line_number between 3 and 8",
    "investing": "section = 'investing'",
    "financing": "section = 'financing'",
    "change": "section = 'net_change'",
}


def book(content: Mapping[str, Any]) -> dict[str, Any]:
    """A company's records; a report at nothing says what its accounts are."""
    return {
        "company": {"base_currency": "GBP", "financial_year_end": "12-31"},
        "bank_accounts": {1: "1200", 2: "1210"},
        "accounts": CONTENT["accounts"],
        "trial_balance": {"2024-03-31": dict.fromkeys(CONTENT["accounts"], 0)},
    } | content


@pytest.fixture(scope="module")
def examples(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, {name: book(content) for name, content in COMPANIES.items()})
    empty_warehouse.dbt("run", "--select", "+balance_findings", "bank_accounts")
    return empty_warehouse


def summary(warehouse: Any, model: str, period: str) -> dict[tuple[str, str], list[Decimal]]:
    """The statements of all companies by what `expected` has."""
    sums = ", ".join(
        f'sum(case when {place} then amount else 0 end) as "{name}"' for name, place in PLACES.items()
    )
    return {
        (company_id, name): [Decimal(amount) for amount in amounts]
        for company_id, name, *amounts in warehouse.rows(
            f"select company_id, {period} as period, {sums} from {model} group by company_id, {period}"
        )
    }


@pytest.fixture(scope="module")
def months(examples: Any) -> dict[tuple[str, str], list[Decimal]]:
    return summary(examples, "cash_flow", "substring(cast(period_start as varchar), 1, 7)")


@pytest.mark.parametrize("name", COMPANIES)
def test_documents_go_where_the_rule_puts_them(name: str, months: Any) -> None:
    expected = {
        (name, month): [Decimal(str(amount)) for amount in amounts]
        for month, amounts in COMPANIES[name]["expected"].items()
    }
    found = {key: amounts for key, amounts in months.items() if key[0] == name}
    nothing = [Decimal(0)] * len(PLACES)
    later = {key: nothing for key in found if key not in expected}
    assert found == expected | later


def test_what_opening_journals_bring_in_is_cash_at_the_start_of_their_month(examples: Any) -> None:
    opening = {
        (name, month): Decimal(amount)
        for name, content in COMPANIES.items()
        for month, amount in content.get("opening_cash", {}).items()
    }
    rows = examples.rows(
        "select company_id, substring(cast(period_start as varchar), 1, 7), amount from cash_flow"
        " where section = 'opening_cash' order by 1, 2"
    )
    found = {(name, month): Decimal(amount) for name, month, amount in rows}
    assert {key: found[key] for key in opening} == opening


def test_a_year_that_ends_within_a_month_counts_the_postings_of_its_own_days(examples: Any) -> None:
    name = "a year that ends within a month"
    lines = examples.rows(
        "select period_start, period_end, section, line_number, amount from cash_flow_by_financial_year"
        f" where company_id = '{name}' and amount <> 0 order by period_start, line_number"
    )
    assert lines == [
        ("2023-04-06", "2024-04-05", "operating", "1", "-10.00"),
        ("2023-04-06", "2024-04-05", "operating", "5", "20.00"),
        ("2023-04-06", "2024-04-05", "operating", "6", "-20.00"),
        ("2023-04-06", "2024-04-05", "financing", "10", "-100.00"),
        ("2023-04-06", "2024-04-05", "net_change", "12", "-110.00"),
        ("2023-04-06", "2024-04-05", "opening_cash", "13", "80.00"),
        ("2023-04-06", "2024-04-05", "closing_cash", "14", "-30.00"),
        ("2024-04-06", "2025-04-05", "operating", "1", "-50.00"),
        ("2024-04-06", "2025-04-05", "operating", "2", "50.00"),
        ("2024-04-06", "2025-04-05", "operating", "5", "-20.00"),
        ("2024-04-06", "2025-04-05", "investing", "9", "-100.00"),
        ("2024-04-06", "2025-04-05", "net_change", "12", "-120.00"),
        ("2024-04-06", "2025-04-05", "opening_cash", "13", "-30.00"),
        ("2024-04-06", "2025-04-05", "closing_cash", "14", "-150.00"),
    ]


def test_a_calendar_year_is_its_months_added_up(examples: Any, months: Any) -> None:
    years = summary(examples, "cash_flow_by_financial_year", "cast(period_end as varchar)")
    split = "a year that ends within a month"
    added: dict[tuple[str, str], list[Decimal]] = {}
    for (name, _), amounts in months.items():
        if name != split:
            sums = added.get((name, "2024-12-31"), [Decimal(0)] * len(PLACES))
            added[name, "2024-12-31"] = [one + other for one, other in zip(sums, amounts, strict=True)]
    assert {key: amounts for key, amounts in years.items() if key[0] != split} == added


def test_the_statements_end_in_the_bank_accounts_by_every_check(examples: Any) -> None:
    found = "select message from accbooks_staging.balance_findings where check_name = 'cash_flow_differs'"
    assert examples.rows(found) == []
    names = ("cash_flow", "cash_flow_by_financial_year")
    outcomes = examples.dbt("test", "--select", *names, "--exclude", "test_type:unit", "test_type:singular")
    assert {name for name, outcome in outcomes.items() if outcome.status != "pass"} == set()


def test_a_year_whose_statement_does_not_end_in_the_bank_accounts_is_named_with_what_to_do(
    copied_books: Any,
) -> None:
    copied_books.execute(
        "update accbooks_staging.period_movements set debit = debit + 1 where company_id = 'epsilon'"
        " and nominal_code = '1200' and month_start = '2024-06-01'"
    )
    copied_books.dbt("run", "--select", "balance_findings", variables={"everything": True})
    assert copied_books.dicts(
        "select company_id, period_start, period_end, expected, found, message from findings"
        " where check_name = 'cash_flow_differs' and resource = 'cash_flow_by_financial_year'"
    ) == [
        {
            "company_id": "epsilon",
            "period_start": "2024-01-01",
            "period_end": "2024-12-31",
            "expected": "5.00",
            "found": "6.00",
            "message": "The cash flow statement of the financial year to 2024-12-31 ends in 6.00,"
            " the ledger has 5.00 on the bank accounts. Run `accbooks transform --full-refresh`;"
            " if it stays, report it.",
        }
    ]
