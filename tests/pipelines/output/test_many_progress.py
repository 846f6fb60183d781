"""The progress of a thousand companies in a few lines."""

import io
from typing import Any

from accbooks_warehouse.pipelines.output.many_progress import MANY, SECONDS_IN_A_LOG, ManyProgress
from accbooks_warehouse.pipelines.output.progress import progress_for
from rich.console import Console


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Spent:
    """Stands in for a budget."""

    def __init__(self, requests: int) -> None:
        self.requests = requests


def budget(requests: int) -> Any:
    return Spent(requests)


def test_many_companies_side_by_side_have_a_few_lines_and_few_have_their_own() -> None:
    console = Console(file=io.StringIO(), width=100)
    assert isinstance(progress_for(console, side_by_side=True, companies=MANY + 1), ManyProgress)
    assert not isinstance(progress_for(console, side_by_side=True, companies=MANY), ManyProgress)
    assert not isinstance(progress_for(console, companies=MANY + 1), ManyProgress)


def test_lines_count_what_is_done_read_waiting_and_failed_with_requests_and_the_time_left() -> None:
    clock = Clock()
    many = ManyProgress(Console(file=io.StringIO(), width=200), 1_000, clock)
    assert many.lines == ["0 of 1,000 companies are read", "0 requests"]
    for number in range(100):
        one = many.of(f"company_{number}")
        one.opened(budget(10))
        one.ended(ValueError("refused") if number in (3, 5) else None)
    many.of("reading").opened(budget(7))
    slow = many.of("slow")
    slow.opened(budget(1_000))
    slow.waiting(40.0)
    clock.now += 10.0
    assert many.lines == [
        "100 of 1,000 companies are read",
        "2 failed: company_3, company_5",
        "1 are being read: reading",
        "1 wait for their limits: slow",
        "2,007 requests, about 2 minutes left",
    ]
    clock.now += 40.0
    assert "2 are being read: reading, slow" in many.lines


def test_a_log_has_a_line_now_and_then_and_one_at_the_end() -> None:
    clock, written = Clock(), io.StringIO()
    console = Console(file=written, width=200)
    with ManyProgress(console, 3, clock) as many:
        many.of("alpha").ended(None)
        assert written.getvalue() == ""
        clock.now += SECONDS_IN_A_LOG
        many.of("beta").ended(None)
        many.of("gamma").ended(None)
    assert written.getvalue().splitlines() == [
        "2 of 3 companies are read; 0 requests, less than a minute left",
        "3 of 3 companies are read; 0 requests",
    ]


def test_many_that_fail_are_named_up_to_a_few() -> None:
    many = ManyProgress(Console(file=io.StringIO(), width=200), 9, Clock())
    for number in range(6):
        many.of(f"c{number}").ended(ValueError())
    assert many.lines[1] == "6 failed: c0, c1, c2, c3, c4, …"
