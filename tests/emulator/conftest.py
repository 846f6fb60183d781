from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.rendering import parse
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings

TODAY = date(2026, 11, 22)
Json = dict[str, Any]


class Client:
    """Requests with a key; bodies come back with exact decimals."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(method, self.base_url + path, json=body, timeout=30)

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path)

    def read(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return parse(response.content)

    def ids(self, path: str) -> list[Any]:
        return [record["id"] for record in self.read(path)["data"]]


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture(scope="session")
def small_books() -> Books:
    """Books to look at, not to change."""
    return generate(Settings(today=TODAY))


@pytest.fixture
def books() -> Books:
    """Books to change."""
    return generate(Settings(today=TODAY))


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[Emulator, Client]]]:
    """Start emulators with settings of one's own; they stop with the test."""
    started: list[tuple[Any, Client]] = []

    def starting(**settings: Any) -> tuple[Emulator, Client]:
        context = running(Settings(**{"plan": "enterprise", "port": 0, "today": TODAY} | settings))
        emulator = context.__enter__()
        client = Client(emulator.base_url, emulator.key)
        started.append((context, client))
        return emulator, client

    yield starting
    for context, client in started:
        client.session.close()
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def shared() -> Iterator[Emulator]:
    """A running emulator to read from, not to change."""
    with running(Settings(plan="enterprise", minute_limit=10**9, port=0, today=TODAY)) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def reader(shared: Emulator) -> Iterator[Client]:
    client = Client(shared.base_url, shared.key)
    yield client
    client.session.close()


@pytest.fixture
def client_for() -> Iterator[Callable[[Emulator, str], Client]]:
    """Make clients with other keys."""
    clients: list[Client] = []

    def making(emulator: Emulator, key: str) -> Client:
        clients.append(Client(emulator.base_url, key))
        return clients[-1]

    yield making
    for client in clients:
        client.session.close()


@pytest.fixture
def blank() -> Callable[..., Books]:
    """Make empty books with three bank accounts: 1001 on 1200, 1002 on 1205, 1003 in euros on 1210."""

    def making(financial_year_end: str = "03-31") -> Books:
        books = Books(
            {
                "id": "comp_1",
                "base_currency": "GBP",
                "financial_year_end": financial_year_end,
                "books_start_date": "2020-01-01",
            }
        )
        for number, nominal in ((1001, "1200"), (1002, "1205"), (1003, "1210")):
            books.put("bank_accounts", {"id": number, "nominal_code": nominal})
        return books

    return making


@pytest.fixture
def invoice() -> Callable[..., Json]:
    """Make an invoice record with lines of (nominal, net, VAT)."""

    def making(kind: str, *lines: tuple[str, str, str], **fields: Any) -> Json:
        items = [
            {"nominal_code": nominal, "net_amount": Decimal(net), "vat_amount": Decimal(vat)}
            for nominal, net, vat in lines
        ]
        record = {"id": "inv_1", "type": kind, "date": "2026-04-15", "status": "sent", "exchange_rate": 1}
        return record | {"line_items": items} | fields

    return making


@pytest.fixture
def transaction() -> Callable[..., Json]:
    """Make a transaction record."""

    def making(kind: str, amount: str, vat: str = "0.00", **fields: Any) -> Json:
        return {
            "id": "txn_1",
            "type": kind,
            "date": "2026-04-20",
            "status": "posted",
            "account_id": 1001,
            "transfer_account_id": None,
            "invoice_id": None,
            "exchange_rate": 1,
            "amount": Decimal(amount),
            "net_amount": Decimal(amount) - Decimal(vat),
            "vat_amount": Decimal(vat),
            "nominal_code": None,
        } | fields

    return making


@pytest.fixture
def journal() -> Callable[..., Json]:
    """Make a journal record with lines of (nominal, debits less credits)."""

    def making(day: str, *lines: tuple[str, str], **fields: Any) -> Json:
        sides = [
            {
                "nominal_code": nominal,
                "debit": max(Decimal(amount), Decimal("0.00")),
                "credit": max(-Decimal(amount), Decimal("0.00")),
            }
            for nominal, amount in lines
        ]
        return {"id": f"jnl_{day}", "type": "manual", "date": day, "lines": sides} | fields

    return making
