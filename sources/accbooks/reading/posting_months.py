"""Find the months with postings.

A draft or void record posts nothing, nor does one without lines or with only zero amounts (assumed). If an
amount is missing, the month is included: a month too many costs three reports, while a month too few is not
compared.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..posted_fields import NOT_POSTED
from ..tables.arrow_values import scalar_of, texts
from ..tables.schemas import TypedRecords


def posting_months(resource: str, typed: TypedRecords) -> set[dt.date]:
    """Return the first days of the months in which records of a dated list post."""
    rows = typed.rows
    if "status" in rows.column_names:
        not_posted = texts(NOT_POSTED)
        rows = rows.filter(pc.invert(pc.is_in(rows["status"], value_set=not_posted)))
    if resource == "transactions":
        rows = rows.filter(_moves_money(rows))
    elif typed.lines is not None:
        rows = rows.filter(pc.is_in(rows["id"], value_set=_with_amounts(resource, typed.lines)))
    return {day.replace(day=1) for day in pc.unique(rows["date"]).to_pylist() if day is not None}


def _moves_money(rows: pa.Table) -> Any:
    """Tell for each transaction whether it posts an amount; settlements and transfers post only one."""
    has_one = pc.or_(
        pc.is_valid(rows["invoice_id"]), pc.equal(rows["type"], scalar_of("transfer", pa.string()))
    )
    direct = pc.or_(_is_amount(rows["net_amount"], missing=True), _is_amount(rows["vat_amount"]))
    return pc.if_else(has_one, _is_amount(rows["amount"], missing=True), direct)


def _with_amounts(resource: str, lines: pa.Table) -> Any:
    """Return the ids of documents that have a line with an amount."""
    if resource == "invoices":
        found = pc.or_(_is_amount(lines["net_amount"], missing=True), _is_amount(lines["vat_amount"]))
        return pc.unique(lines.filter(found)["invoice_id"])
    found = pc.or_(_is_amount(lines["debit"]), _is_amount(lines["credit"]))
    return pc.unique(lines.filter(found)["journal_id"])


def _is_amount(amounts: pa.ChunkedArray[Any], *, missing: bool = False) -> Any:
    """Tell for each amount whether it is not zero; `missing` is the result for null."""
    is_amount = pc.not_equal(amounts, scalar_of(Decimal(0), amounts.type))
    return pc.fill_null(is_amount, scalar_of(missing, pa.bool_()))
