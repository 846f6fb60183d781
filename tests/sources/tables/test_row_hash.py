import pyarrow as pa
import pytest
from accbooks_warehouse.sources.accbooks.columns import (
    BOOLEAN,
    DATE,
    INTEGER,
    MONEY,
    QUANTITY,
    RATE,
    TEXT,
    TIMESTAMP,
    Column,
)
from accbooks_warehouse.sources.accbooks.tables.row_hash import row_hashes
from accbooks_warehouse.sources.accbooks.tables.schemas import arrow_table
from hypothesis import given
from hypothesis import strategies as st

KINDS = (TEXT, BOOLEAN, INTEGER, MONEY, RATE, QUANTITY, DATE, TIMESTAMP)
EVERY_KIND = tuple(Column(kind.name, kind) for kind in KINDS)
TEXTS = (Column("one", TEXT), Column("two", TEXT), Column("three", TEXT))

sound_text = st.none() | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=3
)
texts = st.fixed_dictionaries({column.name: sound_text for column in TEXTS})


def hashes(columns: tuple[Column, ...], *rows: dict[str, object]) -> list[str]:
    found: list[str] = row_hashes(columns, arrow_table(columns, list(rows))).to_pylist()
    return found


@given(one=texts, other=texts)
def test_two_rows_have_one_hash_exactly_if_they_are_equal(
    one: dict[str, object], other: dict[str, object]
) -> None:
    first, second = hashes(TEXTS, one, other)
    assert (first == second) is (one == other)


def test_nothing_at_all_an_empty_text_and_its_neighbour_are_told_apart() -> None:
    rows = [{}, {"one": ""}, {"two": ""}, {"one": "", "two": ""}, {"one": "a"}, {"two": "a"}, {"one": "null"}]
    assert len(set(hashes(TEXTS, *rows))) == len(rows)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_values_of_every_kind_count(kind: object) -> None:
    samples = {
        "text": ["a", "b"],
        "boolean": [True, False],
        "integer": [1, 2],
        "date": ["2026-01-01", "2026-01-02"],
        "timestamp": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z"],
    }
    (column,) = (column for column in EVERY_KIND if column.kind is kind)
    values = [column.kind.parse(value) for value in samples.get(column.name, ["1.01", "1.02"])]
    assert len(set(hashes(EVERY_KIND, {}, *({column.name: value} for value in values)))) == 3


def test_the_hash_changes_when_a_column_is_declared_otherwise() -> None:
    declared = [(Column("a", MONEY),), (Column("a", RATE),), (Column("b", MONEY),), (Column("a", TEXT),)]
    assert len({hashes(columns, {})[0] for columns in declared}) == 4
    assert hashes((Column("a", TEXT, required=True),), {"a": "1"}) == hashes((Column("a", TEXT),), {"a": "1"})


def test_a_hash_stays_the_same_from_one_release_to_the_next() -> None:
    row = {
        "text": "é",
        "boolean": True,
        "integer": 1001,
        "money": MONEY.parse("12.5"),
        "rate": RATE.parse("0"),
        "quantity": QUANTITY.parse("1.5"),
        "date": DATE.parse("2026-01-02"),
        "timestamp": TIMESTAMP.parse("2026-01-02T03:04:05.5+01:00"),
    }
    assert hashes(EVERY_KIND, row, {}) == [
        "e461a7c14a599400621edf753618f48c",
        "66b88e0ef547103186c3a576b839a42e",
    ]


def test_no_rows_have_no_hashes() -> None:
    assert row_hashes(TEXTS, arrow_table(TEXTS, [])) == pa.array([], pa.string())
