"""The package in somebody else's dbt project: the files and commands of its page, on the small books."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import place_of
from copies import TODAY
from semantic_layer import BIN, Layer, Rows, query
from test_documents import commands

pytestmark = [pytest.mark.long, pytest.mark.nightly]

ROOT = Path(__file__).parents[2]
PAGE = "docs/own_project.md"
HAS_METRICS = (BIN / "mf").exists()
COMPARED = (
    "profit_and_loss",
    "trial_balance",
    "balance_sheet",
    "general_ledger",
    "aged_receivables",
    "bank_balances",
    "vat_return",
    "reconciliation",
    "findings",
)


def shown_files() -> dict[str, str]:
    """Return the files that the page shows, by the name before each, and last what turns metrics off."""
    text = (ROOT / PAGE).read_text()
    found = re.findall(r"`([\w/]+\.(?:yml|sql))`(?:(?!```).)*?```(?:yaml|sql)\n(.*?)```", text, re.DOTALL)
    return dict(found)


@dataclass(frozen=True)
class Project:
    """The file that it was built in, and the answers to what was asked of its metrics."""

    file: Path
    answers: list[Rows]


@pytest.fixture(scope="module")
def project(kept_duckdb, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project of the page, built from raw tables in a schema `landing` of a sync's file."""
    folder = tmp_path_factory.mktemp("own") / "project"
    files = shown_files()
    assert sorted(files) == [
        "dbt_project.yml",
        "models/turnover.sql",
        "packages.yml",
        "profiles.yml",
    ]
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    package = folder.parent / "accbooks-warehouse" / "transforms"
    shutil.copytree(ROOT / "transforms", package, ignore=shutil.ignore_patterns("target", "logs"))
    own = yaml.safe_load(files["dbt_project.yml"])
    own["vars"]["accbooks"] |= {"today": str(TODAY), "vat_stagger_group": 1}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(own))
    shutil.copy(place_of(kept_duckdb), folder / "ledgers.duckdb")
    with closing(duckdb.connect(str(folder / "ledgers.duckdb"))) as connection:
        connection.execute("create schema landing")
        for (table,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'accbooks_raw'"
        ).fetchall():
            connection.execute(f"create table landing.{table} as select * from accbooks_raw.{table}")
    made = Layer(folder, {"LEDGERS_PATH": "ledgers.duckdb"})
    lines = [line.split() for line in commands(PAGE)]
    asked = [query(["revenue", "cash"], ["company"], "--end-time", str(TODAY))] if HAS_METRICS else []
    return Project(folder / "ledgers.duckdb", made.answers(*asked, after=lines))


def asked(project: Project, sql: str) -> list[tuple]:
    with closing(duckdb.connect(str(project.file), read_only=True)) as connection:
        return connection.execute(sql).fetchall()


def test_everything_is_built_in_schemas_of_its_own(project):
    schemas = asked(
        project,
        "select table_schema, count(*) from information_schema.tables"
        " where table_schema not like 'accbooks%' and table_schema <> 'landing' group by all order by all",
    )
    assert [name for name, _ in schemas] == ["books", "books_staging", "main_reporting"]
    assert dict(schemas)["main_reporting"] == 1
    read = [
        sql for (sql,) in asked(project, "select sql from duckdb_views() where schema_name = 'books_staging'")
    ]
    assert len([sql for sql in read if "landing" in sql]) > 10
    assert [sql for sql in read if "accbooks_raw" in sql or "accbooks_staging" in sql] == []


@pytest.mark.parametrize("table", COMPARED)
def test_its_figures_are_those_of_the_sync(project, table):
    columns = [
        name
        for (name,) in asked(
            project,
            "select column_name from information_schema.columns"
            f" where table_schema = 'books' and table_name = '{table}'",
        )
        if not name.endswith("_at") or name == "as_at"
    ]
    listed = ", ".join(f'"{name}"' for name in columns)
    theirs, ours = (
        sorted(asked(project, f"select {listed} from {schema}.{table}"), key=repr)
        for schema in ("books", "accbooks")
    )
    assert theirs == ours
    assert ours or table == "findings"


def test_their_model_adds_up_the_packages(project):
    turnover = asked(project, "select * from main_reporting.turnover order by all")
    assert len(turnover) > 20
    assert turnover == asked(
        project,
        "select company_id, period_start, sum(amount) from accbooks.profit_and_loss"
        " where category = 'turnover' group by all order by all",
    )


@pytest.mark.skipif(not HAS_METRICS, reason="the extra `metrics` is not installed")
def test_metrics_are_answered_in_their_folder(project):
    ((company_id, revenue, cash),) = asked(
        project,
        f"""
        select
            companies.company_id,
            (select sum(amount) from accbooks.profit_and_loss
             where category = 'turnover' and period_start <= date '{TODAY}'),
            (select sum(balance) from accbooks.bank_balances where balance_date = date '{TODAY}')
        from accbooks.companies
        """,
    )
    assert project.answers == [[{"company": company_id, "revenue": revenue, "cash": cash}]]
