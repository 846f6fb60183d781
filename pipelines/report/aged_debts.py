"""Aged debts as they are printed: the largest contacts by name, all others in one row."""

from __future__ import annotations

from accbooks_warehouse.pipelines.queries.aged_debts import Debtor, Debts, together

SHOWN = 25


def debt_rows(debts: Debts) -> tuple[Debtor, ...]:
    """Return a row for each contact, the largest first; beyond SHOWN contacts the rest is one row."""
    kept, rest = debts.contacts[:SHOWN], debts.contacts[SHOWN:]
    others = [together(f"{len(rest)} others", rest)] if rest else []
    return (*kept, *others)
