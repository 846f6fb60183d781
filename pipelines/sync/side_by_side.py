"""Work on several companies at once, in threads that an interrupt does not wait for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from accbooks_warehouse.sources.accbooks import WorkerPool

Result = TypeVar("Result")


JOBS = 4
"""How many companies a sync reads side by side by default."""


def side_by_side(tasks: Sequence[Callable[[], Result]], jobs: int) -> list[Result]:
    """Run tasks, up to `jobs` at once, and return their results in order.

    After an error no further task starts; the first error is raised when the running tasks have ended. A
    single job runs in this thread, where an interrupt ends it properly.
    """
    if jobs <= 1 or len(tasks) <= 1:
        return [task() for task in tasks]
    import_before_threads()
    waiting = list(range(len(tasks)))[::-1]
    pool: WorkerPool[int, Result] = WorkerPool(lambda number: tasks[number](), lambda: jobs)
    results: dict[int, Result] = {}
    errors: list[Exception] = []
    for done in pool.work(waiting):
        if done.error is not None:
            errors.append(done.error)
            waiting.clear()
        else:
            results[done.task] = done.result  # type: ignore[assignment]
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(tasks))]


def import_before_threads() -> None:
    """Import pandas, which pyarrow imports when it first needs it: two threads at once may see half of it."""
    importlib.import_module("pandas")
