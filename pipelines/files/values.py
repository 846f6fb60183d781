"""Read one cell of a file; whatever is not what the column takes gets a sentence that says what to write."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.files.kinds import Form

CATEGORIES = (
    *("fixed_assets", "current_assets", "current_liabilities", "long_term_liabilities"),
    *("capital_and_reserves", "turnover", "cost_of_sales", "other_income", "overheads", "taxation"),
)
STATEMENTS = ("profit_and_loss", "balance_sheet")
OF_A_SPREADSHEET = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}/\d{1,2}/\d{1,2}|[A-Za-z]{3,9}[- ]\d{2,4}"
)
DECIMAL = re.compile(r"-?\d+(\.\d+)?")
LONGEST_AMOUNT = 15
"""The most digits before the point: an amount has 18 digits, two of them after it."""


class CellError(Exception):
    """A cell that cannot be read. Its message says what it is and what to write."""


def read_cell(form: Form, text: str) -> Any:
    """Return the value of a cell that is not empty; raises CellError."""
    return READERS.get(form, _text)(text)


def _text(text: str) -> str:
    return text


def _account(text: str) -> str:
    if re.fullmatch(r"\d+\.0+", text) or re.fullmatch(r"\d{1,3},\d{3}", text):
        raise CellError("is a number. Format the column as text in your spreadsheet, and write like 4000")
    return text


def _code(text: str) -> str:
    if not re.fullmatch(r"\d+", text):
        raise CellError("is not a nominal code. Write its digits, like 4000")
    return text


def _choice(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise CellError(f"is not supported. Write one of {', '.join(known)}")
        return text

    return read


def _order(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise CellError("is not a whole number. Write the position of the line, like 10")
    return int(text)


def _day(text: str) -> dt.date:
    """Return a day. A spreadsheet writes days in the form of its country, which cannot be told apart."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise CellError("is no day of the calendar") from None
    if OF_A_SPREADSHEET.fullmatch(text):
        raise CellError(
            "is a date as a spreadsheet writes it. Format the column as text, and write YYYY-MM-DD, like "
            "2026-04-01"
        )
    raise CellError("is not a date. Write YYYY-MM-DD, like 2026-04-01")


def _month(text: str) -> dt.date:
    day = _day(text)
    if day.day != 1:
        raise CellError(f"is not the first day of a month. Write {day.replace(day=1)}")
    return day


def _decimal(text: str, places: int, example: str) -> Decimal:
    if not DECIMAL.fullmatch(text):
        raise CellError(
            f"is not a decimal number. Write like {example}: a point before the pence, a minus in front of a "
            "negative number, no thousands separator, no currency sign"
        )
    _, _, decimals = text.partition(".")
    if len(decimals.rstrip("0")) > places:
        raise CellError(f"has more than {places} decimal places. Round it, like {example}")
    return Decimal(text)


def _amount(text: str) -> Decimal:
    amount = _decimal(text, 2, "1234.50")
    if len(text.partition(".")[0].lstrip("-")) > LONGEST_AMOUNT:
        raise CellError(f"is too large. Amounts have at most {LONGEST_AMOUNT} digits before the point")
    return amount.quantize(Decimal("0.01"))


def _share(text: str) -> Decimal:
    if text.endswith("%"):
        raise CellError("is a percentage. Write the share as a fraction of 1, like 0.8 for 80 %")
    share = _decimal(text, 6, "0.8")
    if not 0 < share <= 1:
        raise CellError("is not above 0 and at most 1. Write the share as a fraction, like 0.8 for 80 %")
    return share


def _rate(text: str) -> Decimal:
    rate = _decimal(text, 8, "0.85120000")
    if not 0 < rate < 10**9:
        raise CellError("is not above 0. Write what one unit costs in the group's currency, like 0.8512")
    return rate


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise CellError("is not a currency. Write the three capital letters of ISO 4217, like EUR")
    return text


READERS: Mapping[Form, Callable[[str], Any]] = {
    Form.ACCOUNT: _account,
    Form.CODE: _code,
    Form.STATEMENT: _choice(STATEMENTS),
    Form.CATEGORY: _choice(CATEGORIES),
    Form.ORDER: _order,
    Form.MONTH: _month,
    Form.DAY: _day,
    Form.AMOUNT: _amount,
    Form.SHARE: _share,
    Form.RATE: _rate,
    Form.CURRENCY: _currency,
}
