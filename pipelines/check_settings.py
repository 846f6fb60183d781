"""The settings of the bookkeeping checks: thresholds, and checks that are switched off."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from accbooks_warehouse.sources.accbooks import ConfigurationError

SECTION = "sources.accbooks.checks"
CHECKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "likely_duplicate_invoice": ("days", "amount"),
        "likely_duplicate_payment": ("days", "amount"),
        "contact_in_many_accounts": ("accounts", "accounts_of_one_item"),
        "vat_number_missing": ("vat",),
        "unallocated_money": ("days",),
        "negative_control_account": (),
        "stuck_control_account": ("months",),
        "suspense_not_cleared": ("amount",),
        "vat_not_cleared": ("months", "months_if_annual"),
        "dormant_account": ("months", "amount"),
        "future_bill": (),
        "weekend_journal": ("share", "journals"),
        "backdated_entry": ("days", "together"),
        "round_sum_journal": ("days", "multiple"),
        "sudden_change_of_cost": ("variation", "times", "amount", "days"),
    }
)
"""The checks and their thresholds; the defaults are in the dbt project."""
WITH_DECIMALS = frozenset({"amount", "vat", "share", "variation", "times"})
"""The thresholds that need not be whole numbers."""


def read_check_settings(value: Any) -> dict[str, dict[str, int | float] | bool]:
    """Return the settings by check; raises ConfigurationError, which says what to write, otherwise."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{SECTION} is not a table. Write [{SECTION}] above its keys.")
    return {str(name): _setting(str(name), each) for name, each in value.items()}


def _setting(name: str, value: Any) -> dict[str, int | float] | bool:
    if name not in CHECKS:
        raise ConfigurationError(f"{SECTION} has no check '{name}'. Choose from {', '.join(CHECKS)}.")
    if isinstance(value, bool):
        return {} if value else False
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            f"{SECTION}.{name} is '{value}'. Write false to switch it off, or a table of its thresholds."
        )
    for threshold, number in value.items():
        if threshold not in CHECKS[name]:
            known = ", ".join(CHECKS[name]) or "none"
            raise ConfigurationError(f"{SECTION}.{name} has no threshold '{threshold}' (it has {known}).")
        kinds = (int, float) if threshold in WITH_DECIMALS else (int,)
        if isinstance(number, bool) or not isinstance(number, kinds) or number < 0:
            what = "number" if threshold in WITH_DECIMALS else "whole number"
            raise ConfigurationError(f"{SECTION}.{name}.{threshold} is '{number}'. Write a {what} from 0.")
    return dict(value)
