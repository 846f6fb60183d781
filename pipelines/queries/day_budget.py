"""The requests that the configured keys made today, and how many they may make."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.control import ControlError
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.destinations import Warehouse, stored_company_ids
from accbooks_warehouse.pipelines.queries.company import company_details
from accbooks_warehouse.sources.accbooks import PLANS, Settings, day_count

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DayBudget:
    """The requests a configured key made this UTC day, as counted on this machine.

    `allowance` is our share of the plan's requests a day, None if the plan is not known or has no limit.
    """

    name: str
    spent: int
    allowance: int | None

    def __str__(self) -> str:
        allowed = f" of {self.allowance:,} allowed" if self.allowance else ""
        return f"{count(self.spent, 'request')}{allowed}"


def day_budgets(warehouse: Warehouse, configured: Iterable[Company]) -> list[DayBudget]:
    """Return the requests of every configured key today; the plan is the one in the company's record.

    None if they are counted in a control database that cannot be asked, which is logged.
    """
    return [
        DayBudget(company.name, spent, _allowance(warehouse, company))
        for company, spent in _counted(configured).items()
    ]


def budgets_of_plans(configured: Iterable[Company], plans: Mapping[str, str | None]) -> list[DayBudget]:
    """Return the same by the plans of the configured names, where these are known already."""
    return [
        DayBudget(each.name, spent, _allowed(each.settings, plans.get(each.name)))
        for each, spent in _counted(configured).items()
    ]


def _counted(configured: Iterable[Company]) -> Mapping[Company, int]:
    """Return the requests of every key today; none of them if the control database cannot be asked."""
    try:
        return {company: _spent_today(company.settings) for company in configured}
    except ControlError as error:
        logger.error("The requests of today are not shown. %s", error)  # noqa: TRY400 - it says all there is
        return {}


def _spent_today(settings: Settings) -> int:
    if settings.shared_counts is not None:
        return settings.shared_counts.of_key(settings.api_key, settings.base_url).spent()
    if settings.day_count is None:
        return 0
    with closing(day_count(settings.day_count, settings.api_key, settings.base_url)) as counted:
        return counted.spent(time.time())


def _allowance(warehouse: Warehouse, company: Company) -> int | None:
    plans = [
        company_details(warehouse, each, "plan")[0]
        for each in stored_company_ids(warehouse, company.pipeline_name)
    ]
    limits = [allowed for plan in plans if (allowed := _allowed(company.settings, plan)) is not None]
    return limits[0] if limits else None


def _allowed(settings: Settings, plan: str | None) -> int | None:
    """Return our share of a plan's requests a day; None if the plan is not known or has no limit."""
    return int(PLANS[plan].day * settings.daily_share) if plan is not None and plan in PLANS else None


def budgets_by_company(warehouse: Warehouse, configured: Iterable[Company]) -> dict[str, list[DayBudget]]:
    """Return the requests of each company's keys today; none if no key is configured."""
    found: defaultdict[str, list[DayBudget]] = defaultdict(list)
    for company in configured:
        for company_id in stored_company_ids(warehouse, company.pipeline_name):
            found[company_id] += day_budgets(warehouse, [company])
    return found
