"""What a sync of several companies takes together: requests, minutes and days."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from accbooks_warehouse.pipelines.sync.plan import Plan


@dataclass(frozen=True)
class PlanTotal:
    """The requests that a sync of several companies makes, from `fewest` to `requests`.

    `minutes` pass until the last request can be made, with up to `side_by_side` companies read at once: each
    key has limits of its own. It is None if the limit of a company is not known. `days` are the UTC days that
    the company with the most requests needs. `requests_made` are the requests that the estimates made.
    """

    companies: int
    fewest: int
    requests: int
    minutes: int | None
    side_by_side: int
    days: int
    requests_made: int


def plan_total(plans: Sequence[Plan], jobs: int) -> PlanTotal:
    """Return what these plans take together, if up to `jobs` companies are read side by side."""
    minutes = [plan.full_minutes for plan in plans]
    known = [each for each in minutes if each is not None]
    return PlanTotal(
        len(plans),
        sum(plan.fewest for plan in plans),
        sum(plan.requests for plan in plans),
        minutes_side_by_side(known, jobs) if len(known) == len(minutes) else None,
        min(jobs, len(plans)),
        max((plan.days for plan in plans), default=1),
        sum(plan.requests_made for plan in plans),
    )


def minutes_side_by_side(minutes: Sequence[int], jobs: int) -> int:
    """Return when the last task ends, if each begins in order as soon as one of `jobs` has ended."""
    ends = [0] * jobs
    for each in minutes:
        heapq.heapreplace(ends, ends[0] + each)
    return max(ends)
