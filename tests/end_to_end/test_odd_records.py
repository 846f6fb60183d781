"""Odd values in one company's books, in a warehouse of an earlier version: each harms its record alone."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.emulator.settings import key_of
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import Postgres, Warehouse
from accbooks_warehouse.pipelines.destinations.postgres_widening import widen
from accbooks_warehouse.pipelines.destinations.widening import Narrow
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.sync import raw_rows
from accbooks_warehouse.pipelines.sync.raw_rows import Damage, RawRows
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks import HASHED_TABLES
from accbooks_warehouse.sources.accbooks.settings import Settings
from copies import Loading

pytestmark = pytest.mark.long

TODAY = pendulum.today("UTC").date()
LARGE = Decimal("9999999999999999.99")
EARLIER = [
    *(("invoice_line_items", "unit_price"), ("trial_balance", "debit"), ("trial_balance", "total_debit")),
    *(("balance_sheet", "amount"), ("profit_loss", "amount")),
]
"""Columns that had 18 digits, 2 of them decimals."""
MANDATORY = [
    *(("transactions", "amount"), ("invoice_line_items", "nominal_code")),
    *(("invoice_line_items", "net_amount"), ("invoice_line_items", "vat_amount")),
]
"""Columns that took no null."""


def sync(copy: Any, kind: type[Sync] = Sync) -> SyncResult:
    """Sync the odd company and the one beside it."""
    companies = [
        Company(name, Settings(key_of(number), copy.emulator.base_url, heal_budget=0.0))
        for number, name in enumerate(("odd", "second"))
    ]
    progress, scope = NoRunProgress(), Scope()
    return kind(copy.warehouse, copy.transforms, scope, progress=progress, announce=lambda _: None).run(
        companies
    )


def make_narrow(warehouse: Warehouse) -> None:
    """Have columns be as an earlier version made them, and a view of somebody's on one of them."""
    columns = [Narrow("accbooks_raw", table, column, 18, 2) for table, column in EARLIER]
    if isinstance(warehouse, Postgres):
        with warehouse._client() as client, client.begin_transaction():  # noqa: SLF001 - as `widen` does
            widen(client.native_connection.cursor(), columns)
    else:
        for column in columns:
            warehouse.execute(f"alter table {warehouse.raw}.{column.table} {column.alteration}")
    for table, column in MANDATORY:
        warehouse.execute(f"alter table {warehouse.raw}.{table} alter column {column} set not null")
    prices = f"select company_id, unit_price from {warehouse.raw}.invoice_line_items"
    warehouse.execute(f"create view {warehouse.raw}.prices as {prices}")
    warehouse.execute(f"create view {warehouse.raw}.best_prices as select * from {warehouse.raw}.prices")
    if isinstance(warehouse, Postgres):
        warehouse.execute(f"comment on view {warehouse.raw}.prices is '100% mine'")


def odd_records(copy: Any) -> list[tuple[str, dict[str, Any]]]:
    """Records of today, each odd in one way; its id says which."""
    sale = deepcopy(copy.recent("invoices", lambda record: record["type"] == "sales"))
    sale |= {"date": str(TODAY), "status": "sent", "currency": "GBP", "exchange_rate": Decimal(1)}
    line = {**sale["line_items"][0], "net_amount": Decimal(10), "vat_amount": Decimal(0), "vat_rate": "0"}
    totals = {"net_total": Decimal(10), "vat_total": Decimal(0), "gross_total": Decimal(10)}
    sale |= {**totals, "line_items": [line]}
    large = [line | {"net_amount": LARGE}]
    invoices: dict[str, dict[str, Any]] = {
        "overdue": {"status": "overdue"},
        "pro_forma": {"type": "pro_forma"},
        "blank due date": {"due_date": ""},
        "nul": {"reference": "PO\x007"},
        "price": {"line_items": [line | {"unit_price": Decimal("0.1648")}]},
        "vat rate": {"line_items": [line | {"vat_rate": "17.5"}]},
        "currency": {"currency": "ZZZ", "exchange_rate": Decimal("0.5")},
        "product": {"line_items": large, "exchange_rate": Decimal("99999999.99999999"), "currency": "EUR"},
        "i" * 3600: {},
        **{f"large {number}": {"line_items": large} for number in range(20)},
    }
    contact = {"type": "customer", "name": "Contact"}
    receipt = deepcopy(
        copy.recent("transactions", lambda record: record["type"] == "money_in" and record["invoice_id"])
    )
    receipt |= {"date": str(TODAY), "currency": "GBP", "exchange_rate": Decimal(1), "status": "posted"}
    amounts = {"net_amount": Decimal(7), "vat_amount": Decimal(0), "nominal_code": "4000", "vat_rate": "0"}
    direct = receipt | amounts | {"invoice_id": None, "amount": "seven"}
    blank = direct | {"amount": Decimal(7), "invoice_id": ""}
    paid = receipt | {"amount": Decimal(3), "net_amount": "?", "vat_amount": [], "nominal_code": "4" * 256}
    transfer = paid | {"type": "transfer", "transfer_account_id": receipt["account_id"], "invoice_id": {}}
    unfinished = [{"description": "to do", "nominal_code": None, "net_amount": "?", "vat_amount": None}]
    transactions = {"direct": direct, "blank": blank, "paid": paid, "transfer": transfer}
    transactions["undecided"] = paid | {"invoice_id": {}}
    invoices["draft"] = {"status": "draft", "line_items": unfinished}
    return [
        *(("transactions", {**record, "id": name}) for name, record in transactions.items()),
        *(("invoices", {**sale, "id": name, "number": name[:20], **odd}) for name, odd in invoices.items()),
        ("contacts", {**contact, "id": "patient", "payment_terms_days": 2147483648}),
        ("contacts", {**contact, "id": "eternal", "payment_terms_days": 2**63}),
    ]


@pytest.fixture(scope="module")
def copy(open_module_copy: Any) -> Any:
    """Two companies in a warehouse of an earlier version, loaded, and synced after one of them became odd."""
    opened = open_module_copy(companies=2, size="tiny")
    assert [each.error for each in sync(opened, Loading).companies] == [None, None]
    make_narrow(opened.warehouse)
    opened.before = {
        table: rows_of_second(opened, table) for table in ("invoices", "invoice_line_items", "contacts")
    }
    for resource, record in odd_records(opened):
        opened.put(resource, record)
    opened.result = sync(opened)
    return opened


def rows_of_second(copy: Any, table: str) -> list[tuple[Any, ...]]:
    """The rows of the company beside, with the load that last wrote them."""
    second = copy.emulator.all_books[1].company["id"]
    query = f"select row_hash, _dlt_load_id from {{raw}}.{table} where company_id = %s order by 1, 2"
    found: list[tuple[Any, ...]] = copy.query(query, second)
    return found


@pytest.mark.nightly_on("postgres")
def test_no_company_fails_and_the_one_beside_is_as_it_was(copy: Any) -> None:
    assert [each.error for each in copy.result.companies] == [None, None]
    assert copy.before == {table: rows_of_second(copy, table) for table in copy.before}
    second = copy.emulator.all_books[1].company["id"]
    differing = "select 1 from {models}.reconciliation where status <> 'match' and company_id = %s"
    assert copy.query(differing, second) == []
    findings = f"select 1 from {copy.warehouse.staging}.int_findings_of_records where company_id = %s"
    assert copy.query(findings, second) == []


def test_what_posts_and_cannot_be_held_is_quarantined_alone_with_its_reason(copy: Any) -> None:
    found = copy.query("select id, reason from {raw}.rejected_records")
    assert sorted((identifier or "", reason.split(" is 9")[0]) for identifier, reason in found) == [
        ("", "id is longer than 255 characters: 3600"),
        (
            "product",
            "line_items 1: net_amount 9999999999999999.99 at exchange_rate 99999999.99999999",
        ),
        ("undecided", "invoice_id is not text: {}"),
    ]


def test_what_posts_nothing_is_null_or_exact_and_its_record_posts(copy: Any) -> None:
    blank = "select due_date from {raw}.invoices where id = 'blank due date'"
    reference = "select reference from {raw}.invoices where id = 'nul'"
    assert copy.query(blank) == [(None,)]
    assert copy.query(reference) == [(None,)]
    assert copy.query("select unit_price from {raw}.invoice_line_items where invoice_id = 'price'") == [
        (Decimal("0.16480000"),)
    ]
    posted = copy.query(
        "select source_id, sum(debit) from {models}.general_ledger"
        " where source_id in ('overdue', 'pro_forma', 'blank due date', 'nul', 'price', 'vat rate',"
        " 'currency') group by source_id"
    )
    assert dict(posted) == {
        **dict.fromkeys(("overdue", "blank due date", "nul", "price", "vat rate"), Decimal("10.00")),
        "currency": Decimal("5.00"),
    }


def test_a_field_that_this_kind_of_transaction_does_not_post_from_may_be_unreadable(copy: Any) -> None:
    posted = copy.query(
        "select source_id, sum(debit) from {models}.general_ledger"
        " where source_id in ('direct', 'blank', 'paid', 'transfer', 'undecided') group by source_id"
    )
    seven, three = Decimal(7), Decimal(3)
    assert dict(posted) == {"direct": seven, "blank": seven, "paid": three, "transfer": three}
    amounts = "select id, amount, net_amount from {raw}.transactions where id in ('direct', 'paid', 'blank')"
    assert sorted(copy.query(amounts)) == [
        ("blank", Decimal(7), Decimal(7)),
        ("direct", None, Decimal(7)),
        ("paid", Decimal(3), None),
    ]


def test_integers_of_64_bits_arrive_and_larger_ones_are_null(copy: Any) -> None:
    days = "select contact_id, payment_terms_days from {models}.contacts"
    days += " where contact_id in ('patient', 'eternal')"
    assert dict(copy.query(days)) == {"patient": 2147483648, "eternal": None}


def test_twenty_invoices_that_fit_one_by_one_are_added_up_and_equal_the_reports(copy: Any) -> None:
    large = "select sum(debit) from {models}.general_ledger where source_id like 'large %'"
    assert copy.query(large) == [(20 * LARGE,)]
    assert copy.query("select max(total_debit) > 1e17 from {raw}.trial_balance") == [(True,)]


def test_findings_name_the_records_and_their_values(copy: Any) -> None:
    found = copy.query(
        f"select check_name, record_id, found from {copy.warehouse.staging}.int_findings_of_records"
        " where check_name <> 'rejected_record'"
    )
    assert set(found) == {
        ("unknown_value", "overdue", "status: overdue"),
        ("unknown_type", "pro_forma", "type: pro_forma"),
        ("unknown_value", "vat rate", "vat_rate: 17.5"),
        ("unknown_value", "currency", "currency: ZZZ"),
        ("unreadable_field", "blank due date", 'due_date: ""'),
        ("unreadable_field", "nul", 'reference: "PO\\\\u00007"'),
        ("unreadable_field", "eternal", "payment_terms_days: 9223372036854775808"),
        ("unreadable_field", "direct", 'amount: "seven"'),
        ("unreadable_field", "paid", f'net_amount: "?"; nominal_code: "{"4" * 256}"; vat_amount: []'),
        (
            "unreadable_field",
            "transfer",
            f'invoice_id: {{}}; net_amount: "?"; nominal_code: "{"4" * 256}"; vat_amount: []',
        ),
        ("unreadable_field", "draft", 'line 1 net_amount: "?"'),
    }


def test_columns_of_an_earlier_version_are_widened_under_the_views_on_them(copy: Any) -> None:
    types = copy.query(
        "select distinct table_name, column_name, numeric_precision, numeric_scale"
        " from information_schema.columns where table_schema = 'accbooks_raw'"
    )
    assert {(table, column, 38, 2) for table, column in EARLIER[1:]} <= set(types)
    assert ("invoice_line_items", "unit_price", 24, 8) in types
    assert copy.query("select count(*) from {raw}.best_prices where unit_price = 0.1648") == [(1,)]
    if isinstance(copy.warehouse, Postgres):
        comment = "select obj_description(cast('accbooks_raw.prices' as regclass))"
        assert copy.query(comment) == [("100% mine",)]


@pytest.mark.nightly_on("postgres")
def test_no_odd_record_is_taken_for_one_that_was_damaged(copy: Any) -> None:
    ids = [books.company["id"] for books in copy.emulator.all_books]
    assert [RawRows(copy.warehouse, each, TODAY).damage() for each in ids] == [Damage()] * 2


class UndoneError(Exception):
    """Ends a transaction whose changes nobody else is to see."""


@pytest.mark.databases("duckdb")
@pytest.mark.parametrize("first", ["small", "large"])
def test_a_doubled_row_is_found_also_beside_a_company_of_which_only_a_part_is_compared(
    copy: Any, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    small, large = (books.company["id"] for books in copy.emulator.all_books)
    order = [large, small] if first == "large" else [small, large]
    most = max(
        rows
        for table in HASHED_TABLES
        for (rows,) in copy.query(f"select count(*) from {{raw}}.{table.name} where company_id = '{small}'")
    )
    monkeypatch.setattr(raw_rows, "ROWS_PER_RUN", most)
    found = {}

    def look_at_doubled_rows() -> None:
        warehouse = copy.warehouse
        contacts, lines = f"{warehouse.raw}.contacts", f"{warehouse.raw}.trial_balance"
        with warehouse.transaction():
            warehouse.execute(
                f"insert into {contacts} by name select * from {contacts} where company_id = %s limit 1",
                small,
            )
            warehouse.execute(
                f"insert into {lines} by name "
                "select lines.* replace (line_number + 1000 * number as line_number) "
                f"from {lines} as lines, range(1, {most + 2}) as numbers (number) where company_id = %s",
                large,
            )
            with warehouse.together.asking(order):
                found.update({each: RawRows(warehouse, each, TODAY).damage() for each in order})
            raise UndoneError

    with pytest.raises(UndoneError):
        look_at_doubled_rows()
    assert "contacts" in found[small].lists
    assert "contacts" not in found[large].lists
