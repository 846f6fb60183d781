"""Who gets a company's lock while batches of events and syncs want it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.destinations.locks import LockedByAnotherRunError
from accbooks_warehouse.pipelines.sync.company_locks import locked, locked_for_batch

LOCK = "company comp_1"
SECONDS = 20.0


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    return DuckDB(str(tmp_path / "books.duckdb"))


def begins(warehouse: DuckDB) -> bool:
    """Tell whether a batch can begin."""
    try:
        with locked_for_batch(warehouse, LOCK):
            return True
    except LockedByAnotherRunError:
        return False


def test_a_sync_that_waits_for_a_batch_is_next_however_eager_batches_are(warehouse):
    has_it, may_end = threading.Event(), threading.Event()

    def sync() -> None:
        with locked(warehouse, LOCK):
            has_it.set()
            may_end.wait(SECONDS)

    waiting = threading.Thread(target=sync, daemon=True)
    with locked_for_batch(warehouse, LOCK):
        waiting.start()
        while not is_waited_for(warehouse):
            assert waiting.is_alive()
    began = 0
    while not has_it.is_set():
        began += begins(warehouse)
        assert waiting.is_alive()
    assert began == 0
    may_end.set()
    waiting.join(SECONDS)
    assert begins(warehouse)


def is_waited_for(warehouse: DuckDB) -> bool:
    try:
        with warehouse.lock(f"turn of {LOCK}"):
            return False
    except LockedByAnotherRunError:
        return True


def test_a_sync_does_not_wait_for_another_sync(warehouse):
    with locked(warehouse, LOCK), pytest.raises(LockedByAnotherRunError) as refused, locked(warehouse, LOCK):
        pass
    assert refused.value.name == LOCK


def test_a_batch_waits_for_nobody_and_leaves_nothing_locked(warehouse):
    with locked(warehouse, LOCK):
        assert not begins(warehouse)
    assert begins(warehouse)
    assert begins(warehouse)


def test_batches_of_two_companies_run_beside_each_other(warehouse):
    with locked_for_batch(warehouse, LOCK):
        with locked_for_batch(warehouse, "company comp_2"):
            assert not begins(warehouse)
        with locked(warehouse, "company comp_2"):
            pass
