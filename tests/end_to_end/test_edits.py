"""Whatever is edited in the books, the next sync's warehouse equals them, at every month-end.

The tests share one copy: each leaves it equal to the books, whatever ran before.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.commands.sync import sync_companies
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import locks
from accbooks_warehouse.pipelines.destinations.clients import Clients
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks import Extraction
from copies import assert_proved
from rich.console import Console

Record = dict[str, Any]
TODAY = pendulum.today("UTC").date()

pytestmark = pytest.mark.long_on("postgres")


def is_posted_sale(record: Record) -> bool:
    return (
        record["type"] == "sales"
        and record["status"] not in {"draft", "void"}
        and len(record["line_items"]) > 1
        and record["currency"] == "GBP"
    )


def is_card_sale(record: Record) -> bool:
    return record["type"] == "money_in" and record["invoice_id"] is None and record["status"] == "posted"


def is_unpaid_sale(record: Record) -> bool:
    return is_posted_sale(record) and record["amount_paid"] == 0


def with_lines(record: Record, lines: list[Record]) -> Record:
    """Return an unpaid invoice with these lines, its totals following them."""
    net = sum((line["net_amount"] for line in lines), Decimal("0.00"))
    vat = sum((line["vat_amount"] for line in lines), Decimal("0.00"))
    totals = {"net_total": net, "vat_total": vat, "gross_total": net + vat, "amount_due": net + vat}
    return {**record, "line_items": lines, **totals, "amount_paid": Decimal("0.00")}


def in_another_month(day: str) -> str:
    """Return a day of the lookback that lies in another month than `day`."""
    candidates = [TODAY.subtract(days=days) for days in range(33)]
    return next(str(each) for each in candidates if each.month != pendulum.Date.fromisoformat(day).month)


def test_every_rebuilt_month_equals_the_report_accbooks_gives(copy):
    months = copy.query("select distinct as_at from {models}.trial_balance order by 1")
    assert len(months) > 40
    for (as_at,) in months:
        ours = copy.query(
            "select nominal_code, name, category, debit, credit from {models}.trial_balance "
            "where as_at = %s and (debit <> 0 or credit <> 0)",
            as_at,
        )
        report = copy.report("trial-balance", as_at=str(as_at))
        theirs = {
            (line["nominal_code"], line["name"], line["category"], line["debit"], line["credit"])
            for line in report["lines"]
        }
        assert set(ours) == theirs


def test_every_record_of_the_books_is_in_the_warehouse(copy):
    for resource in ("contacts", "bank_accounts", "transactions", "invoices", "journals"):
        held = {str(identifier) for (identifier,) in copy.query(f"select id from {{raw}}.{resource}")}
        assert held == {str(record["id"]) for record in copy.emulator.books.all(resource)}
    lines = sum(len(record["line_items"]) for record in copy.emulator.books.all("invoices"))
    assert copy.query("select count(*) from {raw}.invoice_line_items") == [(lines,)]


def test_a_run_without_change_touches_no_row_and_asks_little(copy):
    before = copy.fingerprint()
    result = copy.sync_and_prove()
    assert copy.fingerprint() == before
    assert result.companies[0].books.budget.requests < 25


def test_a_run_without_change_makes_one_load(copy):
    loads = "select count(*) from {raw}._dlt_loads"
    ((before,),) = copy.query(loads)
    copy.sync_and_prove()
    assert copy.query(loads) == [(before + 1,)]
    reports = copy.query(
        "select distinct reads.resource from {raw}.sync_windows as reads "
        "inner join {raw}._dlt_loads as loads on reads._dlt_load_id = loads.load_id "
        "where loads.inserted_at = (select max(inserted_at) from {raw}._dlt_loads)"
    )
    assert {("trial_balance",), ("transactions",), ("contacts",)} <= set(reports)


def test_a_run_without_change_opens_the_database_a_few_times_and_not_for_each_question(copy, monkeypatch):
    opened: list[Clients] = []
    take = Clients._take  # noqa: SLF001 - each taking is an opening
    monkeypatch.setattr(Clients, "_take", lambda clients: opened.append(clients) or take(clients))
    copy.sync_and_prove()
    assert len(opened) <= 12


@pytest.mark.databases("duckdb")
def test_the_command_opens_the_file_once_if_nothing_changed(copy, monkeypatch):
    monkeypatch.setattr(locks, "IDLE_SECONDS", 60)  # however long this machine takes between two uses
    opened: list[Clients] = []
    take = Clients._take  # noqa: SLF001 - each taking is an opening
    monkeypatch.setattr(Clients, "_take", lambda clients: opened.append(clients) or take(clients))
    log = TextLog(Console(file=io.StringIO(), width=200))
    result, _ = sync_companies(log, copy.warehouse, [copy.company()], Scope())
    assert_proved(result)
    assert len(opened) == 1


@pytest.mark.nightly_on("postgres")
@pytest.mark.parametrize("have_room", [True, pytest.param(False, marks=pytest.mark.long)])
def test_an_edit_is_loaded_with_the_reports_it_calls_for_if_the_minute_has_room(copy, monkeypatch, have_room):
    invoice = copy.recent("invoices", is_unpaid_sale)
    line, *others = deepcopy(invoice["line_items"])
    dearer = {
        **line,
        "unit_price": line["unit_price"] + 1,
        "net_amount": line["net_amount"] + line["quantity"],
    }
    copy.put("invoices", with_lines(deepcopy(invoice), [dearer, *others]))
    if not have_room:
        monkeypatch.setattr(Extraction, "can_include", lambda *_: False)
    loads = "select count(*) from {raw}._dlt_loads"
    ((before,),) = copy.query(loads)
    began = pendulum.now("UTC")
    copy.sync_and_prove()
    ((after,),) = copy.query(loads)
    assert after - before == (1 if have_room else 2)
    month = pendulum.Date.fromisoformat(str(invoice["date"])).end_of("month")
    compared = "select count(*) from {raw}.sync_windows where resource = 'trial_balance' and \"to\" = %s"
    assert copy.query(f"{compared} and fetched_at >= %s", month, began) == [(1,)]
    copy.put("invoices", invoice)
    copy.sync_and_prove()


@dataclass(frozen=True)
class Edits:
    """The records of some edits, as they were, and the rows of transactions before and after the sync."""

    records: dict[str, Record]
    before: dict[str, set[Any]]
    after: dict[str, set[Any]]
    result: Any


def synced(copy, edit: Callable[..., dict[str, Record]]) -> Edits:
    before = copy.fingerprint()
    records = edit(copy)
    result = copy.sync_and_prove()
    return Edits(records, before, copy.fingerprint(), result)


def edit_recent_records(copy) -> dict[str, Record]:
    """Edit records of the lookback, each in another way."""
    sales = [
        deepcopy(record)
        for record in copy.emulator.books.all("transactions")
        if str(TODAY.subtract(days=30)) <= str(record["date"]) <= str(TODAY) and is_card_sale(record)
    ]
    copied, with_higher_amount, deleted, moved = sales[-4:]
    unknown = {"project": {"code": "P1", "share": Decimal("0.10")}}
    copy.put("transactions", {**copied, "id": "txn_new", "date": str(TODAY), **unknown})
    more = {name: with_higher_amount[name] + Decimal("1.23") for name in ("amount", "net_amount")}
    copy.put("transactions", {**with_higher_amount, **more})
    copy.emulator.books.remove("transactions", deleted["id"])
    copy.put("transactions", {**moved, "date": in_another_month(moved["date"])})
    voided = deepcopy(copy.recent("invoices", is_unpaid_sale))
    copy.put("invoices", {**voided, "status": "void"})
    survey = {"nominal_code": "7777", "description": "Survey", "debit": Decimal("77.00"), "credit": 0}
    against = {"nominal_code": "1200", "description": "Survey", "debit": 0, "credit": Decimal("77.00")}
    journal = {"id": "jnl_new", "date": str(TODAY), "lines": [survey, against]}
    copy.put("journals", {**deepcopy(copy.recent("journals")), **journal})
    return {
        "copied": copied,
        "dearer": with_higher_amount,
        "deleted": deleted,
        "moved": moved,
        "voided": voided,
    }


def edit_old_records(copy) -> dict[str, Record]:
    """Move records of years ago to today: one as it is, one with fewer lines, one without any."""
    sale = deepcopy(copy.old("transactions", is_card_sale))
    shorter = deepcopy(copy.old("invoices", is_posted_sale))
    bare = deepcopy(copy.old("invoices", lambda each: is_posted_sale(each) and each["id"] != shorter["id"]))
    copy.put("transactions", {**sale, "date": str(TODAY)})
    copy.put("invoices", with_lines({**shorter, "date": str(TODAY)}, shorter["line_items"][:-1]))
    copy.put("invoices", with_lines({**bare, "date": str(TODAY)}, []))
    return {"sale": sale, "shorter": shorter, "bare": bare}


@pytest.fixture(scope="module")
def recent(copy) -> Edits:
    return synced(copy, edit_recent_records)


@pytest.fixture(scope="module")
def old(copy) -> Edits:
    return synced(copy, edit_old_records)


@pytest.mark.nightly_on("postgres")
def test_a_new_record_arrives_with_the_fields_nobody_knows(copy, recent):
    assert copy.query(
        "select date, amount, cast(extra as varchar) from {raw}.transactions where id = 'txn_new'"
    ) == [(TODAY, recent.records["copied"]["amount"], '{"project": {"code": "P1", "share": 0.10}}')]


def test_an_edited_amount_is_taken_over(copy, recent):
    record = recent.records["dearer"]
    assert copy.query("select amount from {raw}.transactions where id = %s", record["id"]) == [
        (record["amount"] + Decimal("1.23"),)
    ]


def test_no_row_is_touched_but_those_of_edited_records(recent):
    """Two are edited, one is deleted and one is new; of the invoice its row alone changes, not its lines."""
    gone, come = (
        {table: len(rows - other[table]) for table, rows in each.items() if rows - other[table]}
        for each, other in ((recent.before, recent.after), (recent.after, recent.before))
    )
    records = ("transactions", "invoices", "invoice_line_items", "journals", "journal_lines", "contacts")
    assert {name: gone[name] for name in records if name in gone} == {"transactions": 3, "invoices": 1}
    assert {name: come[name] for name in records if name in come} == {
        "transactions": 3,
        "invoices": 1,
        "journals": 1,
        "journal_lines": 2,
    }


def test_a_deleted_record_disappears_with_its_postings(copy, recent):
    identifier = recent.records["deleted"]["id"]
    assert copy.query("select id from {raw}.transactions where id = %s", identifier) == []
    assert copy.query("select 1 from {models}.general_ledger where source_id = %s", identifier) == []


def test_a_date_moved_between_two_recent_months_is_followed(copy, recent):
    record = recent.records["moved"]
    assert copy.query("select cast(date as varchar) from {raw}.transactions where id = %s", record["id"]) == [
        (in_another_month(record["date"]),)
    ]


def test_a_new_nominal_account_gets_its_name_and_category(copy, recent):  # noqa: ARG001 - it was made there
    (account,) = copy.query(
        "select name, category from {models}.nominal_accounts where nominal_code = '7777'"
    )
    report = copy.report("trial-balance", as_at=str(TODAY))
    (line,) = [line for line in report["lines"] if line["nominal_code"] == "7777"]
    assert account == (line["name"], line["category"])


def test_a_voided_invoice_posts_nothing_any_more(copy, recent):
    identifier = recent.records["voided"]["id"]
    assert copy.query("select 1 from {models}.general_ledger where source_id = %s", identifier) == []


@pytest.mark.long
@pytest.mark.soak_on("postgres")
def test_a_record_moved_here_from_years_ago_leaves_its_old_months_equal_too(copy, old):
    assert copy.query("select date from {raw}.transactions where id = %s", old.records["sale"]["id"]) == [
        (TODAY,)
    ]
    copy.sync_and_prove(Scope(certify=Depth.months))
    assert copy.query("select count(*) from {models}.certificates where depth = 'months'") == copy.query(
        "select count(*) from {models}.months"
    )


def test_an_invoice_moved_with_fewer_lines_or_none_leaves_no_line_behind(copy, old):
    shorter, bare = old.records["shorter"], old.records["bare"]
    lines = copy.query(
        "select line_number, date from {raw}.invoice_line_items where invoice_id = %s order by 1",
        shorter["id"],
    )
    assert lines == [(number, TODAY) for number in range(1, len(shorter["line_items"]))]
    assert copy.query("select 1 from {raw}.invoice_line_items where invoice_id = %s", bare["id"]) == []


@pytest.mark.soak_on("postgres")
def test_months_follow_the_last_document_of_the_future(copy):
    record = deepcopy(copy.recent("invoices", is_unpaid_sale))
    ((before,),) = copy.query("select max(as_at) from {models}.trial_balance")
    day = TODAY.add(months=9)
    copy.put("invoices", {**record, "id": "inv_future", "date": str(day)})
    copy.sync_and_prove()
    assert copy.query("select max(as_at) from {models}.trial_balance") == [(day.end_of("month"),)]
    copy.emulator.books.remove("invoices", "inv_future")
    copy.sync_and_prove()
    assert copy.query("select max(as_at) from {models}.trial_balance") == [(before,)]
