"""Any rows come out of PostgreSQL as they were loaded by ADBC, to the last decimal."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import closing
from decimal import Context, Decimal

import hypothesis.strategies as st
import psycopg2
import pyarrow as pa
import pytest
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.destinations.postgres_adbc import BUILT_IN_TYPES, RowGroupsJob
from adbc_driver_manager.dbapi import Connection
from adbc_driver_postgresql import dbapi
from hypothesis import given

TYPES = {
    "words": pa.string(),
    "same": pa.dictionary(pa.int32(), pa.string()),
    "json": pa.string(),
    "amount": pa.decimal128(18, 2),
    "price": pa.decimal128(24, 8),
    "total": pa.decimal128(38, 2),
    "number": pa.int64(),
    "yes": pa.bool_(),
    "day": pa.date32(),
    "time": pa.timestamp("us", tz="UTC"),
}
TABLE = (
    "words varchar, same varchar, json json, amount numeric(18, 2), price numeric(24, 8), "
    "total numeric(38, 2), number bigint, yes boolean, day date, time timestamptz"
)
MONEY = ("amount", "price", "total")
NAMES = ", ".join(f"{name}::text" if name == "json" else name for name in TYPES)


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    """Every decimal of so many digits; those next to a power of ten are tried more often."""
    ends = [
        sign * (10**power + beside) for power in range(digits) for sign in (1, -1) for beside in (-1, 0, 1)
    ]
    largest = 10**digits - 1
    numbers = st.integers(-largest, largest) | st.sampled_from([*ends, largest, -largest])
    return numbers.map(lambda number: Decimal((int(number < 0), tuple(map(int, str(abs(number)))), -places)))


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
words |= st.sampled_from(["", "\\N", "\\.", "a\tb\nc\r\\d", '"'])
rows = st.fixed_dictionaries(
    {
        "words": st.none() | words,
        "same": st.none() | words,
        "json": st.none() | st.sampled_from(['{"b": 1, "a": "\\u0000"}', '{"b":1,"b":2}', '""']),
        "amount": st.none() | decimals(18, 2),
        "price": st.none() | decimals(24, 8),
        "total": st.none() | decimals(38, 2),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "yes": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "time": st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    }
)


@pytest.fixture(scope="module")
def address(new_database):
    with new_database() as address:
        yield address


@pytest.fixture(scope="module")
def cursor(address):
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"set timezone to utc; create table loaded ({TABLE})")
        yield cursor


@pytest.fixture(scope="module")
def loader(address):
    with dbapi.connect(address, db_kwargs=BUILT_IN_TYPES) as connection:
        yield connection


def fetched(cursor, columns: str, table: str = "loaded") -> list[tuple[object, ...]]:
    cursor.execute(f"select {columns} from {table}")
    return cursor.fetchall()


@given(st.lists(rows, max_size=20))
def test_rows_come_back_as_they_went(cursor, loader, rows):
    cursor.execute("truncate loaded")
    with loader.cursor() as loading:
        loading.adbc_ingest(
            "loaded", pa.Table.from_pylist(rows, pa.schema(list(TYPES.items()))), mode="append"
        )
    loader.commit()
    expected = [tuple(row[name] for name in TYPES) for row in rows]
    assert fetched(cursor, NAMES) == expected
    # equal decimals may be written differently, as 1 and 1.00 are
    written = [tuple(None if row[name] is None else f"{row[name]:f}" for name in MONEY) for row in rows]
    assert fetched(cursor, ", ".join(f"{name}::text" for name in MONEY)) == written


@pytest.mark.parametrize(("digits", "places"), [(18, 2), (18, 6), (24, 8), (38, 2)])
def test_an_amount_of_round_thousands_keeps_its_pennies(cursor, loader, digits, places):
    # arrow-adbc issue 4507: earlier drivers stored 5000000000.000001 as 5000000100.000000, and said nothing
    numbers = [
        sign * (factor * 10 ** (power + places) + pennies)
        for power in range(digits - places - 1)
        for factor in (1, 5)
        for pennies in (0, 1, 10**places - 1)
        for sign in (1, -1)
    ]
    expected = [Decimal(number).scaleb(-places, Context(prec=digits)) for number in numbers]
    column = pa.array(expected, pa.decimal128(digits, places))
    cursor.execute(f"create table round_thousands (row bigint, amount numeric({digits}, {places}))")
    try:
        with loader.cursor() as loading:
            table = pa.table({"row": pa.array(range(len(expected)), pa.int64()), "amount": column})
            loading.adbc_ingest("round_thousands", table, mode="append")
        loader.commit()
        fetched_again = fetched(cursor, "amount::text", "round_thousands order by row")
        assert [text for (text,) in fetched_again] == [f"{amount:f}" for amount in expected]
    finally:
        loader.rollback()
        cursor.execute("drop table round_thousands")


def test_a_text_with_a_nul_character_is_refused_and_nothing_of_its_table_is_loaded(cursor, loader):
    cursor.execute("truncate loaded")
    with loader.cursor() as loading, pytest.raises(dbapi.DataError, match="invalid byte sequence"):
        loading.adbc_ingest("loaded", pa.table({"words": ["fine", "a\0b"]}), mode="append")
    loader.rollback()
    assert fetched(cursor, "*") == []


@pytest.fixture
def threads(monkeypatch) -> list[threading.Thread]:
    """The threads in which rows are loaded."""
    loading: list[threading.Thread] = []
    connect = RowGroupsJob._connect  # noqa: SLF001

    def connect_and_note(job: RowGroupsJob) -> Connection:
        loading.append(threading.current_thread())
        return connect(job)

    monkeypatch.setattr(RowGroupsJob, "_connect", connect_and_note)
    return loading


def test_one_table_at_a_time_is_loaded_beside_the_main_thread_which_gets_the_signals(
    address, monkeypatch, threads
):
    monkeypatch.setenv("LOAD__WORKERS", "1")
    with Postgres(address).pipeline(loading=True) as pipeline:
        pipeline.run(pa.table({"id": ["a"]}), table_name="alone", loader_file_format="parquet")
    assert len(threads) == 1
    assert threading.main_thread() not in threads


def test_dlt_loads_what_it_loads_column_by_name(cursor, address):
    rows = [
        {"id": "a\\N\t", "amount": Decimal("-0.10"), "note": ""},
        {"id": "b", "amount": None, "note": None},
    ]
    types = {"id": pa.string(), "amount": pa.decimal128(18, 2), "note": pa.string()}
    with Postgres(address).pipeline(loading=True) as pipeline:
        for names in (["id", "amount", "note"], ["note", "id", "amount"]):
            table = pa.Table.from_pylist(rows, pa.schema([(name, types[name]) for name in names]))
            pipeline.run(table, table_name="taken", loader_file_format="parquet")
    taken = fetched(cursor, "id, amount::text, note", "accbooks_raw.taken")
    assert taken == 2 * [("a\\N\t", "-0.10", ""), ("b", None, None)]
