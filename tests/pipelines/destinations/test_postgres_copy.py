"""Any rows come out of PostgreSQL as they went through COPY."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import closing
from decimal import Decimal

import hypothesis.strategies as st
import psycopg2
import pyarrow as pa
import pytest
from accbooks_warehouse.pipelines.destinations.postgres_copy import copy_text
from hypothesis import given

TYPES = {
    "words": pa.string(),
    "same": pa.dictionary(pa.int32(), pa.string()),
    "amount": pa.decimal128(18, 8),
    "number": pa.int64(),
    "yes": pa.bool_(),
    "day": pa.date32(),
    "time": pa.timestamp("us", tz="UTC"),
}
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
words |= st.sampled_from(["", "\\N", "\\.", "a\tb\nc\r\\d", '"'])
rows = st.fixed_dictionaries(
    {
        "words": st.none() | words,
        "same": st.none() | words,
        "amount": st.none() | st.decimals(-(10**9), 10**9, places=8, allow_nan=False),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "yes": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "time": st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    }
)


@pytest.fixture(scope="module")
def cursor(new_database):
    with new_database() as address, closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("set timezone to utc")
        yield cursor


@given(st.lists(rows, max_size=20))
def test_rows_come_back_as_they_went(cursor, rows):
    schema = pa.schema(list(TYPES.items()))
    cursor.execute(
        "create temporary table copied (words text, same text, amount numeric(18, 8), number bigint, "
        "yes boolean, day date, time timestamptz)"
    )
    try:
        for batch in pa.Table.from_pylist(rows, schema).to_batches():
            cursor.copy_expert("copy copied from stdin", io.BytesIO(copy_text(batch)))
        cursor.execute("select * from copied")
        expected = [tuple(row[name] for name in TYPES) for row in rows]
        assert cursor.fetchall() == expected
    finally:
        cursor.execute("drop table copied")


def test_a_zero_keeps_its_decimals(cursor):
    cursor.execute("create temporary table zeros (amount numeric(18, 8))")
    batch = pa.RecordBatch.from_pydict({"amount": pa.array([Decimal("0E-8")], pa.decimal128(18, 8))})
    cursor.copy_expert("copy zeros from stdin", io.BytesIO(copy_text(batch)))
    cursor.execute("select amount::text from zeros")
    assert cursor.fetchall() == [("0.00000000",)]
