"""Two companies in one warehouse, one of them odd: each is judged by its own findings, everywhere alike.

The tests share the warehouse. One that edits the books leaves the mended record to the next sync.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator.settings import key_of
from accbooks_warehouse.pipelines.commands.reconcile import run_reconcile
from accbooks_warehouse.pipelines.commands.report import run_report
from accbooks_warehouse.pipelines.commands.status import run_status
from accbooks_warehouse.pipelines.commands.sync import compared_companies
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.findings import messages
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.output.run_record import company_records
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.queries.comparison import compared
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks import DATED_RESOURCES
from accbooks_warehouse.sources.accbooks.settings import Settings
from copies import TINY
from rich.console import Console

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

GOOD, ODD = "comp_1", "comp_2"
NAMES = {"good": GOOD, "odd": ODD}


class Pair:
    """Two companies' books in one emulator, and their copies in one warehouse."""

    def __init__(self, copy: Any) -> None:
        self.copy = copy
        self.said: list[str] = []
        self.is_behind = False

    def settle(self) -> None:
        """Sync both companies if a record was mended since."""
        if self.is_behind:
            assert self.sync().status is ExitStatus.DONE
            self.is_behind = False

    def company(self, name: str, **settings: Any) -> Company:
        number = [*NAMES].index(name)
        return Company(name, Settings(key_of(number), self.copy.emulator.base_url, **settings))

    def sync(self, *names: str, certify: Depth | None = None, **settings: Any) -> SyncResult:
        return self.sync_of([self.company(name, **settings) for name in names or NAMES], (), certify)

    def sync_of(
        self, companies: Sequence[Company], configured: Sequence[str], certify: Depth | None = None
    ) -> SyncResult:
        self.said = []
        sync = Sync(
            self.copy.warehouse,
            self.copy.transforms,
            Scope(certify=certify),
            progress=NoRunProgress(),
            announce=self.said.append,
        )
        return sync.run(companies, configured)


@pytest.fixture(scope="module")
def pair(opened_copies: Callable[..., Any]) -> Iterator[Pair]:
    with opened_copies(companies=2, **TINY) as copy:
        pair = Pair(copy)
        assert pair.sync().status is ExitStatus.DONE
        yield pair


@pytest.fixture
def command(pair: Pair, monkeypatch: pytest.MonkeyPatch, parsed_once: None) -> Callable[..., Any]:  # noqa: ARG001
    """Run a command's work on the warehouse; gives its exit status and what it printed."""
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.commands.opening.open_warehouse", lambda _: pair.copy.warehouse
    )
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.opening.configured", lambda _: [])

    def run(work: Callable[..., ExitStatus], *arguments: Any, company: str | None = None) -> Any:
        said = io.StringIO()
        status = work(Console(file=said, width=400), company, pair.copy.warehouse.name, *arguments)
        return status, said.getvalue()

    return run


@pytest.fixture
def edited(pair: Pair) -> Iterator[Callable[..., None]]:
    """Change records of the odd company; afterwards they are as they were, and the next sync reads them."""
    with ExitStack() as stack:

        def edit(resource: str, record: dict[str, Any], **changes: Any) -> None:
            books = pair.copy.emulator.all_books[1]
            before = deepcopy(record)
            books.put(resource, {**record, **changes}, record["id"])
            stack.callback(books.put, resource, before, before["id"])

        yield edit
    pair.is_behind = True


def recent(pair: Pair, resource: str) -> dict[str, Any]:
    """Return a record of the odd company that every sync reads."""
    records = pair.copy.emulator.all_books[1].all(resource)
    return max(records, key=lambda record: str(record["date"]))


def test_a_record_that_cannot_be_read_is_a_matter_of_its_company_alone(pair, edited, command, tmp_path):
    record = recent(pair, "transactions")
    edited("transactions", record, currency=["GBP"])
    both = pair.sync()
    healed = {each.name: each.healing for each in both.companies}
    # each list is read again once: the record explains what is left
    assert [len(healed[name].windows) for name in ("good", "odd")] == [0, len(DATED_RESOURCES)]
    good, odd = (pair.sync(name, heal_budget=0.0) for name in ("good", "odd"))
    assert (both.status, good.status, odd.status) == (
        ExitStatus.DIFFERENCES,
        ExitStatus.DONE,
        ExitStatus.DIFFERENCES,
    )
    assert last_line(good) == ("Done. The warehouse matches AccBooks' reports to the penny.", "bold green")
    assert good.findings.rows == ()
    rejected = next(each for each in odd.findings.rows if each.check_name == "rejected_record")
    assert (rejected.company_id, rejected.record_id) == (ODD, record["id"])
    assert record["id"] in rejected.message
    page = tmp_path / "page.html"
    for work, arguments in ((run_reconcile, ["table"]), (run_report, [page]), (run_status, [])):
        status, said = command(work, *arguments, company=ODD)
        assert (status, last_line(odd)[0] in said) == (odd.status, True), said
        status, said = command(work, *arguments, company=GOOD)
        assert (status, last_line(good)[0] in said) == (good.status, True), said
        assert ODD not in said
        assert record["id"] not in said
    by_name = {
        each.company: each for each in company_records(both, compared_companies(pair.copy.warehouse, both))
    }
    assert (by_name["good"].status, by_name["good"].problems) == (ExitStatus.DONE, ())
    assert by_name["odd"].problems == messages(odd.findings)


def test_reconcile_in_every_format_and_the_status_of_several_say_what_is_wrong_and_of_which_company(
    pair, edited, command
):
    record = recent(pair, "invoices")
    edited("invoices", record, net_total=Decimal(record["net_total"]) + 1)
    odd = pair.sync("odd")
    assert (odd.status, {each.check_name for each in odd.findings.rows}) == (
        ExitStatus.DONE,
        {"invoice_totals_differ"},
    )
    (finding,) = odd.findings.rows
    assert record["id"] in finding.message
    assert last_line(odd)[0].endswith("to the penny. 1 warning: 1 invoice_totals_differ.")
    status, as_csv = command(run_reconcile, "csv", company=ODD)
    assert status is ExitStatus.DONE
    assert finding.message in as_csv
    assert json.loads(command(run_reconcile, "json", company=GOOD)[1]) == []
    # over several companies it names them
    names = dict(pair.copy.query("select company_id, name from {raw}.company"))
    _, table = command(run_reconcile, "table")
    assert finding.message in table
    assert [line for line in table.splitlines() if line.endswith(")")] == [
        f"{names[GOOD]} ({GOOD})",
        f"{names[ODD]} ({ODD})",
    ]
    (row,) = json.loads(command(run_reconcile, "json")[1])
    assert (row["company_id"], row["company_name"]) == (ODD, names[ODD])
    assert row["message"] == finding.message
    # and the status has a line for each, below what needs attention
    status, said = command(run_status)
    lines = said.splitlines()
    assert lines[:2] == ["Warnings", f"  {names[ODD]} (odd): {finding.message}"]
    assert sorted(line.split("  ")[0] for line in lines[-4:-2]) == sorted(names.values())
    assert re.match(r"2 companies: 1 with warnings[,.]", lines[-2])  # and what is to be filed by today
    assert lines[-1] == (
        "Done. The warehouse matches AccBooks' reports to the penny. 1 warning: 1 invoice_totals_differ."
    )
    assert status == ExitStatus.DONE
    document = json.loads(command(run_status, "json")[1])
    found = [each for each in document["exceptions"] if not each["kind"].startswith("filing_")]
    assert [(each["kind"], each["company"]) for each in found] == [("warning", f"{names[ODD]} (odd)")]
    by_id = {each["company_id"]: each for each in document["companies"]}
    assert by_id.keys() == names.keys()
    assert by_id[ODD]["findings"] == {"invoice_totals_differ": 1}
    for company_id, each in by_id.items():
        held = compared(pair.copy.warehouse, company_id)
        assert each["agreed_through"] == str(held.through)
        assert each["months"]["matching"] == each["months"]["periods"] == held.depths[0].periods > 6
        assert each["overdrawn"] == overdrawn_today(pair, company_id)
    (alone,) = json.loads(command(run_status, "json", company=ODD)[1])["companies"]
    assert alone == by_id[ODD]


def overdrawn_today(pair, company_id):
    """Return the accounts whose daily balances, which a model has, add up to less than zero today."""
    rows = pair.copy.query(
        "select nominal_code, sum(balance) from {models}.bank_balances where company_id = %s "
        "and balance_date = current_date group by 1 having sum(balance) < 0 order by 1",
        company_id,
    )
    names = dict(
        pair.copy.query(
            "select nominal_code, min(name) from {models}.bank_accounts where company_id = %s group by 1",
            company_id,
        )
    )
    return [
        {"nominal_code": code, "name": names[code], "balance": f"{sum_:.2f}", "currency": "GBP"}
        for code, sum_ in rows
    ]


@pytest.mark.parametrize("certify", [None, pytest.param(Depth.months, marks=pytest.mark.soak)])
@pytest.mark.nightly
def test_a_ledger_changed_by_hand_is_said_and_built_again(pair, certify):
    pair.settle()
    copy = pair.copy
    ((posting, before),) = copy.query(
        "select posting_id, amount from {models}.general_ledger where company_id = %s and debit > 0 "
        "order by posting_date, posting_id limit 1",
        ODD,
    )
    copy.execute(
        "update {staging}.ledger_postings set debit = debit + 100, amount = amount + 100 "
        f"where posting_id = '{posting}'"
    )
    assert pair.sync("good", certify=certify).status is ExitStatus.DONE
    assert not any("by hand" in said for said in pair.said)
    result = pair.sync("odd", certify=certify)
    assert [said for said in pair.said if "The ledger was changed by hand" in said] != []
    assert (result.status, result.findings.rows) == (ExitStatus.DONE, ())
    amount = f"select amount from {{models}}.general_ledger where posting_id = '{posting}'"
    assert copy.query(amount) == [(before,)]
    pair.sync()
    assert not any("by hand" in said for said in pair.said)


@pytest.mark.nightly
def test_a_table_changed_by_hand_is_named_by_reconcile_and_built_again_by_the_next_sync(pair, command):
    pair.settle()
    copy = pair.copy
    copy.execute(
        "update {models}.balance_sheet set amount = amount + 1 where company_id = 'comp_2' "
        "and nominal_code is null and as_at = (select min(as_at) from {models}.balance_sheet)"
    )
    assert command(run_reconcile, "table", company=GOOD)[0] is ExitStatus.DONE
    status, said = command(run_reconcile, "table", company=ODD)
    assert status is ExitStatus.DIFFERENCES
    assert "A row of balance_sheet" in said
    assert command(run_status, company=ODD)[0] is ExitStatus.DIFFERENCES
    assert command(run_status, company=GOOD)[0] is ExitStatus.DONE
    assert pair.sync().status is ExitStatus.DONE
    assert command(run_status)[0] is ExitStatus.DONE


@pytest.mark.nightly
def test_a_company_that_was_never_read_is_an_error_of_its_own(pair, command):
    pair.settle()
    bad = Company("new", Settings("wrong-key", pair.copy.emulator.base_url))
    result = pair.sync_of([pair.company("good"), bad], ["good", "odd", "new"])
    assert result.status is ExitStatus.ERROR
    assert result.findings.rows == ()
    status, said = command(run_status)
    assert status is ExitStatus.DIFFERENCES
    assert said.splitlines()[0] == "Never read"
    assert said.splitlines()[1].startswith("  new: No sync has read the books of new yet.")
    assert said.splitlines()[-3].split() == ["new", "new", "never", *"----"]
    assert re.match(r"3 companies: 1 never read[,.]", said.splitlines()[-2])
    assert command(run_status, company=GOOD)[0] is ExitStatus.DONE
    assert command(run_status, company="new")[0] is ExitStatus.DIFFERENCES
    pair.sync_of([pair.company("good")], ["good", "odd"])
    assert command(run_status)[0] is ExitStatus.DONE


@pytest.fixture
def unreadable(pair: Pair) -> Iterator[None]:
    """Have the models fail for the lines of the odd company's journals; afterwards they are as they were."""
    pair.settle()
    warehouse = pair.copy.warehouse
    lines, kept = f"{warehouse.staging}.stg_journal_lines", "stg_journal_lines_as_they_are"
    columns = [
        name
        for (name,) in warehouse.query(
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s "
            "order by ordinal_position",
            "accbooks_staging",
            "stg_journal_lines",
        )
    ]
    broken = (
        f"case when company_id = '{ODD}' then cast(cast('x' || journal_id as integer) as varchar) "
        "else description end as description"
    )
    warehouse.execute(f"alter view {lines} rename to {kept}")
    selected = ", ".join(broken if name == "description" else name for name in columns)
    warehouse.execute(f"create view {lines} as select {selected} from {warehouse.staging}.{kept}")
    yield
    warehouse.execute(f"drop view {lines}")
    warehouse.execute(f"alter view {warehouse.staging}.{kept} rename to stg_journal_lines")
    assert pair.sync().status is ExitStatus.DONE


@pytest.mark.nightly
@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.soak_on("duckdb")
@pytest.mark.usefixtures("unreadable")
def test_a_model_that_fails_for_a_company_is_its_error_and_the_other_s_books_are_built(pair, command):
    for books in pair.copy.emulator.all_books:
        record = max(books.all("journals"), key=lambda journal: str(journal["date"]))
        books.put("journals", {**record, "description": "told apart"}, record["id"])
    both = pair.sync()
    assert both.status is ExitStatus.ERROR
    by_name = {
        each.company: each for each in company_records(both, compared_companies(pair.copy.warehouse, both))
    }
    assert (by_name["good"].status, by_name["good"].problems) == (ExitStatus.DONE, ())
    assert by_name["odd"].status is ExitStatus.ERROR
    assert by_name["odd"].message.startswith(
        f"The models of odd ({ODD}) could not be built: dbt could not build ledger_postings ("
    )
    assert by_name["odd"].message.count("ledger_postings") == 1
    assert both.findings.rows == ()
    assert command(run_status, company=GOOD)[0] is ExitStatus.DONE
    good = pair.sync("good")
    assert last_line(good) == ("Done. The warehouse matches AccBooks' reports to the penny.", "bold green")
    assert pair.copy.transforms.changed([GOOD, ODD]) == [ODD]
