"""The arithmetic of the request budget; times are epoch seconds, the server's and ours."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.sources.accbooks.api.budget import Concurrency, RateBudget
from accbooks_warehouse.sources.accbooks.api.client import Client
from accbooks_warehouse.sources.accbooks.api.minute_count import (
    DAY_SPENT_AFTER_SECONDS,
    RESET_TOLERANCE_SECONDS,
    WAIT_WITHOUT_HEADERS_SECONDS,
    WINDOW_SECONDS,
    MinuteWindow,
)
from accbooks_warehouse.sources.accbooks.api.rate_headers import RateHeaders
from accbooks_warehouse.sources.accbooks.errors import BudgetClosedError, DayBudgetSpentError, TimeUpError
from accbooks_warehouse.sources.accbooks.settings import Settings
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_000_000.0
RESET = NOW + 40
OVER = RESET + RESET_TOLERANCE_SECONDS
UNTIL_OVER = OVER - NOW


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


def test_a_request_may_go_out_while_some_remain() -> None:
    assert window_after(headers(1)).wait(NOW) == 0


def test_with_none_remaining_the_wait_is_until_the_window_is_surely_over() -> None:
    assert window_after(headers(0)).wait(NOW) == UNTIL_OVER
    assert window_after(headers(0)).wait(OVER - 1) == 1
    assert window_after(headers(0)).wait(OVER) == 0


def test_requests_in_flight_are_taken_as_not_yet_counted() -> None:
    assert window_after(headers(3), in_flight=2).wait(NOW) == 0
    assert window_after(headers(3), in_flight=3).wait(NOW) == UNTIL_OVER


def test_an_answer_that_overtook_another_does_not_give_requests_back() -> None:
    assert window_after(headers(0), headers(5)).wait(NOW) == UNTIL_OVER
    assert window_after(headers(5), headers(0)).wait(NOW) == UNTIL_OVER


@given(remaining=st.permutations(range(8)))
def test_within_a_window_the_lowest_remaining_counts_in_any_order(
    remaining: list[int],
) -> None:
    window = window_after(*(headers(each) for each in remaining))
    assert (window.remaining, window.wait(NOW)) == (0, UNTIL_OVER)


@pytest.mark.parametrize("resets", [(RESET, RESET + 1), (RESET + 1, RESET), (RESET, RESET + 0.5)])
@pytest.mark.parametrize("remaining", [(7, 3), (3, 7)])
def test_resets_up_to_a_second_apart_are_of_one_window(
    resets: tuple[float, float], remaining: tuple[int, int]
) -> None:
    window = window_after(*(headers(left, reset) for left, reset in zip(remaining, resets, strict=True)))
    assert (window.remaining, window.reset) == (3, max(resets))


def test_a_new_window_starts_afresh_and_an_old_ones_answer_changes_nothing() -> None:
    window = window_after(headers(0), headers(58, RESET + 60), headers(0))
    assert (window.remaining, window.reset, window.wait(NOW)) == (58, RESET + 60, 0)


def test_after_reset_the_whole_limit_is_free_again_but_for_what_is_in_flight() -> None:
    window = window_after(headers(0), in_flight=59)
    assert window.wait(OVER) == 0
    window.sent()
    assert window.wait(OVER) == math.inf
    assert window.wait(OVER - 1) == 1


def test_after_reset_a_late_answer_of_the_old_window_gives_back_only_its_own_place() -> None:
    window = window_after(headers(0), in_flight=60)
    window.answered(headers(5), OVER)
    assert window.wait(OVER) == 0
    window.sent()
    assert window.wait(OVER) == math.inf


def test_the_first_answer_of_a_new_window_says_what_remains_of_it() -> None:
    window = window_after(headers(0), in_flight=60)
    window.answered(headers(2, RESET + 60), OVER)
    assert (window.in_flight, window.remaining, window.wait(OVER)) == (59, 2, 60)


def test_a_limit_of_one_lets_one_through_after_reset_though_another_thread_waits() -> None:
    window = window_after(headers(0, limit=1))
    window.sent()
    assert window.wait(OVER) == math.inf


def test_a_reset_that_was_cut_to_whole_seconds_is_not_the_end_of_its_window() -> None:
    cut_from = RESET + 0.999
    assert window_after(headers(0)).wait(cut_from) > 0


def test_a_changed_limit_counts_from_the_window_that_reports_it() -> None:
    window = window_after(headers(59), headers(299, RESET + 60, limit=300))
    assert window.limit == 300


def test_reset_is_told_by_the_servers_clock() -> None:
    slow = window_after(headers(0, RESET - 3600, date=NOW - 3600))
    fast = window_after(headers(0, RESET + 3600, date=NOW + 3600))
    assert (slow.wait(NOW), fast.wait(NOW)) == (UNTIL_OVER, UNTIL_OVER)


def test_the_latest_time_the_server_is_known_to_have_reached_counts() -> None:
    window = window_after(headers(0, date=NOW - 1), headers(0, date=NOW), headers(0, date=NOW - 2))
    assert window.wait(NOW) == UNTIL_OVER


DAY = 86_400.0


@pytest.mark.parametrize("before", [[], [headers(3)]])
def test_an_answer_from_a_wrong_clock_is_forgotten_with_the_next_one(before: list[RateHeaders]) -> None:
    wrong = headers(0, RESET + DAY, date=NOW + DAY)
    assert window_after(*before, wrong).wait(NOW) == UNTIL_OVER
    window = window_after(*before, wrong, headers(2), in_flight=2)
    assert (window.remaining, window.reset, window.server_time(NOW)) == (2, RESET, NOW)
    assert window.wait(NOW) == UNTIL_OVER


def test_a_slow_answer_is_no_other_clock_whose_windows_are_forgotten() -> None:
    window = window_after(headers(2))
    window.sent()
    window.answered(headers(9, RESET - 30, date=NOW - 20), NOW)
    assert (window.remaining, window.reset) == (2, RESET)


def test_without_a_date_the_clocks_are_taken_as_equal() -> None:
    assert window_after(headers(0, date=None)).wait(NOW) == UNTIL_OVER


NOTHING = RateHeaders(None, None, None, None, NOW)


@pytest.mark.parametrize("answer", [None, NOTHING])
def test_a_request_without_an_answer_may_have_been_counted(answer: RateHeaders | None) -> None:
    window = window_after(headers(1), in_flight=1)
    window.answered(answer, NOW)
    assert (window.in_flight, window.remaining, window.wait(NOW)) == (0, 1, UNTIL_OVER)


def test_an_answer_to_a_later_request_knows_of_the_lost_one() -> None:
    window = window_after(headers(5), in_flight=2)
    window.answered(None, NOW + 1)
    window.answered(headers(1), NOW + 2, sent_at=NOW)
    assert window.wait(NOW + 2) > 0
    window.sent()
    window.answered(headers(1), NOW + 3, sent_at=NOW + 2)
    assert window.wait(NOW + 3) == 0


def test_where_every_request_is_lost_the_next_goes_out_when_none_of_them_can_count() -> None:
    window = window_after(headers(0, limit=2), in_flight=2)
    for seconds in (1, 2):
        window.answered(None, OVER + seconds)
    assert window.wait(OVER + 2) == WINDOW_SECONDS - 1
    assert window.wait(OVER + 1 + WINDOW_SECONDS) == 0


def test_a_refusal_that_says_nothing_was_not_counted() -> None:
    window = window_after(headers(1), in_flight=1)
    window.answered(NOTHING, NOW, refused=True)
    assert window.wait(NOW + WAIT_WITHOUT_HEADERS_SECONDS) == 0


@pytest.mark.parametrize(
    ("retry_after", "reset", "wait"),
    [
        (7, RESET, UNTIL_OVER),
        (50, RESET, 50),
        (7, None, 7),
        (0, None, 0),
        (None, RESET, UNTIL_OVER),
        (None, None, WAIT_WITHOUT_HEADERS_SECONDS),
        (0, NOW - 60, RESET_TOLERANCE_SECONDS),
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
    assert window.wait(NOW) == 0
    window.sent()
    assert window.wait(NOW) == math.inf
    window.answered(headers(59), NOW)
    window.sent()
    assert window.wait(NOW) == 0


def test_only_time_helps_where_nothing_remains_or_a_refusal_blocks() -> None:
    assert window_after(headers(0)).is_spent(NOW)
    assert not window_after(headers(0)).is_spent(OVER)
    assert not window_after(headers(3), in_flight=3).is_spent(NOW)
    window = window_after(headers(30), in_flight=1)
    window.answered(headers(30), NOW, refused=True)
    assert window.is_spent(NOW)


def test_the_length_of_a_window_is_the_furthest_reset_seen_but_not_that_of_a_day() -> None:
    assert MinuteWindow().length == WINDOW_SECONDS
    assert window_after(headers(3, NOW + 0.1)).length == 1
    assert window_after(headers(3), headers(0, NOW + 50), headers(0)).length == 50
    assert window_after(headers(3), headers(0, NOW + 40_000)).length == 40


@pytest.mark.parametrize(
    ("limit", "seconds", "latency", "useful_requests"),
    [
        (60, 60.0, 0.2, 2),
        (300, 60.0, 0.2, 3),
        (300, 60.0, 2.0, 16),
        (3000, 60.0, 1.0, 32),
        (10**9, 60.0, 0.001, 2),
        (10**9, 60.0, 0.05, 16),
        (1, 120.0, 0.0, 2),
    ],
)
def test_as_many_requests_are_worth_having_in_flight_as_spend_the_limit(
    limit: int, seconds: float, latency: float, useful_requests: int
) -> None:
    concurrency = Concurrency()
    concurrency.observe(latency)
    assert concurrency.useful_requests(limit, seconds) == useful_requests


def test_one_slow_answer_moves_the_average_by_an_eighth() -> None:
    concurrency = Concurrency()
    for latency in (1.0, 9.0):
        concurrency.observe(latency)
    assert concurrency.useful_requests(60, 15.0) == 4 * 2 * 1.5 + 1


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
        DayBudgetSpentError, match=r"^AccBooks' daily request limit for this key is used up\.$"
    ) as it:
        budget.acquire()
    assert (it.value.resets_at, waits, budget.requests) == (NOW + 121, [], 1)


def test_no_request_goes_out_when_the_time_is_up() -> None:
    now = [NOW]
    budget = RateBudget(clock=lambda: now[0], until=NOW + 10)
    budget.acquire()
    budget.release(answered(59, RESET))
    now[0] = NOW + 10
    with pytest.raises(TimeUpError, match=r"^This run reached its time limit\.$"):
        budget.acquire()
    assert budget.requests == 1


def test_a_wait_that_outlasts_the_time_is_not_begun() -> None:
    waits: list[float] = []
    budget = RateBudget(clock=lambda: NOW, on_wait=waits.append, until=OVER)
    budget.acquire()
    budget.release(answered(0, RESET))
    with pytest.raises(TimeUpError):
        budget.acquire()
    assert (waits, budget.requests) == ([], 1)


def test_a_spent_day_is_called_so_whatever_time_is_left() -> None:
    budget = RateBudget(clock=lambda: NOW, until=NOW + 1)
    budget.acquire()
    budget.release(answered(0, NOW + DAY_SPENT_AFTER_SECONDS + 1), refused=True)
    with pytest.raises(DayBudgetSpentError):
        budget.acquire()


class Watch:
    """A budget with a clock that is moved by hand, and what it says of its waits."""

    def __init__(self, *, skips: bool = False) -> None:
        self.now = NOW
        self.skips = skips
        self.looks = 0
        self.told: list[float] = []
        self.budget = RateBudget(clock=self.look, on_wait=self.tell)

    def look(self) -> float:
        self.looks += 1
        return self.now

    def tell(self, wait: float) -> None:
        """Note a wait, and skip it if it is not to be waited for."""
        self.told.append(wait)
        self.now += wait if self.skips else 0.0

    def spend(self, remaining: int, reset: float = RESET) -> None:
        self.budget.acquire()
        self.budget.release(answered(remaining, reset))

    def until_looks(self, looks: int) -> None:
        """Wait for so many looks at the clock; a budget looks with its lock held, which only a wait frees."""
        deadline = time.monotonic() + 10
        while self.looks < looks:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_a_wait_for_reset_is_told_once_however_many_wait_and_then_all_go_on() -> None:
    watch = Watch()
    watch.spend(3)
    for _ in range(3):
        watch.budget.acquire()
    looks = watch.looks
    with ThreadPoolExecutor(8) as threads:
        each = [threads.submit(watch.budget.acquire) for _ in range(8)]
        for moment in (NOW, NOW + 10, OVER):
            watch.until_looks(looks := looks + 8)
            watch.now = moment
            watch.budget.release(answered(0, RESET))
            looks += 1
        assert [one.result(10) for one in each] == [None] * 8
    assert (watch.told, watch.budget.requests) == ([UNTIL_OVER], 12)


def test_each_reset_that_is_waited_for_is_told() -> None:
    watch = Watch(skips=True)
    for window, moment in enumerate([NOW, OVER - 0.005, OVER + 60 - 0.005]):
        watch.now = moment
        watch.spend(0, RESET + 60 * window)
    assert [round(wait, 3) for wait in watch.told] == [0.005, 0.005]


def test_waiting_for_an_answer_alone_is_not_told() -> None:
    watch = Watch()
    watch.spend(1)
    watch.budget.acquire()
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(watch.budget.acquire)
        watch.until_looks(4)
        watch.budget.release(answered(1, RESET))
        assert other.result(10) is None
    assert watch.told == []


def test_requests_are_counted_for_each_thread() -> None:
    watch = Watch()
    watch.spend(59)
    with ThreadPoolExecutor(1) as threads:
        for _ in range(3):
            threads.submit(watch.spend, 58).result(10)
        assert threads.submit(lambda: watch.budget.requests_of_thread).result(10) == 3
    assert (watch.budget.requests_of_thread, watch.budget.requests) == (1, 4)


def test_as_many_requests_go_out_as_latency_and_limit_ask_for() -> None:
    watch = Watch()
    assert watch.budget.concurrency == 1
    watch.budget.acquire()
    watch.budget.release(answered(59, NOW + 60), latency=4.0)
    assert watch.budget.concurrency == 7


def test_a_refusal_tells_nothing_of_the_latency() -> None:
    watch = Watch()
    watch.budget.acquire()
    watch.budget.release(answered(59, NOW + 60), latency=60.0, refused=True)
    assert watch.budget.concurrency == 2


@pytest.mark.parametrize(("latency", "told"), [(0.5, []), (1.5, [0.005])])
def test_an_answer_clears_the_losses_before_its_request_went_out(latency: float, told: list[float]) -> None:
    watch = Watch(skips=True)
    watch.spend(5)
    watch.now = OVER - 1.005
    for _ in range(2):
        watch.budget.acquire()
    watch.budget.release(None)
    watch.now += 1
    watch.budget.release(answered(1, RESET), latency=latency)
    watch.budget.acquire()
    assert [round(wait, 3) for wait in watch.told] == told


def test_who_waits_when_the_budget_is_closed_is_told_so_at_once_and_so_is_who_comes_later() -> None:
    watch = Watch()
    watch.spend(1)
    watch.budget.acquire()
    with ThreadPoolExecutor(4) as threads:
        each = [threads.submit(watch.budget.acquire) for _ in range(4)]
        watch.until_looks(3 + 4)
        watch.budget.close()
        assert [type(one.exception(10)) for one in each] == [BudgetClosedError] * 4
    with pytest.raises(BudgetClosedError, match=r"^The reading was stopped\.$"):
        watch.budget.acquire()
    watch.budget.release(answered(0, RESET))
    assert (watch.budget.remaining, watch.budget.requests) == (0, 2)


def test_sixteen_threads_spend_several_windows_of_a_server_without_a_refusal() -> None:
    settings = EmulatorSettings(size="empty", minute_limit=50, minute=1.0, latency=0.01)
    with running(settings) as emulator, ThreadPoolExecutor(16) as threads:
        client = Client(Settings(emulator.key, emulator.base_url))
        answers = list(threads.map(client.get, ["company"] * 120))
    assert len(answers) == 120
    statistics = emulator.statistics
    assert (statistics.requests, statistics.refused) == (120, 0)
    assert client.budget.requests == 120
    assert statistics.most_in_flight > 2


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


def window_at(*resets: float) -> MinuteWindow:
    """Return a window of which nothing is left, after answers at the beginning of windows that end then."""
    window = MinuteWindow()
    previous = resets[0] - 60
    for reset in resets:
        window.sent()
        window.answered(headers(0, reset, date=previous), previous)
        previous = reset
    return window


@pytest.mark.parametrize(
    ("resets", "slack"),
    [
        ((960_000.0,), 0),
        ((960_030.0,), 1),
        ((960_000.5,), 1),
        ((960_000.0, 960_006.0), 0),
        ((960_000.0, 960_060.0), 0),
        ((960_003.0, 960_009.0), 1),
        ((960_000.0, 960_002.0), 1),
    ],
)
def test_reset_is_exact_where_windows_end_with_the_minutes_of_the_clock(
    resets: tuple[float, ...], slack: int
) -> None:
    window = window_at(*resets)
    assert window.wait(resets[-1] - 0.5) == pytest.approx(0.5 + slack)


def test_two_resets_further_apart_than_one_was_ever_ahead_are_no_length_of_a_window() -> None:
    window = window_at(960_008.0)
    window.sent()
    window.answered(headers(0, 960_070.0, date=960_020.0), 960_020.0)
    assert 960_070 % 62 == 0
    assert window.wait(960_069.5) == 0.5 + RESET_TOLERANCE_SECONDS


@pytest.mark.parametrize(("apart", "slack"), [(0.0, 0.0), (0.4, 1.0), (-0.4, 1.0)])
def test_resets_of_one_window_that_are_a_moment_apart_are_not_exact(apart: float, slack: float) -> None:
    window = window_at(960_000.0)
    window.sent()
    window.answered(headers(0, 960_000.0 + apart, date=959_950.0), 959_950.0)
    assert window.wait(959_999.0) == pytest.approx(1.0 + max(apart, 0.0) + slack)


def test_after_a_refusal_reset_is_not_taken_for_exact() -> None:
    window = window_at(960_000.0)
    window.sent()
    window.answered(headers(0, 960_000.0, date=959_999.0), 959_999.0, refused=True)
    assert window.wait(959_999.5) == 0.5 + RESET_TOLERANCE_SECONDS


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_is_none_stops_nothing(limit: int) -> None:
    window = window_after(headers(0, limit=limit))
    assert (window.limit, window.wait(NOW)) == (None, 0.0)


def test_a_refusal_is_waited_for_by_the_clock_it_tells_itself() -> None:
    window = window_after(headers(5, date=NOW + 3600))
    window.sent()
    window.answered(headers(0, NOW + 30, date=NOW), NOW, refused=True)
    assert window.wait(NOW) == 30 + RESET_TOLERANCE_SECONDS
