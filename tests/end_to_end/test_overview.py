"""The status of several companies, asked in both databases of the warehouse that a sync left."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from accbooks_warehouse.pipelines.commands.status import run_status
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.comparison import ComparedDepth, compared
from accbooks_warehouse.pipelines.queries.figures import figures
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.queries.overview import Overdrawn, overview
from accbooks_warehouse.pipelines.queries.practice import practice_figures
from rich.console import Console

pytestmark = pytest.mark.long_on("postgres")

COMPANY, SECOND = "comp_1", "comp_2"
TABLES = {
    "raw": ("company", "sync_windows", "trial_balance", "balance_sheet", "profit_loss", "bank_accounts"),
    "staging": ("bank_movements", "compared_periods"),
    "models": ("months", "financial_years", "reconciliation"),
}
"""What an overview asks, as far as these are tables."""


@pytest.fixture(scope="module")
def two(database, open_warehouse, kept_warehouse):
    """A copy of the small books, and a second company with the same rows, read three times, a week apart."""
    with open_warehouse(database, kept_warehouse(database)) as warehouse:
        for schema, tables in TABLES.items():
            for table in tables:
                with_second(warehouse, f"{getattr(warehouse, schema)}.{table}")
        reads = f"{warehouse.raw}.sync_windows"
        for weeks in (1, 2):
            with_second(warehouse, reads, f"fetched_at - interval '{7 * weeks} days'")
        warehouse.execute(
            f"update {warehouse.staging}.bank_movements set amount = -0.01 where company_id = %s "
            "and nominal_code = '1200' and posting_date <= current_date",
            SECOND,
        )
        yield warehouse


def with_second(warehouse, table, fetched_at="fetched_at"):
    """Give the second company the rows of the first."""
    schema, _, name = table.rpartition(".")
    columns = [
        name
        for (name,) in warehouse.query(
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s "
            "order by ordinal_position",
            schema.rpartition(".")[2].strip('"'),
            name,
        )
    ]
    changed = {"company_id": f"'{SECOND}'", "fetched_at": fetched_at, "_dlt_id": "_dlt_id || 'x'"}
    values = [changed.get(each, warehouse.quoted(each)) for each in columns]
    warehouse.execute(
        f"insert into {table} ({', '.join(map(warehouse.quoted, columns))}) select {', '.join(values)} "
        f"from {table} where company_id = %s",
        COMPANY,
    )


def test_every_company_has_what_its_own_status_says(two):
    ids = [COMPANY, SECOND]
    found = {each.company_id: each for each in overview(two, ids, findings(two), {}).companies}
    assert [each.compared for each in found.values()] == [compared(two, each) for each in found]
    first, second = found[COMPANY], found[SECOND]
    months, years, balances = first.compared.depths
    assert isinstance(months, ComparedDepth)
    assert months.matching == months.periods > 12
    assert years.matching == years.periods > 0
    assert (balances.matching, first.compared.depth) == (1, "months")
    assert first.compared.lines == second.compared.lines
    assert first.compared.through is not None
    assert first.overdrawn == ()
    ((days,),) = two.query(
        f"select count(*) from {two.staging}.bank_movements where company_id = %s and nominal_code = '1200' "
        "and posting_date <= current_date",
        SECOND,
    )
    assert second.overdrawn == [Overdrawn("1200", second.overdrawn[0].name, -days * Decimal("0.01"))]
    assert (first.last_sync.usual_days, second.last_sync.usual_days) == (1, 7)
    assert first.last_sync.read_at == second.last_sync.read_at
    assert first.last_sync.fresh_to <= first.last_sync.read_at
    assert first.last_sync.due_at + dt.timedelta(days=6) == second.last_sync.due_at


def test_the_figures_of_a_practice_are_those_of_the_companys_report(two):
    today = dt.datetime.now(dt.UTC)
    found = practice_figures(two, [COMPANY], today.date())[COMPANY]
    with two.kept_open():
        books = figures(two, COMPANY, [], today).books
    assert (found.period, found.cash, found.debtors, found.profit) == (
        books.period,
        books.cash.total,
        books.receivables.total.total,
        books.profit_and_loss.value("net_profit", "year"),
    )
    assert 0 not in (found.cash, found.debtors, found.profit)


@pytest.fixture
def status(two, monkeypatch):
    """Run the command; gives its exit status and what it printed in 80 columns."""
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.opening.open_warehouse", lambda _: two)
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.opening.configured", lambda _: [])

    def run(company=None, output="table"):
        said = io.StringIO()
        code = run_status(Console(file=said, width=80, highlight=False), company, two.name, output)
        return code, said.getvalue()

    return run


def test_the_command_shows_them_in_80_columns(status):
    code, said = status()
    lines = [line.rstrip() for line in said.splitlines()]
    assert code in (ExitStatus.DONE, ExitStatus.DIFFERENCES)
    assert lines[lines.index("Overdrawn bank accounts") + 1].split(":")[0].endswith(f"({SECOND})")
    assert max(map(len, lines)) <= 80


def test_json_is_of_the_company_asked_for_alone(two, status):
    names = f"{two.raw}.configured_companies"
    for name in ("new", "another"):
        two.execute(f"insert into {names} (name) select %s", name)
    documents = {each: json.loads(status(each, "json")[1]) for each in (None, SECOND, "new")}
    two.execute(f"delete from {names} where company_id is null")
    shown = {
        asked: ([each["company_id"] for each in document["companies"]], document["never_read"])
        for asked, document in documents.items()
    }
    assert shown == {
        None: ([COMPANY, SECOND], ["another", "new"]),
        SECOND: ([SECOND], []),
        "new": ([], ["new"]),
    }
    (exception,) = documents["new"]["exceptions"]
    assert (exception["kind"], exception["company"]) == ("never_read", "new")
    assert exception["message"].startswith("No sync has read the books of new yet. Run `accbooks sync")
    assert documents["new"]["exit_status"] == ExitStatus.DIFFERENCES
    assert documents[SECOND]["other_findings"] == documents["new"]["other_findings"] == []
