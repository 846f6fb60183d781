"""One GET in all its outcomes, replayed from cassettes that were recorded from the emulator.

To record them anew: pytest tests/sources/api/test_client.py --record-cassettes. What is compared with a
recorded request is its method, path and query; the key is taken out before anything is written.
"""

import datetime as dt
import json
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import vcr
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Grant
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.sources.accbooks.api import budget, client
from accbooks_warehouse.sources.accbooks.api.budget import RateBudget
from accbooks_warehouse.sources.accbooks.api.client import ApiRequest, Client
from accbooks_warehouse.sources.accbooks.errors import (
    AccBooksError,
    DayBudgetSpentError,
    PermissionMissingError,
    UnauthorizedError,
    UnexpectedAnswerError,
    UnreachableError,
)
from accbooks_warehouse.sources.accbooks.settings import Settings

CASSETTES = Path(__file__).parents[1] / "cassettes"
KEY = "sk_test_4f9c2d"
FEW_KEY = "sk_few_77aa01"
UNKNOWN_KEY = "sk_unknown_1b2c"
NOWHERE = "http://127.0.0.1:9/v1/"
DAY = dt.date(2026, 4, 1)

Play = Callable[..., AbstractContextManager[Client]]


class ImpatientCondition(threading.Condition):
    """Lets time pass at once instead of waiting for it."""

    passed = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        ImpatientCondition.passed += timeout or 0.0
        return True


def impatient_time() -> float:
    return time.time() + ImpatientCondition.passed


def without_host_and_headers(request: Any) -> Any:
    """Return what a cassette keeps of a request: neither the key nor the port of that day."""
    request.uri = request.uri.replace(request.uri.partition("/v1/")[0], "http://emulator")
    request.headers = {}
    return request


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_BACK_OFF_SECONDS", 0)
    monkeypatch.setattr(client, "LONGEST_BACK_OFF_SECONDS", 0)
    monkeypatch.setattr(ImpatientCondition, "passed", 0.0)
    monkeypatch.setattr(budget, "threading", SimpleNamespace(Condition=ImpatientCondition))


@pytest.fixture(scope="module")
def recorded_from(request: pytest.FixtureRequest) -> Iterator[Emulator | None]:
    """Give the emulator while cassettes are recorded, None while they are replayed."""
    if not request.config.getoption("--record-cassettes", default=False):
        yield None
        return
    keys = {KEY: Grant(), FEW_KEY: Grant(permissions=frozenset({"contacts:read"}))}
    settings = EmulatorSettings(plan="enterprise", port=0, keys=keys, today=DAY)
    with running(settings) as emulator:
        yield emulator


@pytest.fixture
def play(request: pytest.FixtureRequest, recorded_from: Emulator | None) -> Play:
    """Return a context in which a client talks to a cassette; while recording, faults strike first."""
    cassette = f"{request.node.name.removeprefix('test_')}.yaml"

    @contextmanager
    def play(*faults: Fault, key: str = KEY) -> Iterator[Client]:
        if recorded_from is not None:
            (CASSETTES / cassette).unlink(missing_ok=True)
            recorded_from.clear_faults()
            for fault in faults:
                recorded_from.arm(fault)
        recorder = vcr.VCR(
            cassette_library_dir=str(CASSETTES),
            record_mode=vcr.mode.NONE if recorded_from is None else vcr.mode.ALL,
            match_on=["method", "path", "query"],
            before_record_request=without_host_and_headers,
        )
        base_url = NOWHERE if recorded_from is None else recorded_from.base_url
        with recorder.use_cassette(cassette) as tape:
            yield Client(
                Settings(key, base_url), RateBudget(clock=lambda: time.time() + ImpatientCondition.passed)
            )
            if recorded_from is None:
                assert tape.all_played
                assert tape.play_count == len(tape)

    return play


def test_an_answer_is_returned_with_its_amounts_as_decimals(play: Play) -> None:
    with play() as accbooks:
        body = accbooks.get("transactions", {"page": 1, "per_page": 2})
    (one, other) = body["data"]
    assert {type(one["amount"]), type(other["amount"])} == {Decimal}
    assert body["meta"]["current_page"] == 1
    assert (accbooks.budget.requests, accbooks.budget.limit) == (1, 3000)


def test_an_unknown_key_is_refused_with_the_way_to_a_new_one(play: Play) -> None:
    with play(key=UNKNOWN_KEY) as accbooks, pytest.raises(UnauthorizedError) as refusal:
        accbooks.get("company")
    assert str(refusal.value) == (
        "AccBooks rejected the API key (401, the API key is missing or unknown). Create a new key "
        "under Settings → Integrations → API → Keys and put it into .dlt/secrets.toml."
    )
    assert accbooks.budget.requests == 1


def test_a_missing_permission_is_named(play: Play) -> None:
    with play(key=FEW_KEY) as accbooks, pytest.raises(PermissionMissingError) as refusal:
        accbooks.get("reports/trial-balance", {"as_at": "2026-03-31"}, permission="reports")
    assert refusal.value.permission == "reports"
    assert str(refusal.value) == (
        "The API key lacks the permission 'reports' (GET reports/trial-balance was forbidden). "
        "Add it under Settings → Integrations → API → Keys."
    )
    assert accbooks.budget.requests == 1


def test_a_permission_nobody_named_is_the_first_part_of_the_path(play: Play) -> None:
    with play(key=FEW_KEY) as accbooks, pytest.raises(PermissionMissingError) as refusal:
        accbooks.get("invoices/inv_1")
    assert refusal.value.permission == "invoices"


def test_a_missing_record_is_no_reason_to_try_again(play: Play) -> None:
    with play() as accbooks, pytest.raises(UnexpectedAnswerError) as refusal:
        accbooks.get("contacts/cust_0")
    assert str(refusal.value) == (
        "AccBooks answered GET contacts/cust_0 with 404, there is no record cust_0."
    )
    assert accbooks.budget.requests == 1


def test_after_429_the_request_waits_for_reset_and_is_sent_again(play: Play) -> None:
    with play(Fault("status", status=429, retry_after=45)) as accbooks:
        assert accbooks.get("company")["data"]["id"] == "comp_1"
    assert accbooks.budget.requests == 2
    assert 44 < ImpatientCondition.passed < 62


def test_after_503_the_request_is_sent_again(play: Play) -> None:
    with play(Fault("status", status=503, count=4)) as accbooks:
        assert accbooks.get("company")["data"]["id"] == "comp_1"
    assert accbooks.budget.requests == 5


def test_a_server_that_stays_broken_is_given_up_after_five_attempts(play: Play) -> None:
    with play(Fault("status", status=500, count=5)) as accbooks, pytest.raises(UnreachableError) as refusal:
        accbooks.get("contacts", {"page": 1, "per_page": 2})
    assert str(refusal.value) == (
        "AccBooks answered GET contacts?page=1&per_page=2 with 500, this error was asked for, 5 times."
    )
    assert accbooks.budget.requests == 5


def test_a_page_of_html_is_asked_for_again(play: Play) -> None:
    with play(Fault("html")) as accbooks:
        assert accbooks.get("company")["data"]["id"] == "comp_1"
    assert accbooks.budget.requests == 2


def test_html_and_nothing_else_is_refused_by_its_kind(play: Play) -> None:
    with play(Fault("html", count=5)) as accbooks, pytest.raises(UnexpectedAnswerError) as refusal:
        accbooks.get("company")
    assert str(refusal.value) == (
        "AccBooks answered GET company with something that is not JSON (text/html; charset=utf-8)."
    )


def test_json_that_breaks_off_is_asked_for_again(play: Play) -> None:
    with play(Fault("truncate")) as accbooks:
        assert accbooks.get("company")["data"]["id"] == "comp_1"
    assert accbooks.budget.requests == 2


def test_no_cassette_holds_a_key_or_a_header_that_carried_one() -> None:
    cassettes = sorted(CASSETTES.glob("*.yaml"))
    assert cassettes
    for cassette in cassettes:
        text = cassette.read_text().lower()
        found = [
            secret for secret in (KEY, FEW_KEY, UNKNOWN_KEY, "authorization", "bearer") if secret in text
        ]
        assert found == [], cassette.name


@dataclass(frozen=True)
class Reply:
    """What the server of the tests below answers."""

    status: int = 200
    body: bytes = b'{"data": {}}'
    headers: tuple[tuple[str, str], ...] = ()
    promised: int = 0
    """Bytes announced beyond those that are sent."""


Serve = Callable[..., tuple[Client, list[str]]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves what the emulator never does; it gives a client and the paths asked."""
    with ExitStack() as stack:

        def serve(*replies: Reply) -> tuple[Client, list[str]]:
            left, asked = list(replies), []

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    asked.append(self.path)
                    reply = left.pop(0) if len(left) > 1 else left[0]
                    self.send_response(reply.status)
                    for name, value in reply.headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.body) + reply.promised))
                    self.end_headers()
                    self.wfile.write(reply.body)

                def log_message(self, *_: Any) -> None:
                    """Say nothing."""

            server = stack.enter_context(HTTPServer(("127.0.0.1", 0), Handler))
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.shutdown)
            return Client(Settings(KEY, f"http://127.0.0.1:{server.server_port}/v1/")), asked

        yield serve


def test_a_redirect_is_not_followed_with_the_key(serve: Serve) -> None:
    accbooks, asked = serve(Reply(302, headers=(("Location", "/elsewhere"),)))
    with pytest.raises(UnexpectedAnswerError, match=r"^AccBooks answered GET company with 302\.$"):
        accbooks.get("company")
    assert asked == ["/v1/company"]


@pytest.mark.parametrize("status", [401, 400, 500])
def test_a_message_that_repeats_the_key_is_redacted(serve: Serve, status: int) -> None:
    error = {"error": {"code": "x", "message": f"bad key {KEY}!"}}
    accbooks, _ = serve(Reply(status, json.dumps(error).encode()))
    with pytest.raises(AccBooksError, match=r", bad key \*\*\*!") as refusal:
        accbooks.get("company")
    assert KEY not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"text"', b'{"error": []}', b'{"error": {"message": 1}}', b"\xff", b""]
)
def test_an_error_without_a_message_is_told_by_its_status(serve: Serve, body: bytes) -> None:
    accbooks, _ = serve(Reply(418, body))
    with pytest.raises(UnexpectedAnswerError, match=r"^AccBooks answered GET company\?a=1 with 418\.$"):
        accbooks.get("company", {"a": 1})


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b"3"])
def test_json_without_data_is_refused(serve: Serve, body: bytes) -> None:
    accbooks, asked = serve(Reply(body=body))
    with pytest.raises(UnexpectedAnswerError, match=r"^AccBooks answered GET company with JSON without"):
        accbooks.get("company")
    assert len(asked) == client.ATTEMPTS


def test_a_key_that_an_answer_repeats_is_in_nothing_that_is_read_or_said(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    repeats = Reply(body=b'{"data": {"name": "%s", "%s": 1}}' % (KEY.encode(), KEY.encode()))
    accbooks, _ = serve(repeats, Reply(body=b"no json", headers=(("Content-Type", KEY),)))
    assert accbooks.get("company") == {"data": {"name": "***", "***": 1}}
    with pytest.raises(UnexpectedAnswerError, match=r"something that is not JSON \(\*\*\*\)\.$"):
        accbooks.get("company")
    assert KEY not in caplog.text


@pytest.mark.parametrize("depth", [250, 900, 5000])
def test_json_nested_too_deeply_is_refused(serve: Serve, depth: int) -> None:
    accbooks, _ = serve(Reply(body=b'{"data": %s%s}' % (b"[" * depth, b"]" * depth)))
    with pytest.raises(UnexpectedAnswerError, match=r"^AccBooks answered GET x with "):
        accbooks.get("x")


def test_no_number_becomes_a_binary_float(serve: Serve) -> None:
    accbooks, _ = serve(Reply(body=b'{"data": [0.1, 1e400, 2500.00, NaN, -Infinity, 7]}'))
    assert accbooks.get("x")["data"] == [
        Decimal("0.1"),
        Decimal("1E+400"),
        Decimal("2500.00"),
        "NaN",
        "-Infinity",
        7,
    ]


def test_a_connection_that_breaks_off_is_tried_again(serve: Serve) -> None:
    accbooks, asked = serve(Reply(promised=10), Reply(body=b'{"data": 1}'))
    assert accbooks.get("company") == {"data": 1}
    assert len(asked) == accbooks.budget.requests == 2


def test_a_connection_that_always_breaks_off_is_given_up(serve: Serve) -> None:
    accbooks, _ = serve(Reply(promised=10))
    with pytest.raises(UnreachableError) as refusal:
        accbooks.get("company")
    assert str(refusal.value) == (
        "AccBooks could not be reached for GET company (the connection broke off). Check the network and "
        "sources.accbooks.base_url, then run again."
    )


def test_a_server_that_is_not_there_is_said_to_refuse() -> None:
    accbooks = Client(Settings(KEY, NOWHERE))
    with pytest.raises(UnreachableError, match=r"^AccBooks could not be reached for GET x \(connection ref"):
        accbooks.get("x")
    assert accbooks.budget.requests == client.ATTEMPTS


def test_a_key_others_spend_as_fast_as_it_refills_is_given_up(serve: Serve) -> None:
    accbooks, asked = serve(Reply(429, headers=(("Retry-After", "0"),)))
    with pytest.raises(UnreachableError, match=r"^AccBooks answered GET company 20 times with 429 "):
        accbooks.get("company")
    assert len(asked) == client.REFUSALS


def test_a_spent_day_is_said_at_once(serve: Serve) -> None:
    tomorrow = (
        ("X-RateLimit-Limit", "60"),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", "99999999999"),
    )
    accbooks, asked = serve(Reply(429, headers=tomorrow))
    with pytest.raises(DayBudgetSpentError):
        accbooks.get("company")
    assert len(asked) == 1


def test_the_key_is_sent_as_a_bearer_and_json_is_asked_for(serve: Serve) -> None:
    accbooks, _ = serve(Reply())
    with pytest.MonkeyPatch.context() as patch:
        sent: list[requests.PreparedRequest] = []
        send = requests.adapters.HTTPAdapter.send

        def spy(self: Any, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            sent.append(request)
            return send(self, request, **options)

        patch.setattr(requests.adapters.HTTPAdapter, "send", spy)
        accbooks.get("company")
    assert [(each.headers["Authorization"], each.headers["Accept"]) for each in sent] == [
        (f"Bearer {KEY}", "application/json")
    ]


def test_a_request_is_named_by_path_and_parameters() -> None:
    assert str(ApiRequest("company", {})) == "GET company"
    assert str(ApiRequest("invoices", {"from": "2026-01-01", "page": 2})) == (
        "GET invoices?from=2026-01-01&page=2"
    )
