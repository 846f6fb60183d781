"""What a record posts in base currency, as far as it says so itself: no posting may be too large for `MONEY`.

The rules are those of the ledger's models. What a settlement posts at the rate of its invoice follows from
another record: the ledger's columns are wide enough for any such product, and nothing is quarantined for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .columns import DECIMAL_DIGITS, EXACT
from .posted_fields import NOT_POSTED, Fields

PENNY, ONE, ZERO = Decimal("0.01"), Decimal(1), Decimal(0)
LARGEST = Decimal(10**DECIMAL_DIGITS - 1).scaleb(-2)
RATE = "exchange_rate"


@dataclass(frozen=True)
class PostedAmounts:
    """Which fields of a record, and of its lines, hold the amounts it posts, and how to check them.

    `check` takes a typed record and its lines, and raises ValueError if a posting would be too large.
    """

    check: Callable[[Fields, Sequence[Fields]], None]
    of_record: tuple[str, ...] = ()
    of_lines: tuple[str, ...] = ()


def surely_fit(amounts: PostedAmounts, rows: pa.Table, lines: pa.Table | None) -> bool:
    """Tell whether no record of a window can post too much, whatever is added up; False if one might."""
    rate = max(ONE, _largest(rows, [RATE])) if RATE in rows.column_names else ONE
    total = EXACT.multiply(_largest(rows, amounts.of_record), Decimal(len(amounts.of_record)))
    if lines is not None:
        added = Decimal(len(amounts.of_lines) * lines.num_rows)
        total = max(total, EXACT.multiply(_largest(lines, amounts.of_lines), added))
    return EXACT.multiply(total, rate) < LARGEST


def check_transaction(row: Fields, _: Sequence[Fields]) -> None:
    """Check the amount of a settlement or a transfer, net and VAT of any other transaction."""
    if row["status"] in NOT_POSTED:
        return
    if row["type"] == "transfer" or row["invoice_id"] is not None:
        _base(row, "amount", row[RATE])
        return
    parts = [_base(row, name, row[RATE]) for name in ("net_amount", "vat_amount")]
    _must_fit("the sum of net_amount and vat_amount", sum(parts, ZERO))


def check_invoice(row: Fields, lines: Sequence[Fields]) -> None:
    """Check every line and the control account, which takes the sum of them."""
    if row["status"] in NOT_POSTED:
        return
    total = ZERO
    for line in lines:
        with_place = f"line_items {line['line_number']}: "
        for name in ("net_amount", "vat_amount"):
            total = EXACT.add(total, _base(line, name, row[RATE], with_place))
    _must_fit("the sum of line_items", total)


def check_journal(_: Fields, lines: Sequence[Fields]) -> None:
    """Check every line: should one fill both sides, it posts the difference."""
    for line in lines:
        amount = EXACT.subtract(line["debit"] or ZERO, line["credit"] or ZERO)
        _must_fit(f"lines {line['line_number']}: debit less credit", amount)


def _base(fields: Fields, name: str, rate: Decimal | None, place: str = "") -> Decimal:
    """Return an amount in base currency, halves away from zero; without a rate it stays as it is."""
    product = EXACT.multiply(fields[name] or ZERO, ONE if rate is None else rate)
    amount = product.quantize(PENNY, ROUND_HALF_UP, EXACT)
    _must_fit(f"{place}{name} {fields[name]} at exchange_rate {rate}", amount)
    return amount


def _must_fit(what: str, amount: Decimal) -> None:
    if abs(amount) > LARGEST:
        raise ValueError(f"{what} is {amount} in base currency, which is too large")


def _largest(table: pa.Table, names: Sequence[str]) -> Decimal:
    """Return the largest absolute value of some columns, zero if they are empty."""
    scalars: list[Any] = [pc.min_max(table[name]) for name in names]
    extremes = [scalar[end].as_py() for scalar in scalars for end in ("min", "max")]
    return max((abs(value) for value in extremes if value is not None), default=ZERO)
