"""Values written as text and cast are those that pyarrow makes of Python's itself."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from accbooks_warehouse.sources.accbooks.tables.arrow_values import (
    FEW,
    array_of,
    bytes_scalar,
    numbers_up_to,
    scalar_of,
    texts,
)
from hypothesis import given
from hypothesis import strategies as st

MONEY, RATE, MOMENT = pa.decimal128(18, 2), pa.decimal128(18, 8), pa.timestamp("us", "UTC")
ZONES = st.integers(-720, 720).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
VALUES = {
    pa.string(): st.text(st.characters(exclude_categories=("Cs",))),
    pa.bool_(): st.booleans(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    MONEY: st.decimals(-(10**15), 10**15, places=2),
    RATE: st.decimals(-(10**9), 10**9, places=8),
    pa.date32(): st.dates(),
    MOMENT: st.datetimes(timezones=ZONES).filter(lambda moment: 1 < moment.year < dt.MAXYEAR),
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_an_array_is_the_one_that_pyarrow_makes(kind: pa.DataType) -> None:
    @given(st.lists(st.none() | VALUES[kind]))
    def check(values: list[Any]) -> None:
        made = array_of(values, kind)
        assert made.equals(pa.array(values, kind))

    check()


def test_decimals_keep_their_value_however_they_are_written() -> None:
    written = [Decimal("1.2000"), Decimal("1E+2"), Decimal("-0"), Decimal("0.10")]
    assert array_of(written, MONEY).to_pylist() == [
        Decimal("1.20"),
        Decimal("100.00"),
        Decimal("0.00"),
        Decimal("0.10"),
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Decimal("1.234"), MONEY),
        (Decimal("NaN"), MONEY),
        (Decimal(10) ** 20, MONEY),
        (2**64, pa.int64()),
        ("2026-02-30", pa.date32()),
        ("\ud800", pa.string()),
    ],
)
def test_a_value_that_does_not_fit_is_refused(value: Any, kind: pa.DataType) -> None:
    with pytest.raises(ValueError, match=r"."):  # ArrowInvalid is one
        array_of([value], kind)


def test_many_values_are_the_same_as_few() -> None:
    many = [Decimal(number).scaleb(-2) for number in range(FEW + 1)]
    assert array_of(many, MONEY).equals(pa.concat_arrays([array_of([each], MONEY) for each in many]))


def test_scalars_hold_the_value_they_are_made_of() -> None:
    assert scalar_of(None, pa.string()).as_py() is None
    assert scalar_of(Decimal(0), MONEY).equals(pa.scalar(Decimal(0), MONEY))
    assert bytes_scalar(b"\xff\x00{").equals(pa.scalar(b"\xff\x00{", pa.large_binary()))
    assert numbers_up_to(3).equals(pa.array([1, 2, 3], pa.int64()))
    assert numbers_up_to(0).equals(pa.array([], pa.int64()))
    assert texts(["a", None]).to_pylist() == ["a", None]


def test_pandas_is_not_imported() -> None:
    code = """
import sys
from decimal import Decimal
import pyarrow as pa
from accbooks_warehouse.sources.accbooks.tables import arrow_values as made
made.array_of([Decimal(1), None], pa.decimal128(18, 2))
made.scalar_of("text", pa.string()), made.bytes_scalar(b"bytes"), made.numbers_up_to(3)
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
