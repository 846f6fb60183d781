from collections.abc import Callable
from decimal import Decimal
from typing import Any

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.record_store import Selection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Make = Callable[..., Any]

IDS = st.integers(1, 4)
DAYS = st.sampled_from(
    ["2026-03-30", "2026-03-31", "2026-04-01", "2026-05-17", "2027-01-01", "nonsense", None]
)
RATES = st.sampled_from([1, Decimal("0.85"), Decimal("0.87654321"), None])
AMOUNTS = st.sampled_from([Decimal("0.01"), Decimal("12.34"), Decimal(7), "abc", None])
STATUSES = st.sampled_from(["draft", "void", "sent", "posted"])

INVOICES = st.builds(
    lambda number, kind, day, status, rate, lines: {
        "id": f"inv_{number}",
        "type": kind,
        "date": day,
        "status": status,
        "exchange_rate": rate,
        "line_items": [
            {"nominal_code": nominal, "net_amount": net, "vat_amount": Decimal("0.20")}
            for nominal, net in lines
        ],
    },
    IDS,
    st.sampled_from(["sales", "purchase", "sales_credit", "purchase_credit", "gift"]),
    DAYS,
    STATUSES,
    RATES,
    st.lists(st.tuples(st.sampled_from(["4000", "5000"]), AMOUNTS), max_size=2),
)
TRANSACTIONS = st.builds(
    lambda number, kind, day, status, rate, amount, settled: {
        "id": f"txn_{number}",
        "type": kind,
        "date": day,
        "status": status,
        "exchange_rate": rate,
        "amount": amount,
        "net_amount": amount,
        "vat_amount": Decimal("0.00"),
        "nominal_code": "4000",
        "account_id": 1003,
        "transfer_account_id": 1001,
        "invoice_id": settled,
    },
    st.integers(1, 8),
    st.sampled_from(["money_in", "money_out", "transfer"]),
    DAYS,
    STATUSES,
    RATES,
    AMOUNTS,
    st.sampled_from(["inv_1", "inv_2", "inv_3", None]),
)
BANKS = st.builds(
    lambda nominal: {"id": 1003, "nominal_code": nominal}, st.sampled_from(["1210", "1220", None])
)
EDITS = st.one_of(
    st.tuples(st.just("invoices"), INVOICES),
    st.tuples(st.just("transactions"), TRANSACTIONS),
    st.tuples(st.just("bank_accounts"), BANKS),
    st.tuples(st.just("invoices"), IDS.map(lambda number: f"inv_{number}")),
    st.tuples(st.just("transactions"), st.integers(1, 8).map(lambda number: f"txn_{number}")),
)


@given(st.lists(EDITS, max_size=30))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_edits_the_running_ledger_is_the_one_built_from_scratch(
    blank: Make, edits: list[tuple[str, Any]]
) -> None:
    books = blank()
    for resource, edit in edits:
        if not isinstance(edit, str):
            books.put(resource, edit)
        elif edit in books.stores[resource]:
            books.remove(resource, edit)
    assert books.ledger.entries() == books.rebuilt_ledger().entries()
    assert sum(books.ledger.movement(None, "9999-12-31").values()) == 0
    for store in books.stores.values():
        assert [(row.date, row.sequence) for row in store] == sorted(
            (row.date, row.sequence) for row in store
        )
        assert len(list(store)) == len(store)


def test_generated_books_have_the_ledger_that_is_built_from_their_records(small_books: Books) -> None:
    entries = small_books.ledger.entries()
    assert len(entries) > 5000
    assert entries == small_books.rebuilt_ledger().entries()


def test_a_changed_invoice_rate_moves_the_exchange_differences_of_its_settlements(
    blank: Make, invoice: Make, transaction: Make
) -> None:
    books = blank()
    sale = invoice("sales", ("4009", "100.00", "0.00"), exchange_rate=Decimal("0.80"))
    books.put("invoices", sale)
    receipt = transaction(
        "money_in", "100.00", account_id=1003, invoice_id="inv_1", exchange_rate=Decimal("0.90")
    )
    books.put("transactions", receipt)
    assert books.ledger.movement("2026-04-20", "2026-04-20") == {"1210": 9000, "1100": -8000, "7906": -1000}
    books.put("invoices", sale | {"exchange_rate": Decimal("0.95")})
    movement = books.ledger.movement("2026-04-20", "2026-04-20")
    assert movement == {"1210": 9000, "1100": -9500, "7906": 500}


def test_a_deleted_invoice_leaves_its_settlement_without_a_difference(
    blank: Make, invoice: Make, transaction: Make
) -> None:
    books = blank()
    books.put(
        "invoices", invoice("purchase_credit", ("5000", "100.00", "0.00"), exchange_rate=Decimal("0.80"))
    )
    books.put("transactions", transaction("money_in", "100.00", invoice_id="inv_1"))
    books.remove("invoices", "inv_1")
    movement = {name: amount for name, amount in books.ledger.movement(None, "9999").items() if amount}
    assert movement == {"1200": 10000, "1100": -10000}


def test_a_record_whose_date_moves_is_listed_under_the_new_one(blank: Make, journal: Make) -> None:
    books = blank()
    record = journal("2026-05-05", ("7500", "1.00"), ("1200", "-1.00"), id="jnl_1")
    books.put("journals", record)
    books.put("journals", record | {"date": "2026-06-06"})
    may, june = Selection("2026-05-01", "2026-05-31"), Selection("2026-06-01", "2026-06-30")
    assert books.page("journals", may, 1, 25) == ([], 0)
    assert books.page("journals", june, 1, 25)[1] == 1


def test_a_record_that_loses_its_date_and_id_stays_where_it_was_filed(blank: Make, journal: Make) -> None:
    books = blank()
    record = journal("2026-05-05", ("7500", "1.00"), ("1200", "-1.00"), id="jnl_1")
    books.put("journals", record)
    flawed = {name: value for name, value in record.items() if name not in ("date", "id")}
    books.put("journals", flawed, "jnl_1")
    assert books.page("journals", Selection("2026-05-05", "2026-05-05"), 1, 25)[1] == 1
    assert books.get("journals", "jnl_1") == flawed
    assert books.ledger.entries() == {}


def test_a_copy_is_the_same_and_lives_its_own_life(books: Books, small_books: Books) -> None:
    twin = small_books.copy()
    for resource, store in small_books.stores.items():
        assert [row.text for row in twin.stores[resource]] == [row.text for row in store]
    assert twin.ledger.entries() == small_books.ledger.entries()
    for resource, handle in (
        ("invoices", "inv_000001"),
        ("transactions", "txn_000001"),
        ("bank_accounts", "1003"),
    ):
        twin.remove(resource, handle)
    assert twin.ledger.entries() == twin.rebuilt_ledger().entries() != small_books.ledger.entries()
    assert small_books.all("transactions") == books.all("transactions")
    assert small_books.ledger.entries() == books.ledger.entries()


def test_numbers_of_removed_records_are_not_given_again(blank: Make, invoice: Make) -> None:
    books = blank()
    for number in (1, 2):
        books.put("invoices", invoice("sales", id=f"inv_{number}"))
    books.remove("invoices", "inv_2")
    assert books.next_number("invoices") == 3
