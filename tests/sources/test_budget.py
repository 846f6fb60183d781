"""The arithmetic of the request budget; times are epoch seconds, the server's and ours."""

import threading
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.accbooks.budget import (
    DAY_SPENT_AFTER_SECONDS,
    WAIT_WITHOUT_HEADERS_SECONDS,
    MinuteWindow,
    RateBudget,
    RateHeaders,
    rate_headers,
)
from sources.accbooks.errors import DayBudgetSpentError

NOW = 1_000_000.0
RESET = NOW + 40


def headers(
    remaining: int | None,
    reset: float | None = RESET,
    *,
    limit: int | None = 60,
    retry_after: float | None = None,
    date: float | None = NOW,
) -> RateHeaders:
    return RateHeaders(limit, remaining, reset, retry_after, date)


def window_after(*answers: RateHeaders, in_flight: int = 0) -> MinuteWindow:
    """Return a window that was told these answers at NOW, with requests still out."""
    window = MinuteWindow()
    for answer in answers:
        window.sent()
        window.answered(answer, NOW)
    for _ in range(in_flight):
        window.sent()
    return window


def test_the_documented_headers_are_read() -> None:
    assert rate_headers(
        {
            "X-RateLimit-Limit": "60",
            "X-RateLimit-Remaining": "59",
            "X-RateLimit-Reset": "1000040.5",
            "Retry-After": "7",
            "Date": formatdate(NOW, usegmt=True),
        }
    ) == RateHeaders(60, 59, 1_000_040.5, 7.0, NOW)


def test_absent_and_malformed_headers_are_none() -> None:
    nothing = RateHeaders(None, None, None, None, None)
    assert rate_headers({}) == nothing
    malformed = {
        "X-RateLimit-Limit": "sixty",
        "X-RateLimit-Remaining": "1.5",
        "X-RateLimit-Reset": "soon",
        "Retry-After": "",
        "Date": "yesterday",
    }
    assert rate_headers(malformed) == nothing


def test_retry_after_may_be_a_date_of_the_servers_clock() -> None:
    answer = {"Retry-After": formatdate(NOW + 30, usegmt=True), "Date": formatdate(NOW, usegmt=True)}
    assert rate_headers(answer).retry_after == 30.0


def test_a_reset_without_end_is_none() -> None:
    assert rate_headers({"X-RateLimit-Reset": "inf"}).reset is None


def test_a_request_may_go_out_while_some_remain() -> None:
    assert window_after(headers(1)).wait(NOW) == 0


def test_with_none_remaining_the_wait_is_until_reset() -> None:
    assert window_after(headers(0)).wait(NOW) == 40
    assert window_after(headers(0)).wait(NOW + 39) == 1


def test_requests_in_flight_are_taken_as_not_yet_counted() -> None:
    assert window_after(headers(3), in_flight=2).wait(NOW) == 0
    assert window_after(headers(3), in_flight=3).wait(NOW) == 40


def test_an_answer_that_overtook_another_does_not_give_requests_back() -> None:
    assert window_after(headers(0), headers(5)).wait(NOW) == 40
    assert window_after(headers(5), headers(0)).wait(NOW) == 40


@given(remaining=st.permutations(range(8)))
def test_within_a_window_the_lowest_remaining_counts_in_any_order(
    remaining: list[int],
) -> None:
    window = window_after(*(headers(each) for each in remaining))
    assert (window.remaining, window.wait(NOW)) == (0, 40)


def test_a_new_window_starts_afresh_and_an_old_ones_answer_changes_nothing() -> None:
    window = window_after(headers(0), headers(58, RESET + 60), headers(0))
    assert (window.remaining, window.reset, window.wait(NOW)) == (58, RESET + 60, 0)


def test_after_reset_the_whole_limit_is_free_again() -> None:
    window = window_after(headers(0), in_flight=59)
    assert window.wait(RESET) == 0
    window.sent()
    assert window.wait(RESET) == 0.0
    assert window.wait(RESET - 1) == 1


def test_a_changed_limit_counts_from_the_window_that_reports_it() -> None:
    window = window_after(headers(59), headers(299, RESET + 60, limit=300))
    assert window.limit == 300


def test_reset_is_told_by_the_servers_clock() -> None:
    slow = window_after(headers(0, RESET - 3600, date=NOW - 3600))
    fast = window_after(headers(0, RESET + 3600, date=NOW + 3600))
    assert (slow.wait(NOW), fast.wait(NOW)) == (40, 40)


def test_the_latest_time_the_server_is_known_to_have_reached_counts() -> None:
    window = window_after(headers(0, date=NOW - 1), headers(0, date=NOW), headers(0, date=NOW - 2))
    assert window.wait(NOW) == 40


def test_without_a_date_the_clocks_are_taken_as_equal() -> None:
    assert window_after(headers(0, date=None)).wait(NOW) == 40


def test_an_answer_that_never_came_only_ends_the_flight() -> None:
    window = window_after(headers(1), in_flight=1)
    assert window.wait(NOW) == 40
    window.answered(None, NOW)
    assert (window.in_flight, window.remaining, window.wait(NOW)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("retry_after", "reset", "wait"),
    [
        (7, NOW + 40, 40),
        (50, NOW + 40, 50),
        (7, None, 7),
        (None, NOW + 40, 40),
        (None, None, WAIT_WITHOUT_HEADERS_SECONDS),
        (0, NOW - 1, 0),
    ],
)
def test_after_a_429_the_later_of_retry_after_and_reset_is_waited_for(
    retry_after: float | None, reset: float | None, wait: float
) -> None:
    window = MinuteWindow()
    window.sent()
    window.answered(headers(0, reset, retry_after=retry_after), NOW, refused=True)
    assert window.wait(NOW) == wait


def test_a_429_blocks_even_where_requests_remain() -> None:
    window = MinuteWindow()
    window.sent()
    window.answered(headers(30, retry_after=3), NOW, refused=True)
    assert window.wait(NOW) == 40
    assert window.wait(RESET) == 0


def test_a_later_refusal_does_not_shorten_the_wait() -> None:
    window = MinuteWindow()
    for retry_after in (30, 5):
        window.sent()
        window.answered(headers(0, None, retry_after=retry_after), NOW, refused=True)
    assert window.wait(NOW) == 30


def test_the_limit_is_learnt_from_the_first_answer_before_others_go_out() -> None:
    window = MinuteWindow()
    assert not window.is_probing()
    window.sent()
    assert window.is_probing()
    window.answered(headers(59), NOW)
    window.sent()
    assert not window.is_probing()


def answered(remaining: int, reset: float, **more: str) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
        "Date": formatdate(NOW, usegmt=True),
        **more,
    }


def test_every_acquired_request_is_counted() -> None:
    budget = RateBudget(clock=lambda: NOW)
    assert (budget.limit, budget.remaining, budget.requests) == (None, None, 0)
    for remaining in (59, 58):
        budget.acquire()
        budget.release(answered(remaining, RESET))
    assert (budget.limit, budget.remaining, budget.requests) == (60, 58, 2)


def test_a_reset_further_away_than_two_minutes_means_the_day_is_spent() -> None:
    waits: list[float] = []
    budget = RateBudget(clock=lambda: NOW, on_wait=waits.append)
    budget.acquire()
    budget.release(answered(0, NOW + DAY_SPENT_AFTER_SECONDS + 1), refused=True)
    with pytest.raises(
        DayBudgetSpentError, match=r"^AccBooks' daily request limit for this key is spent\.$"
    ) as it:
        budget.acquire()
    assert (it.value.resets_at, waits, budget.requests) == (NOW + 121, [], 1)


def test_who_waits_is_told_how_long_and_goes_on_when_the_window_has_ended() -> None:
    now, waits = [NOW], []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        now[0] += 40

    budget = RateBudget(clock=lambda: now[0], on_wait=wait)
    budget.acquire()
    budget.release(answered(0, NOW + 0.02))
    budget.acquire()
    assert [round(each, 3) for each in waits] == [0.02]
    assert budget.requests == 2


def test_threads_wait_for_the_first_answer_and_then_all_go() -> None:
    budget = RateBudget(clock=lambda: NOW)
    budget.acquire()
    threads = [threading.Thread(target=budget.acquire, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert budget.requests == 1
    budget.release(answered(59, RESET))
    for thread in threads:
        thread.join(10)
    assert budget.requests == 5
