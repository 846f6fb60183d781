"""What a plan says, beside what the sync then does."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from emulator.settings import Grant
from pipelines.configuration import Company
from pipelines.plan import Plan, Step, plan
from pipelines.views import print_plan
from sources.accbooks.settings import Settings
from sources.accbooks.windows import Window

from pendulum import date  # isort: skip

LISTS = ["contacts", "bank_accounts", "transactions", "invoices", "journals"]
FEW = "key-with-few-permissions"


@pytest.fixture(scope="module")
def copy(open_module_copy):
    keys = {FEW: Grant(permissions=frozenset({"company:read", "contacts:read"}))}
    return open_module_copy(plan="pro", minute_limit=3_000, keys=keys)


def planned(copy, window=None, key=None):
    company = Company("default", Settings(key or copy.emulator.key, copy.emulator.base_url))
    return plan(copy.warehouse, company, window)


def printed(found):
    console = Console(file=io.StringIO(), width=80, highlight=False)
    print_plan(console, found)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_plan_costs_a_request_a_window_and_comes_close_to_what_the_sync_takes(copy):
    before = copy.emulator.statistics.requests
    first = planned(copy)
    assert copy.emulator.statistics.requests - before == first.asked == 1 + len(LISTS)
    assert [step.resource for step in first.steps[:5]] == LISTS
    assert [step.records for step in first.steps[:5]] == [len(copy.emulator.books.all(n)) for n in LISTS]
    assert {step.reason for step in first.steps[2:5]} == {"first"}
    assert not copy.warehouse.exists() or not copy.warehouse.has_raw_tables()

    spent = copy.sync().companies[0].reading.client.budget.requests
    assert spent == pytest.approx(first.requests, rel=0.1)

    second = planned(copy)
    assert {step.reason for step in second.steps[2:5]} == {"lookback"}
    assert second.requests < 35  # the reports of the lookback too, in case something of it changed


def test_a_plan_is_made_for_the_dates_asked_for(copy):
    january = Window(date(2025, 1, 1), date(2025, 1, 31))
    found = planned(copy, january)
    assert {step.window for step in found.steps[2:5]} == {january}


def test_what_is_forbidden_is_part_of_the_plan(copy):
    found = planned(copy, key=FEW)
    assert {(step.resource, step.reason, step.requests) for step in found.steps if step.records is None} >= {
        ("journals", "permission missing", 1)
    }


BACKFILL = [
    Step("transactions", Window(), "first", 1_000_000, 10_200),
    Step("trial_balance", None, "proof", None, 120),
]


@pytest.mark.parametrize(
    ("limit", "allowance", "spent", "lines"),
    [
        (
            60,
            9_000,
            5_000,
            [
                "About 10,321 requests: at least 172 minutes at 60 a minute.",
                "That is 114.7% of the 9,000 we may spend a day; 4,000 are left today, so it will",
                "take 2 days (see --wait).",
            ],
        ),
        (
            300,
            90_000,
            0,
            [
                "About 10,321 requests: at least 34 minutes at 300 a minute.",
                "That is 11.5% of the 90,000 we may spend a day; 90,000 are left today.",
            ],
        ),
        (
            20_000,
            None,
            0,
            [
                "About 10,321 requests: less than a minute at 20,000 a minute.",
                "The daily limit of this plan is not known.",
            ],
        ),
    ],
)
def test_the_limits_are_put_into_words(limit, allowance, spent, lines):
    found = printed(Plan("north", "comp_1", BACKFILL, 1, limit, allowance, spent, 6))
    assert found[:4] == [
        "north: company comp_1",
        " resource       dates        why      records  requests",
        " transactions   all dates    first  1,000,000    10,200",
        " trial_balance  due periods  proof                  120",
    ]
    assert found[4:] == [*lines, "Finding this out took 6 requests."]
