from collections.abc import Callable
from typing import Any

import pytest
import requests
from accbooks_warehouse.emulator.rendering import parse

Make = Callable[..., Any]


@pytest.fixture
def edit(start: Make) -> tuple[Any, Any, Callable[..., Any]]:
    emulator, client = start(companies=2)

    def editing(method: str, path: str, body: Any = None) -> Any:
        response = requests.request(method, emulator.admin_url + path, json=body, timeout=30)
        return response.status_code, parse(response.content) if response.content else None

    return emulator, client, editing


def test_a_transaction_can_be_deleted_and_the_reports_follow(edit: Any) -> None:
    emulator, client, send = edit
    report = "reports/trial-balance?as_at=2023-03-31"
    before = client.read(report)["data"]["lines"]
    assert send("DELETE", "records/transactions/txn_000001") == (204, None)
    assert client.get("transactions/txn_000001").status_code == 404
    assert client.read(report)["data"]["lines"] != before
    assert send("DELETE", "records/transactions/txn_000001")[0] == 404
    assert "txn_000001" in emulator.all_books[1].stores["transactions"]


def test_a_journal_can_be_changed_in_another_company(edit: Any) -> None:
    emulator, _, send = edit
    status, body = send(
        "PUT", "records/journals/jnl_000002?company=1", {"description": "Changed", "note": [1]}
    )
    assert status == 200
    assert (body["data"]["description"], body["data"]["note"]) == ("Changed", [1])
    assert emulator.all_books[1].get("journals", "jnl_000002") == body["data"]
    assert emulator.books.get("journals", "jnl_000002")["description"] != "Changed"


def test_a_record_can_be_made_malformed_and_is_listed_as_it_is(edit: Any) -> None:
    emulator, client, send = edit
    record = client.read("transactions/txn_000010")["data"]
    send(
        "PUT",
        "records/transactions/txn_000010",
        {"amount": "abc", "colour": "blue", "_remove": ["date", "id"]},
    )
    flawed = {name: value for name, value in record.items() if name not in ("id", "date")}
    listed = client.read(f"transactions?from={record['date']}&to={record['date']}&per_page=100")["data"]
    assert flawed | {"amount": "abc", "colour": "blue"} in listed
    assert emulator.books.ledger.entries() == emulator.books.rebuilt_ledger().entries()
    assert send("PUT", "records/transactions/txn_000010?replace=true", record)[1] == {"data": record}


def test_a_raw_record_needs_not_even_an_id(edit: Any) -> None:
    emulator, client, send = edit
    assert send("POST", "records/journals", {"date": "2199-01-01"}) == (
        201,
        {"data": {"handle": "unnamed_1"}},
    )
    assert client.read("journals?from=2199-01-01")["data"] == [{"date": "2199-01-01"}]
    assert send("POST", "records/journals", {})[1] == {"data": {"handle": "unnamed_2"}}
    assert {} in client.read(f"journals?to={emulator.books.company['books_start_date']}")["data"]


def test_the_company_can_be_changed(edit: Any) -> None:
    _, client, send = edit
    send("PUT", "company", {"financial_year_end": "06-30"})
    assert client.read("company")["data"]["financial_year_end"] == "06-30"


def test_statistics_tell_what_the_api_was_asked(edit: Any) -> None:
    emulator, client, send = edit
    for path in ("company", "transactions/txn_000001", "transactions/txn_000002", "nothing"):
        client.get(path)
    assert send("GET", "statistics") == (
        200,
        {
            "requests": 4,
            "refused": 0,
            "busiest_window": emulator.statistics.busiest_window,
            "most_in_flight": 1,
            "by_path": {"/v1/company": 1, "/v1/nothing": 1, "/v1/transactions/{id}": 2},
            "by_status": {"200": 3, "404": 1},
        },
    )
    assert send("DELETE", "statistics") == (204, None)
    assert send("GET", "statistics")[1]["requests"] == 0


@pytest.mark.parametrize(
    "path", ["records/ledgers", "records/transactions?company=2", "records/transactions?company=-1"]
)
def test_unknown_resources_and_companies_are_a_404(edit: Any, path: str) -> None:
    assert edit[2]("POST", path, {})[0] == 404


def test_the_endpoints_are_no_part_of_the_documented_api(shared: Any) -> None:
    document = requests.get(shared.admin_url.replace("_emulator/", "openapi.json"), timeout=30).json()
    assert {path.split("/")[1] for path in document["paths"]} == {"v1"}
