"""Where AccBooks has what the warehouse has, a sync loads no rows; whatever differs is loaded.

The tests share one copy: each leaves it equal to the books.
"""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal

import pendulum
import pytest
from accbooks_warehouse.pipelines.destinations import (
    Memory,
    remember_together,
    resource_states,
    stored_pipeline,
)
from accbooks_warehouse.pipelines.destinations.increasing_load_ids import LOAD_IDS
from accbooks_warehouse.pipelines.errors import WarehouseError

TODAY = pendulum.today("UTC").date()
STAGING = "accbooks_raw_staging"
"""Where dlt puts the rows of a load before it merges them; they stay there until the next load."""

pytestmark = pytest.mark.long_on("postgres")


def staged(copy):
    """Return the loads whose rows are in dlt's staging tables of lists."""
    loads = set()
    for table in ("contacts", "transactions", "invoices", "trial_balance"):
        if copy.warehouse.has_table(STAGING, table):
            place = f"{copy.warehouse.qualified(STAGING)}.{table}"
            loads |= {(table, *row) for row in copy.query(f"select distinct _dlt_load_id from {place}")}
    return loads


def books_of(copy):
    """Return what the tests compare with AccBooks: the invoices, their lines and the transactions."""
    return {
        "invoices": sorted(copy.query("select id, date, status from {raw}.invoices")),
        "lines": sorted(
            copy.query("select invoice_id, line_number, description, date from {raw}.invoice_line_items")
        ),
        "transactions": sorted(copy.query("select id, date from {raw}.transactions")),
    }


def draft_of(copy):
    """Return a draft of this month that no report shows."""
    sale = copy.recent("invoices", lambda record: record["type"] == "sales" and len(record["line_items"]) > 1)
    return {
        **deepcopy(sale),
        "id": "inv_draft",
        "status": "draft",
        "date": str(TODAY),
        "amount_paid": Decimal(0),
    }


@pytest.fixture(scope="module")
def draft(copy):
    """A draft that is in AccBooks and in the warehouse."""
    record = copy.put("invoices", draft_of(copy))
    copy.load()
    return record


@pytest.mark.soak_on("postgres")
def test_a_sync_without_changes_loads_no_rows_and_notes_what_it_read(copy, draft):  # noqa: ARG001 - it is held
    copy.sync_and_prove()
    books, rows, loads = books_of(copy), copy.fingerprint(), staged(copy)
    versions = copy.query("select count(*) from {raw}._dlt_version")
    began = pendulum.now("UTC")
    copy.sync_and_prove()
    assert (books_of(copy), copy.fingerprint(), staged(copy)) == (books, rows, loads)
    assert copy.query("select count(*) from {raw}._dlt_version") == versions
    reads = copy.query(
        "select resource, outcome, min(fetched_at) >= %s, max(sync_began_at) >= %s from {raw}.sync_windows "
        "where fetched_at >= %s and resource <> 'company' group by resource, outcome order by resource",
        *[began] * 3,
    )
    assert reads == [
        (name, "complete", True, True)
        for name in ("bank_accounts", "contacts", "invoices", "journals", "profit_loss", "transactions")
    ] + [("trial_balance", "complete", True, True)]


def test_a_line_that_differs_alone_is_loaded(copy, draft):
    lines = deepcopy(draft["line_items"])
    lines[-1]["description"] = "Another description"
    copy.put("invoices", {**draft, "line_items": lines})
    loads = staged(copy)
    copy.load()
    held = (
        "select description from {raw}.invoice_line_items where invoice_id = 'inv_draft' order by line_number"
    )
    assert [text for (text,) in copy.query(held)] == [line["description"] for line in lines]
    assert staged(copy) != loads


def test_a_deleted_record_goes_although_every_other_row_is_the_same(copy, draft):
    copy.emulator.books.remove("invoices", "inv_draft")
    copy.load()
    rows = "select count(*) from {{raw}}.{} where {} = 'inv_draft'"
    assert copy.query(rows.format("invoices", "id")) == [(0,)]
    assert copy.query(rows.format("invoice_line_items", "invoice_id")) == [(0,)]
    copy.put("invoices", draft)
    copy.load()
    assert copy.query(rows.format("invoices", "id")) == [(1,)]


def test_a_record_that_moved_out_of_the_window_leaves_it(copy, draft):
    copy.put("invoices", {**draft, "date": str(TODAY.subtract(days=400))})
    copy.load()
    held = "select count(*) from {raw}.invoices where id = 'inv_draft' and date = current_date"
    assert copy.query(held) == [(0,)]
    copy.put("invoices", draft)
    copy.load()
    assert copy.query(held) == [(1,)]


def test_rows_that_are_missing_in_the_warehouse_are_loaded_again(copy, draft):  # noqa: ARG001 - it is held
    missing = {
        "trial_balance": f"as_at = '{TODAY.end_of('month')}'",
        "invoice_line_items": "invoice_id = 'inv_draft' and line_number = 1",
    }
    counts = [f"select count(*) from {{raw}}.{table} where {rows}" for table, rows in missing.items()]
    before = [copy.query(count) for count in counts]
    for table, rows in missing.items():
        copy.execute(f"delete from {{raw}}.{table} where {rows}")
    assert [copy.query(count) for count in counts] == [[(0,)], [(0,)]]
    copy.load()
    assert [copy.query(count) for count in counts] == before


@pytest.mark.long
@pytest.mark.nightly_on("postgres")
def test_a_rejected_record_that_stays_is_kept_and_loaded_once(copy):
    books, held = (
        copy.emulator.books,
        "select resource, id, row_hash, _dlt_load_id from {raw}.rejected_records",
    )
    books.put("contacts", {**books.all("contacts")[0], "id": "", "name": "Nobody"}, "nobody")
    copy.load()
    rejected, loads = copy.query(held), staged(copy)
    assert [(resource, identifier or None) for resource, identifier, *_ in rejected] == [("contacts", None)]
    copy.load()
    assert copy.query(held) == rejected
    assert staged(copy) == loads
    books.remove("contacts", "nobody")
    copy.load()
    assert copy.query(held) == []


@pytest.mark.long
@pytest.mark.nightly_on("postgres")
def test_what_is_remembered_is_written_with_the_state_or_not_at_all(copy):
    counts = "select (select count(*) from {raw}.sync_windows), (select count(*) from {raw}._dlt_loads)"
    before, states = copy.query(counts), resource_states(copy.warehouse)
    company_id = copy.emulator.books.company["id"]
    read = {"company_id": company_id, "resource": "contacts", "outcome": "complete"}
    rows = [{**read, "fetched_at": pendulum.now("UTC")}]

    def remembered(*tables):
        stored = stored_pipeline(copy.warehouse, None)
        noted = stored.states_of(company_id, ["contacts"])
        noted = {"contacts": {**noted["contacts"], "synced_on": "2000-01-01"}}
        additions = [(table, rows) for table in tables]
        remember_together(copy.warehouse, [Memory(stored, company_id, noted, additions)])

    with pytest.raises(WarehouseError):
        remembered("sync_windows", "no_such_table")
    assert (copy.query(counts), resource_states(copy.warehouse)) == (before, states)

    remembered("sync_windows")
    ((windows, loads),) = before
    assert copy.query(counts) == [(windows + 1, loads + 1)]
    assert resource_states(copy.warehouse)["contacts"][company_id]["synced_on"] == "2000-01-01"
    copy.sync_and_prove()
    assert resource_states(copy.warehouse) == states


def test_a_load_is_newer_than_those_of_a_machine_whose_clock_is_ahead(copy, monkeypatch):
    """The load of the last state gets an id of the year 2096: dlt takes the highest id for the newest."""
    monkeypatch.setattr(LOAD_IDS, "_highest", 0.0)
    copy.sync()
    ((of_state,),) = copy.query("select max(_dlt_load_id) from {raw}._dlt_pipeline_state")
    for table, column in (("_dlt_pipeline_state", "_dlt_load_id"), ("_dlt_loads", "load_id")):
        copy.execute(f"update {{raw}}.{table} set {column} = '4000000000.5' where {column} = '{of_state}'")
    invoice = copy.recent("invoices")
    copy.put("invoices", invoice | {"reference": "Edited"})
    copy.sync()
    assert copy.query("select count(*) from {raw}._dlt_loads where load_id > '4000000000.5'") == [(1,)]
    copy.put("invoices", invoice)
    copy.sync()
    assert copy.query("select count(*) from {raw}._dlt_loads where load_id > '4000000000.5'") == [(2,)]
