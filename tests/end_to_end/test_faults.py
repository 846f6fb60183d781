"""Faults of the network and of AccBooks: those that pass do no harm, those that stay are said."""

from __future__ import annotations

import datetime as dt

import pendulum
import pytest
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.findings import findings
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks.reading.report_reader import TRIES_PER_REPORT
from accbooks_warehouse.sources.accbooks.windows import Window

# what reaches the database is the same whatever passed on the way
pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]


@pytest.fixture(scope="module")
def copy(synced_copies):
    with synced_copies(minute=1.0) as opened:
        yield opened


FAULTS = {
    "a page that repeats a record": Fault("repeat_record", count=2),
    "a record deleted between two pages": Fault("edit_between_pages", edit="delete"),
    "a record inserted between two pages": Fault("edit_between_pages", edit="insert"),
    "a report that does not add up": Fault("bad_totals", count=2),
    "a truncated answer": Fault("truncate", count=2),
}
ALIKE = {
    "pages that promise too much": Fault("wrong_total", count=2),
    "a report of other dates": Fault("wrong_echo", count=2),
    "an error of the server": Fault("status", status=503, count=2),
    "a refusal": Fault("status", status=429, retry_after=0, count=2),
    "a page of HTML": Fault("html", count=2),
    "a connection closed before the answer": Fault("reset", inside=False, count=2),
    "a connection closed inside the answer": Fault("reset", inside=True, count=2),
    "a slow answer": Fault("slow", seconds=0.5),
}
"""Faults that are asked about again as one of the first is, which tests/sources shows of each."""


@pytest.mark.parametrize(
    "fault",
    [
        *(pytest.param(fault, id=name) for name, fault in FAULTS.items()),
        *(pytest.param(fault, id=name, marks=pytest.mark.soak) for name, fault in ALIKE.items()),
    ],
)
def test_a_passing_fault_does_no_harm(copy, monkeypatch, fault):
    monkeypatch.setattr("accbooks_warehouse.sources.accbooks.api.client.FIRST_BACK_OFF_SECONDS", 0.01)
    before = copy.fingerprint()
    copy.emulator.arm(fault)
    loader = copy.load_again()
    assert list(copy.emulator.emulator_state.faults.armed) == []
    assert (loader.outcome.inconsistent, loader.outcome.unstable) == ({}, [])
    held = {identifier for (identifier,) in copy.query("select id from {raw}.contacts")}
    assert held == {record["id"] for record in copy.emulator.books.all("contacts")}
    if fault.kind != "edit_between_pages":
        assert copy.fingerprint() == before


@pytest.mark.nightly
def test_a_report_that_stays_wrong_is_not_used_and_is_said(copy):
    copy.emulator.arm(Fault("bad_totals", count=1000, path="/v1/reports/trial-balance"))
    before = copy.query("select * from {raw}.trial_balance order by as_at, line_number")
    copy.emulator.statistics.reset()
    result = copy.sync(heal_budget=0)
    copy.emulator.clear_faults()
    assert result.status is ExitStatus.DIFFERENCES
    assert {(each.check_name, each.report) for each in result.findings.errors} == {
        ("report_unusable", "trial_balance")
    }
    assert all("total_debit is given as" in each.message for each in result.findings.errors)
    assert all((each.found or "").startswith("total_debit is given as") for each in result.findings.errors)
    unusable = result.companies[0].outcome.inconsistent
    assert all("total_debit is given as" in why for why in unusable.values())
    asked = copy.emulator.statistics.by_path["/v1/reports/trial-balance"]
    assert asked == TRIES_PER_REPORT * len(unusable) > 0
    assert copy.query("select * from {raw}.trial_balance order by as_at, line_number") == before


def test_pages_that_never_agree_are_refused_and_nothing_of_them_is_loaded(copy):
    before = copy.fingerprint()["transactions"]
    copy.emulator.arm(Fault("wrong_total", count=10_000, path="/v1/transactions"))
    result = copy.sync()
    copy.emulator.clear_faults()
    assert result.status is ExitStatus.ERROR
    assert "did not agree" in str(result.companies[0].outcome.unstable[0])
    assert copy.fingerprint()["transactions"] == before
    assert {(each.check_name, each.resource) for each in result.findings.errors} == {
        ("window_never_agreed", "transactions")
    }
    since = findings(copy.warehouse)
    assert since == result.findings
    assert SyncResult(findings=since).status is ExitStatus.DIFFERENCES
    copy.sync_and_prove()


def test_old_days_that_never_agreed_are_read_again_although_nothing_differs(copy):
    march = Window(pendulum.date(2023, 3, 1), pendulum.date(2023, 3, 31))
    copy.emulator.arm(Fault("wrong_total", count=10_000, path="/v1/transactions"))
    asked = copy.sync(Scope(window=march))
    copy.emulator.clear_faults()
    assert asked.status is ExitStatus.ERROR
    assert {(each.check_name, each.resource) for each in findings(copy.warehouse).errors} == {
        ("window_never_agreed", "transactions")
    }
    before = copy.query("select max(fetched_at) from {staging}.stg_sync_windows")[0][0]
    copy.sync_and_prove()
    read = copy.query(
        "select window_start, window_end, outcome from {staging}.stg_sync_windows "
        "where reason = 'reread' and fetched_at > %s",
        before,
    )
    assert read == [(dt.date(2023, 3, 1), dt.date(2023, 3, 31), "complete")]
