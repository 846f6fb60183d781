"""What a plan of several companies says at its end, and as JSON."""

import io
import json

import pytest
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.plan_json import plans_as_json
from accbooks_warehouse.pipelines.output.views import print_plan_total
from accbooks_warehouse.pipelines.sync.plan import Plan, Step
from accbooks_warehouse.pipelines.sync.plan_total import PlanTotal, minutes_side_by_side, plan_total
from accbooks_warehouse.sources.accbooks import Window
from pendulum import date
from rich.console import Console

STEPS = [
    Step("contacts", None, "whole", 65, 1),
    Step("invoices", Window(date(2026, 3, 1), None), "lookback", 250, 3),
]


def planned(name: str, reports: int, limit: int | None = 60, **fields: int) -> Plan:
    steps = [*STEPS, Step("trial_balance", None, "compare", None, reports)]
    return Plan(name, f"comp_{name}", steps, 1, limit, 9_000, 20, 7, **fields)


@pytest.mark.parametrize(
    ("minutes", "jobs", "ends"),
    [([], 4, 0), ([3], 4, 3), ([3, 1, 1], 2, 3), ([1, 1, 3], 2, 4), ([2, 2, 2, 2, 2], 4, 4)],
)
def test_minutes_are_those_of_companies_read_side_by_side(minutes: list[int], jobs: int, ends: int) -> None:
    assert minutes_side_by_side(minutes, jobs) == ends


def test_a_total_adds_requests_and_takes_the_days_of_the_largest() -> None:
    plans = [planned("a", 175), planned("b", 55, spare=40), planned("c", 9_115)]
    # 180, 60 and 9,120 requests: the last begins after 2, 0 and 151 minutes of 60 a minute
    total = plan_total(plans, 4)
    assert total == PlanTotal(3, 9_320, 9_360, 151, 3, 2, 21)
    assert plan_total(plans, 1).minutes == 153
    assert plan_total([*plans, planned("d", 1, None)], 4).minutes is None
    assert plan_total([], 4) == PlanTotal(0, 0, 0, 0, 0, 1, 0)


@pytest.mark.parametrize(
    ("total", "failed", "lines"),
    [
        (
            PlanTotal(200, 3_400, 3_400, 0, 4, 1, 1_600),
            0,
            [
                "Total of 200 companies: about 3,400 requests; less than a minute with 4 of them",
                "  read side by side, each at its own limit.",
                "These estimates took 1,600 requests.",
            ],
        ),
        (
            PlanTotal(1, 30, 50_000, 151, 1, 6, 9),
            2,
            [
                "Total of 1 company: between 30 and 50,000 requests; at least 151 minutes with 1",
                "  of them read side by side, each at its own limit.",
                "The largest takes 6 days by its daily limit (see --wait).",
                "2 more could not be estimated; see above.",
                "These estimates took 9 requests.",
            ],
        ),
        (
            PlanTotal(2, 30, 30, None, 2, 1, 9),
            0,
            [
                "Total of 2 companies: about 30 requests; the time is not known, because AccBooks",
                "  sent no rate limit headers for some of them.",
                "These estimates took 9 requests.",
            ],
        ),
    ],
)
def test_the_total_is_said_in_80_columns(total: PlanTotal, failed: int, lines: list[str]) -> None:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    print_plan_total(console, total, failed)
    assert isinstance(console.file, io.StringIO)
    assert [line.rstrip() for line in console.file.getvalue().splitlines()] == lines


def test_json_has_every_company_and_the_total() -> None:
    plans = [planned("a", 175)]
    said = plans_as_json(plans, {"b": "AccBooks rejected the key."}, plan_total(plans, 4), ExitStatus.ERROR)
    assert json.loads(said) == {
        "exit_status": 1,
        "total": {
            "companies": 1,
            "fewest": 180,
            "requests": 180,
            "minutes": 2,
            "side_by_side": 1,
            "days": 1,
            "asked": 7,
        },
        "companies": [
            {
                "name": "a",
                "company_id": "comp_a",
                "is_first": True,
                "fewest": 180,
                "requests": 180,
                "minutes": 2,
                "days": 1,
                "requests_a_minute": 60,
                "requests_allowed": 9_000,
                "requests_today": 20,
                "asked": 7,
                "steps": [
                    {
                        "resource": "contacts",
                        "from": None,
                        "to": None,
                        "reason": "whole",
                        "records": 65,
                        "requests": 1,
                    },
                    {
                        "resource": "invoices",
                        "from": "2026-03-01",
                        "to": None,
                        "reason": "lookback",
                        "records": 250,
                        "requests": 3,
                    },
                    {
                        "resource": "trial_balance",
                        "from": None,
                        "to": None,
                        "reason": "compare",
                        "records": None,
                        "requests": 175,
                    },
                ],
            }
        ],
        "failed": [{"name": "b", "message": "AccBooks rejected the key."}],
    }
