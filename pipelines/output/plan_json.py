"""The plan of a sync as one JSON document; docs/commands.md lists its keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.sync.plan import Plan, Step
from accbooks_warehouse.pipelines.sync.plan_total import PlanTotal


def plans_as_json(
    plans: Sequence[Plan], failed: Mapping[str, str], total: PlanTotal, status: ExitStatus
) -> str:
    """Write plans as JSON: dates as ISO 8601 text. `failed` are the messages of companies without a plan."""
    document = {
        "exit_status": int(status),
        "total": _total(total),
        "companies": [_plan(each) for each in plans],
        "failed": [{"name": name, "message": message} for name, message in failed.items()],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _total(total: PlanTotal) -> dict[str, Any]:
    return {
        "companies": total.companies,
        "fewest": total.fewest,
        "requests": total.requests,
        "minutes": total.minutes,
        "side_by_side": total.side_by_side,
        "days": total.days,
        "asked": total.requests_made,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "company_id": plan.company_id,
        "is_first": plan.is_first,
        "fewest": plan.fewest,
        "requests": plan.requests,
        "minutes": plan.full_minutes,
        "days": plan.days,
        "requests_a_minute": plan.limit,
        "requests_allowed": plan.allowance,
        "requests_today": plan.spent,
        "asked": plan.requests_made,
        "steps": [_step(each) for each in plan.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    start, end = (step.window.start, step.window.end) if step.window else (None, None)
    return {
        "resource": step.resource,
        "from": start.isoformat() if start else None,
        "to": end.isoformat() if end else None,
        "reason": step.reason,
        "records": step.records,
        "requests": step.requests,
    }
