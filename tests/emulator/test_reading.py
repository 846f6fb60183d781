from collections.abc import Callable
from typing import Any

import pytest
from accbooks_warehouse.emulator.server import Emulator

Make = Callable[..., Any]


def test_pages_add_up_to_the_list(reader: Any, shared: Emulator) -> None:
    first = reader.read("invoices?per_page=100")
    total = len(shared.books.stores["invoices"])
    pages = -(-total // 100)
    assert first["meta"] == {"current_page": 1, "total_pages": pages, "total_records": total}
    ids = [name for page in range(1, pages + 1) for name in reader.ids(f"invoices?per_page=100&page={page}")]
    assert ids == [row.handle for row in shared.books.stores["invoices"]]


def test_a_page_has_25_records_unless_asked_otherwise_and_never_more_than_100(reader: Any) -> None:
    sizes = [
        len(reader.ids(path))
        for path in ("transactions", "transactions?per_page=7", "transactions?per_page=101")
    ]
    assert sizes == [25, 7, 100]
    assert (
        reader.read("transactions?per_page=500")["meta"] == reader.read("transactions?per_page=100")["meta"]
    )


def test_a_page_past_the_end_is_empty_with_the_same_meta(reader: Any) -> None:
    meta = reader.read("contacts?per_page=100")["meta"]
    assert reader.read("contacts?per_page=100&page=900") == {"data": [], "meta": meta | {"current_page": 900}}


@pytest.mark.parametrize("pages", [0, 1])
def test_an_empty_list_has_as_many_pages_as_the_settings_say(start: Make, pages: int) -> None:
    _, client = start(empty_total_pages=pages)
    empty = {"data": [], "meta": {"current_page": 1, "total_pages": pages, "total_records": 0}}
    assert client.read("journals?from=2199-01-01") == empty


def test_empty_books_have_a_company_and_nothing_else(start: Make) -> None:
    _, client = start(size="empty")
    assert client.read("company")["data"]["books_start_date"] == "2026-04-01"
    for resource in ("contacts", "bank_accounts", "transactions", "invoices", "journals"):
        assert client.ids(resource) == []
    assert client.read("reports/trial-balance?as_at=2026-11-22")["data"]["lines"] == []


def test_dates_are_inclusive_and_either_may_be_left_out(reader: Any, shared: Emulator) -> None:
    dates = [record["date"] for record in shared.books.all("invoices")]
    first, last = dates[100], dates[300]

    def total(query: str) -> int:
        return int(reader.read(f"invoices?{query}")["meta"]["total_records"])

    assert total(f"from={first}&to={last}") == sum(first <= day <= last for day in dates)
    assert total(f"from={first}") == sum(first <= day for day in dates)
    assert total(f"to={last}") == sum(day <= last for day in dates)
    assert total(f"from={first}&to={first}") == dates.count(first)


def test_transactions_can_be_those_of_one_bank_account(reader: Any, shared: Emulator) -> None:
    expected = [record["id"] for record in shared.books.all("transactions") if record["account_id"] == 1002]
    assert reader.ids("transactions?account_id=1002&per_page=100") == expected
    assert reader.ids("transactions?account_id=9") == []


def test_contacts_take_no_dates(reader: Any) -> None:
    assert reader.ids("contacts?from=2199-01-01") == reader.ids("contacts")


@pytest.mark.parametrize(
    "path",
    [
        "transactions?page=0",
        "transactions?page=-1",
        "transactions?page=two",
        "transactions?per_page=0",
        "transactions?per_page=x",
        "transactions?from=2026-02-30",
        "transactions?to=01/02/2026",
        "transactions?from=20260101",
        "transactions?from=2026-01-02&to=2026-01-01",
        "transactions?account_id=current",
        "reports/trial-balance",
        "reports/trial-balance?as_at=0001-01-01",
        "reports/trial-balance?as_at=today",
        "reports/profit-loss?from=2026-01-01",
        "reports/profit-loss?from=2026-01-02&to=2026-01-01",
        "reports/balance-sheet?as_at=2026-01-01&format=csv",
    ],
)
def test_a_bad_parameter_is_a_400_in_the_shape_of_errors(reader: Any, path: str) -> None:
    response = reader.get(path)
    assert response.status_code == 400
    assert response.json()["error"].keys() == {"code", "message"}
    assert response.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("transactions/txn_0", "there is no record txn_0"),
        ("bank_accounts/9", "there is no record 9"),
        ("ledgers", "there is nothing at this address"),
        ("reports/cash-flow", "there is nothing at this address"),
        ("company/comp_1", "there is nothing at this address"),
    ],
)
def test_what_is_not_there_is_a_404(reader: Any, path: str, message: str) -> None:
    response = reader.get(path)
    assert (response.status_code, response.json()) == (
        404,
        {"error": {"code": "not_found", "message": message}},
    )


def test_a_single_record_is_the_one_in_the_list(reader: Any) -> None:
    for resource in ("transactions", "invoices", "journals", "contacts", "bank_accounts"):
        record = reader.read(resource)["data"][0]
        assert reader.read(f"{resource}/{record['id']}") == {"data": record}


def test_the_company_is_the_one_the_key_opens(start: Make, client_for: Make) -> None:
    emulator, client = start(companies=2)
    other = client_for(emulator, "demo-key-2")
    assert client.read("company")["data"]["id"] == "comp_1"
    assert other.read("company")["data"]["id"] == "comp_2"
    assert other.read("company")["data"]["financial_year_end"] == "02-28"
    report = other.read("reports/trial-balance?as_at=2026-02-28")["data"]
    assert (report["company_id"], report["as_at"]) == ("comp_2", "2026-02-28")


@pytest.mark.parametrize("order", ["id", "reverse", "shuffled"])
def test_lists_in_another_order_hold_the_same_records(start: Make, reader: Any, order: str) -> None:
    _, client = start(order=order)
    query = "transactions?from=2026-01-01&to=2026-01-31&per_page=100"
    by_date = reader.ids(query)
    ids = client.ids(query)
    assert sorted(ids) == sorted(by_date)
    assert ids == client.ids(query)
    assert {
        "id": ids == sorted(ids),
        "reverse": ids == by_date[::-1],
        "shuffled": ids not in (by_date, sorted(ids)),
    }[order]


def test_money_is_written_with_two_decimals(reader: Any) -> None:
    text = reader.get("reports/profit-loss?from=2025-01-01&to=2025-12-31").text
    assert '"gross_profit":' in text
    assert text.split('"gross_profit":')[1].split(",")[0].split(".")[1].isdigit()
    record = reader.get("invoices/inv_000003").text
    assert '"gross_total":148.60,"amount_paid":148.60,"amount_due":0.00' in record
