"""A group of companies, consolidated: the figures of docs/groups.md, and every month in balance."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from accbooks_warehouse.pipelines.configuration import file_variables
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.queries.exceptions import exceptions
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.missing_rates import missing_rates
from accbooks_warehouse.pipelines.queries.overview import Overview

pytestmark = pytest.mark.nightly_on("postgres")

VARIABLES = file_variables(("groups", "rates", "eliminations", "account_mapping"))
MODELS = ("run", "--select", "+consolidated_trial_balance", "+consolidated_balance_sheet",
          "+consolidated_profit_and_loss", "+missing_exchange_rates")  # fmt: skip
BOOKS = yaml.safe_load((Path(__file__).parent / "group_books.yml").read_text())
RATES = (
    ("2024-01-01", "0.80", "0.79"),
    ("2024-02-01", "0.82", "0.81"),
    ("2024-03-01", "0.84", "0.83"),
    ("2024-04-01", "0.84", "0.84"),
    ("2024-05-01", "0.80", "0.82"),
    ("2024-06-01", "0.86", "0.85"),
)
FILES = {
    "group_companies": [
        {"group_name": "Harbour Group", "company_id": "harbour", "share": 1},
        {"group_name": "Harbour Group", "company_id": "vale", "share": 0.8, "acquired_on": "2024-04-01"},
        {"group_name": "Harbour Group", "company_id": "kade", "share": 1, "acquired_on": "2024-02-01"},
    ],
    "exchange_rates": [
        {"currency": "EUR", "month": month, "closing": closing, "average": average}
        for month, closing, average in RATES
    ],
    "eliminations": [
        {
            "group_name": "Harbour Group",
            "company_id": "harbour",
            "nominal_code": code,
            "counterparty_company_id": other,
            "counterparty_nominal_code": other_code,
        }
        for code, other, other_code in (
            ("0090", "vale", None),
            ("0091", "kade", None),
            ("1105", "vale", "2105"),
            ("4050", "vale", "5050"),
            ("4950", "vale", "3100"),
        )
    ],
    "account_mapping": [
        {
            "company_id": "vale",
            "nominal_code": "1210",
            "group_nominal_code": "1200",
            "group_name": "Cash at bank",
        },
        # for all other companies: the row of the company alone counts, which names no category
        {"nominal_code": "1210", "group_nominal_code": "7100", "group_name": "Rent", "category": "overheads"},
    ],
}

Book = Mapping[str, Any]


@pytest.fixture(scope="module")
def group(empty_warehouse: Any, put_books: Callable[[Any, Mapping[str, Book]], None]) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.insert(FILES)
    empty_warehouse.dbt(*MODELS, variables=VARIABLES)
    return empty_warehouse


def balance_sheet(warehouse: Any, as_at: str) -> list[tuple[str | None, ...]]:
    return warehouse.rows(  # type: ignore[no-any-return]
        "select line_type, nominal_code, name, category, amount from consolidated_balance_sheet "
        f"where as_at = '{as_at}' and amount <> 0 order by category, line_type, nominal_code"
    )


def test_the_balance_sheet_has_the_figures_of_the_worked_example(group: Any) -> None:
    assert balance_sheet(group, "2024-06-30") == [
        ("account", "3000", "Ordinary shares", "capital_and_reserves", "800.00"),
        ("account", "3200", "Profit and loss account", "capital_and_reserves", "240.50"),
        ("current_year_earnings", None, "Current year earnings", "capital_and_reserves", "85.50"),
        ("minority_interest", None, "Minority interest", "capital_and_reserves", "55.00"),
        ("translation_reserve", None, "Translation reserve", "capital_and_reserves", "9.90"),
        ("account", "1200", "Cash at bank", "current_assets", "1077.90"),
        ("elimination_difference", "1105", "Not eliminated: Owed by Vale", "current_assets", "5.00"),
        ("goodwill", "0090", "Goodwill", "fixed_assets", "108.00"),
    ]


def test_before_an_acquisition_the_company_is_not_in_the_group(group: Any) -> None:
    # 1,000 - 300 - 100 in the parent's bank, 147.00 of Kade; the investment in Vale is the parent's own still
    assert balance_sheet(group, "2024-03-31") == [
        ("account", "3000", "Ordinary shares", "capital_and_reserves", "800.00"),
        ("account", "3200", "Profit and loss account", "capital_and_reserves", "200.00"),
        ("current_year_earnings", None, "Current year earnings", "capital_and_reserves", "40.50"),
        ("translation_reserve", None, "Translation reserve", "capital_and_reserves", "6.50"),
        ("account", "1200", "Cash at bank", "current_assets", "747.00"),
        ("goodwill", "0090", "Goodwill", "fixed_assets", "300.00"),
    ]


def test_the_profit_and_loss_has_all_of_the_profit_and_what_others_have_of_it(group: Any) -> None:
    assert group.rows(
        "select period_start, line_type, nominal_code, category, amount from consolidated_profit_and_loss "
        "where amount <> 0 order by period_start, line_type, nominal_code"
    ) == [
        ("2024-02-01", "account", "4000", "turnover", "40.50"),
        ("2024-05-01", "account", "4000", "turnover", "100.00"),
        ("2024-05-01", "elimination_difference", "4050", "turnover", "5.00"),
        ("2024-05-01", "minority_interest", None, "minority_interest", "11.00"),
        ("2024-06-01", "account", "7000", "overheads", "8.50"),
    ]


def test_the_trial_balance_has_the_profit_of_the_year_and_adds_up_to_nothing(group: Any) -> None:
    assert group.rows(
        "select line_type, nominal_code, debit, credit from consolidated_trial_balance "
        "where as_at = '2024-06-30' and debit + credit <> 0 and category in "
        "('turnover', 'overheads', 'minority_interest') order by line_type, nominal_code"
    ) == [
        ("account", "4000", "0.00", "100.00"),
        ("account", "7000", "8.50", "0.00"),
        ("elimination_difference", "4050", "0.00", "5.00"),
        ("minority_interest", None, "11.00", "0.00"),
    ]
    assert not_balanced(group) == []


def test_the_models_have_the_keys_that_they_declare(group: Any) -> None:
    names = ("consolidated_trial_balance", "consolidated_balance_sheet", "consolidated_profit_and_loss")
    outcomes = group.dbt("test", "--select", *names, "missing_exchange_rates", variables=VARIABLES)
    assert {outcome.status for outcome in outcomes.values()} == {"pass"}


def not_balanced(warehouse: Any) -> list[tuple[str | None, ...]]:
    """The month-ends at which the trial balance or the balance sheet of a group does not balance."""
    return warehouse.rows(  # type: ignore[no-any-return]
        """
        select group_name, as_at, sum(debit - credit) from consolidated_trial_balance
        group by group_name, as_at having sum(debit - credit) <> 0
        union all
        select sheet.group_name, sheet.as_at, sum(categories.sign * sheet.amount)
        from consolidated_balance_sheet as sheet
        inner join account_categories as categories on sheet.category = categories.category
        group by sheet.group_name, sheet.as_at having sum(categories.sign * sheet.amount) <> 0
        """
    )


SEEDS = range(3)


def chance_books(seed: int) -> dict[str, Book]:
    """Companies whose amounts and dates are made up, in three currencies."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    accounts = {
        "0090": ["Investment", "fixed_assets"],
        "1200": ["Bank", "current_assets"],
        "2105": ["Owed", "current_liabilities"],
        "3000": ["Shares", "capital_and_reserves"],
        "4000": ["Sales", "turnover"],
        "7000": ["Costs", "overheads"],
        "7906": ["Exchange differences", "overheads"],
    }
    books: dict[str, Book] = {}
    for name, currency in (("p", "GBP"), ("a", "GBP"), ("b", "EUR"), ("c", "USD")):
        company = f"{name}{seed}"
        journals = []
        for number in range(60):
            debit, credit = chance.sample(sorted(accounts), 2)
            amount = Decimal(chance.randrange(1, 10**7)) / 100
            day = f"{chance.choice((2023, 2024))}-{chance.randrange(1, 7):02}-{chance.randrange(1, 29):02}"
            lines = [[debit, amount, 0], [credit, 0, amount]]
            kind = "opening" if number == 0 else "manual"
            journals.append({"id": f"{company}_{number}", "date": day, "type": kind, "lines": lines})
        books[company] = {
            "company": {"base_currency": currency, "financial_year_end": "04-05"},
            "accounts": accounts,
            "trial_balance": {"2024-06-30": dict.fromkeys(accounts, 0)},
            "journals": journals,
        }
    return books


def chance_files(seeds: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
    chance = random.Random(0)  # noqa: S311 - no secret
    months = [f"{year}-{month:02}-01" for year in (2022, 2023, 2024) for month in range(1, 13)]
    members = [
        ("p", 1, None),
        ("a", 0.333333, "2023-03-15"),
        ("b", 0.7, "2023-02-01"),
        ("c", 0.51, "2024-02-29"),
    ]
    pairs = [("p", "0090", "a", None), ("p", "0090", "b", None), ("a", "2105", "b", "2105"),
             ("a", "4000", "c", "7000")]  # fmt: skip
    return {
        "group_companies": [
            {"group_name": f"G{seed}", "company_id": f"{name}{seed}", "share": share, "acquired_on": day}
            for seed in seeds
            for name, share, day in members
        ],
        "exchange_rates": [
            {
                "currency": currency,
                "month": month,
                "closing": chance.uniform(0.5, 1.5),
                "average": chance.random(),
            }
            for currency in ("EUR", "USD")
            for month in months
        ],
        "eliminations": [
            {
                "group_name": f"G{seed}",
                "company_id": f"{name}{seed}",
                "nominal_code": code,
                "counterparty_company_id": f"{other}{seed}",
                "counterparty_nominal_code": other_code,
            }
            for seed in seeds
            for name, code, other, other_code in pairs
        ],
        "account_mapping": [
            {"nominal_code": "7000", "group_nominal_code": "7100", "group_name": "All costs"}
        ],
    }


@pytest.mark.long
@pytest.mark.nightly
def test_groups_of_any_amounts_balance_to_the_penny_every_month(
    tmp_path: Path,
    empty_in: Callable[[Path], Any],
    put_books: Callable[[Any, Mapping[str, Book]], None],
) -> None:
    warehouse = empty_in(tmp_path)
    for seed in SEEDS:
        put_books(warehouse, chance_books(seed))
    warehouse.insert(chance_files(SEEDS))
    warehouse.dbt(*MODELS, variables=VARIABLES)
    assert warehouse.rows(
        "select group_name, count(distinct as_at) from consolidated_trial_balance group by all order by all"
    ) == [(f"G{seed}", "18") for seed in SEEDS]
    assert not_balanced(warehouse) == []


YOUNG_PARENT: dict[str, Book] = {
    "young": {
        "company": {"base_currency": "GBP", "financial_year_end": "03-31"},
        "accounts": {
            "1200": ["Bank", "current_assets"],
            "4050": ["Sales to Elder", "turnover"],
            "4950": ["Dividends received", "other_income"],
        },
        "trial_balance": {"2024-04-30": {"1200": 10, "4050": -10, "4950": 0}},
        "journals": [
            {"id": "y1", "date": "2024-04-02", "type": "manual", "lines": [["1200", 10, 0], ["4050", 0, 10]]}
        ],
    },
    "elder": {
        "company": {"base_currency": "GBP", "financial_year_end": "03-31"},
        "accounts": {
            "1200": ["Bank", "current_assets"],
            "3100": ["Dividends paid", "capital_and_reserves"],
            "4000": ["Sales", "turnover"],
            "5050": ["Purchases from Young", "cost_of_sales"],
            "7000": ["Costs", "overheads"],
        },
        "trial_balance": {"2024-04-30": {"1200": 0, "3100": 0, "4000": 0, "5050": 0, "7000": 0}},
        "journals": [
            {
                "id": f"e{number}",
                "date": day,
                "type": "manual",
                "lines": [[code, debit, credit], ["1200", credit, debit]],
            }
            for number, (day, code, debit, credit) in enumerate(
                (
                    ("2023-05-01", "4000", 0, 100),
                    ("2023-06-01", "7000", 40, 0),
                    ("2023-07-01", "5050", 10_000, 0),
                    ("2023-08-01", "3100", 30, 0),
                    ("2024-04-03", "5050", 10, 0),
                )
            )
        ],
    },
}
OF_YOUNG_PARENT: dict[str, list[dict[str, Any]]] = {
    "group_companies": [
        {"group_name": "Young Group", "company_id": "young", "share": 1},
        {"group_name": "Young Group", "company_id": "elder", "share": 1, "acquired_on": "2022-01-01"},
    ],
    "eliminations": [
        {
            "group_name": "Young Group",
            "company_id": "young",
            "nominal_code": code,
            "counterparty_company_id": "elder",
            "counterparty_nominal_code": other_code,
        }
        for code, other_code in (("4050", "5050"), ("4950", "3100"))
    ],
}


def test_what_a_member_earned_before_the_parents_books_is_in_reserves_and_in_no_pair(
    tmp_path: Path,
    empty_in: Callable[[Path], Any],
    put_books: Callable[[Any, Mapping[str, Book]], None],
) -> None:
    warehouse = empty_in(tmp_path)
    put_books(warehouse, YOUNG_PARENT)
    warehouse.insert(OF_YOUNG_PARENT)
    warehouse.dbt(*MODELS, variables=VARIABLES)
    # 100 - 40 - 10,000 in the retained earnings of the parent, which posted none of its own yet
    assert balance_sheet(warehouse, "2024-04-30") == [
        ("account", "3100", "Dividends paid", "capital_and_reserves", "-30.00"),
        ("account", "3200", None, "capital_and_reserves", "-9940.00"),
        ("account", "1200", "Bank", "current_assets", "-9970.00"),
    ]
    assert warehouse.rows("select name, amount from consolidated_profit_and_loss where amount <> 0") == []
    assert not_balanced(warehouse) == []


def test_a_month_without_a_rate_ends_the_group_there(
    tmp_path: Path,
    empty_in: Callable[[Path], Any],
    put_books: Callable[[Any, Mapping[str, Book]], None],
) -> None:
    warehouse = empty_in(tmp_path)
    put_books(warehouse, BOOKS)
    rates = [rate for rate in FILES["exchange_rates"] if rate["month"] != "2024-05-01"]
    warehouse.insert({**FILES, "exchange_rates": rates})
    warehouse.dbt(*MODELS, variables=VARIABLES)
    assert warehouse.rows("select max(as_at) from consolidated_balance_sheet") == [("2024-04-30",)]
    assert warehouse.rows("select max(period_end) from consolidated_profit_and_loss") == [("2024-02-29",)]
    assert warehouse.rows("select * from missing_exchange_rates") == [
        ("Harbour Group", "harbour", "EUR", "2024-05-01", "2024-05-31", "2024-04-30")
    ]
    said = "There is no exchange rate of EUR for 2024-05, so its figures end on 2024-04-30."
    assert told(warehouse, dt.date(2024, 6, 1)) == [
        ("Harbour Group", f"{said} Add a row for each to group/rates.csv and run `accbooks sync`.")
    ]
    assert told(warehouse, dt.date(2024, 5, 31)) == [], (
        "the rate of a month that is not over is not known yet"
    )


def told(warehouse: Any, today: dt.date) -> list[tuple[str, str]]:
    """Return what is said of groups for which rates are missing."""
    warehouse.execute(
        "create or replace table accbooks_raw.configured_files as "
        "select 'rates' as file, 'group/rates.csv' as path, null as fault, 'x' as file_hash"
    )
    held = missing_rates(DuckDB(str(warehouse.workspace / "accbooks.duckdb")), today)
    overview = Overview(dt.datetime.now(dt.UTC), (), (), Findings(), missing_rates=held)
    return [(each.title, each.message) for each in exceptions(overview)]


def test_without_a_rate_of_the_acquisition_the_group_ends_before_the_company_joins(
    tmp_path: Path,
    empty_in: Callable[[Path], Any],
    put_books: Callable[[Any, Mapping[str, Book]], None],
) -> None:
    warehouse = empty_in(tmp_path)
    put_books(warehouse, BOOKS)
    missing = {f"2024-0{month}-01" for month in (1, 3, 4, 5, 6)}
    rates = [rate for rate in FILES["exchange_rates"] if rate["month"] not in missing]
    warehouse.insert({**FILES, "exchange_rates": rates})
    warehouse.dbt(*MODELS, variables=VARIABLES)
    assert warehouse.rows("select max(as_at) from consolidated_balance_sheet") == [("2024-01-31",)]
    ((_, message),) = told(warehouse, dt.date(2024, 6, 30))
    assert message.partition(". Add")[0] == (
        "There is no exchange rate of EUR for 2024-01, 2024-03, 2024-04 and 1 later month, so its figures "
        "end on 2024-01-31"
    )


def test_in_another_project_a_variable_names_the_relation_with_the_rows(
    tmp_path: Path,
    empty_in: Callable[[Path], Any],
    put_books: Callable[[Any, Mapping[str, Book]], None],
) -> None:
    warehouse = empty_in(tmp_path)
    put_books(warehouse, {"harbour": BOOKS["harbour"]})
    warehouse.execute(
        "create schema finance",
        "create table finance.members as select 'Mine' as group_name, 'harbour' as company_id, 1 as share, "
        "cast(null as date) as acquired_on",
    )
    warehouse.dbt(*MODELS, "+balance_sheet", variables={"accbooks_groups": "finance.members"})
    sheet = "select as_at, nominal_code, amount from {} order by as_at, nominal_code"
    assert warehouse.rows(sheet.format("consolidated_balance_sheet")) == warehouse.rows(
        sheet.format("balance_sheet")
    )
