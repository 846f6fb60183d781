"""The metrics as MetricFlow answers them, beside the models and the report's figures."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres
from accbooks_warehouse.pipelines.queries.figures import Books, books
from accbooks_warehouse.pipelines.queries.periods import months
from accbooks_warehouse.pipelines.queries.reporting_period import reporting_period
from accbooks_warehouse.pipelines.queries.vat_return import vat_period_ends, vat_return

BIN = Path(sys.executable).parent
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (BIN / "mf").exists(), reason="the extra `metrics` is not installed"),
]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"
TODAY = dt.date(2024, 6, 30)
NO_CONTACT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "HTTPS_PROXY": "http://127.0.0.1:9",  # mf asks PyPI for its latest version
}
OF_A_MONTH = ("revenue", "cost_of_sales", "gross_profit", "other_income", "overheads", "taxation", "net_profit")
OF_A_DAY = ("trade_debtors", "trade_creditors", "cash", "aged_debt", "aged_debt_over_90")
RATIOS = ("gross_margin", "debtor_days", "creditor_days")

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Layer:
    """A copy of the dbt project in a folder, beside a warehouse whose views of the metrics are made."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        ran = subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=self.folder / "transforms",
            env={**os.environ, **NO_CONTACT, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def answers(self, metrics: Sequence[str], by: Sequence[str], *options: str) -> Rows:
        """Return the rows of a query with every value as text, empty for null."""
        answer = self.folder / "answer.csv"
        asked = ("--metrics", ",".join(metrics), "--group-by", ",".join(by), "--csv", str(answer))
        self.run("mf", "query", *asked, *options)
        with answer.open(newline="") as lines:
            return list(csv.DictReader(lines))


def opened(warehouse: Any) -> DuckDB | Postgres:
    """Open the books as the pipeline does."""
    told = warehouse.environment
    if warehouse.target == "duckdb":
        return DuckDB(told["ACCBOOKS_DUCKDB_PATH"])
    return Postgres(
        f"postgresql://{told['ACCBOOKS_POSTGRES_USER']}:{told.get('DBT_ENV_SECRET_POSTGRES_PASSWORD', '')}"
        f"@{told['ACCBOOKS_POSTGRES_HOST']}:{told['ACCBOOKS_POSTGRES_PORT']}/{told['ACCBOOKS_POSTGRES_DATABASE']}"
    )


@pytest.fixture(scope="module")
def layer(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Layer:
    folder = tmp_path_factory.mktemp("metrics")
    shutil.copytree(ROOT / "transforms", folder / "transforms", ignore=shutil.ignore_patterns("target", "logs"))
    made = Layer(folder, {**warehouse.environment, "DBT_TARGET": warehouse.target, "DBT_PROFILES_DIR": "."})
    made.run("dbt", "parse", "--quiet", "--vars", f"today: {TODAY}")
    return made


def test_x(layer, warehouse):
    rows = layer.answers([*OF_A_MONTH, *OF_A_DAY, *RATIOS, "vat_due"], ["metric_time__month", "company"])
    for each in rows[:40]:
        print(each)
    print(warehouse.environment)
    assert 0
