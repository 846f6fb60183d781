"""Every model and data test, as Snowflake, BigQuery, Databricks and ClickHouse would get it."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from portability.adapters import Server
from portability.databases import DATABASES
from portability.inspection import complaints
from portability.rendering import PROJECT, render

pytestmark = pytest.mark.long

MANY_MONTHS = [("comp_1", dt.date(year, 1, 1), dt.date(year, 1, 31)) for year in range(1800, 2001)]
"""Months that do not touch, more than are written out one by one."""
FEW_MONTHS = MANY_MONTHS[-2:]
EVERYTHING_BUT_UNIT_TESTS = ("build", "--exclude-resource-type", "unit_test")
LATER_RUN = {"inline_postings": True, "companies": ["comp_1", "o'neill"], "today": "2024-06-30"}
REPLACING = "snowflake"


def unsayable(rendered: Mapping[str, str], name: str) -> dict[str, list[str]]:
    """What is wrong, by model, test or statement."""
    found = {node: complaints(sql, name) for node, sql in rendered.items()}
    return {node: wrong for node, wrong in found.items() if wrong}


@pytest.mark.parametrize("name", DATABASES)
def test_every_model_and_data_test_can_be_said_there(name: str, tmp_path: Path) -> None:
    rendered = render(name, Server(), tmp_path, *EVERYTHING_BUT_UNIT_TESTS, variables={})
    everything = "\n".join(rendered.values())
    files = [*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "tests").rglob("*.sql")]
    written = {path.stem for path in files if path.parent.name != "generic"}
    assert {stem for stem in written - rendered.keys() if f"__dbt__cte__{stem} as" not in everything} == set()
    assert unsayable(rendered, name) == {}


@pytest.mark.parametrize("name", DATABASES)
def test_so_can_a_later_run_which_replaces_rows_only_where_readers_see_that_at_one_moment(
    name: str, tmp_path: Path
) -> None:
    left = Server(has_tables=True, touched_months=FEW_MONTHS)
    rendered = render(name, left, tmp_path, "run", variables=LATER_RUN)
    assert unsayable(rendered, name) == {}
    statements = [" ".join(sql.split()) for node, sql in rendered.items() if node.startswith("statement")]
    incremental = [
        path
        for path in (PROJECT / "models").rglob("*.sql")
        if "materialized=kept_table()" in path.read_text()
    ]
    assert len(statements) == (len(incremental) if name == REPLACING else 0)
    # what is logged is only ever added to, by one statement
    replacing = [each for each in statements if not each.startswith("insert into ")]
    assert all(each.startswith("begin; delete from ") and each.endswith("; commit") for each in replacing)


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        (EVERYTHING_BUT_UNIT_TESTS, {"companies": ["comp_1"]}),
        (("run",), LATER_RUN),
        (("run",), LATER_RUN | {"everything": True}),
    ],
    ids=["by hand", "many months", "everything"],
)
def test_so_can_every_way_of_replacing_rows(
    command: tuple[str, ...], variables: Mapping[str, Any], tmp_path: Path
) -> None:
    left = Server(has_tables=True, touched_months=MANY_MONTHS)
    rendered = render(REPLACING, left, tmp_path, *command, variables=variables)
    assert unsayable(rendered, REPLACING) == {}


@pytest.fixture(scope="module")
def forms_of_duckdb_and_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What an adapter gets that nobody taught anything."""
    return render("elsewhere", Server(), tmp_path_factory.mktemp("elsewhere"), "run", variables={})


@pytest.mark.parametrize("name", DATABASES)
def test_what_duckdb_and_postgresql_understand_is_refused(
    name: str, forms_of_duckdb_and_postgresql: Mapping[str, str]
) -> None:
    wrong = unsayable(forms_of_duckdb_and_postgresql, name)
    assert {"months", "financial_years"} <= wrong.keys()
