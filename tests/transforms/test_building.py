"""What is built again, and what is left alone, on small books in a DuckDB file."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.configuration import prepare_dlt
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.errors import NotBuiltError
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.transform import ledger_months
from accbooks_warehouse.pipelines.transform.catalogue import PROJECT
from accbooks_warehouse.pipelines.transform.ledger_inputs import TamperedMonth
from accbooks_warehouse.pipelines.transform.ledger_months import LedgerMonths
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.pipelines.transform.project_version import project_version
from accbooks_warehouse.pipelines.transform.unwritten_sql import by_dbt
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.nodes import ParsedNode

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
            self.parsed[str(variables)] = transforms.dbt.parsed

    def execute(self, sql: str) -> None:
        schemas = {name: getattr(self.warehouse, name) for name in ("raw", "staging", "models")}
        self.warehouse.execute(sql.format(**schemas))

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
    make_own_tables(made.warehouse)
    assert made.transforms().changed(COMPANIES) == COMPANIES
    made.build()
    yield made
    made.warehouse.release()


def test_what_was_built_is_unchanged_until_a_row_is_of_another_load(built):
    transforms = built.transforms()
    assert transforms.changed(COMPANIES) == []
    assert transforms.changed([]) == []
    assert transforms.changed([*COMPANIES, "new"]) == ["new"]
    ((load_id,),) = built.warehouse.query(
        f"select distinct _dlt_load_id from {built.warehouse.raw}.journals where company_id = 'alpha'"
    )
    built.reload("journals", "alpha", "later")
    assert transforms.changed(COMPANIES) == ["alpha"]
    assert transforms.changed(["beta"]) == []
    built.reload("journals", "alpha", load_id)
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


@pytest.mark.nightly
def test_dbt_run_by_hand_in_the_project_does_not_change_it(built, tmp_path, monkeypatch):
    project = tmp_path / "transforms"
    shutil.copytree(PROJECT, project)
    assert project_version({}, project) == project_version({})
    for name, value in built.warehouse.dbt_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project)
    written = ["--select", "trial_balance", "--project-dir", ".", "--profiles-dir", "."]
    monkeypatch.setattr(ParsedNode, "write_node", by_dbt)  # which a sync in this process has turned off
    assert dbtRunner(built.parsed["{}"]).invoke(["compile", "--quiet", *written]).success
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


def test_a_ledger_changed_by_hand_stays_and_is_seen_by_its_sums_and_its_months_are_built_again(built):
    right = built.debits("alpha")
    with built.transforms() as transforms:
        assert transforms.tampered_months(COMPANIES) == []
        built.execute(
            "update {staging}.ledger_postings set debit = debit + 100, amount = amount + 100 "
            "where posting_id = 'alpha:invoice:1:1'"
        )
        built.execute("update {staging}.ledger_postings set description = 'x' where company_id = 'beta'")
        months = transforms.tampered_months(COMPANIES)
        assert [month for month in months if month.company_id == "alpha"] == [
            TamperedMonth("alpha", dt.date(2024, 2, 1))
        ]
        assert transforms.tampered_months(["beta"]) == [
            month for month in months if month.company_id == "beta"
        ]
        assert transforms.changed(COMPANIES) == []
        transforms.build(COMPANIES)
        assert built.debits("alpha") == right + 100
        transforms.inputs.mark_for_rebuild(months)
        assert transforms.changed(COMPANIES) == COMPANIES
        transforms.build(COMPANIES)
        assert (transforms.tampered_months(COMPANIES), transforms.changed(COMPANIES)) == ([], [])
    assert built.debits("alpha") == right


@pytest.fixture
def large(built, monkeypatch):
    """The ledger, as if both companies had more postings than one run compares; compared once."""
    monkeypatch.setattr(ledger_months, "ROWS_PER_RUN", 1)
    built.execute("drop table if exists {staging}.ledger_checksums")
    assert LedgerMonths(built.warehouse, AT_REST).tampered(COMPANIES) == []
    return built


AT_REST = dt.date(1, 1, 1)
"""A day on which no month is in its turn."""
FEBRUARY = TamperedMonth("alpha", dt.date(2024, 2, 1))


def saved_months(built):
    table = f"{built.warehouse.staging}.ledger_checksums"
    return built.warehouse.query(f"select company_id, month_start from {table} order by 1, 2 nulls last")


def test_of_a_large_ledger_the_months_changed_by_hand_are_found_until_they_are_right(large):
    ledger, before = LedgerMonths(large.warehouse, AT_REST), saved_months(large)
    assert len(before) > 4
    large.execute("create table {staging}.kept as select * from {staging}.ledger_postings")
    of_february = "where posting_id = 'alpha:invoice:1:1'"
    before_march = "where company_id = 'alpha' and posting_date < '2024-03-01'"
    early = [TamperedMonth(*each) for each in before if each[0] == "alpha" and each[1] < dt.date(2024, 3, 1)]
    for change, months in {
        f"update {{staging}}.ledger_postings set description = 'x' {of_february}": [FEBRUARY],
        f"delete from {{staging}}.ledger_postings {before_march}": early,
        f"update {{staging}}.ledger_postings set posting_date = null {of_february}": [
            TamperedMonth("alpha", None),
            FEBRUARY,
        ],
        f"update {{staging}}.ledger_postings set posting_date = '2031-05-06' {of_february}": [
            FEBRUARY,
            TamperedMonth("alpha", dt.date(2031, 5, 1)),
        ],
    }.items():
        large.execute(change)
        assert ledger.tampered(COMPANIES) == ledger.tampered(COMPANIES) == months
        assert ledger.tampered(["beta"]) == []
        large.execute("delete from {staging}.ledger_postings")
        large.execute("insert into {staging}.ledger_postings select * from {staging}.kept")
        assert ledger.tampered(COMPANIES) == []
        assert saved_months(large) == before
    large.execute("drop table {staging}.kept")


def test_of_a_large_ledger_every_month_is_compared_with_the_records_in_its_turn(large):
    large.execute(MORE)  # in place: neither the ledger nor what it was built from is another
    right = "update {raw}.journal_lines set debit = greatest(debit - 5, 0), credit = greatest(credit - 5, 0)"
    ((rows,),) = large.warehouse.query(
        f"select count(*) from {large.warehouse.staging}.ledger_postings where company_id = 'alpha'"
    )
    assert LedgerMonths(large.warehouse, AT_REST).tampered(COMPANIES) == []
    turns = [LedgerMonths(large.warehouse, TODAY.add(days=day)) for day in range(rows)]
    found = [each.tampered(COMPANIES) for each in turns]
    wrong = found[-1]
    assert {month.company_id for month in wrong} == {"alpha"}
    assert found == sorted(found, key=len)
    large.execute(f"{right} where company_id = 'alpha'")
    assert [each.tampered(COMPANIES) for each in turns] == [[]] * rows


def test_a_table_changed_by_hand_is_found_when_the_tables_are_compared_and_right_after_a_whole_build(
    built,
):
    right = built.debits("alpha")
    with built.transforms() as transforms:
        built.execute("update {models}.trial_balance set debit = debit + 1 where company_id = 'beta'")
        assert transforms.tampered_tables(COMPANIES) == set()
        transforms.compare(["alpha"])
        assert transforms.tampered_tables(COMPANIES) == set()
        transforms.compare()
        assert transforms.tampered_tables(COMPANIES) == {"beta"}
        built.execute("update {staging}.ledger_postings set debit = debit + 1 where company_id = 'alpha'")
        assert built.debits("alpha") > right
        transforms.build(COMPANIES, everything=True)
        assert transforms.tampered_tables(COMPANIES) == set()
    assert built.debits("alpha") == right


BROKEN = "update {raw}.journal_lines set debit = 'x' where company_id = 'beta' and cast(debit as decimal) > 0"


@pytest.fixture
def unreadable(built):
    """An amount of beta's that no model can read; afterwards it is as it was."""
    built.execute("create table {raw}.kept as select * from {raw}.journal_lines")
    built.execute("alter table {raw}.journal_lines alter column debit type varchar")
    built.execute(BROKEN)
    yield
    built.execute("drop table {raw}.kept")


@pytest.mark.usefixtures("unreadable")
def test_tables_are_made_anew_without_a_company_that_cannot_be_read_and_with_it_when_it_can(built):
    right = {name: built.debits(name) for name in COMPANIES}
    built.execute("update {staging}.ledger_inputs set version = 'earlier'")
    with built.transforms() as transforms:
        with pytest.raises(NotBuiltError) as caught:
            transforms.build()
        said = str(caught.value)
        # the two read the records side by side, and either may be the first to fail
        named = re.match(r"The models of beta could not be built: dbt could not build (\w+) \(", said)
        assert named is not None
        assert named[1] in {"ledger_postings", "change_log"}
        assert said.count(named[1]) == 1
        assert "that depend on it" in said
        assert "alpha" not in said
        assert list(caught.value.reasons) == ["beta"]
        assert transforms.changed(COMPANIES) == ["beta"]
        assert {name: built.debits(name) for name in COMPANIES} == {"alpha": right["alpha"], "beta": None}

        built.execute("delete from {raw}.journal_lines")
        built.execute("alter table {raw}.journal_lines alter column debit type decimal(18, 2) using null")
        built.execute("insert into {raw}.journal_lines select * from {raw}.kept")
        transforms.build(transforms.changed(COMPANIES))
        assert transforms.changed(COMPANIES) == []
        assert transforms.tampered_months(COMPANIES) == []
    assert {name: built.debits(name) for name in COMPANIES} == right
    views = built.warehouse.query(
        "select view_name from duckdb_views()"
        " where sql ilike '%not in (''alpha''%' or sql ilike '%not in (''beta''%'"
    )
    assert views == []
