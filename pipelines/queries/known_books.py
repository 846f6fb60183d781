"""The companies and accounts of a warehouse, to compare files with that name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse, stored_company_ids
from accbooks_warehouse.pipelines.queries.configured_companies import answers, called
from accbooks_warehouse.pipelines.queries.sections import COSTS, INCOME


@dataclass(frozen=True)
class KnownBooks:
    """Company ids by id and configured name, names without an id yet, and accounts by company id.

    `off_profit` are the accounts of the balance sheet, which no budget of a profit is about.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    unread: AbstractSet[str] = frozenset()
    accounts: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    off_profit: Mapping[str, AbstractSet[str]] = field(default_factory=dict)

    def called(self, company_id: str) -> str:
        """Return what to call a company: its configured name and its id, as far as it has one."""
        names = [name for name, of in self.ids.items() if of == company_id and name != company_id]
        return called(company_id, names[-1] if names else None)


def known_books(warehouse: Warehouse) -> KnownBooks:
    """Return what a warehouse knows; no accounts before its models are built."""
    stored = stored_company_ids(warehouse)
    named = answers(warehouse)  # the latest last
    ids = {each.name: each.company_id for each in named if each.company_id}
    accounts: defaultdict[str, set[str]] = defaultdict(set)
    off_profit: defaultdict[str, set[str]] = defaultdict(set)
    if warehouse.has_table(MODELS, "nominal_accounts"):
        for company_id, code, category in warehouse.query(
            f"select company_id, nominal_code, category from {warehouse.models}.nominal_accounts"
        ):
            accounts[company_id].add(code)
            if category is not None and category not in (*INCOME, *COSTS):
                off_profit[company_id].add(code)
    return KnownBooks(
        ids | {each: each for each in stored},
        frozenset(each.name for each in named if each.company_id is None) - ids.keys(),
        accounts,
        off_profit,
    )
