"""What Arrow types in bulk must be what the exact typing makes of it, value by value and hash by hash."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import msgspec
import pendulum
import pytest
from accbooks_warehouse.emulator.books import RESOURCES, Books
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.record_store import Selection
from accbooks_warehouse.emulator.rendering import render
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.sources.accbooks.api.pages import WindowRead
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
    Column,
    Kind,
)
from accbooks_warehouse.sources.accbooks.endpoints import (
    COMPANY,
    ENDPOINTS,
    INVOICES,
    JOURNALS,
    TRANSACTIONS,
    Endpoint,
    Lines,
)
from accbooks_warehouse.sources.accbooks.tables.bulk import type_in_bulk, type_window
from accbooks_warehouse.sources.accbooks.tables.exact import type_exactly
from accbooks_warehouse.sources.accbooks.tables.schemas import TypedRecords
from accbooks_warehouse.sources.accbooks.windows import Window
from hypothesis import given, settings
from hypothesis import strategies as st

KINDS = [TEXT, IDENTIFIER, BOOLEAN, INTEGER, MONEY, SUM, UNIT_PRICE, RATE, QUANTITY, DATE, TIMESTAMP]
RAW_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
FETCHED_AT = pendulum.datetime(2026, 4, 1, 9, 30)

NUMBERS = [
    *(
        "0",
        "-0",
        "-0.0",
        "12",
        "12.5",
        "12.50",
        "12.500",
        "-12.34",
        "0.005",
        "1e3",
        "1E+3",
        "1.5e1",
        "100e-2",
    ),
    *(
        "1e-2",
        "1e-3",
        "1e-9",
        "1e-10",
        "0e-10",
        "0e5",
        "1e15",
        "1e16",
        "1e17",
        "1e18",
        "1e40",
        "1e400",
        "0e400",
    ),
    *("1e-38", "1e-39", "0e-39", "1e-400", "1e-100000000", "0e-2147483648", "5E-999999999999999999999"),
    *("1e99999999999999999999", "0e99999999999999999999", "1" * 5000, "0." + "0" * 40, "1." + "0" * 40),
    *("9999999999999999.99", "10000000000000000", "-10000000000000000", "9999999999.99999999", "10000000000"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1.0"),
    *("0.85123456", "0.851234567", "1.333333", "1.3333333", "123456789012345678901234567890"),
]
NUMBERS_AS_TEXT = [
    *(
        "",
        " ",
        "12.50",
        "+5",
        "-5",
        ".5",
        "-.5",
        "5.",
        "1.e2",
        "+.5e+1",
        "1e3",
        "1E3",
        "1e",
        "e3",
        "1e+",
        "--5",
    ),
    *(
        "+",
        "-",
        ".",
        "1_0",
        " 1",
        "1 ",
        "1,5",
        "1,200.00",
        "0x10",
        "007.10",
        "-00",
        "NaN",
        "Infinity",
        "\u0661",
    ),
    *("1e-100000000", ".5e-100000000", "+0e-2147483647", "1e100000000", "0e100000000", "1.e-99", "1\x002"),
    *NUMBERS,
]
TIMES = [
    *(
        "2026-04-01T09:30:00Z",
        "2026-04-01 09:30:00Z",
        "2026-04-01T09:30:00",
        "2026-04-01T09:30",
        "2026-04-01T09",
    ),
    *("2026-04-01", "2026-04-01T09:30Z", "2026-04-01T09Z", "2026-04-01Z", "20260401", "20260401T093000Z", ""),
    *("2026-04-01T09:30:00.1Z", "2026-04-01T09:30:00.1234", "2026-04-01T09:30:00.123456+01:00"),
    *("2026-04-01T09:30:00.1234567Z", "2026-04-01T09:30:00.123456789Z", "2026-04-01T09:30:00,5Z"),
    *(
        "2026-04-01T09:30:00+01:00",
        "2026-04-01T09:30:00+0100",
        "2026-04-01T09:30:00+01",
        "2026-04-01T09:30:00-23:59",
    ),
    *(
        "2026-04-01T09:30:00+24:00",
        "2026-04-01T09:30:00+01:00:30",
        "2026-04-01t09:30:00Z",
        "2026-04-01T09:30:00z",
    ),
    *("2026-04-01T24:00:00Z", "2026-04-01T23:59:60Z", "2026-W01-1", "2026-W01-1T10:00:00Z", "2026-091"),
    *(
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00-14:00",
    ),
    *("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+14:00", "10000-01-01"),
    *(
        "2026-02-30T00:00:00Z",
        "1677-01-01T00:00:00Z",
        "2300-01-01T00:00:00.123Z",
        " 2026-04-01",
        "2026-04-01 ",
    ),
    *("yesterday", "1775035800", "2026-4-1", "-0001-01-01T00:00:00Z", "2026-04-01T09:30:00\n"),
]
DATES = [
    *(
        "2026-03-31",
        "2024-02-29",
        "2026-02-29",
        "2026-02-30",
        "2026-1-3",
        "2026-13-01",
        "0000-01-01",
        "0000-02-29",
    ),
    *(
        "0001-01-01",
        "9999-12-31",
        "10000-01-01",
        "20260331",
        "2026-03-31T00:00:00Z",
        "2026-03-31\n",
        " 2026-03-31",
    ),
    *("2026/03/31", "2026-+3-31", "+026-03-31", "2026- 3-31", "2026-03-3\u0661", "-026-03-31", "2026-03-1a"),
    *("31/03/2026", "", "2026-W01-1", "\u0662\u0660\u0662\u0666-01-01", "2026-03-31\x00"),
]
ODDITIES = [
    *(
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[1]",
        '[""]',
        '{"a": 1}',
        '"true"',
        '"null"',
        "1",
    ),
    *(
        r'"\ud83d\ude00"',
        r'"\ud83d"',
        r'"\ude00\ud83d"',
        r'"\u0000"',
        r'"\\u0000"',
        r'"\u00e9\/\n\t\"\\"',
        '"é🎉"',
    ),
    *(
        r'"1\u0065-100000000"',
        r'"\u0031e-100000000"',
        r'"1e\u002d100000000"',
        r'"1\u002e5e-100000000"',
        '"\x7f"',
    ),
    *(r'"\u002b1e-100000000"', r'"1e-10000000\u0030"', r'"2026\u002d03-31"', r'"12\u002e5"', '"\u2028"'),
]


def window_of(*texts: str | bytes) -> WindowRead:
    records = [text if isinstance(text, bytes) else text.encode() for text in texts]
    return WindowRead(Window(), records, 1, 1, FETCHED_AT)


def in_bulk(endpoint: Endpoint, read: WindowRead) -> TypedRecords | None:
    """Type a window in bulk; None if there is something out of the ordinary."""
    try:
        return type_in_bulk(endpoint, "comp_1", read)
    except ValueError:
        return None


def agree(endpoint: Endpoint, read: WindowRead) -> bool:
    """Tell whether a window was typed in bulk, after a comparison with the exact typing."""
    exact = type_exactly(endpoint, "comp_1", read)
    bulk = in_bulk(endpoint, read)
    assert bulk is None or bulk == exact
    assert type_window(endpoint, "comp_1", read) == exact
    return bulk is not None


def holding(kind: Kind, *, posts: bool) -> Endpoint:
    value = Column("value", kind, posts=posts)
    return Endpoint("things", "list", (Column("id", TEXT, required=True), value))


def token(character: str, *, escaped: bool) -> str:
    if escaped or not character.isprintable() or character in '"\\':
        units = character.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2))
    return character


@st.composite
def spelled(draw: st.DrawFn, texts: st.SearchStrategy[str], never: str = "") -> str:
    """JSON strings, some of their characters escaped, but `never` those of a number."""
    text = draw(texts)
    escaped = draw(
        st.lists(st.booleans(), min_size=len(text), max_size=len(text)) | st.just([False] * len(text))
    )
    tokens = [
        token(each, escaped=is_so and each not in never) for each, is_so in zip(text, escaped, strict=True)
    ]
    return f'"{"".join(tokens)}"'


def decimals_of(places: int) -> st.SearchStrategy[str]:
    digits = st.integers(-(10**18), 10**18) | st.integers(-(10**6), 10**6)
    return st.builds("{}e{}".format, digits, st.integers(-places - 1, 3)) | digits.map(
        lambda number: f"{number // 10**places}.{abs(number) % 10**places:0{places}}"
    )


any_text = st.text(st.characters(exclude_categories=()), max_size=6)
sound_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
times = st.datetimes(timezones=st.timezones() | st.just(dt.UTC)).map(dt.datetime.isoformat)
ordinary = {
    TEXT: spelled(sound_text, never="0123456789eE-"),
    IDENTIFIER: spelled(sound_text, never="0123456789eE-"),
    BOOLEAN: st.sampled_from(["true", "false"]),
    INTEGER: st.integers(-(2**63), 2**63 - 1).map(str),
    MONEY: st.integers(-(10**10) + 1, 10**10 - 1).map(lambda number: f"{number}.25"),
    UNIT_PRICE: st.integers(-(10**16) + 1, 10**16 - 1).map(lambda number: f"{number}.1648"),
    RATE: st.integers(-1000, 1000).map(lambda number: f"{number}.85123456"),
    QUANTITY: st.integers(-(10**12) + 1, 10**12 - 1).map(str),
    DATE: st.dates().map(lambda day: f'"{day.isoformat()}"'),
    TIMESTAMP: st.datetimes().map(lambda at: f'"{at.isoformat()}Z"'),
}
odd = (
    st.sampled_from([*NUMBERS, *ODDITIES])
    | spelled(st.sampled_from([*NUMBERS_AS_TEXT, *TIMES, *DATES]) | any_text | times)
    | decimals_of(2)
    | decimals_of(8)
    | st.integers().map(str)
    | st.decimals(allow_nan=False, allow_infinity=False).map(str)
)


def objects(
    columns: tuple[Column, ...],
    values: dict[Kind, st.SearchStrategy[str]],
    more: dict[str, st.SearchStrategy[str]] | None = None,
) -> st.SearchStrategy[str]:
    """JSON objects that hold the columns, the optional ones not always, in any order."""
    fields = {column.name: values[column.kind] for column in columns} | (more or {})
    required = [column.name for column in columns if column.is_expected] + [*(more or {})]
    absent = st.sets(st.sampled_from([name for name in fields if name not in required] or [""]))
    pairs = st.fixed_dictionaries({name: st.tuples(st.just(name), value) for name, value in fields.items()})
    return st.tuples(pairs, absent, st.randoms(use_true_random=False)).map(_object)


def _object(drawn: Any) -> str:
    pairs, absent, random = drawn
    shown = [f'"{name}": {value}' for name, value in pairs.values() if name not in absent]
    random.shuffle(shown)
    return "{" + ", ".join(shown) + "}"


def lists_of(lines: Lines, values: dict[Kind, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    return st.lists(objects(lines.columns, values), max_size=3).map(lambda items: f"[{', '.join(items)}]")


def ordinary_records(endpoint: Endpoint) -> st.SearchStrategy[str]:
    filled = spelled(sound_text.filter(bool), never="0123456789eE-")
    required = ordinary | {TEXT: filled, IDENTIFIER: filled}
    lines = {endpoint.lines.field: lists_of(endpoint.lines, required)} if endpoint.lines else {}
    return objects(endpoint.columns, required, lines)


def doubled(record: str, name: str, value: str) -> str:
    """Add a field to a record, whether it has one of that name or not."""
    return f'{record[:-1]}{"" if record == "{}" else ", "}"{name}": {value}}}'


def replaced(record: str, name: str, value: str) -> str:
    """Give a field of a record another value: a second one where half a surrogate pair hides the fields."""
    try:
        fields = RAW_FIELDS.decode(record)
    except msgspec.DecodeError:
        return doubled(record, name, value)
    others = [f'"{key}": {bytes(each).decode()}' for key, each in fields.items() if key != name]
    return doubled("{" + ", ".join(others) + "}", name, value)


@st.composite
def odd_records(draw: st.DrawFn, endpoint: Endpoint) -> str:
    """Ordinary records, or what an accident made of one."""
    record, value = draw(ordinary_records(endpoint)), draw(odd)
    lines = endpoint.lines
    name = draw(
        st.sampled_from([column.name for column in endpoint.columns] + ([lines.field] if lines else []))
    )
    accidents = {
        "none": record,
        "other value": replaced(record, name, value),
        "field twice": doubled(record, name, value),
        "unknown field": doubled(
            record, draw(st.sampled_from(["project", "lines", "extra", "company_id"])), value
        ),
        "no object": value,
        "spread over lines": record.replace(", ", ",\n  ").replace("{", "{\n"),
    }
    if lines:
        item = draw(objects(lines.columns, dict.fromkeys(KINDS, odd | st.just("1"))) | odd)
        accidents["odd line"] = replaced(record, lines.field, f"[{item}]")
    return accidents[draw(st.sampled_from(sorted(accidents)))]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(value=odd, posts=st.booleans())
def test_whatever_a_field_holds_both_typings_agree(kind: Kind, value: str, posts: bool) -> None:  # noqa: FBT001
    agree(holding(kind, posts=posts), window_of(f'{{"id": "1", "value": {value}}}'))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_both_typings_agree_on_every_spelling_known_to_be_difficult(kind: Kind) -> None:
    texts = [json.dumps(text) for text in [*NUMBERS_AS_TEXT, *TIMES, *DATES]]
    for value in [*NUMBERS, *ODDITIES, *texts]:
        for posts in (True, False):
            agree(holding(kind, posts=posts), window_of(f'{{"id": "1", "value": {value}}}'))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
@given(data=st.data())
@settings(max_examples=25)
def test_ordinary_records_are_typed_in_bulk_whatever_they_hold(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    records = data.draw(st.lists(ordinary_records(endpoint), min_size=1, max_size=4))
    assert agree(endpoint, window_of(*records))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
@given(data=st.data())
@settings(max_examples=25)
def test_whatever_befell_a_record_both_typings_agree(endpoint: Endpoint, data: st.DataObject) -> None:
    records = data.draw(st.lists(odd_records(endpoint), min_size=1, max_size=3))
    agree(endpoint, window_of(*records))


DECIDING = {
    "type": ["money_in", "money_out", "transfer", "sales", "purchase_credit", "manual", "pro_forma"],
    "status": ["posted", "sent", "draft", "void", None],
    "invoice_id": ["inv_1", "", None],
}
"""The fields that decide from which others a record posts, and what they may say."""


@st.composite
def records_of_each_kind(draw: st.DrawFn, endpoint: Endpoint) -> str:
    """Records of kinds that post from different fields, some of which may be odd."""
    record = draw(ordinary_records(endpoint))
    names = [column.name for column in endpoint.columns]
    for name, values in DECIDING.items():
        if name in names:
            record = replaced(record, name, json.dumps(draw(st.sampled_from(values))))
    for name in draw(
        st.sets(st.sampled_from([name for name in names if name not in ("id", "date")]), max_size=2)
    ):
        record = replaced(record, name, draw(odd))
    return record


@pytest.mark.parametrize("endpoint", [TRANSACTIONS, INVOICES], ids=lambda endpoint: endpoint.name)
@given(data=st.data())
@settings(max_examples=60)
def test_of_whatever_kind_records_are_both_typings_agree_on_what_they_post(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    read = window_of(*data.draw(st.lists(records_of_each_kind(endpoint), min_size=1, max_size=3)))
    agree(endpoint, read)
    typed = type_exactly(endpoint, "comp_1", read)
    for row in typed.rows.to_pylist():
        unread = json.loads(row["extra"] or "{}").get("_unreadable", {})
        posting = {column.name for column in endpoint.columns if column.posts}
        assert not unread.keys() & posting - endpoint.unposted(row)


@pytest.fixture(scope="module")
def books() -> Books:
    return generate(Settings(today=dt.date(2026, 4, 1)))


def records_of(endpoint: Endpoint, books: Books) -> list[str]:
    if endpoint is COMPANY:
        return [render(books.company)]
    return books.page(endpoint.name, Selection(), 1, 1_000_000)[0]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_books_of_a_company_are_typed_in_bulk(endpoint: Endpoint, books: Books) -> None:
    assert {COMPANY.name, *RESOURCES} == {endpoint.name for endpoint in ENDPOINTS}
    records = records_of(endpoint, books)
    assert agree(endpoint, window_of(*records))
    assert type_in_bulk(endpoint, "comp_1", window_of(*records)).rows.num_rows == len(records) > 0


def test_records_spread_over_lines_are_typed_in_bulk_too(books: Books) -> None:
    records = [json.dumps(json.loads(record), indent=2) for record in records_of(INVOICES, books)[:50]]
    assert agree(INVOICES, window_of(*records))


def test_slices_of_a_page_are_as_good_as_bytes(books: Books) -> None:
    records = records_of(INVOICES, books)[:50]
    slices = msgspec.json.decode(f"[{', '.join(records)}]", type=list[msgspec.Raw])
    read = WindowRead(Window(), slices, 1, 1, FETCHED_AT)
    assert agree(INVOICES, read)
    assert type_window(INVOICES, "comp_1", read) == type_window(INVOICES, "comp_1", window_of(*records))


def test_one_unknown_field_sends_the_window_the_exact_way_and_nothing_is_lost(books: Books) -> None:
    records = records_of(INVOICES, books)[:50]
    odd = [*records[:-1], doubled(records[-1], "project", '"Mars"')]
    assert not agree(INVOICES, window_of(*odd))
    plain, found = (type_window(INVOICES, "comp_1", window_of(*texts)) for texts in (records, odd))
    assert found.rejected == []
    assert found.lines == plain.lines
    assert found.rows["extra"].to_pylist() == [None] * 49 + ['{"project": "Mars"}']
    assert found.rows[:49] == plain.rows[:49]
    assert found.rows.drop_columns(["extra", "row_hash"]) == plain.rows.drop_columns(["extra", "row_hash"])


def test_one_faulty_record_sends_the_window_the_exact_way_and_is_alone_rejected(books: Books) -> None:
    records = records_of(INVOICES, books)[:50]
    odd = [*records[:-1], replaced(records[-1], "exchange_rate", "1.000000005")]
    assert not agree(INVOICES, window_of(*odd))
    found = type_window(INVOICES, "comp_1", window_of(*odd))
    assert [row["reason"] for row in found.rejected] == [
        "exchange_rate has more than 8 decimals: 1.000000005"
    ]
    assert found.rows == type_window(INVOICES, "comp_1", window_of(*records)).rows[:49]


@pytest.mark.parametrize(
    "record", ["null", "true", "1", '"text"', "[]", "[{}]", "[null]", "{}", '{"id": null}']
)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_a_window_goes_the_exact_way_if_a_record_is_no_object_or_holds_nothing(
    endpoint: Endpoint, record: str, books: Books
) -> None:
    sound = records_of(endpoint, books)[0]
    for texts in ([record], [record, sound], [sound, record], [record, record]):
        assert not agree(endpoint, window_of(*texts))


@pytest.mark.parametrize("empty", ["null", '""'])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_an_empty_field_is_typed_in_bulk_only_where_that_is_a_value(
    endpoint: Endpoint, empty: str, books: Books
) -> None:
    sound = records_of(endpoint, books)[0]
    for column in endpoint.columns:
        is_value = not column.is_expected and (empty == "null" or column.kind.is_text)
        assert agree(endpoint, window_of(sound, replaced(sound, column.name, empty))) is is_value


@pytest.mark.parametrize(
    "lines",
    [
        *(
            "null",
            "{}",
            '"text"',
            "1",
            "[null]",
            "[{}, null]",
            "[[]]",
            '["text"]',
            "[1]",
            '[{"nominal_code": ""}]',
        ),
        *(
            '[{"nominal_code": null}]',
            '[{"nominal_code": 4000}]',
            '[{"debit": 1}]',
            '[{"nominal_code": "1", "x": 1}]',
        ),
    ],
)
def test_a_window_with_lines_of_another_sort_goes_the_exact_way(lines: str, books: Books) -> None:
    sound = records_of(JOURNALS, books)[0]
    for texts in ([replaced(sound, "lines", lines)], [sound, replaced(sound, "lines", lines), sound]):
        assert not agree(JOURNALS, window_of(*texts))
    fields = RAW_FIELDS.decode(sound)
    without = "{" + ", ".join(f'"{k}": {bytes(v).decode()}' for k, v in fields.items() if k != "lines") + "}"
    assert not agree(JOURNALS, window_of(sound, without))


def test_a_line_that_is_null_is_not_taken_for_an_empty_one() -> None:
    notes = Lines("notes", "thing_notes", "thing_id", (Column("text", TEXT),))
    things = Endpoint("things", "list", JOURNALS.columns, dated=True, lines=notes)
    record = '{{"id": "1", "date": "2026-01-05", "notes": [{}]}}'
    assert agree(things, window_of(record.format("{}")))
    assert not agree(things, window_of(record.format("null")))


def test_lines_keep_their_number_whatever_stands_before_them() -> None:
    record = '{{"id": "{}", "date": "2026-01-0{}", "lines": [{}]}}'
    lines = ['{"nominal_code": "1"}', '{"nominal_code": "2"}', '{"nominal_code": "3"}']
    texts = [record.format(count, count + 1, ", ".join(lines[:count])) for count in (0, 2, 0, 3, 1)]
    assert agree(JOURNALS, window_of(*texts))
    table = type_in_bulk(JOURNALS, "comp_1", window_of(*texts)).lines
    assert table is not None
    found = table.select(["journal_id", "line_number", "nominal_code"]).to_pylist()
    assert [tuple(line.values()) for line in found] == [
        ("2", 1, "1"),
        ("2", 2, "2"),
        ("3", 1, "1"),
        ("3", 2, "2"),
        ("3", 3, "3"),
        ("1", 1, "1"),
    ]


def test_a_window_without_records_has_its_tables() -> None:
    found = type_window(INVOICES, "comp_1", window_of())
    assert found.lines is not None
    assert (found.rows.num_rows, found.lines.num_rows, found.rejected) == (0, 0, [])


LARGE = "9999999999999999.99"
BASE_AMOUNTS: list[tuple[list[tuple[str, str, str]], str | None]] = [
    (
        [(LARGE, "0", "99999999.99999999")],
        "line_items 1: net_amount 9999999999999999.99 at exchange_rate 99999999.99999999 is 99999999999",
    ),
    ([(LARGE, "0", "1")], None),
    ([(LARGE, "0.01", "1")], "the sum of line_items is 10000000000000000.00 in base currency"),
    ([(LARGE, "-0.01", "1")], None),
    ([(LARGE, "0", "1"), (LARGE, "0", "1")], "the sum of line_items is 19999999999999999.98"),
    ([(LARGE, "0", "1"), (f"-{LARGE}", "0", "1")], None),
    ([("0", LARGE, "1.00000001")], "line_items 1: vat_amount 9999999999999999.99 at"),
    ([(LARGE, "0", "0.5"), (LARGE, "0", "0.5")], "the sum of line_items is 10000000000000000.00"),
    ([(LARGE, "0", "0.4"), (LARGE, "0", "0.4")], None),
    ([(LARGE, "0", "null")], None),
]


@pytest.mark.parametrize(("lines", "reason"), BASE_AMOUNTS)
@pytest.mark.parametrize("status", ["sent", "overdue", None, "draft", "void"])
def test_an_invoice_that_posts_too_much_in_base_currency_is_alone_rejected(
    lines: list[tuple[str, str, str]], reason: str | None, status: str | None
) -> None:
    items = ", ".join(
        f'{{"nominal_code": "4000", "net_amount": {net}, "vat_amount": {vat}}}' for net, vat, _ in lines
    )
    odd = (
        f'{{"id": "inv_1", "date": "2026-01-02", "type": "sales", "status": {json.dumps(status)}, '
        f'"exchange_rate": {lines[0][2]}, "line_items": [{items}]}}'
    )
    sound = '{"id": "inv_2", "date": "2026-01-02", "type": "sales", "line_items": []}'
    assert not agree(INVOICES, window_of(odd, sound))
    found = type_window(INVOICES, "comp_1", window_of(odd, sound))
    rejected = reason is not None and status not in {"draft", "void"}
    assert found.rows["id"].to_pylist() == (["inv_2"] if rejected else ["inv_1", "inv_2"])
    assert [row["id"] for row in found.rejected] == (["inv_1"] if rejected else [])
    if rejected:
        assert found.rejected[0]["reason"].startswith(reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"amount": LARGE, "invoice_id": '"inv_1"', "exchange_rate": "1.00000001"},
            "amount 9999999999999999",
        ),
        ({"amount": LARGE, "invoice_id": '"inv_1"', "net_amount": LARGE, "vat_amount": LARGE}, None),
        (
            {"amount": LARGE, "net_amount": LARGE, "vat_amount": "0.01"},
            "the sum of net_amount and vat_amount",
        ),
        (
            {"amount": LARGE, "net_amount": LARGE, "vat_amount": "0", "exchange_rate": "2"},
            "net_amount 99999999",
        ),
        ({"amount": LARGE, "exchange_rate": "2"}, None),
        ({"amount": LARGE, "type": '"transfer"', "exchange_rate": "2"}, "amount 9999999999999999.99 at"),
        ({"amount": LARGE, "type": '"transfer"', "exchange_rate": "2", "status": '"void"'}, None),
    ],
)
def test_a_transaction_is_rejected_for_what_it_posts_alone(
    fields: dict[str, str], reason: str | None
) -> None:
    shown = {"id": '"txn_1"', "date": '"2026-01-02"', "type": '"money_in"', **fields}
    record = "{" + ", ".join(f'"{name}": {value}' for name, value in shown.items()) + "}"
    assert not agree(TRANSACTIONS, window_of(record))
    found = type_window(TRANSACTIONS, "comp_1", window_of(record))
    assert [row["reason"][: len(reason or "")] for row in found.rejected] == ([reason] if reason else [])


def test_a_line_of_a_journal_that_fills_both_sides_is_rejected_if_their_difference_is_too_large() -> None:
    line = '{{"nominal_code": "1200", "debit": {}, "credit": {}}}'
    text = '{{"id": "jnl_{}", "date": "2026-01-02", "type": "manual", "lines": [{}]}}'
    texts = [text.format(1, line.format(LARGE, "-0.01")), text.format(2, line.format(LARGE, "null"))]
    agree(JOURNALS, window_of(*texts))
    found = type_window(JOURNALS, "comp_1", window_of(*texts))
    assert found.rows["id"].to_pylist() == ["jnl_2"]
    (rejected,) = found.rejected
    assert rejected["reason"] == (
        "lines 1: debit less credit is 10000000000000000.00 in base currency, which is too large"
    )


@pytest.mark.parametrize("endpoint", [TRANSACTIONS, INVOICES, JOURNALS], ids=lambda endpoint: endpoint.name)
@given(data=st.data())
@settings(max_examples=50)
def test_amounts_of_any_size_are_judged_alike_by_both_typings(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    values = ordinary | {
        MONEY: st.integers(-(10**18) + 1, 10**18 - 1).map(lambda pence: str(Decimal(pence).scaleb(-2))),
        RATE: st.integers(0, 10**18 - 1).map(lambda number: f"{Decimal(number).scaleb(-8):f}"),
        TEXT: st.sampled_from(['"sales"', '"money_in"', '"transfer"', '"draft"', '"sent"']),
        IDENTIFIER: st.sampled_from(['"a"', '"b"']),
    }
    lines = {endpoint.lines.field: lists_of(endpoint.lines, values)} if endpoint.lines else {}
    agree(endpoint, window_of(data.draw(objects(endpoint.columns, values, lines))))
