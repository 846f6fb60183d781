"""Exact money: decimals at the edges, whole pence inside."""

from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
PENNY = Decimal("0.01")


def base_pence(amount: Decimal | int, rate: Decimal | int) -> int:
    """Return `amount` times `rate` in whole pence, halves away from zero.

    Raises decimal.InvalidOperation if the product needs more than sixty digits.
    """
    product = EXACT.multiply(amount, rate)
    return int(EXACT.scaleb(EXACT.quantize(product, PENNY), 2))


def pence(amount: Decimal | int) -> int:
    """Return `amount`, in pounds, as whole pence, halves away from zero."""
    return base_pence(amount, 1)


def money(pence_amount: int) -> Decimal:
    """Return whole pence as a decimal with exactly two places."""
    return Decimal(pence_amount).scaleb(-2, EXACT)


def vat_pence(net: int, vat_rate: str | None) -> int:
    """Return the VAT in pence on `net` pence at a documented rate; exempt and None carry none."""
    percent = int(vat_rate) if vat_rate in ("20", "5") else 0
    return base_pence(money(net * percent), Decimal("0.01")) if percent else 0
