import datetime as dt
import json
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

import duckdb
import pendulum
import pyarrow as pa
import pytest
import simplejson
from accbooks_warehouse.sources.accbooks.api.pages import WindowRead
from accbooks_warehouse.sources.accbooks.columns import Column
from accbooks_warehouse.sources.accbooks.endpoints import (
    BANK_ACCOUNTS,
    COMPANY,
    CONTACTS,
    ENDPOINTS,
    INVOICES,
    JOURNALS,
    TRANSACTIONS,
    Endpoint,
)
from accbooks_warehouse.sources.accbooks.json_text import exact_json, storable
from accbooks_warehouse.sources.accbooks.reading.posting_months import posting_months
from accbooks_warehouse.sources.accbooks.tables.bulk import type_window
from accbooks_warehouse.sources.accbooks.tables.exact import type_record
from accbooks_warehouse.sources.accbooks.tables.row_hash import json_hash
from accbooks_warehouse.sources.accbooks.tables.schemas import (
    REJECTED_COLUMNS,
    TypedRecords,
    arrow_schema,
    arrow_table,
    line_columns,
    record_columns,
    typed_columns,
)
from accbooks_warehouse.sources.accbooks.windows import Window
from hypothesis import given
from hypothesis import strategies as st

FETCHED_AT = pendulum.datetime(2026, 4, 1, 9, 30)
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


def typed(endpoint: Endpoint, *records: Any, window: Window | None = None) -> TypedRecords:
    texts = [simplejson.dumps(record, use_decimal=True).encode() for record in records]
    return type_window(endpoint, "comp_1", WindowRead(window or Window(), texts, 1, 1, FETCHED_AT))


def hashes(table: pa.Table) -> list[str]:
    found: list[str] = table["row_hash"].to_pylist()
    return found


def test_an_invoice_becomes_one_typed_row() -> None:
    row, _ = type_record(INVOICES, INVOICE)
    assert row == {
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
    }
    (loaded,) = typed(INVOICES, INVOICE).rows.to_pylist()
    assert loaded == {"company_id": "comp_1", **row, "row_hash": loaded["row_hash"]}


def test_its_lines_are_numbered_from_one_and_carry_the_invoice_and_its_date() -> None:
    table = typed(INVOICES, INVOICE).lines
    assert table is not None
    assert len(set(hashes(table))) == 2
    lines = table.drop_columns("row_hash").to_pylist()
    key = {"company_id": "comp_1", "invoice_id": "inv_1", "date": dt.date(2026, 3, 31)}
    assert lines == [
        key
        | {
            "line_number": 1,
            "description": "Consulting",
            "quantity": Decimal("1.500000"),
            "unit_price": Decimal("1000.00000000"),
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
        (invoice(exchange_rate="much"), "exchange_rate is not a number: 'much'"),
        (invoice(status=["sent"]), "status is not text: ['sent']"),
        (invoice(currency="G\x00P"), "currency contains characters that no database can hold"),
        (invoice(id="i" * 3600), "id is longer than 255 characters: 3600"),
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
        type_record(INVOICES, record)
    assert str(refusal.value) == reason


def test_fields_without_which_no_record_is_typed() -> None:
    def required(columns: tuple[Column, ...]) -> set[str]:
        return {column.name for column in columns if column.required}

    assert {endpoint.name: required(endpoint.columns) for endpoint in ENDPOINTS} == {
        "company": {"id"},
        "contacts": {"id"},
        "bank_accounts": {"id"},
        "transactions": {"id", "date", "type"},
        "invoices": {"id", "date", "type"},
        "journals": {"id", "date"},
    }
    assert {e.lines.table: required(e.lines.columns) for e in ENDPOINTS if e.lines} == {
        "invoice_line_items": set(),
        "journal_lines": {"nominal_code"},
    }


def test_an_optional_identifier_that_is_blank_is_none() -> None:
    blank = {"contact_id": "", "invoice_id": "", "nominal_code": ""}
    found = typed(TRANSACTIONS, TRANSACTION | blank, TRANSACTION | {"id": "txn_2"})
    assert len(set(found.rows.drop_columns("id")["row_hash"].to_pylist())) == 2
    row, odd = type_record(TRANSACTIONS, TRANSACTION)[0], type_record(TRANSACTIONS, TRANSACTION | blank)[0]
    assert odd == row
    assert found.rows.select(blank).to_pylist() == [dict.fromkeys(blank)] * 2


def test_an_optional_field_may_be_absent_null_or_an_empty_text() -> None:
    for changes in ({}, {"description": None}):
        assert type_record(TRANSACTIONS, TRANSACTION | changes)[0]["description"] is None
    assert type_record(TRANSACTIONS, TRANSACTION | {"description": ""})[0]["description"] == ""


def test_unknown_fields_are_kept_as_they_came() -> None:
    unknown = {
        "z": Decimal("1.10"),
        "a": {"b": [1, None, True]},
        "company_id": "x",
        "extra": "y",
        "é": "ü",
    }
    (row,) = typed(TRANSACTIONS, TRANSACTION | unknown).rows.to_pylist()
    assert row["company_id"] == "comp_1"
    assert row["extra"] == (
        '{"a": {"b": [1, null, true]}, "company_id": "x", "extra": "y", "z": 1.10, "\\u00e9": "\\u00fc"}'
    )


@given(unknown=st.dictionaries(sound_text.map(lambda name: f"x{name}"), json_of(sound_text), min_size=1))
def test_whatever_an_unknown_field_holds_comes_back_exactly(unknown: dict[str, Any]) -> None:
    row, _ = type_record(TRANSACTIONS, TRANSACTION | unknown)
    assert json.loads(row["extra"], parse_float=Decimal) == unknown
    assert set(row) == {column.name for column in typed_columns(TRANSACTIONS)}


@given(value=json_values)
def test_whatever_json_is_put_away_a_database_takes_it(value: Any) -> None:
    stored = exact_json(storable(value))
    assert duckdb.connect().execute("select json_valid(?)", [stored]).fetchone() == (True,)
    assert "\\u0000" not in stored.replace("\\\\", "")


def test_characters_no_database_takes_are_spelled_out() -> None:
    assert storable({"\ud83d": ["a\x00b", "🎉", 1, None]}) == {"\\ud83d": ["a\\u0000b", "🎉", 1, None]}


@given(json_values, json_values)
def test_the_hash_of_a_rejected_record_differs_exactly_when_its_json_does(one: Any, other: Any) -> None:
    same = exact_json(one) == exact_json(other)
    assert (json_hash(one) == json_hash(other)) is same


def test_the_row_hash_changes_with_every_field_of_the_row_and_with_nothing_else() -> None:
    (base,) = hashes(typed(INVOICES, INVOICE).rows)
    without = [
        {name: INVOICE[name] for name in INVOICE if name != optional} for optional in ("number", "status")
    ]
    changed = [
        *(invoice(**{name: "2026-06-30"}) for name in ("date", "due_date", "created_at", "number", "status")),
        *(invoice(**{name: Decimal("1.01")}) for name in ("exchange_rate", "net_total", "amount_due")),
        *(invoice(project="Mars"), invoice(id="inv_2"), invoice(reference=""), invoice(project=None)),
        *without,
    ]
    assert len({base, *hashes(typed(INVOICES, *changed).rows)}) == len(changed) + 1
    same = [dict(reversed(INVOICE.items())), invoice(amount_paid="0.000"), invoice(line_items=[])]
    assert hashes(typed(INVOICES, *same).rows) == [base] * 3


def test_a_line_counts_as_changed_when_its_invoice_moves() -> None:
    before, after, same = (
        typed(INVOICES, record).lines
        for record in (INVOICE, invoice(date="2026-04-01"), invoice(reference="new", id="inv_2"))
    )
    assert before is not None
    assert after is not None
    assert same is not None
    assert hashes(same) == hashes(before)
    assert not set(hashes(before)) & set(hashes(after))


def test_sound_records_are_typed_and_the_others_quarantined_with_reason_and_json() -> None:
    window = Window(end=pendulum.date(2026, 3, 31))
    bad = invoice(id="inv_2", exchange_rate=Decimal("1.000000005"))
    odd = {"id": 7, "type": "sales", "date": "bad"}
    found = typed(INVOICES, INVOICE, bad, "nothing", odd, window=window)
    assert found.lines is not None
    assert found.rows["id"].to_pylist() == ["inv_1"]
    assert found.lines["invoice_id"].to_pylist() == ["inv_1", "inv_1"]
    about = {
        "company_id": "comp_1",
        "resource": "invoices",
        "from": None,
        "to": window.end,
        "fetched_at": FETCHED_AT,
    }
    assert found.rejected == [
        about
        | {
            "id": "inv_2",
            "date": dt.date(2026, 3, 31),
            "reason": "exchange_rate has more than 8 decimals: 1.000000005",
            "record": exact_json(bad),
            "row_hash": json_hash(["invoices", bad]),
        },
        about
        | {
            "id": None,
            "date": None,
            "reason": "is not a JSON object: 'nothing'",
            "record": '"nothing"',
            "row_hash": json_hash(["invoices", "nothing"]),
        },
        about
        | {
            "id": "7",
            "date": None,
            "reason": "date is not a YYYY-MM-DD date: 'bad'",
            "record": '{"date": "bad", "id": 7, "type": "sales"}',
            "row_hash": json_hash(["invoices", odd]),
        },
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("[" * 900 + "]" * 900, "cannot be read (maximum recursion depth exceeded"),
        ("[" * 5000 + "]" * 5000, "cannot be read (maximum recursion depth exceeded"),
    ],
    ids=["nested deeply", "nested deeper still"],
)
def test_json_that_python_cannot_read_is_quarantined_as_text(value: str, reason: str) -> None:
    texts = [f'{{"id": "txn_1", "odd": {value}}}', exact_json(TRANSACTION)]
    read = WindowRead(Window(), [text.encode() for text in texts], 1, 1, FETCHED_AT)
    found = type_window(TRANSACTIONS, "comp_1", read)
    assert found.rows["id"].to_pylist() == ["txn_1"]
    (rejected,) = found.rejected
    assert rejected["reason"].startswith(reason)
    assert json.loads(rejected["record"]) == texts[0]
    assert rejected["id"] is None


@pytest.mark.parametrize(
    ("endpoint", "field", "value"),
    [
        (INVOICES, "due_date", ""),
        (INVOICES, "due_date", "30/04/2026"),
        (INVOICES, "reference", "PO\x007"),
        (INVOICES, "number", ["INV-0001"]),
        (INVOICES, "customer_id", "c" * 3600),
        (INVOICES, "net_total", "much"),
        (INVOICES, "gross_total", 10**16),
        (INVOICES, "amount_due", Decimal("1.005")),
        (INVOICES, "updated_at", "yesterday"),
        (TRANSACTIONS, "description", "\ud83d"),
        (TRANSACTIONS, "contact_id", {"id": "cust_1"}),
        (TRANSACTIONS, "vat_rate", [20]),
        (JOURNALS, "reference", "\x00"),
        (CONTACTS, "payment_terms_days", 2**63),
        (CONTACTS, "is_active", "yes"),
        (BANK_ACCOUNTS, "name", False),
        (COMPANY, "books_start_date", "2020"),
    ],
)
def test_a_field_that_posts_nothing_is_null_if_it_cannot_be_read_and_kept_in_extra(
    endpoint: Endpoint, field: str, value: Any
) -> None:
    sound: Mapping[str, Any] = {
        "invoices": INVOICE,
        "transactions": TRANSACTION,
        "journals": {"id": "jnl_1", "date": "2026-01-05", "type": "manual", "lines": []},
        "contacts": {"id": "cust_1"},
        "bank_accounts": {"id": 1001},
        "company": {"id": "comp_1"},
    }[endpoint.name]
    found = typed(endpoint, sound, {**sound, "id": 2, field: value, "project": "Mars"})
    assert found.rejected == []
    whole, odd = found.rows.drop_columns(["row_hash", "id"]).to_pylist()
    extra = json.loads(odd.pop("extra"), parse_float=Decimal)
    assert extra == {"_unreadable": {field: storable(value)}, "project": "Mars"}
    assert {**whole, field: None} == {**odd, "extra": None}


DIRECT = TRANSACTION | {"net_amount": 10, "vat_amount": 2, "nominal_code": "4000", "account_id": 1}
TRANSFER = TRANSACTION | {"type": "transfer", "account_id": 1, "transfer_account_id": 2}
SETTLEMENT = TRANSACTION | {"account_id": 1, "invoice_id": "inv_1"}
VOID = DIRECT | {"status": "void"}
WRONG = [{"x": 1}]
"""What no field can be."""


@pytest.mark.parametrize(
    ("kind", "unused"),
    [
        (DIRECT, {"amount", "transfer_account_id"}),
        (SETTLEMENT, {"net_amount", "vat_amount", "nominal_code", "transfer_account_id"}),
        (TRANSFER, {"net_amount", "vat_amount", "nominal_code", "invoice_id"}),
        (TRANSFER | {"invoice_id": "inv_1"}, {"net_amount", "vat_amount", "nominal_code", "invoice_id"}),
        (
            VOID,
            {
                *("amount", "net_amount", "vat_amount", "nominal_code", "account_id"),
                *("transfer_account_id", "invoice_id", "currency", "exchange_rate"),
            },
        ),
    ],
    ids=["direct", "settlement", "transfer", "transfer with an invoice", "void"],
)
def test_which_fields_may_be_unreadable_depends_on_what_a_transaction_is(
    kind: dict[str, Any], unused: set[str]
) -> None:
    for column in (column for column in TRANSACTIONS.columns if column.posts):
        found = typed(TRANSACTIONS, kind | {column.name: WRONG})
        if column.name in unused:
            (row,) = found.rows.to_pylist()
            assert row[column.name] is None
            assert json.loads(row["extra"]) == {"_unreadable": {column.name: WRONG}}
        else:
            (rejected,) = found.rejected
            assert rejected["reason"].startswith(f"{column.name} is not ")


@pytest.mark.parametrize("name", ["settlement", "transfer", "direct"])
def test_the_amount_is_needed_by_those_that_post_it(name: str) -> None:
    record = {"settlement": SETTLEMENT, "transfer": TRANSFER, "direct": DIRECT}[name]
    for nothing in (None, ""):
        found = typed(TRANSACTIONS, record | {"amount": nothing})
        reasons = [rejected["reason"] for rejected in found.rejected]
        assert (reasons, found.rows["extra"].to_pylist()) == (
            ([], [None]) if name == "direct" else (["amount is missing"], [])
        )


def test_the_lines_of_a_draft_may_be_odd_because_its_payments_need_but_its_type_and_rate() -> None:
    lines = [{"nominal_code": "", "net_amount": "?", "description": "x"}, {}]
    found = typed(INVOICES, invoice(status="draft", line_items=lines))
    assert found.rejected == []
    assert found.lines is not None
    held = found.lines.select(["nominal_code", "net_amount", "vat_amount", "extra"]).to_pylist()
    assert [tuple(line.values()) for line in held] == [
        (None, None, None, '{"_unreadable": {"net_amount": "?"}}'),
        (None, None, None, None),
    ]
    for odd, extra in [
        (None, None),
        ("none", '{"_unreadable": {"line_items": "none"}}'),
        (["x"], '{"_unreadable": {"line_items": ["x"]}}'),
    ]:
        found = typed(INVOICES, invoice(status="void", line_items=odd))
        assert found.rows["extra"].to_pylist() == [extra]
        assert found.lines is not None
        assert found.lines.num_rows == 0
    for field in ("exchange_rate", "currency", "type", "status"):
        (rejected,) = typed(INVOICES, invoice(**{"status": "draft", field: WRONG})).rejected
        assert rejected["reason"].startswith(f"{field} is not ")


def test_a_unit_price_has_eight_decimals_and_a_field_of_a_line_may_be_unreadable_too() -> None:
    sound = INVOICE["line_items"][0]
    lines = [sound | {"unit_price": Decimal("0.1648")}, sound | {"quantity": Decimal("0.1234567")}]
    found = typed(INVOICES, invoice(line_items=lines))
    assert found.rejected == []
    assert found.lines is not None
    held = found.lines.select(["unit_price", "quantity", "net_amount", "extra"]).to_pylist()
    assert [tuple(line.values()) for line in held] == [
        (Decimal("0.16480000"), Decimal("1.500000"), Decimal("1500.00"), None),
        (Decimal("1000.00000000"), None, Decimal("1500.00"), '{"_unreadable": {"quantity": 0.1234567}}'),
    ]


@pytest.mark.parametrize("value", ["1" * 5000, "1e99999999999999999999"], ids=["digits", "exponent"])
def test_a_number_beyond_python_makes_nothing_else_unreadable(value: str) -> None:
    text = f'{{"id": "txn_1", "date": "2026-01-02", "type": "money_in", "amount": 12, "odd": {value}}}'
    found = type_window(TRANSACTIONS, "comp_1", WindowRead(Window(), [text.encode()], 1, 1, FETCHED_AT))
    (row,) = found.rows.to_pylist()
    assert json.loads(row["extra"]) == {"odd": value}
    found = type_window(
        TRANSACTIONS,
        "comp_1",
        WindowRead(Window(), [text.replace('"odd"', '"net_amount"').encode()], 1, 1, FETCHED_AT),
    )
    assert [row["id"] for row in found.rejected] == ["txn_1"]


def test_a_field_of_accbooks_that_has_our_name_for_unreadable_ones_is_kept_too() -> None:
    (row,) = typed(TRANSACTIONS, TRANSACTION | {"_unreadable": 5, "vat_rate": {}}).rows.to_pylist()
    assert json.loads(row["extra"]) == {"_unreadable": {"_unreadable": 5, "vat_rate": {}}}


def test_the_fields_that_decide_what_is_in_the_ledger() -> None:
    def posting(columns: tuple[Column, ...]) -> set[str]:
        return {column.name for column in columns if column.posts}

    assert {endpoint.name: posting(endpoint.columns) for endpoint in ENDPOINTS} == {
        "company": {"id"},
        "contacts": {"id"},
        "bank_accounts": {"id", "nominal_code"},
        "transactions": {
            *("id", "date", "type", "account_id", "transfer_account_id", "invoice_id", "currency"),
            *("exchange_rate", "amount", "net_amount", "vat_amount", "nominal_code", "status"),
        },
        "invoices": {"id", "date", "type", "status", "currency", "exchange_rate"},
        "journals": {"id", "date", "type"},
    }
    assert {e.lines.table: posting(e.lines.columns) for e in ENDPOINTS if e.lines} == {
        "invoice_line_items": {"nominal_code", "net_amount", "vat_amount"},
        "journal_lines": {"nominal_code", "debit", "credit"},
    }


@given(record=json_values | st.dictionaries(st.sampled_from([*INVOICE]), json_values))
def test_no_record_is_lost_and_none_stops_the_others(record: Any) -> None:
    found = typed(INVOICES, INVOICE, record)
    assert found.rows.num_rows + len(found.rejected) == 2
    assert found.rows.schema == arrow_schema(record_columns(INVOICES))
    assert arrow_table(REJECTED_COLUMNS, found.rejected).num_rows == len(found.rejected)


def test_only_records_that_post_an_amount_make_a_month() -> None:
    dates = {
        "draft": "2026-01-01",
        "sent": "2026-02-01",
        None: "2026-03-01",
        "paid": "2026-02-02",
        "void": "2026-05-01",
    }
    found = typed(INVOICES, *(invoice(status=status, date=day) for status, day in dates.items()))
    assert posting_months("invoices", found) == {dt.date(2026, 2, 1), dt.date(2026, 3, 1)}
    assert posting_months("invoices", typed(INVOICES, invoice(line_items=[]))) == set()
    assert posting_months("invoices", typed(INVOICES)) == set()
    journal = {"id": "jnl_1", "date": "2026-01-05", "lines": []}
    assert posting_months("journals", typed(JOURNALS, journal)) == set()
    line = {"nominal_code": "1200", "description": "", "debit": 5, "credit": 0}
    assert posting_months("journals", typed(JOURNALS, {**journal, "lines": [line]})) == {dt.date(2026, 1, 1)}
    nothing = {**line, "debit": 0}
    assert posting_months("journals", typed(JOURNALS, {**journal, "lines": [nothing]})) == set()


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
            pa.field("unit_price", pa.decimal128(24, 8)),
            pa.field("vat_rate", pa.string()),
            pa.field("nominal_code", pa.string()),
            pa.field("net_amount", pa.decimal128(18, 2)),
            pa.field("vat_amount", pa.decimal128(18, 2)),
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
