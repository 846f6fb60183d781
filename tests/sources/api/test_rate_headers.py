"""Rate headers as servers send them: as documented, left out, and such as nobody can have meant."""

from email.utils import formatdate

import pytest
from accbooks_warehouse.sources.accbooks.api.budget import RateBudget
from accbooks_warehouse.sources.accbooks.api.day_count import end_of_day
from accbooks_warehouse.sources.accbooks.api.rate_headers import RateHeaders, plausible_headers
from accbooks_warehouse.sources.accbooks.errors import DayBudgetSpentError

NOW = 1_764_360_000.0
TODAY = {"Date": formatdate(NOW, usegmt=True)}
MIDNIGHT = end_of_day(NOW)
NOTHING = RateHeaders(None, None, None, None, None)
DAY = 86_400


def read(headers: dict[str, str], *, refused: bool = False) -> tuple[RateHeaders, list[str]]:
    found = plausible_headers(headers, NOW, NOW, refused=refused)
    return found.headers, list(found.warnings)


def test_the_documented_headers_are_read() -> None:
    headers = {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "59",
        "X-RateLimit-Reset": f"{NOW + 40.5}",
        "Retry-After": "7",
    }
    assert read(headers | TODAY) == (RateHeaders(60, 59, NOW + 40.5, 7.0, NOW), [])


def test_absent_headers_are_none_and_not_odd() -> None:
    assert read({}) == (NOTHING, [])


def test_retry_after_may_be_a_date_of_the_servers_clock() -> None:
    answer = {"Retry-After": formatdate(NOW + 30, usegmt=True)}
    assert read(answer | TODAY)[0].retry_after == 30.0
    assert read(answer) == (RateHeaders(None, None, None, 30.0, None), [])


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-inf", "1e300", "-1", "-1764360040", "0", "60"])
def test_a_reset_that_cannot_be_meant_is_a_minute_away(text: str) -> None:
    headers, warnings = read({"X-RateLimit-Reset": text} | TODAY)
    assert (headers.reset, warnings) == (NOW + 60, ["X-RateLimit-Reset"])


def test_a_reset_in_milliseconds_is_read_as_such() -> None:
    found = plausible_headers({"X-RateLimit-Reset": "1764360040000"}, NOW, NOW, refused=True)
    assert found.headers.reset == NOW + 40
    assert found.warnings == {
        "X-RateLimit-Reset": "AccBooks' header X-RateLimit-Reset is '1764360040000': "
        "it is read as milliseconds."
    }


@pytest.mark.parametrize("text", ["1e300", "99999999999", "9" * 300])
def test_a_refusal_till_a_time_beyond_all_days_is_till_the_end_of_this_one(text: str) -> None:
    assert read({"X-RateLimit-Reset": text} | TODAY, refused=True)[0].reset == MIDNIGHT
    knows_better = {"X-RateLimit-Reset": text, "Retry-After": "5"}
    assert read(knows_better | TODAY, refused=True)[0].reset == NOW + 60


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Fri, 31 Dec 9999 23:59:59 GMT", MIDNIGHT - NOW),
        ("Fri, 31 Dec 9999 23:59:59 -0000", MIDNIGHT - NOW),
        ("1e300", MIDNIGHT - NOW),
        ("315360000", MIDNIGHT - NOW),
        ("-5", 0.0),
        ("nan", None),
        ("tomorrow", None),
        ("", None),
        ("Fri, 99 Foo 2025 99:99:99 GMT", None),
    ],
)
def test_a_retry_after_that_cannot_be_meant_ends_with_the_day_or_is_left_out(
    text: str, seconds: float | None
) -> None:
    headers, warnings = read({"Retry-After": text} | TODAY, refused=True)
    assert (headers.retry_after, warnings) == (seconds, ["Retry-After"])


@pytest.mark.parametrize(
    "text", ["yesterday", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"]
)
def test_a_date_that_cannot_be_meant_is_not_believed(text: str) -> None:
    assert read({"Date": text}) == (NOTHING, ["Date"])


def test_a_clock_a_day_wrong_is_believed() -> None:
    headers = {"Date": formatdate(NOW + DAY, usegmt=True), "X-RateLimit-Reset": f"{NOW + DAY + 30}"}
    assert read(headers) == (RateHeaders(None, None, NOW + DAY + 30, None, NOW + DAY), [])


@pytest.mark.parametrize("text", ["0", "-60", "1e300", "sixty", "60.5", "60, 60", "1e400"])
def test_a_limit_nobody_sells_is_left_out(text: str) -> None:
    assert read({"X-RateLimit-Limit": text}) == (NOTHING, ["X-RateLimit-Limit"])


@pytest.mark.parametrize(("text", "remaining"), [("-3", 0), ("-1e300", 0), ("many", None), ("1.5", None)])
def test_less_than_nothing_remaining_is_nothing(text: str, remaining: int | None) -> None:
    headers, warnings = read({"X-RateLimit-Remaining": text})
    assert (headers.remaining, warnings) == (remaining, ["X-RateLimit-Remaining"])


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Reset": "1e300"},
        {"X-RateLimit-Reset": "1764360000000000000"},
        {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"},
    ],
)
def test_a_refusal_for_ages_ends_the_day_and_says_what_was_odd(headers: dict[str, str]) -> None:
    budget = RateBudget(clock=lambda: NOW)
    budget.acquire()
    limits = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}
    budget.release(limits | headers | TODAY, refused=True)
    (name,) = headers
    with pytest.raises(DayBudgetSpentError, match=f"is used up. AccBooks' header {name} is ") as spent:
        budget.acquire()
    assert abs(spent.value.resets_at - MIDNIGHT) <= 1


def test_what_is_odd_is_said_once() -> None:
    budget = RateBudget(clock=lambda: NOW)
    for reset in ("-1", "nan"):
        budget.acquire()
        answer = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": reset}
        budget.release(answer | TODAY)
    assert budget.header_warnings == (
        "AccBooks' header X-RateLimit-Reset is '-1': one minute from then is used instead.",
    )
    assert budget.remaining == 9
