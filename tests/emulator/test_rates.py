from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from accbooks_warehouse.emulator.clock import Clock
from accbooks_warehouse.emulator.rates import Allowance, Rates, headers, window_end
from accbooks_warehouse.emulator.settings import Fault, Plan, Settings

Make = Callable[..., Any]
MIDNIGHT = 1_795_305_600


class Stopped(Clock):
    """A clock that a test moves."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.time = now

    def now(self) -> float:
        return self.time + self.skew


def test_a_window_counts_down_refuses_and_comes_back() -> None:
    clock = Stopped(MIDNIGHT + 30)
    rates = Rates(clock, Plan(2, None), 60)
    end = MIDNIGHT + 60
    assert [rates.spend("a") for _ in range(3)] == [
        Allowance(2, 1, end),
        Allowance(2, 0, end),
        Allowance(2, 0, end, refused=True),
    ]
    assert rates.spend("b") == Allowance(2, 1, end)
    clock.time = end
    assert rates.spend("a") == Allowance(2, 1, end + 60)


def test_a_spent_day_resets_at_midnight_and_refusals_cost_nothing() -> None:
    clock = Stopped(MIDNIGHT - 7200)
    rates = Rates(clock, Plan(2, 3), 60)
    assert [rates.spend("a").refused for _ in range(4)] == [False, False, True, True]
    clock.time += 60
    assert [rates.spend("a"), rates.spend("a")] == [
        Allowance(2, 1, MIDNIGHT - 7200 + 120),
        Allowance(2, 0, MIDNIGHT, refused=True),
    ]
    clock.time = MIDNIGHT
    assert rates.spend("a") == Allowance(2, 1, MIDNIGHT + 60)


@pytest.mark.parametrize(
    ("now", "length", "end"), [(0, 60, 60), (59.9, 60, 60), (60, 60, 120), (0.6, 0.25, 0.75)]
)
def test_windows_start_at_multiples_of_their_length(now: float, length: float, end: float) -> None:
    assert window_end(now, length) == end


@pytest.mark.parametrize(
    ("minute", "reset", "text"), [(60, 120, b"120"), (2, 4.0, b"4"), (0.25, 1.75, b"1.750")]
)
def test_reset_is_a_whole_second_unless_windows_are_not(minute: float, reset: float, text: bytes) -> None:
    assert headers(Allowance(5, 3, reset), minute, 0) == [
        (b"x-ratelimit-limit", b"5"),
        (b"x-ratelimit-remaining", b"3"),
        (b"x-ratelimit-reset", text),
    ]


def test_a_refusal_says_how_many_seconds_to_wait() -> None:
    assert headers(Allowance(5, 0, 100, refused=True), 60, 98.2)[3:] == [(b"retry-after", b"2")]


@pytest.mark.parametrize(
    ("plan", "limits"),
    [("starter", Plan(60, 10_000)), ("pro", Plan(300, 100_000)), ("enterprise", Plan(3000, None))],
)
def test_plans_have_the_documented_limits(plan: Any, limits: Plan) -> None:
    assert Settings(plan=plan).limits == limits
    assert Settings(plan=plan, minute_limit=7, daily_limit=9).limits == Plan(7, 9)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "company", 200),
        ("GET", "transactions?page=0", 400),
        ("GET", "nothing", 404),
        ("PATCH", "company", 405),
        ("POST", "contacts", 422),
        ("DELETE", "invoices/inv_0", 404),
    ],
)
def test_every_response_carries_the_rate_headers(reader: Any, method: str, path: str, status: int) -> None:
    response = reader.send(method, path, {})
    assert response.status_code == status
    found = {name: int(response.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset")}
    assert found["Limit"] == 10**9
    assert 0 < found["Remaining"] < 10**9
    assert found["Reset"] % 60 == 0
    assert 0 <= found["Reset"] - parsedate_to_datetime(response.headers["Date"]).timestamp() <= 60


def test_unknown_keys_get_the_headers_too(start: Make, client_for: Make) -> None:
    emulator, _ = start(size="empty", plan="starter")
    stranger = client_for(emulator, "unknown")
    remaining = [stranger.get("company").headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert remaining == ["59", "58"]


def test_over_the_limit_is_a_429_until_the_window_ends(start: Make) -> None:
    _, client = start(size="empty", minute_limit=3, minute=86_400 * 365)
    answers = [client.get("company") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    refusal = answers[3]
    message = "the rate limit is spent; wait until X-RateLimit-Reset"
    assert refusal.json() == {"error": {"code": "rate_limited", "message": message}}
    wait = (
        int(refusal.headers["X-RateLimit-Reset"]) - parsedate_to_datetime(refusal.headers["Date"]).timestamp()
    )
    assert abs(int(refusal.headers["Retry-After"]) - wait) <= 1


def test_short_windows_come_round_without_a_minutes_wait(start: Make) -> None:
    _, client = start(size="empty", minute_limit=1, minute=0.05)
    resets, statuses = set(), set()
    for _ in range(2000):
        answer = client.get("company")
        statuses.add(answer.status_code)
        if answer.status_code == 200:
            resets.add(answer.headers["X-RateLimit-Reset"])
        if len(resets) >= 3 and len(statuses) == 2:
            break
    assert statuses == {200, 429}
    assert len(resets) >= 3


def test_each_key_has_its_own_budget(start: Make, client_for: Make) -> None:
    emulator, client = start(size="empty", companies=2, minute_limit=2, minute=86_400 * 365)
    other = client_for(emulator, "demo-key-2")
    assert [client.get("company").status_code for _ in range(3)] == [200, 200, 429]
    assert other.get("company").status_code == 200


def test_a_spent_day_is_a_429_with_a_reset_at_midnight(start: Make) -> None:
    _, client = start(size="empty", daily_limit=2)
    statuses = [client.get("company").status_code for _ in range(2)]
    refusal = client.get("company")
    assert [*statuses, refusal.status_code] == [200, 200, 429]
    assert refusal.headers["X-RateLimit-Remaining"] == "0"
    assert int(refusal.headers["X-RateLimit-Reset"]) % 86_400 == 0


def test_another_program_can_spend_the_window_or_the_day(start: Make) -> None:
    emulator, client = start(size="empty", minute_limit=100, minute=86_400 * 365, daily_limit=1000)
    emulator.arm(Fault("spend", requests=90))
    assert client.get("company").headers["X-RateLimit-Remaining"] == "9"
    emulator.arm(Fault("spend", requests=1000, day=True))
    refusal = client.get("company")
    assert refusal.status_code == 429
    assert int(refusal.headers["X-RateLimit-Reset"]) % 86_400 == 0


def test_a_skewed_clock_moves_date_and_reset_alike(start: Make) -> None:
    emulator, client = start(size="empty")
    emulator.arm(Fault("clock_skew", seconds=864_000))
    ahead = client.get("company").headers
    emulator.clear_faults()
    right = client.get("company").headers
    ahead_by = parsedate_to_datetime(ahead["Date"]) - parsedate_to_datetime(right["Date"])
    assert 0 <= 864_000 - ahead_by.total_seconds() < 60
    assert 0 <= 864_000 - (int(ahead["X-RateLimit-Reset"]) - int(right["X-RateLimit-Reset"])) <= 60
