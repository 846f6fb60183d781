"""The accounts that a pack knows by their codes, as the dbt variables name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ControlAccounts:
    """The codes of trade debtors, trade creditors and retained earnings."""

    debtors: str = "1100"
    creditors: str = "2100"
    retained: str = "3200"

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> ControlAccounts:
        """Return the codes that dbt variables name; those of the project where they do not."""
        return cls(
            str(variables.get("trade_debtors", cls.debtors)),
            str(variables.get("trade_creditors", cls.creditors)),
            str(variables.get("retained_earnings", cls.retained)),
        )


USUAL_ACCOUNTS = ControlAccounts()
"""Those of the project."""
