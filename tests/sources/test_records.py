import datetime as dt
import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.accbooks.columns import MONEY, RATE, TEXT, Column
from sources.accbooks.endpoints import BANK_ACCOUNTS, CONTACTS, ENDPOINTS, INVOICES, JOURNALS, TRANSACTIONS
from sources.accbooks.records import (
    REJECTED_COLUMNS,
    arrow_schema,
    arrow_table,
    exact_json,
    line_columns,
    record_columns,
    row_hash,
    storable,
    type_record,
    type_window,
)
from sources.accbooks.windows import Window

INVOICE: dict[str, Any] = {
    "id": "inv_1",
    "number": "INV-0001",
    "type": "sales",
    "customer_id": "cust_123",
    "supplier_id": None,
    "date": "2026-03-31",
    "due_date": "2026-04-30",
    "status": "sent",
    "currency": "EUR",
    "exchange_rate": Decimal("0.85123456"),
    "reference": None,
    "line_items": [
        {
            "description": "Consulting",
            "quantity": Decimal("1.5"),
            "unit_price": Decimal("1000.00"),
            "vat_rate": "20",
            "nominal_code": "4000",
            "net_amount": Decimal("1500.00"),
            "vat_amount": Decimal("300.00"),
        },
        {
            "description": "Travel",
            "quantity": 1,
            "unit_price": 50,
            "vat_rate": "0",
            "nominal_code": 4001,
            "net_amount": 50,
            "vat_amount": 0,
            "project": "Mars",
        },
    ],
    "net_total": Decimal("1550.00"),
    "vat_total": Decimal("300.00"),
    "gross_total": Decimal("1850.00"),
    "amount_paid": 0,
    "amount_due": Decimal("1850.00"),
    "created_at": "2026-03-31T10:00:00Z",
    "updated_at": "2026-03-31T11:00:00+01:00",
}
TRANSACTION: dict[str, Any] = {"id": "txn_1", "date": "2026-01-02", "type": "money_in", "amount": 12}


def json_of(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=8,
    )


any_text = st.text(st.characters(exclude_categories=()), max_size=5)
sound_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
json_values = json_of(any_text)


def invoice(**changes: Any) -> dict[str, Any]:
    return deepcopy(INVOICE) | changes


def test_an_invoice_becomes_one_typed_row() -> None:
    row, _ = type_record(INVOICES, "comp_1", INVOICE)
    assert row == {
        "company_id": "comp_1",
        "id": "inv_1",
        "number": "INV-0001",
        "type": "sales",
        "customer_id": "cust_123",
        "supplier_id": None,
        "date": dt.date(2026, 3, 31),
        "due_date": dt.date(2026, 4, 30),
        "status": "sent",
        "currency": "EUR",
        "exchange_rate": Decimal("0.85123456"),
        "reference": None,
        "net_total": Decimal("1550.00"),
        "vat_total": Decimal("300.00"),
        "gross_total": Decimal("1850.00"),
        "amount_paid": Decimal("0.00"),
        "amount_due": Decimal("1850.00"),
        "created_at": dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC),
        "updated_at": dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC),
        "extra": None,
        "row_hash": row_hash(INVOICES.columns, INVOICE),
    }


def test_its_lines_are_numbered_from_one_and_carry_the_invoice_and_its_date() -> None:
    _, lines = type_record(INVOICES, "comp_1", INVOICE)
    key = {"company_id": "comp_1", "invoice_id": "inv_1", "date": dt.date(2026, 3, 31)}
    hashes = [line.pop("row_hash") for line in lines]
    assert len(set(hashes)) == 2
    assert lines == [
        key
        | {
            "line_number": 1,
            "description": "Consulting",
            "quantity": Decimal("1.500000"),
            "unit_price": Decimal("1000.00"),
            "vat_rate": "20",
            "nominal_code": "4000",
            "net_amount": Decimal("1500.00"),
            "vat_amount": Decimal("300.00"),
            "extra": None,
        },
        key
        | {
            "line_number": 2,
            "description": "Travel",
            "quantity": Decimal("1.000000"),
            "unit_price": Decimal("50.00"),
            "vat_rate": "0",
            "nominal_code": "4001",
            "net_amount": Decimal("50.00"),
            "vat_amount": Decimal("0.00"),
            "extra": '{"project": "Mars"}',
        },
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("text", "is not a JSON object: 'text'"),
        (None, "is not a JSON object: None"),
        (invoice(id=None), "id is missing"),
        (invoice(id=""), "id is missing"),
        (invoice(date=None), "date is missing"),
        (invoice(type=""), "type is missing"),
        (invoice(date="31.03.2026"), "date is not a YYYY-MM-DD date: '31.03.2026'"),
        (invoice(net_total="much"), "net_total is not a number: 'much'"),
        (invoice(line_items=None), "line_items is not a list"),
        (invoice(line_items={"1": {}}), "line_items is not a list"),
        (invoice(line_items=["x"]), "line_items 1 is not a JSON object: 'x'"),
        (
            invoice(line_items=[INVOICE["line_items"][0], INVOICE["line_items"][1] | {"net_amount": None}]),
            "line_items 2: net_amount is missing",
        ),
        (
            invoice(line_items=[INVOICE["line_items"][0] | {"vat_amount": Decimal("0.001")}]),
            "line_items 1: vat_amount has more than 2 decimals: 0.001",
        ),
    ],
)
def test_a_record_with_one_fault_is_refused_whole_and_the_field_is_named(record: object, reason: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole message is compared
        type_record(INVOICES, "comp_1", record)
    assert str(refusal.value) == reason


def test_fields_without_which_no_record_is_typed() -> None:
    def required(columns: tuple[Column, ...]) -> set[str]:
        return {column.name for column in columns if column.required}

    assert {endpoint.name: required(endpoint.columns) for endpoint in ENDPOINTS} == {
        "company": {"id"},
        "contacts": {"id"},
        "bank_accounts": {"id"},
        "transactions": {"id", "date", "type", "amount"},
        "invoices": {"id", "date", "type"},
        "journals": {"id", "date"},
    }
    assert {e.lines.table: required(e.lines.columns) for e in ENDPOINTS if e.lines} == {
        "invoice_line_items": {"nominal_code", "net_amount", "vat_amount"},
        "journal_lines": {"nominal_code"},
    }


def test_an_optional_field_may_be_absent_null_or_an_empty_text() -> None:
    for changes in ({}, {"description": None}):
        assert type_record(TRANSACTIONS, "c", TRANSACTION | changes)[0]["description"] is None
    assert type_record(TRANSACTIONS, "c", TRANSACTION | {"description": ""})[0]["description"] == ""


def test_unknown_fields_are_kept_as_they_came() -> None:
    unknown = {
        "z": Decimal("1.10"),
        "a": {"b": [1, None, True]},
        "company_id": "x",
        "extra": "y",
        "é": "ü",
    }
    row, _ = type_record(TRANSACTIONS, "comp_1", TRANSACTION | unknown)
    assert row["company_id"] == "comp_1"
    assert row["extra"] == (
        '{"a": {"b": [1, null, true]}, "company_id": "x", "extra": "y", "z": 1.10, "\\u00e9": "\\u00fc"}'
    )


@given(unknown=st.dictionaries(sound_text.map(lambda name: f"x{name}"), json_of(sound_text), min_size=1))
def test_whatever_an_unknown_field_holds_comes_back_exactly(unknown: dict[str, Any]) -> None:
    row, _ = type_record(TRANSACTIONS, "c", TRANSACTION | unknown)
    assert json.loads(row["extra"], parse_float=Decimal) == unknown
    assert set(row) == {column.name for column in record_columns(TRANSACTIONS)}


@given(value=json_values)
def test_whatever_json_is_put_away_a_database_takes_it(value: Any) -> None:
    stored = exact_json(storable(value))
    assert duckdb.execute("select json_valid(?)", [stored]).fetchone() == (True,)
    assert "\\u0000" not in stored.replace("\\\\", "")


def test_characters_no_database_takes_are_spelled_out() -> None:
    assert storable({"\ud83d": ["a\x00b", "🎉", 1, None]}) == {"\\ud83d": ["a\\u0000b", "🎉", 1, None]}


@given(json_values, json_values)
def test_the_row_hash_differs_exactly_when_the_json_does(one: Any, other: Any) -> None:
    same = exact_json(one) == exact_json(other)
    assert (row_hash(CONTACTS.columns, one) == row_hash(CONTACTS.columns, other)) is same


def test_the_row_hash_changes_with_every_field_and_not_with_their_order() -> None:
    base = row_hash(INVOICES.columns, INVOICE)
    assert row_hash(INVOICES.columns, dict(reversed(INVOICE.items()))) == base
    for name in INVOICE:
        assert row_hash(INVOICES.columns, INVOICE | {name: "changed"}) != base
        assert row_hash(INVOICES.columns, {key: INVOICE[key] for key in INVOICE if key != name}) != base


def test_the_row_hash_changes_when_a_column_is_declared_otherwise() -> None:
    record = {"id": 1}
    hashes = [
        row_hash(columns, record)
        for columns in ([], [Column("a", MONEY)], [Column("a", RATE)], [Column("b", MONEY)])
    ]
    assert len(set(hashes)) == 4
    assert row_hash([Column("a", TEXT, required=True)], record) == row_hash([Column("a", TEXT)], record)


def test_a_line_counts_as_changed_when_its_invoice_moves() -> None:
    _, before = type_record(INVOICES, "c", INVOICE)
    _, after = type_record(INVOICES, "c", invoice(date="2026-04-01"))
    _, same = type_record(INVOICES, "c", invoice(reference="new"))
    assert [line["row_hash"] for line in same] == [line["row_hash"] for line in before]
    assert not {line["row_hash"] for line in before} & {line["row_hash"] for line in after}


def test_sound_records_are_typed_and_the_others_quarantined_with_reason_and_json(read_of: Any) -> None:
    window = Window(end=dt.date(2026, 3, 31))  # type: ignore[arg-type]
    bad = invoice(id="inv_2", net_total=Decimal("1.005"))
    odd = {"id": 7, "type": "sales", "date": "bad"}
    read = read_of(INVOICE, bad, "nothing", odd, window=window)
    typed = type_window(INVOICES, "comp_1", read)
    found = {"company_id": "comp_1", "resource": "invoices", "from": None, "to": window.end}
    assert [row["id"] for row in typed.rows] == ["inv_1"]
    assert [line["invoice_id"] for line in typed.lines] == ["inv_1", "inv_1"]
    assert typed.rejected == [
        found
        | {
            "id": "inv_2",
            "date": dt.date(2026, 3, 31),
            "reason": "net_total has more than 2 decimals: 1.005",
            "record": exact_json(bad),
            "fetched_at": read.fetched_at,
            "row_hash": row_hash((), ["invoices", bad]),
        },
        found
        | {
            "id": None,
            "date": None,
            "reason": "is not a JSON object: 'nothing'",
            "record": '"nothing"',
            "fetched_at": read.fetched_at,
            "row_hash": row_hash((), ["invoices", "nothing"]),
        },
        found
        | {
            "id": "7",
            "date": None,
            "reason": "date is not a YYYY-MM-DD date: 'bad'",
            "record": '{"date": "bad", "id": 7, "type": "sales"}',
            "fetched_at": read.fetched_at,
            "row_hash": row_hash((), ["invoices", odd]),
        },
    ]


@given(record=json_values | st.dictionaries(st.sampled_from([*INVOICE]), json_values))
def test_no_record_is_lost_and_none_stops_the_others(record: Any) -> None:
    import pendulum  # noqa: PLC0415 - hypothesis shows the test with its arguments only

    from sources.accbooks.pages import WindowRead  # noqa: PLC0415

    read = WindowRead(Window(), [INVOICE, record], 1, 1, pendulum.datetime(2026, 4, 1))
    typed = type_window(INVOICES, "c", read)
    assert len(typed.rows) + len(typed.rejected) == 2
    assert arrow_table(record_columns(INVOICES), typed.rows).num_rows == len(typed.rows)
    assert arrow_table(REJECTED_COLUMNS, typed.rejected).num_rows == len(typed.rejected)


def test_the_schema_of_a_table_has_exact_types_and_forbids_what_must_not_be_missing() -> None:
    assert INVOICES.lines is not None
    schema = arrow_schema(line_columns(INVOICES.lines))
    assert schema == pa.schema(
        [
            pa.field("company_id", pa.string(), nullable=False),
            pa.field("invoice_id", pa.string(), nullable=False),
            pa.field("line_number", pa.int64(), nullable=False),
            pa.field("date", pa.date32(), nullable=False),
            pa.field("description", pa.string()),
            pa.field("quantity", pa.decimal128(18, 6)),
            pa.field("unit_price", pa.decimal128(18, 2)),
            pa.field("vat_rate", pa.string()),
            pa.field("nominal_code", pa.string(), nullable=False),
            pa.field("net_amount", pa.decimal128(18, 2), nullable=False),
            pa.field("vat_amount", pa.decimal128(18, 2), nullable=False),
            pa.field("extra", pa.string()),
            pa.field("row_hash", pa.string(), nullable=False),
        ]
    )


def test_money_rates_and_days_of_every_table_are_exact() -> None:
    def types(schema: pa.Schema, *names: str) -> list[pa.DataType]:
        return [schema.field(name).type for name in names]

    transactions = arrow_schema(record_columns(TRANSACTIONS))
    assert types(transactions, "amount", "net_amount", "vat_amount") == [pa.decimal128(18, 2)] * 3
    assert types(transactions, "exchange_rate", "date", "updated_at", "account_id") == [
        pa.decimal128(18, 8),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
        pa.int64(),
    ]
    assert JOURNALS.lines is not None
    journal_lines = arrow_schema(line_columns(JOURNALS.lines))
    assert types(journal_lines, "debit", "credit") == [pa.decimal128(18, 2)] * 2
    assert types(arrow_schema(record_columns(BANK_ACCOUNTS)), "id", "is_active") == [pa.int64(), pa.bool_()]


def test_a_table_without_rows_has_its_columns() -> None:
    table = arrow_table(record_columns(CONTACTS), [])
    assert table.num_rows == 0
    assert table.column_names == [
        "company_id",
        "id",
        "type",
        "name",
        "email",
        "vat_number",
        "country",
        "currency",
        "payment_terms_days",
        "is_active",
        "created_at",
        "updated_at",
        "extra",
        "row_hash",
    ]
