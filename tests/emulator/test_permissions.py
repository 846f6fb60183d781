from collections.abc import Callable
from typing import Any

import pytest
from accbooks_warehouse.emulator.permissions import READ_ONLY, READ_WRITE
from accbooks_warehouse.emulator.settings import Grant

Make = Callable[..., Any]

REQUESTS = {
    "transactions:read": [("GET", "transactions"), ("GET", "transactions/txn_000001")],
    "transactions:write": [("POST", "transactions"), ("PUT", "transactions/txn_000001")],
    "invoices:read": [("GET", "invoices"), ("GET", "invoices/inv_000001")],
    "invoices:write": [
        ("POST", "invoices"),
        ("PUT", "invoices/inv_000001"),
        ("DELETE", "invoices/inv_000001"),
    ],
    "contacts:read": [("GET", "contacts"), ("GET", "contacts/cust_1")],
    "contacts:write": [("POST", "contacts"), ("PUT", "contacts/cust_1")],
    "reports:read": [
        ("GET", "reports/profit-loss?from=2026-01-01&to=2026-01-31"),
        ("GET", "reports/balance-sheet?as_at=2026-01-31"),
        ("GET", "reports/trial-balance?as_at=2026-01-31"),
    ],
    "journals:read": [("GET", "journals"), ("GET", "journals/jnl_000001")],
    "journals:write": [("POST", "journals")],
    "bank_accounts:read": [("GET", "bank_accounts"), ("GET", "bank_accounts/1001")],
    "company:read": [("GET", "company")],
}
NOT_OFFERED = [
    ("DELETE", "transactions/txn_000001"),
    ("DELETE", "contacts/cust_1"),
    ("PUT", "journals/jnl_000001"),
    ("DELETE", "journals/jnl_000001"),
    ("POST", "bank_accounts"),
    ("PUT", "bank_accounts/1001"),
    ("PUT", "company"),
    ("POST", "reports/trial-balance"),
]


def test_the_table_of_requests_is_that_of_permissions() -> None:
    assert REQUESTS.keys() == READ_WRITE
    assert {name for name in REQUESTS if name.endswith(":read")} == READ_ONLY


@pytest.mark.parametrize("permission", REQUESTS)
def test_a_key_without_a_permission_gets_a_403_that_names_it_and_one_with_it_alone_gets_through(
    start: Make, client_for: Make, permission: str
) -> None:
    keys = {"without": Grant(0, READ_WRITE - {permission}), "with": Grant(0, frozenset({permission}))}
    emulator, _ = start(keys=keys)
    without, alone = client_for(emulator, "without"), client_for(emulator, "with")
    refusal = {"error": {"code": "forbidden", "message": f"the API key lacks the permission {permission}"}}
    for method, path in REQUESTS[permission]:
        response = without.send(method, path, {})
        assert (response.status_code, response.json()) == (403, refusal)
        assert alone.send(method, path, {}).status_code in (200, 204, 422)


@pytest.mark.parametrize(("method", "path"), NOT_OFFERED)
def test_what_no_permission_allows_is_a_405(reader: Any, method: str, path: str) -> None:
    response = reader.send(method, path, {})
    assert response.status_code == 405
    assert response.json() == {"error": {"code": "method_not_allowed", "message": "Method Not Allowed"}}
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic demo-key", "demo-key", "Bearer"])
def test_a_missing_or_unknown_key_is_a_401(reader: Any, header: str | None) -> None:
    headers = {"Authorization": header}
    response = reader.session.get(reader.base_url + "company", headers=headers, timeout=30)
    message = "the API key is missing or unknown"
    assert (response.status_code, response.json()) == (
        401,
        {"error": {"code": "unauthorized", "message": message}},
    )
