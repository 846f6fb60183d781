"""Quotients that are half a penny are rounded away from zero, as documents are."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from accbooks_warehouse.pipelines.queries.sections import rounded


@pytest.mark.parametrize(
    ("pounds", "days", "share"),
    [("0.03", 15, "0.02"), ("0.29", 15, "0.15"), ("-0.71", 15, "-0.36"), ("1000.01", 15, "500.01")],
)
def test_half_a_penny_of_a_budget_is_a_penny_more(pounds, days, share):
    divided = rounded(f"cast(cast({pounds} as decimal(18, 2)) as double precision) * {days} / 30", 2)
    assert duckdb.connect().sql(f"select {divided}").fetchall() == [(Decimal(share),)]


def test_what_is_a_thirty_first_part_from_half_a_penny_stays_on_its_side():
    divided = rounded("cast(99999999.99 as double precision) * 16 / 31", 2)  # 51,612,903.2206
    assert duckdb.connect().sql(f"select {divided}").fetchall() == [(Decimal("51612903.22"),)]
