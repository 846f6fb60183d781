import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from accbooks_warehouse.pipelines.sync.side_by_side import side_by_side

SECONDS = 10


def test_results_come_in_the_order_of_the_tasks_whichever_ends_first() -> None:
    second_has_ended = threading.Event()

    def first() -> str:
        assert second_has_ended.wait(SECONDS)
        return "first"

    def second() -> str:
        second_has_ended.set()
        return "second"

    assert side_by_side([first, second], 2) == ["first", "second"]


def test_as_many_work_at_once_as_there_are_jobs_and_no_more() -> None:
    working, most = 0, 0
    lock, pair = threading.Lock(), threading.Barrier(2)

    def task() -> None:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        pair.wait(SECONDS)  # breaks unless two work at once
        with lock:
            working -= 1

    side_by_side([task] * 6, 2)
    assert most == 2


@pytest.mark.parametrize(("tasks", "jobs"), [(3, 1), (1, 4)])
def test_one_at_a_time_is_done_in_this_thread(tasks: int, jobs: int) -> None:
    assert side_by_side([threading.get_ident] * tasks, jobs) == [threading.get_ident()] * tasks


def test_an_error_waits_for_what_has_begun_and_keeps_the_rest_from_beginning() -> None:
    begun: list[str] = []
    failed = threading.Event()
    ended = threading.Event()

    def failing() -> None:
        begun.append("failing")
        failed.set()
        raise ZeroDivisionError

    def other() -> None:
        begun.append("other")
        assert failed.wait(SECONDS)
        ended.set()

    def late() -> None:
        begun.append("late")

    tasks: list[Callable[[], None]] = [failing, other, *[late] * 8]
    with pytest.raises(ZeroDivisionError):
        side_by_side(tasks, 2)
    assert ended.is_set()
    assert begun.count("late") <= 1  # in the place of the one that failed, if it began before that was known
    assert {"failing", "other"} <= set(begun)


def test_what_two_threads_must_not_import_at_once_is_imported_before() -> None:
    program = (
        "import sys\n"
        "from accbooks_warehouse.pipelines.sync.side_by_side import side_by_side\n"
        "assert 'pandas' not in sys.modules\n"
        "assert all(side_by_side([lambda: hasattr(sys.modules.get('pandas'), 'DataFrame')] * 2, 2))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
