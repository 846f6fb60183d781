"""The metrics as MetricFlow answers them, beside figures worked out by hand and the models."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from semantic_layer import NEEDS_METRICFLOW, Layer, Rows, query

pytestmark = [pytest.mark.long, NEEDS_METRICFLOW, pytest.mark.nightly]

ROOT = Path(__file__).parents[2]
TODAY = "2024-06-30"
OF_A_MONTH = (
    "revenue",
    "cost_of_sales",
    "gross_profit",
    "other_income",
    "overheads",
    "taxation",
    "net_profit",
)
OF_A_DAY = ("trade_debtors", "trade_creditors", "cash", "aged_debt", "aged_debt_over_90")
RATIOS = ("gross_margin", "debtor_days", "creditor_days")
ALL = (*OF_A_MONTH, *OF_A_DAY, *RATIOS, "vat_due")
WITHOUT_A_MONTH = ("trade_debtors", "aged_debt", "cash", "net_profit")

OF_THE_MODELS = """
    with profits as (
        select company_id, period_start, category, sum(amount) as amount
        from profit_and_loss
        group by company_id, period_start, category
    )

    select
        months.company_id,
        months.month_start,
        (
            select sum(case when category = 'turnover' then amount else 0 end)
            from profits where company_id = months.company_id and period_start = months.month_start
        ) as revenue,
        (
            select sum(case when category in ('turnover', 'other_income') then amount else -amount end)
            from profits where company_id = months.company_id and period_start = months.month_start
        ) as net_profit,
        (
            select sum(case when nominal_code = '1100' then debit - credit else 0 end)
            from trial_balance where company_id = months.company_id and as_at = months.month_end
        ) as trade_debtors,
        (
            select sum(case when nominal_code = '2100' then credit - debit else 0 end)
            from trial_balance where company_id = months.company_id and as_at = months.month_end
        ) as trade_creditors,
        (
            select sum(balance)
            from bank_balances where company_id = months.company_id and balance_date = months.month_end
        ) as cash,
        (
            select coalesce(sum(outstanding), 0)
            from aged_receivables where company_id = months.company_id and as_at = months.month_end
        ) as aged_debt
    from months
"""
COMPARED = ("revenue", "net_profit", "trade_debtors", "trade_creditors", "cash", "aged_debt")


@pytest.fixture(
    scope="module",
    # in DuckDB they are asked in end_to_end/test_metrics.py, each beside the report
    params=[pytest.param("duckdb_books", marks=pytest.mark.soak), "postgres_books"],
)
def warehouse(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def answers(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Rows]:
    """All metrics by company and month, and by month alone; some of one company without a month."""
    folder = tmp_path_factory.mktemp("metrics") / "transforms"
    shutil.copytree(ROOT / "transforms", folder, ignore=shutil.ignore_patterns("target", "logs"))
    manifest = SemanticManifest(warehouse.parsed(["--quiet"], {}))
    manifest.write_json_to_file(str(folder / "target" / "semantic_manifest.json"))
    layer = Layer(folder, {**warehouse.environment, "DBT_TARGET": warehouse.target, "DBT_PROFILES_DIR": "."})
    until = ("--end-time", TODAY)
    return layer.answers(
        query(ALL, ["metric_time__month", "company"], *until),
        query(ALL, ["metric_time__month"], *until),
        query(WITHOUT_A_MONTH, ["company"], *until, "--where", "{{ Entity('company') }} = 'alpha'"),
    )


@pytest.fixture(scope="module")
def by_company(answers: list[Rows]) -> Rows:
    return answers[0]


def numbers(**values: str | None) -> dict[str, Decimal | None]:
    return {name: None if value is None else Decimal(value) for name, value in values.items()}


def test_the_metrics_of_a_month_are_as_worked_out_by_hand(by_company):
    (march,) = [
        row for row in by_company if (row["company"], row["metric_time__month"]) == ("alpha", "2024-03-01")
    ]
    # 170 sold and 50 bought in March, and 100 sold in February, the first month of the books; neither March's
    # sale nor its bill of 60 with VAT is paid; 29 + 31 days, so 170 / 270 * 60 and 60 / 50 * 60
    assert march == {"company": "alpha", "metric_time__month": "2024-03-01"} | numbers(
        revenue="170",
        cost_of_sales="50",
        gross_profit="120",
        other_income="0",
        overheads="0",
        taxation="0",
        net_profit="120",
        trade_debtors="170",
        trade_creditors="60",
        cash="1120",
        aged_debt="170",
        aged_debt_over_90="0",
        gross_margin="0.7059",
        debtor_days="38",
        creditor_days="72",
        vat_due="10",
    )


def test_a_balance_without_a_month_is_that_of_the_last_day_even_where_nothing_is_owed_by_then(answers):
    # the customer of March paid in April; profit is that of all months, 270 - 50 - 30 + 4 - 10
    assert answers[2] == [
        {"company": "alpha"} | numbers(trade_debtors="0", aged_debt="0", cash="1186", net_profit="184")
    ]


def test_a_month_of_all_companies_adds_up_what_each_has(answers):
    by_company, rows, _ = answers
    assert len({row["company"] for row in by_company}) == 6
    assert len(rows) == len({row["metric_time__month"] for row in by_company}) > 5
    for row in rows:
        month = row["metric_time__month"]
        theirs = [each for each in by_company if each["metric_time__month"] == month]
        for name in (*OF_A_MONTH, *OF_A_DAY, "vat_due"):
            amounts = [each[name] for each in theirs if each[name] is not None]
            assert row[name] == (sum(amounts) if amounts else None), (month, name)
    (march,) = [row for row in rows if row["metric_time__month"] == "2024-03-01"]
    # 170 is owed; a year's turnover is 270 of alpha, 70 of gamma and 4 of delta; their books are 60, 122 and
    # 31 days old, which is 71 on average
    assert march["debtor_days"] == 35


def test_every_month_of_every_company_is_as_in_the_models(warehouse, by_company):
    found = {
        (row["company_id"], row["month_start"]): {
            name: None if value is None else Decimal(value).normalize() + 0
            for name, value in row.items()
            if name not in {"company_id", "month_start"}
        }
        for row in warehouse.dicts(OF_THE_MODELS)
    }
    asked = {
        (row["company"], row["metric_time__month"]): {name: row[name] for name in COMPARED}
        for row in by_company
        if row["aged_debt"] is not None
    }
    assert len(asked) > 15
    assert asked == found
