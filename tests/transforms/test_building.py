"""What is built again, checked again, and left alone, on small books in a DuckDB file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pendulum
import pytest

from pipelines.configuration import prepare_dlt
from pipelines.destinations import DuckDB
from pipelines.transform import PROJECT, Transforms, project_version

pytestmark = pytest.mark.long

TODAY = pendulum.date(2024, 6, 30)
COMPANIES = ["alpha", "beta"]
MORE = """
    update {raw}.journal_lines
    set debit = case when debit > 0 then debit + 5 else debit end,
        credit = case when credit > 0 then credit + 5 else credit end
    where company_id = 'alpha'
"""


class Built:
    """Books in a DuckDB file, and transforms of them as of any day and with any variables."""

    def __init__(self, warehouse: DuckDB) -> None:
        self.warehouse = warehouse
        self.parsed: dict[str, Any] = {}

    def transforms(self, today: pendulum.Date = TODAY, **variables: Any) -> Transforms:
        return Transforms(self.warehouse, today, variables, self.parsed.get(str(variables)))

    def build(self, today: pendulum.Date = TODAY, **variables: Any) -> None:
        with self.transforms(today, **variables) as transforms:
            transforms.build(COMPANIES)
            self.parsed[str(variables)] = transforms.parsed

    def execute(self, sql: str) -> None:
        self.warehouse.execute(sql.format(raw=self.warehouse.raw, models=self.warehouse.models))

    def debits(self, company_id: str) -> Any:
        ((total,),) = self.warehouse.query(
            f"select sum(debit) from {self.warehouse.models}.general_ledger where company_id = %s", company_id
        )
        return total

    def reload(self, table: str, company_id: str, load_id: str) -> None:
        """Have a company's rows of a table be those of another load."""
        self.execute(
            f"update {{raw}}.{table} set _dlt_load_id = '{load_id}' where company_id = '{company_id}'"
        )


@pytest.fixture(scope="module")
def built(
    build_in: Callable[..., Any], books: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    prepare_dlt()
    folder: Path = tmp_path_factory.mktemp("building")
    build_in(folder, {name: books[name] for name in COMPANIES})
    made = Built(DuckDB(str(folder / "accbooks.duckdb")))
    assert made.transforms().changed(COMPANIES) == COMPANIES
    assert made.transforms().is_unchecked(COMPANIES)
    made.build()
    yield made
    made.warehouse.release()


def test_what_was_built_is_unchanged_until_a_row_is_of_another_load(built):
    transforms = built.transforms()
    assert transforms.changed(COMPANIES) == []
    assert transforms.changed([]) == []
    assert transforms.changed([*COMPANIES, "new"]) == ["new"]
    built.reload("journals", "alpha", "later")
    assert transforms.changed(COMPANIES) == ["alpha"]
    assert transforms.changed(["beta"]) == []
    built.build()
    assert transforms.changed(COMPANIES) == []


def test_a_row_that_is_gone_is_a_change(built):
    built.execute("create table {raw}.kept as select * from {raw}.journals where company_id = 'beta'")
    built.execute("delete from {raw}.journals where company_id = 'beta'")
    assert built.transforms().changed(COMPANIES) == ["beta"]
    built.execute("insert into {raw}.journals select * from {raw}.kept")
    built.execute("drop table {raw}.kept")
    assert built.transforms().changed(COMPANIES) == []


def test_another_month_other_variables_or_another_project_change_every_company(built):
    assert built.transforms(TODAY.add(days=1)).changed(COMPANIES) == COMPANIES
    assert built.transforms(TODAY.subtract(days=1)).changed(COMPANIES) == []
    assert built.transforms(trade_debtors="1101").changed(COMPANIES) == COMPANIES
    assert project_version({}) == project_version({}) != project_version({"trade_debtors": "1101"})


def test_dbt_run_by_hand_in_the_project_does_not_change_it(built, tmp_path):
    project = tmp_path / "transforms"
    shutil.copytree(PROJECT, project)
    assert project_version({}, project) == project_version({})
    command = [Path(sys.executable).with_name("dbt"), "compile", "--quiet"]
    subprocess.run(command, cwd=project, env=os.environ | built.warehouse.dbt_environment(), check=True)
    assert {"target", "logs"} <= {path.name for path in project.iterdir()}
    assert [path for path in (project / "target").rglob("*.yml") if path.is_dir()]
    for left in (
        "dbt_packages/their/macros/more.sql",
        "models/.#trial_balance.sql",
        "notes.sql",
        "lint/x.yml",
    ):
        (project / left).parent.mkdir(parents=True, exist_ok=True)
        (project / left).write_text("select 1")
    assert project_version({}, project) == project_version({})
    (project / "models" / "reports" / "new.sql").write_text("select 1")
    assert project_version({}, project) != project_version({})


def test_only_the_companies_asked_for_are_built(built):
    before = {name: built.debits(name) for name in COMPANIES}
    built.execute(MORE)
    built.reload("journal_lines", "alpha", "edited")
    with built.transforms() as transforms:
        transforms.build(["beta"])
        assert transforms.changed(COMPANIES) == ["alpha"]
        assert built.debits("alpha") == before["alpha"]
        transforms.build(["alpha"])
        assert transforms.changed(COMPANIES) == []
    assert built.debits("alpha") > before["alpha"]
    assert built.debits("beta") == before["beta"]


def test_what_was_changed_by_hand_stays_until_everything_is_built(built):
    right = built.debits("alpha")
    built.execute("update {models}.general_ledger set debit = debit + 1 where company_id = 'alpha'")
    with built.transforms() as transforms:
        transforms.build(COMPANIES)
        assert built.debits("alpha") > right
        transforms.build(COMPANIES, everything=True)
    assert built.debits("alpha") == right


def test_what_was_built_is_unchecked_until_its_checks_have_passed(built):
    with built.transforms() as transforms:
        transforms.build(COMPANIES, everything=True)
        assert transforms.is_unchecked(["beta"])
        assert transforms.is_unchecked([])
        failed = {test.name: test for test in transforms.check(COMPANIES)}
        assert [name for name, test in failed.items() if not test.is_warning] == []
        assert not transforms.is_unchecked(["beta"])


def test_a_company_that_fails_a_check_is_named_and_stays_unchecked(built):
    with built.transforms() as transforms:
        transforms.build(COMPANIES, everything=True)
        built.execute(
            "update {models}.general_ledger set credit = credit + 1 "
            "where company_id = 'beta' and source_type = 'journal' and credit > 0"
        )
        failed = {test.name: test for test in transforms.check(COMPANIES)}
        found = failed["source_documents_balance"]
        assert not found.is_warning
        assert {row[:3] for row in found.rows} == {("beta", "journal", "1"), ("beta", "journal", "2")}
        assert transforms.is_unchecked(["beta"])
        transforms.build(["beta"], everything=True)
        transforms.check(["beta"])
        assert not transforms.is_unchecked(["beta"])
