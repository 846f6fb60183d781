"""The processes of the benchmarks, and the comparison that follows a crash."""

from contextlib import suppress

import duckdb
import pytest
import requests

from benchmarks.children import ChildError, child
from benchmarks.workshop import open_workshop


@pytest.fixture(scope="module")
def workshop():
    with open_workshop(lambda _: None, quick=True) as opened:
        yield opened


def test_a_load_is_measured_and_equals_the_books_until_a_row_is_lost(workshop):
    backfill = workshop.backfill("small")
    assert backfill.run.seconds > 0
    assert backfill.run.megabytes > 0
    assert backfill.run.asked.requests >= backfill.records / 100
    compare = {"job": "compare", "books": backfill.books, "warehouses": [backfill.warehouse]}
    assert workshop.run(**compare).result == [{}]
    with duckdb.connect(backfill.warehouse) as connection:
        connection.sql(
            "delete from accbooks_raw.journals where id = (select min(id) from accbooks_raw.journals)"
        )
        connection.sql("update accbooks_raw.transactions set amount = amount + 0.01 where id = 'txn_000002'")
    assert workshop.run(**compare).result == [{"journals": 1, "transactions": 2}]


def test_a_load_in_packages_is_as_whole_and_asks_no_more(workshop):
    backfill = workshop.backfill("small")
    warehouse = workshop.new_warehouse()
    load = workshop.run("load", backfill.books, warehouse=warehouse, package_records=1)
    assert load.asked.requests == backfill.run.asked.requests
    with duckdb.connect(warehouse) as connection:
        loads = connection.execute("select load_id from accbooks_raw._dlt_loads").fetchall()
    assert len(loads) > 1
    assert workshop.run("compare", backfill.books, warehouses=[warehouse]).result == [{}]


def test_a_failure_leaves_no_process_behind(tmp_path):
    with suppress(ZeroDivisionError), child("benchmarks.emulated", {"size": "empty"}, tmp_path) as running:
        address = running.answer()["base_url"]
        raise ZeroDivisionError
    assert running.wait(0)
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)


def test_a_child_that_fails_says_why(tmp_path):
    failing = child("benchmarks.jobs", {"job": "nothing"}, tmp_path)
    with failing as running, pytest.raises(ChildError, match="KeyError: 'nothing'"):
        running.answer()
