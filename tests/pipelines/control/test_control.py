"""What machines share in the control database: leases, fences, and the requests of a key."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import psycopg2
import pytest
from accbooks_warehouse.pipelines.control import Claim, ClaimEndedError, ControlDatabase, ControlError
from accbooks_warehouse.pipelines.control.schema import SCHEMA
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.destinations.postgres_fences import ONE_AT_A_TIME
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.sources.accbooks import (
    BudgetClosedError,
    ConfigurationError,
    DayBudgetSpentError,
    RateBudget,
    RateHeaders,
)

KEY = ("ab_live_1", "https://example.test/v1")
LIMIT, LEFT, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"
COMPANY = "company comp_1"


@pytest.fixture(scope="module")
def address(new_database: Any) -> Iterator[str]:
    with new_database() as address:
        yield address


@pytest.fixture
def machine(address: str) -> Iterator[Callable[[], ControlDatabase]]:
    """Connect as one more machine does; what the test before left is gone."""
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {SCHEMA} cascade")
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(ControlDatabase(address)))


@pytest.fixture
def begin(machine: Callable[[], ControlDatabase]) -> Iterator[Callable[..., Claim]]:
    """Begin a claim on a machine of its own; it is ended with the test."""
    with ExitStack() as stack:

        def begun(fence: Callable[[list[int]], None] = lambda _: None) -> Claim:
            claim = machine().begin(fence)
            stack.callback(claim.end)
            return claim

        yield begun


def expire(database: ControlDatabase, claim: Claim) -> None:
    """Have a claim be one that its process did not renew for longer than its term."""
    database.query(
        f"update {SCHEMA}.claims set expires_at = clock_timestamp() - interval '1 s' where claim = %s"
        " returning claim",
        claim.number,
    )


def headers(limit: int, left: int, reset: float) -> dict[str, str]:
    return {LIMIT: str(limit), LEFT: str(left), RESET: str(int(reset))}


def test_one_claim_at_a_time_has_a_lease(begin: Callable[..., Claim]) -> None:
    one, other = begin(), begin()
    with one.leased(COMPANY) as is_held:
        with other.leased(COMPANY) as other_holds, other.leased("company comp_2") as holds_another:
            assert (is_held, other_holds, holds_another) == (True, False, True)
        with one.leased(COMPANY) as twice:
            assert not twice  # two names may have keys of one company
    with other.leased(COMPANY) as is_held:
        assert is_held


def test_the_leases_of_a_claim_that_expired_are_taken_over_after_its_writes_are_refused(
    begin: Callable[..., Claim], machine: Callable[[], ControlDatabase]
) -> None:
    fenced: list[list[int]] = []
    dead, heir = begin(), begin(fenced.append)
    with dead.leased(COMPANY):
        with heir.leased(COMPANY) as is_held:
            assert (is_held, fenced) == (False, [])
        expire(machine(), dead)
        with heir.leased(COMPANY) as is_held:
            assert (is_held, fenced) == (True, [[dead.number]])
            with pytest.raises(ClaimEndedError, match="another one may have taken over"):
                dead.leased("company comp_2").__enter__()
            with begin().leased(COMPANY) as third:
                assert not third
    assert [claim.has_ended for claim in (dead, heir)] == [False, False]  # its thread looks later


def test_a_lease_that_could_not_be_given_back_is_taken_again_by_its_claim_and_by_no_other(
    begin: Callable[..., Claim], machine: Callable[[], ControlDatabase]
) -> None:
    """The connection ended between the statement that took it, or gave it back, and the answer."""
    service, other = begin(), begin()
    machine().query(
        f"insert into {SCHEMA}.leases (name, claim) values (%s, %s) returning claim", COMPANY, service.number
    )
    with other.leased(COMPANY) as is_held:
        assert not is_held
    with service.leased(COMPANY) as is_held:
        assert is_held
    with other.leased(COMPANY) as is_held:
        assert is_held


def test_a_claim_that_was_late_and_not_ended_goes_on(
    begin: Callable[..., Claim], machine: Callable[[], ControlDatabase]
) -> None:
    late = begin()
    expire(machine(), late)
    with late.leased(COMPANY) as is_held:
        assert is_held
        with begin().leased(COMPANY) as other:
            assert not other


def test_no_request_goes_out_under_a_claim_that_ended(
    begin: Callable[..., Claim], machine: Callable[[], ControlDatabase]
) -> None:
    paused = begin()
    count = machine().of_key(*KEY)
    assert count.spend(None, 1.0) == 0
    expire(machine(), paused)
    machine().begin(lambda _: None).end()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("accbooks_warehouse.pipelines.control.claim._current", paused)
        with pytest.raises(ClaimEndedError):
            count.spend(None, 1.0)
    assert count.spent() == 1


def test_the_requests_of_a_day_are_those_of_all_machines_and_never_exceed_the_allowance(
    machine: Callable[[], ControlDatabase],
) -> None:
    counts = [machine().of_key(*KEY) for _ in range(3)]
    far = RateHeaders(10_000, 9_000, time.time() + 50, None, None)
    counts[0].spend(100, 0.0)
    counts[0].answered(far)

    def spend(number: int) -> bool:
        return counts[number % 3].spend(100, 0.0) is not None

    with ThreadPoolExecutor(6) as threads:
        granted = sum(threads.map(spend, range(150)))
    assert (granted, [each.spent() for each in counts]) == (99, [100, 100, 100])
    assert machine().of_key("another key", KEY[1]).spent() == 0
    machine().query(f"delete from {SCHEMA}.requests_in_flight")
    budget = RateBudget(shared=counts[1], daily_share=0.01)
    budget.acquire()  # its plan's limit is not known before the first response
    budget.release(headers(60, 59, time.time() + 50))
    with pytest.raises(DayBudgetSpentError, match="Today's 100 requests for this key are used up"):
        budget.acquire()


def test_machines_never_send_more_in_a_minute_than_the_server_said_is_left(
    machine: Callable[[], ControlDatabase],
) -> None:
    """Each knows of the others' requests by the count alone: the server's headers come later."""
    first, reset = machine().of_key(*KEY), time.time() + 3
    assert first.spend(None, 1.0) == 0
    assert 0 < (machine().of_key(*KEY).spend(None, 1.0) or 0) < 1  # the first response has the limit
    first.answered(RateHeaders(60, 10, reset, None, time.time()))
    others = [machine().of_key(*KEY) for _ in range(2)]
    granted = [others[number % 2].spend(None, 1.0) for number in range(12)]
    assert granted[:10] == [0] * 10
    assert all(wait is not None and wait > 0 for wait in granted[10:])
    others[0].answered(RateHeaders(60, 9, reset, None, None))  # of the ten, nine are still under way
    assert (others[0].spend(None, 1.0) or 0) > 0
    began = time.time()
    while others[0].spend(None, 1.0) != 0:
        time.sleep(0.05)
    assert time.time() >= reset + 1 - 0.1, began


def test_a_server_whose_clock_is_ahead_is_not_taken_to_have_begun_a_minute(
    machine: Callable[[], ControlDatabase],
) -> None:
    """Reset is on the server's clock: here it is an hour ahead, and its minute ends in thirty seconds."""
    count, server = machine().of_key(*KEY), time.time() + 3600
    count.spend(None, 1.0)
    count.answered(RateHeaders(60, 0, server + 30, None, server))
    wait = machine().of_key(*KEY).spend(None, 1.0)
    assert wait is not None
    assert 25 < wait <= 31.5


def test_a_clock_of_the_database_that_was_wrong_once_does_not_count_for_ever(
    machine: Callable[[], ControlDatabase],
) -> None:
    """It was 90 seconds behind the server's, and is right now: the minute is not over before its Reset."""
    count, now = machine().of_key(*KEY), time.time()
    for server, left in ((now + 90, 10), (now, 0)):
        assert count.spend(None, 1.0) == 0
        count.answered(RateHeaders(60, left, server + 50, None, server))
        machine().query(f"update {SCHEMA}.keys set resets_at = null where remaining = 10 returning remaining")
    wait = machine().of_key(*KEY).spend(None, 1.0)
    assert wait is not None
    assert 45 < wait <= 51.5


def test_a_minute_told_by_a_wrong_clock_is_forgotten_with_the_next_answer(
    machine: Callable[[], ControlDatabase],
) -> None:
    count, now = machine().of_key(*KEY), time.time()
    for server, left in ((now + 86_400, 10), (now, 0)):
        assert count.spend(None, 1.0) == 0
        count.answered(RateHeaders(60, left, server + 50, None, server))
    wait = machine().of_key(*KEY).spend(None, 1.0)
    assert wait is not None
    assert 45 < wait <= 51.5


def test_a_request_without_an_answer_may_have_been_counted_by_the_server(
    machine: Callable[[], ControlDatabase],
) -> None:
    dead = machine().of_key(*KEY)
    dead.spend(None, 1.0)
    dead.answered(RateHeaders(60, 1, time.time() + 50, None, None))
    assert dead.spend(None, 1.0) == 0
    dead.answered(None)
    heir = machine().of_key(*KEY)
    assert (heir.spend(None, 1.0) or 0) > 0


def test_a_first_request_that_is_lost_does_not_keep_the_next_one_waiting(
    begin: Callable[..., Claim], machine: Callable[[], ControlDatabase]
) -> None:
    count = machine().of_key(*KEY)
    assert count.spend(None, 1.0) == 0
    count.answered(None)
    assert count.spend(None, 1.0) == 0
    killed = begin()
    machine().query(f"update {SCHEMA}.requests_in_flight set claim = %s returning claim", killed.number)
    assert (count.spend(None, 1.0) or 0) > 0
    expire(machine(), killed)
    begin()
    assert count.spend(None, 1.0) == 0


def test_a_server_that_says_no_limit_is_asked_one_request_after_another(
    begin: Callable[..., Claim], machine: Callable[[], ControlDatabase]
) -> None:
    begin()
    count = machine().of_key(*KEY)
    for _ in range(3):
        assert count.spend(None, 1.0) == 0
        assert (machine().of_key(*KEY).spend(None, 1.0) or 0) > 0
        count.answered(RateHeaders(None, None, None, None, time.time()))
    assert count.spent() == 3


def test_a_budget_that_is_closed_stops_waiting_for_other_machines(
    machine: Callable[[], ControlDatabase],
) -> None:
    count = machine().of_key(*KEY)
    count.spend(None, 1.0)
    count.answered(RateHeaders(60, 0, time.time() + 50, None, None))
    waits: list[float] = []
    budget = RateBudget(shared=machine().of_key(*KEY), on_wait=waits.append)
    with ThreadPoolExecutor(1) as thread:
        acquired = thread.submit(budget.acquire)
        while not waits:
            time.sleep(0.01)
        budget.close()
        assert isinstance(acquired.exception(10), BudgetClosedError)
    assert 45 < waits[0] <= 52
    assert budget.requests == 0


def test_a_database_that_is_away_lets_no_request_out_and_its_password_is_not_said() -> None:
    database = ControlDatabase("postgresql://someone:secret@127.0.0.1:9/control")
    with pytest.raises(ControlError, match="control database cannot be used") as raised:
        database.of_key(*KEY).spend(None, 1.0)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg2://someone:secret@127.0.0.1/control",
        "someone:secret@127.0.0.1/control",
        "postgresql://someone:100%secret@127.0.0.1/control",
        "postgresql://someone:se/cret@127.0.0.1/control",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(address: str) -> None:
    with pytest.raises(ConfigurationError, match="control cannot be read") as raised:
        ControlDatabase(address)
    assert "cret" not in str(raised.value)


def test_a_connection_that_the_server_closed_is_opened_again(
    machine: Callable[[], ControlDatabase], address: str
) -> None:
    count = machine().of_key(*KEY)
    count.spend(None, 1.0)
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert count.spent() == 1


@pytest.fixture
def tables(address: str) -> Iterator[str]:
    """A warehouse's schemas with a raw table, one of staging and a model."""
    names = ("accbooks_raw.invoices", "accbooks_raw_staging_a.invoices", "accbooks.sales")
    schemas = [name.split(".")[0] for name in names]
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        for schema, name in zip(schemas, names, strict=True):
            cursor.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
            cursor.execute(f"create table {name} (company_id text)")
        cursor.execute("drop schema if exists accbooks_fences cascade")
    yield from [address]


@pytest.mark.parametrize(
    "table", ["accbooks_raw.invoices", "accbooks_raw_staging_a.invoices", "accbooks.sales"]
)
@pytest.mark.parametrize(
    "statement",
    ["insert into {} values ('comp_1')", "update {} set company_id = 'x'", "delete from {}", "truncate {}"],
)
def test_the_database_refuses_every_write_of_a_claim_that_ended(
    tables: str, table: str, statement: str
) -> None:
    paused, heir = Postgres(tables), Postgres(tables)
    paused.claimed(41)
    heir.claimed(42)
    paused.execute(statement.format(table))
    heir.end_claims([41])
    with pytest.raises(WarehouseError, match="another run took over its companies"):
        paused.execute(statement.format(table))
    heir.execute(statement.format(table))
    Postgres(tables).execute(statement.format(table))  # who has no claim is not concerned


def test_a_transaction_under_way_is_ended_before_its_companies_are_taken_over(tables: str) -> None:
    paused, heir = Postgres(tables), Postgres(tables)
    paused.claimed(43)
    with pytest.raises(WarehouseError, match="closed the connection"):
        _write_beside(paused, lambda: heir.end_claims([43]))
    assert heir.query("select * from accbooks_raw.invoices") == []


def test_a_run_that_was_paused_while_it_fenced_tables_holds_up_nobody(tables: str) -> None:
    paused, heir = Postgres(tables), Postgres(tables)
    paused.claimed(44)
    with pytest.raises(WarehouseError):
        _lock_beside(paused, lambda: heir.end_claims([44]))
    heir.claimed(45)


def _lock_beside(paused: Postgres, taken_over: Callable[[], None]) -> None:
    with paused.transaction():
        paused.query(ONE_AT_A_TIME)
        taken_over()
        paused.query("select 1")


def test_a_run_of_another_database_on_the_server_is_left_alone(tables: str, new_database: Any) -> None:
    with new_database() as place:
        other, heir = Postgres(place), Postgres(tables)
        other.claimed(46)
        with other.kept_open():
            other.query("select 1")
            heir.end_claims([46])
            assert other.query("select 1") == [(1,)]


def _write_beside(paused: Postgres, taken_over: Callable[[], None]) -> None:
    with paused.transaction():
        paused.execute("insert into accbooks_raw.invoices values ('stale')")
        taken_over()
        paused.execute("insert into accbooks_raw.invoices values ('stale')")
