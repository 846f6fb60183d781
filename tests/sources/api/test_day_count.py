"""The day's requests are counted on disk, and never beyond our share of the limit."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from accbooks_warehouse.sources.accbooks.api.budget import RateBudget
from accbooks_warehouse.sources.accbooks.api.day_count import DayCount, day_count, end_of_day
from accbooks_warehouse.sources.accbooks.errors import BudgetClosedError, DayBudgetSpentError

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
from accbooks_warehouse.sources.accbooks.api.day_count import DayCount
count = DayCount(sys.argv[1], sys.argv[2], sys.argv[3])
for _ in range(50):
    count.spend(float(sys.argv[4]))
"""
    command = [sys.executable, "-c", script, path, KEY, URL, str(NOON)]
    workers = [subprocess.Popen(command) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert DayCount(path, KEY, URL).spent(NOON) == 150
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_what_would_pass_the_allowance_is_not_counted(tmp_path):
    count = DayCount(tmp_path / "requests.sqlite", KEY, URL)
    assert [count.spend(NOON, 2), count.spend(NOON, 2), count.spend(NOON, 2)] == [1, 2, None]
    assert (count.spent(NOON), count.spend(MIDNIGHT, 2)) == (2, 1)
    assert (count.spend(NOON), count.spend(NOON, 3), count.spend(NOON, 4)) == (3, None, 4)


def test_an_allowance_of_nothing_allows_nothing(tmp_path):
    count = DayCount(tmp_path / "requests.sqlite", KEY, URL)
    assert (count.spend(NOON, 0), count.spent(NOON)) == (None, 0)


def test_processes_and_their_threads_together_spend_the_allowance_and_no_more(tmp_path):
    path = tmp_path / "requests.sqlite"
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from accbooks_warehouse.sources.accbooks.api.day_count import DayCount
count = DayCount(sys.argv[1], sys.argv[2], sys.argv[3])
now = float(sys.argv[4])
print("ready", flush=True)
input()
with ThreadPoolExecutor(4) as threads:
    counted = threads.map(lambda _: count.spend(now, 500) is not None, range(200))
print(sum(counted))
"""
    command = [sys.executable, "-c", script, path, KEY, URL, str(NOON)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(3)]
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 3
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    counted = [int(worker.communicate()[0]) for worker in workers]
    assert (sum(counted), DayCount(path, KEY, URL).spent(NOON)) == (500, 500)
    assert sum(each > 0 for each in counted) > 1


def test_without_a_place_to_keep_it_the_count_is_of_this_run(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    count = day_count(tmp_path / "file" / "requests.sqlite", KEY, URL)
    assert count.spend(NOON) == 1
    assert "counted for this run only" in caplog.text


def test_a_file_that_fails_later_does_not_stop_the_run(tmp_path, caplog):
    count = DayCount(tmp_path / "requests.sqlite", "key", "url")
    assert count.spend(NOON) == 1
    with sqlite3.connect(tmp_path / "requests.sqlite") as other:
        other.execute("drop table requests")
    assert [count.spend(NOON), count.spend(NOON), count.spent(NOON)] == [1, 2, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "From now on requests are counted for this run only: no such table: requests."
    ]


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


def test_a_refused_request_counts_for_the_day_too(tmp_path):
    count = DayCount(tmp_path / "requests.sqlite", KEY, URL)
    budget = RateBudget(day=count, clock=lambda: NOON)
    budget.acquire()
    budget.release({"Retry-After": "1"}, refused=True)
    assert count.spent(NOON) == 1


def test_nothing_is_counted_for_the_day_once_the_budget_is_closed(tmp_path):
    count = DayCount(tmp_path / "requests.sqlite", KEY, URL)
    budget = RateBudget(day=count, clock=lambda: NOON)
    budget.close()
    with pytest.raises(BudgetClosedError):
        budget.acquire()
    assert count.spent(NOON) == 0


def test_an_unknown_plan_has_no_daily_limit(tmp_path):
    budget = RateBudget(
        day=DayCount(tmp_path / "requests.sqlite", KEY, URL), daily_share=0.0001, clock=lambda: NOON
    )
    for _ in range(50):
        answered(budget, 3000)
    assert budget.requests == 50


def test_the_file_is_made_where_the_user_keeps_state(monkeypatch, tmp_path):
    from accbooks_warehouse.pipelines.configuration import companies  # noqa: PLC0415 - reads the environment

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SOURCES__ACCBOOKS__API_KEY", KEY)
    (company,) = companies()
    assert company.settings.day_count == Path(tmp_path, "accbooks", "requests.sqlite")
