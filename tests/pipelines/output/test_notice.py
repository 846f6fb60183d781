"""Notices are really sent, to a server on this machine; what they must not say is looked for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.notice import Webhook, configured_webhook, notice
from accbooks_warehouse.pipelines.output.run_record import CompanyRecord, RunRecord
from accbooks_warehouse.sources.accbooks.api.wire import Bounds
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError
from raw_server import serving

SECRET = "/services/T0/secret-path"
BEGAN = pendulum.datetime(2026, 4, 1, 5)
ENDED = BEGAN.add(seconds=30)
NORTH = CompanyRecord(
    company="north",
    company_id="comp_1",
    status=ExitStatus.DIFFERENCES,
    outcome="differences",
    message="1 line differs.",
    requests=17,
    records=230,
    certified={"months": "47/48"},
    certified_through="2026-02-28",
    differences=1,
    errors=2,
    warnings=1,
    checks={"report_differs": 1, "rejected_record": 1, "invoice_not_found": 1},
    problems=("1 record waits: total 12.34x is no amount.",),
    seconds=4.2,
)
DIFFERS = RunRecord(ExitStatus.DIFFERENCES, "1 line differs.", (NORTH,))
DONE = RunRecord(ExitStatus.DONE, "Done.", ())


@dataclass
class Receiver:
    """A server that keeps what is posted to it, and answers with a status of the test's."""

    answer: int = 204
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((self.path, json.loads(body)))
            self.send_response(state.answer)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}{SECRET}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def test_a_notice_says_how_the_run_and_each_company_ended_and_quotes_no_record() -> None:
    said = notice(DIFFERS, BEGAN, ENDED)
    host = said.pop("host")
    assert said == {
        "text": f"accbooks sync on {host} ended with 3: 1 line differs.",
        "status": 3,
        "outcome": "differences",
        "message": "1 line differs.",
        "began_at": "2026-04-01T05:00:00Z",
        "ended_at": "2026-04-01T05:00:30Z",
        "requests": 17,
        "records": 230,
        "differences": 1,
        "errors": 2,
        "warnings": 1,
        "companies": [
            {
                "company": "north",
                "company_id": "comp_1",
                "status": 3,
                "outcome": "differences",
                "message": "1 line differs.",
                "requests": 17,
                "records": 230,
                "certified": {"months": "47/48"},
                "certified_through": "2026-02-28",
                "differences": 1,
                "errors": 2,
                "warnings": 1,
                "checks": {"report_differs": 1, "rejected_record": 1, "invoice_not_found": 1},
                "seconds": 4.2,
            }
        ],
    }


def test_a_notice_begins_with_the_number_of_documents_that_changed_in_closed_periods() -> None:
    changed = replace(NORTH, checks={"prior_period_change": 2, "late_vat": 1})
    south = replace(NORTH, company="south", checks={"prior_period_change": 1})
    said = notice(RunRecord(ExitStatus.DONE, "Done.", (changed, south)), BEGAN, ENDED)
    assert said["text"] == (
        f"3 documents changed in a closed period. accbooks sync on {said['host']} ended with 0: Done."
    )


def test_a_notice_arrives_whole(receiver: Receiver) -> None:
    assert Webhook(receiver.url).send(DIFFERS, BEGAN) is None
    ((path, body),) = receiver.received
    assert path == SECRET
    ended_at = body["ended_at"]
    assert body == notice(DIFFERS, BEGAN, ENDED) | {"ended_at": ended_at}


@pytest.mark.parametrize("answer", [404, 500, 302])
def test_a_notice_that_is_not_taken_is_said_without_its_path(receiver: Receiver, answer: int) -> None:
    receiver.answer = answer
    fault = Webhook(receiver.url).send(DIFFERS, BEGAN)
    assert fault == f"The notice could not be sent to http://127.0.0.1 (it answered {answer})."


def test_a_webhook_that_is_down_is_said_without_its_path() -> None:
    fault = Webhook(f"http://127.0.0.1:9{SECRET}").send(DIFFERS, BEGAN)
    assert fault == "The notice could not be sent to http://127.0.0.1 (connection refused)."


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: "], ids=["status line", "header"])
def test_a_webhook_that_drips_holds_nothing_up(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accbooks_warehouse.pipelines.output.notice.BOUNDS", Bounds(seconds=0.2))

    def drip(_: bytes) -> Iterator[bytes]:
        yield start
        for _ in range(200):
            time.sleep(0.02)
            yield b"x"

    began = time.monotonic()
    with serving(drip) as server:
        fault = Webhook(f"http://127.0.0.1:{server.port}{SECRET}").send(DIFFERS, BEGAN)
    assert fault == "The notice could not be sent to http://127.0.0.1 (timeout while waiting for the answer)."
    assert time.monotonic() - began < 3


def test_a_webhook_that_took_the_notice_may_say_whatever_it_likes() -> None:
    def talk(_: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        for _ in range(10_000):
            yield b"x" * 10_000

    with serving(talk) as server:
        assert Webhook(f"http://127.0.0.1:{server.port}{SECRET}").send(DIFFERS, BEGAN) is None


def test_no_proxy_sees_a_notice_to_this_machine(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(b"HTTP/1.1 200 OK\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert Webhook(receiver.url).send(DIFFERS, BEGAN) is None
    assert (len(receiver.received), proxy.requests) == (1, [])


@pytest.mark.parametrize(
    "url",
    [
        f"http://hooks.example.com{SECRET}",
        f"ftp://hooks.example.com{SECRET}",
        f"hooks.example.com{SECRET}",
        f"https://{SECRET}",
        f"http://[::1{SECRET}",
    ],
)
def test_an_address_in_the_clear_is_refused_without_being_said(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^notify\.webhook_url") as refused:
        Webhook(url)
    assert SECRET not in str(refused.value)


def test_the_path_is_not_in_what_a_traceback_might_show() -> None:
    assert SECRET not in repr(Webhook(f"https://hooks.example.com{SECRET}"))


def test_only_failures_are_told_unless_all_are_wanted() -> None:
    failures, all_runs = Webhook("https://h.example"), Webhook("https://h.example", always=True)
    assert [failures.is_due(DONE), failures.is_due(DIFFERS)] == [False, True]
    assert [all_runs.is_due(DONE), all_runs.is_due(DIFFERS)] == [True, True]


def test_the_webhook_is_configured_like_everything_else(configure) -> None:
    configure()
    assert configured_webhook() is None
    configure("[notify]\nalways = true", '[notify]\nwebhook_url = "https://h.example/x"')
    assert configured_webhook() == Webhook("https://h.example/x", always=True)
    configure('[notify]\nalways = "perhaps"', '[notify]\nwebhook_url = "https://h.example/x"')
    with pytest.raises(ConfigurationError, match=r"^notify\.always must be true or false\.$"):
        configured_webhook()
