"""How deeply the books are compared with AccBooks' own reports."""

from __future__ import annotations

from enum import StrEnum


class Depth(StrEnum):
    """How deeply the books are compared; each depth includes those before it."""

    balances = "balances"
    years = "years"
    months = "months"
