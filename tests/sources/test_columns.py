import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from accbooks_warehouse.sources.accbooks.columns import (
    BOOLEAN,
    DATE,
    IDENTIFIER,
    INTEGER,
    MONEY,
    QUANTITY,
    RATE,
    SUM,
    TEXT,
    TIMESTAMP,
    UNIT_PRICE,
    Kind,
)
from hypothesis import given
from hypothesis import strategies as st

KINDS = [TEXT, IDENTIFIER, BOOLEAN, INTEGER, MONEY, SUM, UNIT_PRICE, RATE, QUANTITY, DATE, TIMESTAMP]

json_scalars = (
    st.booleans()
    | st.integers()
    | st.decimals()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["NaN", "Infinity", "-Infinity", "", "1e5", "1_000", "2026-02-30", "\u0663", " 1"])
    | st.lists(st.integers(), max_size=1)
    | st.dictionaries(st.text(), st.integers(), max_size=1)
)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (TEXT, "Ünïcode 🎉", "Ünïcode 🎉"),
        (TEXT, "", ""),
        (TEXT, 4000, "4000"),
        (TEXT, Decimal("20.50"), "20.50"),
        (IDENTIFIER, "🎉" * 255, "🎉" * 255),
        (IDENTIFIER, 4000, "4000"),
        (BOOLEAN, True, True),
        (BOOLEAN, False, False),
        (INTEGER, 1001, 1001),
        (INTEGER, "1001", 1001),
        (INTEGER, Decimal("30.0"), 30),
        (INTEGER, 2**63 - 1, 2**63 - 1),
        (INTEGER, -(2**63), -(2**63)),
        (MONEY, 2500, Decimal("2500.00")),
        (MONEY, Decimal("0.1"), Decimal("0.10")),
        (MONEY, "-12.34", Decimal("-12.34")),
        (MONEY, "1e3", Decimal("1000.00")),
        (MONEY, "+.5", Decimal("0.50")),
        (MONEY, "5.", Decimal("5.00")),
        (MONEY, Decimal("12.340000"), Decimal("12.34")),
        (MONEY, Decimal("1E+3"), Decimal("1000.00")),
        (MONEY, Decimal("9999999999999999.99"), Decimal("9999999999999999.99")),
        (RATE, Decimal("0.85123456"), Decimal("0.85123456")),
        (QUANTITY, Decimal("1.333333"), Decimal("1.333333")),
        (UNIT_PRICE, Decimal("0.1648"), Decimal("0.16480000")),
        (UNIT_PRICE, Decimal("9999999999999999.99999999"), Decimal("9999999999999999.99999999")),
        (SUM, Decimal("199999999999999999.80"), Decimal("199999999999999999.80")),
        (SUM, Decimal("9" * 36 + ".99"), Decimal("9" * 36 + ".99")),
        (DATE, "2024-02-29", dt.date(2024, 2, 29)),
        (TIMESTAMP, "2026-04-01T09:30:00Z", dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC)),
        (TIMESTAMP, "2026-04-01T09:30:00", dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC)),
        (TIMESTAMP, "2026-04-01T09:30:00.123456+01:00", dt.datetime(2026, 4, 1, 8, 30, 0, 123456, dt.UTC)),
        (TIMESTAMP, "2026-04-01", dt.datetime(2026, 4, 1, tzinfo=dt.UTC)),
    ],
)
def test_a_value_of_the_right_kind_is_taken_exactly(kind: Kind, value: object, expected: object) -> None:
    assert str(kind.parse(value)) == str(expected)
    assert kind.parse(value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (TEXT, True, "is not text: True"),
        (TEXT, ["a"], "is not text: ['a']"),
        (TEXT, {"a": 1}, "is not text: {'a': 1}"),
        (TEXT, "a\x00b", "contains characters that no database can hold"),
        (TEXT, "\ud800", "contains characters that no database can hold"),
        (TEXT, "end \udfff", "contains characters that no database can hold"),
        (IDENTIFIER, "a\x00b", "contains characters that no database can hold"),
        (IDENTIFIER, "i" * 256, "is longer than 255 characters: 256"),
        (IDENTIFIER, "i" * 3600, "is longer than 255 characters: 3600"),
        (BOOLEAN, 1, "is not true or false: 1"),
        (BOOLEAN, "true", "is not true or false: 'true'"),
        (INTEGER, True, "is not a number: True"),
        (INTEGER, "ten", "is not a number: 'ten'"),
        (INTEGER, Decimal("1.5"), "is not a whole number: Decimal('1.5')"),
        (INTEGER, 2**63, "is beyond the whole numbers of 64 bits: 9223372036854775808"),
        (INTEGER, -(2**63) - 1, "is beyond the whole numbers of 64 bits: -9223372036854775809"),
        (INTEGER, Decimal("1E+1000000"), "is beyond the whole numbers of 64 bits: Decimal('1E+1000000')"),
        (MONEY, False, "is not a number: False"),
        (MONEY, "NaN", "is not a number: 'NaN'"),
        (MONEY, "Infinity", "is not a number: 'Infinity'"),
        (MONEY, Decimal("NaN"), "is not a number: Decimal('NaN')"),
        (MONEY, Decimal("sNaN"), "is not a number: Decimal('sNaN')"),
        (MONEY, "1_000", "is not a number: '1_000'"),
        (MONEY, " 12.00", "is not a number: ' 12.00'"),
        (MONEY, "\u0661", "is not a number: '\u0661'"),
        (MONEY, "1,200.00", "is not a number: '1,200.00'"),
        (MONEY, "", "is not a number: ''"),
        (MONEY, [], "is not a number: []"),
        (MONEY, ".", "is not a number: '.'"),
        (MONEY, "1e", "is not a number: '1e'"),
        (MONEY, "1e99999999999999999999", "has an exponent beyond all bounds: '1e99999999999999999999'"),
        (MONEY, Decimal("1E+1000000"), "is too large: 1E+1000000"),
        (MONEY, -(10**16), "is too large: -10000000000000000"),
        (MONEY, Decimal("1E-1000000"), "has more than 2 decimals: 1E-1000000"),
        (RATE, Decimal("0.123456789"), "has more than 8 decimals: 0.123456789"),
        (SUM, 10**36, "is too large: 1000000000000000000000000000000000000"),
        (SUM, Decimal("0.001"), "has more than 2 decimals: 0.001"),
        (UNIT_PRICE, Decimal("0.123456789"), "has more than 8 decimals: 0.123456789"),
        (UNIT_PRICE, 10**16, "is too large: 10000000000000000"),
        (QUANTITY, Decimal("1.3333333"), "has more than 6 decimals: 1.3333333"),
        (DATE, "01/04/2026", "is not a YYYY-MM-DD date: '01/04/2026'"),
        (DATE, "2026-04-01T00:00:00Z", "is not a YYYY-MM-DD date: '2026-04-01T00:00:00Z'"),
        (DATE, "2026-04-01\n", "is not a YYYY-MM-DD date: '2026-04-01\\n'"),
        (DATE, "20260401", "is not a YYYY-MM-DD date: '20260401'"),
        (DATE, 20260401, "is not a YYYY-MM-DD date: 20260401"),
        (DATE, "2026-02-29", "is not a day of the calendar: '2026-02-29'"),
        (DATE, "0000-01-01", "is not a day of the calendar: '0000-01-01'"),
        (TIMESTAMP, 1775035800, "is not an ISO 8601 time: 1775035800"),
        (TIMESTAMP, "yesterday", "is not an ISO 8601 time: 'yesterday'"),
        (TIMESTAMP, "0001-01-01T00:00:00+14:00", "is not an ISO 8601 time: '0001-01-01T00:00:00+14:00'"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_the_reason(kind: Kind, value: object, reason: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole message is compared
        kind.parse(value)
    assert str(refusal.value) == reason


def test_an_amount_with_three_decimals_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^has more than 2 decimals: 0\.005$"):
        MONEY.parse(Decimal("0.005"))


@given(pence=st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_amount_of_18_digits_keeps_its_value_digit_by_digit(pence: int) -> None:
    text = f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02}"
    held = MONEY.parse(Decimal(text))
    assert held.as_tuple() == Decimal(text).as_tuple()
    assert pa.array([held], MONEY.arrow_type).to_pylist() == [held]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(value=json_scalars)
def test_any_json_is_either_refused_as_a_value_or_fits_the_arrow_type(kind: Kind, value: object) -> None:
    try:
        held = kind.parse(value)
    except ValueError:
        return
    assert pa.array([held], kind.arrow_type).to_pylist() == [held]


def test_the_arrow_types_are_exact_and_in_utc() -> None:
    assert {kind.name: kind.arrow_type for kind in KINDS} == {
        "text": pa.string(),
        "identifier": pa.string(),
        "boolean": pa.bool_(),
        "integer": pa.int64(),
        "money": pa.decimal128(18, 2),
        "sum": pa.decimal128(38, 2),
        "unit_price": pa.decimal128(24, 8),
        "rate": pa.decimal128(18, 8),
        "quantity": pa.decimal128(18, 6),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
