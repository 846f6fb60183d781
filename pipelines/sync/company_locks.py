"""The locks of a company: a sync waits for a batch of webhook events that has one, and for no other run.

A lock is taken in the warehouse, and by a run with a claim also in the database that machines share.

A batch takes seconds, a sync may take hours. Whoever waits for a batch has the next turn: another batch of
the company does not begin before, however many events come.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from accbooks_warehouse.pipelines.control import current_claim
from accbooks_warehouse.pipelines.destinations import Warehouse, identifier
from accbooks_warehouse.pipelines.destinations.locks import LockedByAnotherRunError

POLL_SECONDS = 1.0
"""How often to look whether another machine has given back a lease."""


def of_name(name: str) -> str:
    """Return the lock of a configured name: names that make the same identifier share staging tables."""
    return f"pipeline {identifier(name)}"


def of_company(company_id: str) -> str:
    """Return the lock of a company: two names may have keys of one."""
    return f"company {company_id}"


@contextmanager
def locked(warehouse: Warehouse, lock: str) -> Iterator[None]:
    """Hold a lock; wait for a batch that holds it.

    Raises LockedByAnotherRunError if another run holds it.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(warehouse, lock))
        except LockedByAnotherRunError:
            with warehouse.lock(_turn(lock), wait=True):
                with warehouse.lock(_batch(lock), wait=True):
                    pass
                stack.enter_context(_locked(warehouse, lock))
        yield


@contextmanager
def locked_for_batch(warehouse: Warehouse, lock: str) -> Iterator[None]:
    """Hold a lock for a batch.

    Raises LockedByAnotherRunError if another run holds it, or waits for it.
    """
    with ExitStack() as stack:
        with warehouse.lock(_turn(lock)):
            stack.enter_context(warehouse.lock(_batch(lock)))
            stack.enter_context(_locked(warehouse, lock))
        yield


def wait_until_free(warehouse: Warehouse, lock: str) -> None:
    """Wait until no other run has a lock."""
    while True:
        try:
            with warehouse.lock(lock, wait=True), _leased(lock):
                return
        except LockedByAnotherRunError:
            time.sleep(POLL_SECONDS)


@contextmanager
def _locked(warehouse: Warehouse, lock: str) -> Iterator[None]:
    """Hold the lease and the lock: the lease first, because that ends claims whose processes are paused."""
    with _leased(lock), warehouse.lock(lock):
        yield


@contextmanager
def _leased(lock: str) -> Iterator[None]:
    claim = current_claim()
    if claim is None:
        yield
        return
    with claim.leased(lock) as is_held:
        if not is_held:
            raise LockedByAnotherRunError(lock)
        yield


def _turn(lock: str) -> str:
    return f"turn of {lock}"


def _batch(lock: str) -> str:
    return f"batch of {lock}"
