"""The commands of docs/metrics.md, and the metrics beside the report of the same books."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pendulum
import pytest
import semantic_layer
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.queries.figures import Books, books
from accbooks_warehouse.pipelines.queries.reporting_period import reporting_period
from accbooks_warehouse.pipelines.queries.vat_return import vat_period_ends, vat_return
from conftest import place_of
from copies import TODAY
from semantic_layer import NEEDS_METRICFLOW, NO_CONTACT, Layer, Rows, query
from test_documents import commands

pytestmark = [pytest.mark.long, NEEDS_METRICFLOW, pytest.mark.nightly]

ROOT = Path(__file__).parents[2]
PAGE = "docs/metrics.md"
TOGETHER = shlex.join([sys.executable, "-c", semantic_layer.TOGETHER])
"""Runs the commands of dbt and mf, where the ones before have led to."""
PARTS = {"revenue": "turnover"}
"""The parts of the profit and loss that metrics call otherwise."""


@pytest.fixture(scope="module")
def folder(kept_duckdb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dbt project and a warehouse, in which the page's commands ran."""
    place = tmp_path_factory.mktemp("metrics")
    shutil.copy(place_of(kept_duckdb), place / "books.duckdb")
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(ROOT / "transforms", place / "transforms", ignore=ignored)
    shown = [each for each in commands(PAGE) if not each.startswith("pip ")]
    assert len(shown) > 8
    first = next(number for number, each in enumerate(shown) if each.startswith("dbt "))
    assert {each.partition(" ")[0] for each in shown[first:]} == {"dbt", "mf"}
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "ACCBOOKS"))
    }
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join([*shown[:first], TOGETHER])],  # noqa: S607 - the reader's own shell
        input="\n".join(shown[first:]),
        cwd=place,
        env={**inherited, **NO_CONTACT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.findall(r"\(ERRORS: (\d+)", ran.stdout) == ["0"] * 6
    return place


@pytest.fixture(scope="module")
def warehouse(folder: Path) -> DuckDB:
    return DuckDB(str(folder / "books.duckdb"))


@pytest.fixture(scope="module")
def company_id(warehouse: DuckDB) -> str:
    ((company_id,),) = warehouse.query(f"select company_id from {warehouse.models}.companies")
    return company_id


@pytest.fixture(scope="module")
def report(warehouse: DuckDB, company_id: str) -> Books:
    period = reporting_period(warehouse, company_id, TODAY)
    assert period is not None
    found = books(warehouse, company_id, period)
    warehouse.release()
    return found


OF_THE_YEAR = (
    *("revenue", "cost_of_sales", "gross_profit", "other_income", "overheads", "taxation", "net_profit"),
)
OF_THE_DAY = ("cash", "trade_debtors", "trade_creditors", "aged_debt", "aged_debt_over_90")


@pytest.fixture(scope="module")
def answers(folder: Path, report: Books) -> dict[str, Rows]:
    """What each test asks for, asked together."""
    layer = Layer(folder / "transforms", {"ACCBOOKS_DUCKDB_PATH": str(folder / "books.duckdb")})
    first, as_at = str(report.period.days.start), str(report.period.as_at)
    status = "{{ Dimension('vat_return_box__period_status') }} = 'finished'"
    days, month = ("debtor_days", "creditor_days"), ["metric_time__month"]
    queries = {
        "year": query(
            (*OF_THE_YEAR, "gross_margin"), ["company"], "--start-time", first, "--end-time", as_at
        ),
        "day": query(OF_THE_DAY, ["company"], "--end-time", as_at),
        "vat": query(["vat_due"], ["metric_time__day"], "--where", status),
        "days": query(days, month, "--end-time", as_at),
    }
    return dict(zip(queries, layer.answers(*queries.values()), strict=True))


def rounded(row):
    return {name: value if isinstance(value, str) else round(value, 2) for name, value in row.items()}


def test_the_profit_and_loss_of_the_year_to_date_is_the_reports(answers, report, company_id):
    statement = report.profit_and_loss
    shown = {name: statement.value(PARTS.get(name, name), "year") for name in OF_THE_YEAR}
    assert shown["revenue"] > shown["gross_profit"] > 0
    margin = round(shown["gross_profit"] / shown["revenue"], 2)
    assert [rounded(row) for row in answers["year"]] == [
        {"company": company_id, **shown, "gross_margin": margin}
    ]


def test_the_balances_at_the_end_of_the_period_are_the_reports(answers, report, company_id):
    owed = report.receivables.total
    assert owed.amounts[-1] > 0
    (row,) = answers["day"]
    assert rounded(row) == {
        "company": company_id,
        "cash": report.cash.total,
        "trade_debtors": owed.total,
        "trade_creditors": -report.payables.total.total
        if report.payables.total.total < 0
        else report.payables.total.total,
        "aged_debt": owed.total,
        "aged_debt_over_90": owed.amounts[-1],
    }


def test_the_vat_due_of_each_period_is_what_its_return_declares(answers, warehouse, company_id):
    with warehouse.kept_open():
        returns = [vat_return(warehouse, company_id, end) for end in vat_period_ends(warehouse, company_id)]
    warehouse.release()
    finished = {str(each.period_end): each.filed[5] for each in returns if each and each.status == "finished"}
    assert len(finished) > 3
    # a return declares box 5 without a sign
    assert {row["metric_time__day"]: abs(round(row["vat_due"], 2)) for row in answers["vat"]} == finished


def test_debtor_and_creditor_days_are_those_of_the_year_up_to_the_month(answers, report, warehouse):
    as_at = report.period.as_at
    first = pendulum.date(as_at.year - 1, as_at.month, 1).add(months=1)
    ((turnover, cost),) = warehouse.query(
        "select sum(case when category = 'turnover' then amount end), "
        f"sum(case when category = 'cost_of_sales' then amount end) from {warehouse.models}.profit_and_loss "
        "where period_start >= %s and period_end <= %s",
        first,
        as_at,
    )
    warehouse.release()
    days = (as_at - first).days + 1
    assert days in {365, 366}
    owed, owing = report.receivables.total.total, report.payables.total.total
    (last,) = [row for row in answers["days"] if row["metric_time__month"] == str(as_at.replace(day=1))]
    assert (last["debtor_days"], last["creditor_days"]) == (
        round(owed / turnover * days),
        round(owing / cost * days),
    )
