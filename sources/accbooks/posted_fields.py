"""Which fields of a record the ledger does not follow from: that depends on what record it is.

The rules are those of the ledger's models. The functions take a record's typed fields, in which one that
cannot be read is null. A field that decides is never among those they return: whether the ledger follows from
the others nobody can tell without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]

NOT_POSTED = ("draft", "void")
"""Documents of these statuses post nothing (assumed)."""

NOTHING: frozenset[str] = frozenset()
DIRECT_AMOUNTS = frozenset({"net_amount", "vat_amount", "nominal_code"})
OF_TRANSACTIONS = DIRECT_AMOUNTS | {
    "account_id",
    "transfer_account_id",
    "invoice_id",
    "currency",
    "exchange_rate",
    "amount",
}


def unposted_by_any(_: Fields) -> frozenset[str]:
    """Return no field: every record of the list posts from the same ones."""
    return NOTHING


def unposted_by_transaction(row: Fields) -> frozenset[str]:
    """Return what a void transaction, a transfer, a settlement or any other transaction does not use."""
    if row["status"] in NOT_POSTED:
        return OF_TRANSACTIONS
    if row["type"] == "transfer":
        return DIRECT_AMOUNTS | {"invoice_id"}
    if row["invoice_id"] is not None:
        return DIRECT_AMOUNTS | {"transfer_account_id"}
    return frozenset({"amount", "transfer_account_id"})


def lines_post_always(_: Fields) -> bool:
    """Tell that the lines of every record post."""
    return True


def lines_of_invoice_post(row: Fields) -> bool:
    """Tell whether an invoice's lines post; of a draft or a void one, payments need the type and rate."""
    return row["status"] not in NOT_POSTED
