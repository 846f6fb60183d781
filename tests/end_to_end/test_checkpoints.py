"""A sync cut off half-way: what was complete is in the warehouse, and the next run asks for the rest."""

from __future__ import annotations

import pendulum
import pytest
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.sources.accbooks.errors import AccBooksError, UnauthorizedError, UnreachableError
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.settings import Settings
from copies import TINY

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

LISTS = ("transactions", "invoices", "journals", "contacts", "bank_accounts")
CUT_AFTER = 40
UNDISTURBED = 73
"""Requests of a first load of these books in such small windows."""
BEYOND = 20
"""The company, the first page of what is left of each list, and windows that were under way."""
SMALL_PACKAGES = {"package_records": 700}


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    monkeypatch.setattr("accbooks_warehouse.sources.accbooks.reading.window_reader.MOST_PAGES", 3)
    monkeypatch.setattr("accbooks_warehouse.sources.accbooks.reading.extraction.RECORDS_AHEAD", 0)
    monkeypatch.setattr("accbooks_warehouse.sources.accbooks.api.client.FIRST_BACK_OFF_SECONDS", 0.01)


def load(copy):
    """Load what a sync loads, in small packages, without rebuilding anything."""
    company = Company("default", Settings(copy.emulator.key, copy.emulator.base_url, **SMALL_PACKAGES))
    loader = Loader(copy.warehouse, company, open_books(company.settings))
    error = None
    try:
        loader.load_records()
    except AccBooksError as raised:
        error = raised
    return loader, error


def held(copy):
    return {name: copy.query(f"select count(*) from {{raw}}.{name}")[0][0] for name in LISTS}


def in_the_books(copy):
    return {name: len(copy.emulator.books.all(name)) for name in LISTS}


def assert_that_the_rest_is_read(copy, before):
    """Assert that a second load reads what the first one did not load, and hardly anything else."""
    assert 0 < before["transactions"] < in_the_books(copy)["transactions"]
    rest, error = load(copy)
    assert error is None
    assert held(copy) == in_the_books(copy)
    assert rest.outcome.records.total() == sum(in_the_books(copy).values()) - sum(before.values()) + 1
    assert rest.books.budget.requests <= UNDISTURBED - CUT_AFTER + BEYOND


REVOKED = Fault("status", status=401, count=10_000, after=CUT_AFTER)
GONE = Fault("reset", inside=False, count=10_000, after=CUT_AFTER)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        pytest.param(REVOKED, UnauthorizedError, id="a key that is revoked"),
        pytest.param(GONE, UnreachableError, id="a network that is gone", marks=pytest.mark.soak),
    ],
)
def test_what_was_complete_is_kept_and_the_next_run_reads_the_rest(open_copy, fault, kind):
    copy = open_copy(faults=(fault,))
    _, error = load(copy)
    assert isinstance(error, kind)
    copy.emulator.clear_faults()
    assert_that_the_rest_is_read(copy, held(copy))


@pytest.mark.nightly
def test_a_spent_day_ends_a_load_in_peace_and_the_next_one_goes_on(open_copy):
    copy = open_copy(minute_limit=1_000, daily_limit=CUT_AFTER)
    cut, error = load(copy)
    assert error is None
    assert cut.outcome.limit_reached is not None
    assert cut.outcome.limit_reached.resets_at == pytest.approx(pendulum.tomorrow("UTC").timestamp(), abs=2)
    copy.emulator.arm(Fault("spend", requests=-10 * CUT_AFTER, day=True))
    assert_that_the_rest_is_read(copy, held(copy))


@pytest.mark.nightly_on("postgres")
@pytest.mark.databases("duckdb", "postgres")
def test_packages_are_loaded_one_by_one_and_together_they_are_the_books(open_copy):
    copy = open_copy()
    loader, _ = load(copy)
    assert abs(loader.books.budget.requests - UNDISTURBED) <= 5
    ((loads,),) = copy.query("select count(distinct _dlt_load_id) from {raw}.transactions")
    assert loads > 3
    windows = copy.query(
        """select "from", "to" from {raw}.sync_windows
        where resource = 'transactions' order by 1 nulls first"""
    )
    assert windows[0][0] is None
    assert windows[-1][1] is None
    assert len(windows) == len(set(windows)) > 5
    assert held(copy) == in_the_books(copy)


@pytest.mark.nightly
def test_a_first_sync_in_one_package_brings_the_reports_with_it(synced_copies):
    with synced_copies() as copy:  # by one sync
        assert copy.query("select count(*) from {raw}._dlt_loads") == [(1,)]
        assert loads_of(copy, "trial_balance") == loads_of(copy, "transactions")


@pytest.mark.nightly
def test_reports_wait_until_all_packages_are_loaded(open_copy):
    copy = open_copy(**TINY)
    copy.load(package_records=100)
    assert loads_of(copy, "trial_balance")
    assert min(loads_of(copy, "trial_balance")) > max(loads_of(copy, "transactions"))


def loads_of(copy, table):
    return {load for (load,) in copy.query(f"select distinct _dlt_load_id from {{raw}}.{table}")}
