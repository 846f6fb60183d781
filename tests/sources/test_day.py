"""The day's requests are counted on disk, and never beyond our share of the limit."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.accbooks.budget import RateBudget
from sources.accbooks.day import DayCount, day_count, end_of_day
from sources.accbooks.errors import DayBudgetSpentError

KEY = "a-key-that-must-not-be-stored"
URL = "https://api.accbooks.co.uk/v1/"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 5, 2, tzinfo=UTC).timestamp()


def test_requests_are_counted_per_key_server_and_day(tmp_path):
    path = tmp_path / "state" / "requests.sqlite"
    count = DayCount(path, KEY, URL)
    assert [count.spend(NOON), count.spend(MIDNIGHT - 0.001), count.spend(MIDNIGHT)] == [1, 2, 1]
    assert DayCount(path, "another", URL).spent(NOON) == 0
    assert DayCount(path, KEY, "http://127.0.0.1:1/v1/").spent(NOON) == 0


def test_the_count_survives_the_process_and_holds_no_key(tmp_path):
    path = tmp_path / "requests.sqlite"
    script = """
import sys
from sources.accbooks.day import DayCount
count = DayCount(sys.argv[1], sys.argv[2], sys.argv[3])
for _ in range(50):
    count.spend(float(sys.argv[4]))
"""
    command = [sys.executable, "-c", script, path, KEY, URL, str(NOON)]
    workers = [subprocess.Popen(command) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert DayCount(path, KEY, URL).spent(NOON) == 150
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_without_a_place_to_keep_it_the_count_is_of_this_run(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    count = day_count(tmp_path / "file" / "requests.sqlite", KEY, URL)
    assert count.spend(NOON) == 1
    assert "counted for this run alone" in caplog.text


def test_a_day_ends_at_midnight_utc():
    assert end_of_day(NOON) == MIDNIGHT
    assert end_of_day(MIDNIGHT) == MIDNIGHT + 86_400


def answered(budget: RateBudget, limit: int) -> None:
    budget.acquire()
    reset = str(NOON + 60)
    remaining = str(limit)
    budget.release(
        {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset}
    )


@pytest.mark.parametrize(("limit", "allowance"), [(60, 10_000), (300, 100_000)])
def test_our_share_of_the_plans_day_is_never_passed(tmp_path, limit, allowance):
    count = DayCount(tmp_path / "requests.sqlite", KEY, URL)
    budget = RateBudget(day=count, daily_share=0.001, clock=lambda: NOON)
    share = allowance // 1000
    for _ in range(share):
        answered(budget, limit)
    with pytest.raises(DayBudgetSpentError, match=f"Today's {share} requests") as caught:
        budget.acquire()
    assert caught.value.resets_at == MIDNIGHT
    assert count.spent(NOON) == share


def test_an_unknown_plan_has_no_daily_limit(tmp_path):
    budget = RateBudget(
        day=DayCount(tmp_path / "requests.sqlite", KEY, URL), daily_share=0.0001, clock=lambda: NOON
    )
    for _ in range(50):
        answered(budget, 3000)
    assert budget.requests == 50


def test_the_file_is_made_where_the_user_keeps_state(monkeypatch, tmp_path):
    from pipelines.configuration import companies  # noqa: PLC0415 - reads the environment

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SOURCES__ACCBOOKS__API_KEY", KEY)
    (company,) = companies()
    assert company.settings.day_count == Path(tmp_path, "accbooks", "requests.sqlite")
