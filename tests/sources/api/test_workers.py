"""Threads that do tasks, and an iterator that runs ahead."""

import threading
from collections.abc import Iterator

import pytest
from accbooks_warehouse.sources.accbooks.api.workers import Prefetch, WorkerPool

SECONDS = 10.0


def test_every_task_ends_with_its_result_or_its_error() -> None:
    pool = WorkerPool(lambda number: 12 // number, lambda: 3)
    ended = {done.task: done.result or type(done.error) for done in pool.work([0, 1, 2, 3])}
    assert ended == {0: ZeroDivisionError, 1: 12, 2: 6, 3: 4}


def test_tasks_may_be_added_while_others_are_worked_off() -> None:
    backlog = [3]
    results = []
    pool: WorkerPool[int, int] = WorkerPool(lambda number: number - 1, lambda: 2)
    for done in pool.work(backlog):
        results.append(done.result)
        if done.result:
            backlog.append(done.result)
    assert results == [2, 1, 0]


def test_as_many_are_done_at_once_as_is_said_at_that_moment() -> None:
    allowed = [2]
    lock = threading.Lock()
    working, most = [0], [0]
    pair = threading.Barrier(2)

    def do(_: int) -> None:
        with lock:
            working[0] += 1
            most[0] = max(most[0], working[0])
        if allowed[0] == 2:
            pair.wait(SECONDS)
        with lock:
            working[0] -= 1

    list(WorkerPool(do, lambda: allowed[0]).work([*range(10)]))
    assert most == [2]
    allowed[0], most[0] = 0, 0
    list(WorkerPool(do, lambda: allowed[0]).work([*range(3)]))
    assert most == [1]


def test_the_threads_end_with_the_work() -> None:
    before = set(threading.enumerate())
    list(WorkerPool(lambda _: None, lambda: 4).work([*range(20)]))
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)
    assert set(threading.enumerate()) <= before


def test_an_iterator_runs_ahead_by_so_many_items_and_no_more() -> None:
    made = []
    reached = threading.Event()

    def items() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            if number == 3:
                reached.set()
            yield number

    ahead = Prefetch(items(), 2)
    assert ahead.take(SECONDS) == 0
    assert reached.wait(SECONDS)
    assert made == [0, 1, 2, 3]
    assert [ahead.take(SECONDS) for _ in range(5)] == [1, 2, 3, 4, None]


def test_what_an_iterator_raises_comes_after_its_items() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("nothing more")

    ahead = Prefetch(items(), 2)
    assert ahead.take(SECONDS) == 1
    with pytest.raises(LookupError, match="nothing more"):
        ahead.take(SECONDS)


def test_waiting_for_an_item_ends_in_time() -> None:
    never = threading.Event()

    def items() -> Iterator[int]:
        never.wait(SECONDS)
        yield 1

    ahead = Prefetch(items(), 2)
    with pytest.raises(TimeoutError):
        ahead.take(0.01)
    never.set()
    assert ahead.take(SECONDS) == 1


def test_an_abandoned_iterator_ends() -> None:
    ended = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            ended.set()

    ahead = Prefetch(items(), 1)
    ahead.take(SECONDS)
    ahead.abandon()
    assert ended.wait(SECONDS)
