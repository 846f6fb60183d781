"""What operators see of the receiver: health, metrics, ports, its end, and no secret anywhere."""

from __future__ import annotations

import datetime as dt
import http.client
import logging
import math
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg2
import pytest
from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress, StoredEvent
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.destinations.sqlite_events import SqliteStore
from accbooks_warehouse.pipelines.live import receiving as receiving_module
from accbooks_warehouse.pipelines.live.listener import receiving
from accbooks_warehouse.pipelines.live.messages import (
    CompanyFigures,
    CompanyIds,
    Listening,
    ReceiverFailed,
    ReceiverOptions,
    ReceiverWarning,
    WorkerFigures,
)
from accbooks_warehouse.pipelines.live.receiving import _bound, _Receiving, serve
from accbooks_warehouse.sources.accbooks import ConfigurationError
from service import (
    IDS,
    NORTH,
    SECRETS,
    WAIT_SECONDS,
    Service,
    event,
    id_of,
    in_this_process,
    options,
    request,
    started,
    wait_until,
)

GOOD = WorkerFigures(
    None,
    "batch_done",
    1_790_000_000.0,
    (0.4, 2.5, 70.0),
    (CompanyFigures("cmp_north", 40, 360), CompanyFigures("cmp_south", 7, None)),
    {"error": 0, "warning": 3},
)
BUDGET_SPENT = "The day's requests are spent; events wait until they reset."


@pytest.fixture
def alone(tmp_path) -> Service:
    """A receiver of the test's own, in this process."""
    folder = tmp_path / "books"
    folder.mkdir()
    with in_this_process(options(folder)) as service:
        assert service.post(event()) == 200
        yield service


# Health


@pytest.mark.parametrize("is_metrics_port", [False, True])
def test_health_is_told_on_both_ports(service, is_metrics_port):
    port = service.metrics_port if is_metrics_port else service.port
    for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
        code, headers, body = service.get(path, port)
        assert (code, body) == (200, b'{"status":"%s"}' % status.encode())
        assert headers["content-type"] == "application/json"
        assert service.send(request(path=path), port)[0] == 405


def test_metrics_are_on_their_own_port_alone(service):
    assert service.get("/metrics")[0] == 404
    assert service.get("/metrics", service.metrics_port)[0] == 200
    assert service.send(request(path="/webhooks"), service.metrics_port)[0] == 404


def test_without_a_metrics_port_nothing_more_is_served(tmp_path):
    with started(options(tmp_path, metrics_port=None)) as service:
        assert service.process.listening.metrics_port is None
        assert service.get("/metrics")[0] == 404


def test_why_events_wait_is_told_while_receiving_goes_on(alone):
    alone.process.send(WorkerFigures(BUDGET_SPENT, "batch_limited", 1_790_000_000.0))
    said = wait_until(lambda: alone.health()[1].get("reason"))
    assert said == BUDGET_SPENT
    assert alone.health("/readyz") == (200, {"status": "ready", "reason": BUDGET_SPENT})
    add_old_event(alone)
    assert alone.health("/healthz") == (200, {"status": "ok", "reason": BUDGET_SPENT})
    assert alone.health("/readyz") == (
        503,
        {"status": "unavailable", "reason": f"The oldest event has waited for 11 minutes. {BUDGET_SPENT}"},
    )
    assert alone.metrics()["accbooks_webhook_backlog_age_seconds", ()] == pytest.approx(660, abs=20)
    alone.process.send(GOOD)
    reason = {"reason": "The oldest event has waited for 11 minutes."}
    wait_until(lambda: alone.health("/readyz") == (503, {"status": "unavailable"} | reason))
    with opened(alone) as store:
        store.mark_done([("cmp_north", "evt_old")], dt.datetime.now(dt.UTC))
    assert alone.health("/readyz") == (200, {"status": "ready"})


def test_events_of_a_company_that_is_no_longer_served_are_no_backlog(alone):
    add_old_event(alone, "cmp_of_last_year")
    assert alone.health("/readyz")[0] == 503  # the id of a company that is served is not known yet
    alone.process.send(CompanyIds(dict(IDS.ids) | {"late": "cmp_late"}))
    wait_until(lambda: alone.health("/readyz")[0] == 200)
    assert alone.metrics()["accbooks_webhook_backlog_events", ()] == 1


def add_old_event(service: Service, company_id: str = "cmp_north") -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11)
    with opened(service) as store:
        store.add([StoredEvent(company_id, "evt_old", "invoice.updated", event(), at)])


def opened(service: Service):
    return closing(open_store(service.options.store))


# What cannot be stored


def is_healthy(service: Service) -> bool:
    return service.health()[0] == 200


def test_without_its_folder_nothing_is_acknowledged_until_it_is_back(alone):
    assert alone.options.store.file is not None
    folder, body = alone.options.store.file.parent, event()
    folder.rename(folder.with_name("away"))
    assert alone.post(body) == 503
    wait_until(lambda: not is_healthy(alone))
    status, said = alone.health()
    assert (status, said["status"]) == (503, "unavailable")
    assert said["reason"].endswith("cannot be stored or read (No such file or directory).")
    assert alone.health("/readyz") == (503, said)
    assert alone.counted("not_stored") == 1
    folder.with_name("away").rename(folder)
    assert alone.post(body) == 200
    assert alone.has(body)
    wait_until(lambda: is_healthy(alone))
    wait_until(lambda: [each for each in alone.told if isinstance(each, ReceiverWarning)])
    (warning,) = [each.text for each in alone.told if isinstance(each, ReceiverWarning)]
    assert warning == f"Events were not stored. {said['reason']}"


def test_on_a_full_disk_nothing_is_acknowledged_until_there_is_space(service):
    process = service.process._process.pid  # noqa: SLF001 - a limit of that process alone
    _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (4_096, most))
    body = event()
    try:
        assert service.post(body) == 503
        wait_until(lambda: not is_healthy(service))
        assert service.post(body) == 503
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))
    assert service.post(body) == 200
    assert service.has(body)
    wait_until(lambda: is_healthy(service))


def test_a_file_that_was_replaced_by_rubbish_is_no_store(alone):
    file = spoil(alone)
    assert alone.post(event()) == 503
    wait_until(lambda: not is_healthy(alone))
    file.unlink()
    body = event()
    assert alone.post(body) == 200
    assert alone.has(body)


def spoil(service: Service) -> Path:
    """Replace the store's file; return the path."""
    file = service.options.store.file
    assert file is not None
    for each in file.parent.iterdir():
        each.unlink()
    file.write_bytes(b"rubbish" * 1_000)
    return file


def test_who_waits_too_long_for_the_store_is_told_to_come_again(tmp_path, monkeypatch):
    monkeypatch.setattr("accbooks_warehouse.pipelines.live.writer.STORE_SECONDS", 0.2)
    with in_this_process(options(tmp_path)) as service:
        body = event()
        with opened(service) as store, store._transaction():  # noqa: SLF001 - somebody writes for long
            assert service.post(body) == 503
        wait_until(lambda: service.has(body))
        assert service.post(body) == 200


def test_an_error_that_nobody_foresaw_stops_no_later_event(tmp_path, monkeypatch, caplog):
    with in_this_process(options(tmp_path)) as service:
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(SqliteStore, "add", lambda *_: 1 / 0)
            assert service.post(event()) == 503
        assert "ZeroDivisionError" in caplog.text
        assert service.post(event()) == 200


def test_the_store_is_probed_once_a_second_however_many_ask(tmp_path, monkeypatch):
    probes = []

    def probe(store: SqliteStore) -> None:
        probes.append(store)

    with in_this_process(options(tmp_path)) as service:
        monkeypatch.setattr(SqliteStore, "probe", probe)
        monkeypatch.setattr("accbooks_warehouse.pipelines.live.receiver.PROBE_SECONDS", 3_600.0)
        for _ in range(20):
            assert is_healthy(service)
    assert len(probes) == 1


def test_events_are_stored_in_postgresql_and_wait_for_it(tmp_path, new_database):
    with (
        new_database() as address,
        started(options(tmp_path, store=StoreAddress(postgres=address))) as service,
    ):
        body = event()
        assert [service.post(body), service.post(body)] == [200, 200]
        assert is_healthy(service)
        with opened(service) as store:
            assert [(each.event_id, each.body) for each in store.pending(10)] == [(id_of(body), body)]
        execute_on(address, "alter schema accbooks_live rename to away", "create schema accbooks_live")
        execute_on(address, "create view accbooks_live.probes as select 1 as id, now() as at")
        assert service.post(event()) == 503
        wait_until(lambda: not is_healthy(service))
        execute_on(address, "drop schema accbooks_live cascade", "alter schema away rename to accbooks_live")
        assert service.post(body) == 200
        wait_until(lambda: is_healthy(service))


def execute_on(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


# Metrics


def test_prometheus_reads_what_is_counted(alone):
    body, refused = event(), alone.counted("refused")
    assert [alone.post(body), alone.post(body), alone.post(body, "whsec_wrong")] == [200, 200, 401]
    assert alone.post(event(type_="contact.eaten")) == 200
    alone.process.send(GOOD)
    wait_until(lambda: ("accbooks_runs_total", (("outcome", "batch_done"),)) in alone.metrics())
    found = alone.metrics()
    expected = {
        ("accbooks_webhook_events_total", (("outcome", "stored"), ("type", "invoice.updated"))): 2.0,
        ("accbooks_webhook_events_total", (("outcome", "repeated"), ("type", "invoice.updated"))): 1.0,
        ("accbooks_webhook_events_total", (("outcome", "stored"), ("type", "unknown"))): 1.0,
        ("accbooks_webhook_events_total", (("outcome", "refused"), ("type", "none"))): refused + 1,
        ("accbooks_webhook_backlog_events", ()): 2.0,
        ("accbooks_webhook_lag_seconds_count", ()): 3.0,
        ("accbooks_webhook_lag_seconds_sum", ()): 72.9,
        ("accbooks_webhook_lag_seconds_bucket", (("le", "0.5"),)): 1.0,
        ("accbooks_webhook_lag_seconds_bucket", (("le", "3.0"),)): 2.0,
        ("accbooks_webhook_lag_seconds_bucket", (("le", "+Inf"),)): 3.0,
        ("accbooks_runs_total", (("outcome", "batch_done"),)): 1.0,
        ("accbooks_last_run_timestamp_seconds", ()): 1_790_000_000.0,
        ("accbooks_requests_today", (("company_id", "cmp_north"),)): 40.0,
        ("accbooks_requests_left_today", (("company_id", "cmp_north"),)): 360.0,
        ("accbooks_requests_today", (("company_id", "cmp_south"),)): 7.0,
        ("accbooks_findings", (("severity", "error"),)): 0.0,
        ("accbooks_findings", (("severity", "warning"),)): 3.0,
    }
    assert {key: found.get(key) for key in expected} == pytest.approx(expected)
    assert ("accbooks_requests_left_today", (("company_id", "cmp_south"),)) not in found


def test_strangers_cannot_make_metrics_grow(service):
    series = set(service.metrics())
    for number in range(20):
        service.post(event(type_=f"invoice.{number}"))
        service.post(event(type_=f"contact.{number}"), "whsec_wrong")
    known = {"stored", "repeated", "refused", "not_stored"}
    new = set(service.metrics()) - series
    assert all(dict(labels)["outcome"] in known for _, labels in new)
    assert len(new) <= 3


def test_metrics_are_told_while_the_store_cannot_be_read(alone):
    spoil(alone)
    assert alone.post(event()) == 503
    found = alone.metrics()
    assert (
        found["accbooks_webhook_events_total", (("outcome", "not_stored"), ("type", "invoice.updated"))] == 1
    )
    assert math.isnan(found["accbooks_webhook_backlog_events", ()])
    assert math.isnan(found["accbooks_webhook_backlog_age_seconds", ()])


# Ports, hosts, and the end


def test_a_port_in_use_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as failed, receiving(options(tmp_path, port=port)):
            pass
    assert str(failed.value) == (
        f"Cannot listen on 127.0.0.1 port {port} (Address already in use). Choose another port or --host."
    )


@pytest.fixture
def served_here(monkeypatch):
    """Return a function that serves in this process, and gives what it told first."""
    monkeypatch.setattr(receiving_module, "PORT_SECONDS", 0.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def told(how: ReceiverOptions) -> object:
        ours, theirs = multiprocessing.Pipe()
        with ours, theirs:
            serve(how, theirs)
            return ours.recv()

    return told


def test_a_metrics_port_in_use_is_named(tmp_path, served_here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert served_here(options(tmp_path, metrics_port=port)) == ReceiverFailed(
            f"127.0.0.1 port {port} (Address already in use)"
        )


@pytest.mark.parametrize(
    ("host", "reason"),
    [("192.0.2.1", "Cannot assign requested address"), ("no-such-host.invalid", "")],
)
def test_a_host_that_is_not_ours_is_named(tmp_path, served_here, host, reason):
    failed = served_here(options(tmp_path, host=host))
    assert isinstance(failed, ReceiverFailed)
    assert failed.reason.startswith(f"{host} port 0 ({reason}")


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(("host", "clients"), [("::1", ["::1"]), ("::", ["::1", "127.0.0.1"])])
def test_ipv6_is_listened_on(tmp_path, host, clients):
    with in_this_process(options(tmp_path, host=host)) as service:
        for each in clients:
            with socket.create_connection((each, service.port), timeout=WAIT_SECONDS) as connection:
                connection.sendall(request(method="GET", path="/healthz"))
                assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def start(how: ReceiverOptions) -> tuple[multiprocessing.Process, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(how, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def test_the_receiver_ends_when_the_command_is_gone(tmp_path):
    process, ours = start(options(tmp_path))
    with closing(ours):
        assert isinstance(ours.recv(), Listening)
    process.join(WAIT_SECONDS)
    assert process.exitcode == 0


COMMAND = """
import sys, time
from pathlib import Path
from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress
from accbooks_warehouse.pipelines.live.listener import receiving
from accbooks_warehouse.pipelines.live.messages import ReceiverOptions
if __name__ == "__main__":
    file = StoreAddress(Path(sys.argv[1]))
    with receiving(ReceiverOptions("127.0.0.1", 0, "/webhooks", None, file, {})) as receiver:
        print(receiver.listening.port, flush=True)
        time.sleep(600)
"""


def test_the_receiver_ends_when_the_command_is_killed(tmp_path):
    script = tmp_path / "command.py"
    script.write_text(COMMAND)
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "events.sqlite")], stdout=subprocess.PIPE
    ) as command:
        assert command.stdout is not None
        port = int(command.stdout.readline())
        assert is_open(port)
        command.kill()
    wait_until(lambda: not is_open(port))


def is_open(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def test_signals_meant_for_the_command_do_not_end_the_receiver(service):
    process = service.process._process.pid  # noqa: SLF001 - a terminal's Ctrl-C goes to all processes
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process, number)
    assert service.post(event()) == 200


def test_what_was_acknowledged_before_the_end_is_stored(tmp_path):
    bodies = [event() for _ in range(50)]
    with started(options(tmp_path)) as service:
        assert {service.post(body) for body in bodies} == {200}
    assert all(service.has(body) for body in bodies)
    assert not is_open(service.port)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["books.duckdb.events.sqlite"]


def test_whatever_was_acknowledged_when_the_receiver_was_killed_is_stored(tmp_path):
    how, bodies = options(tmp_path), [event() for _ in range(2_000)]
    acknowledged: list[bytes] = []
    with started(how) as service, ThreadPoolExecutor(8) as pool:

        def post(body: bytes) -> None:
            with suppress(OSError, http.client.HTTPException):
                if service.post(body) == 200:
                    acknowledged.append(body)

        posting = [pool.submit(post, body) for body in bodies]
        wait_until(lambda: len(acknowledged) > 100)
        os.kill(service.process._process.pid, signal.SIGKILL)  # noqa: SLF001
        wait(posting)
    assert 100 < len(acknowledged) < len(bodies)
    assert [body for body in acknowledged if not service.has(body)] == []


def test_receiving_does_not_wait_for_a_command_that_does_not_listen(tmp_path):
    with receiving(options(tmp_path)) as process:
        service = Service(process, options(tmp_path))
        service.learn(IDS)
        bodies = [event() for _ in range(600)]  # more than a pipe takes
        assert {service.post(body) for body in bodies} == {200}
        counts = 0
        for message in process.messages():
            counts += message.count
            if counts == len(bodies):
                break


def test_the_receiver_ends_if_it_can_serve_no_more(tmp_path, monkeypatch):
    async def fail(*_: object, **__: object) -> None:
        raise OSError("no more files")

    monkeypatch.setattr("uvicorn.Server.serve", fail)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs, _bound("127.0.0.1", 0) as taken:
        _Receiving(options(tmp_path, metrics_port=None), theirs, [taken]).run()
        assert ours.recv() == Listening(taken.getsockname()[1], None)


# Secrets


def test_a_secret_is_in_no_log_error_metric_or_file(tmp_path, capfd):
    secrets = [each for several in SECRETS.values() for each in several]
    how = options(tmp_path)
    assert not any(each in repr(how) for each in secrets)
    with started(how) as service:
        assert service.post(event()) == 200
        service.post(event("cmp_south"))
        service.post(event(type_="invoice.eaten"))
        service.post(b"[" * 1_000)
        service.send(request(b"{}"))
        metrics = service.get("/metrics", service.metrics_port)[2]
        answers = [service.get("/healthz")[2], service.get("/readyz")[2], metrics]
        with service.connect() as connection:
            connection.sendall(f"{NORTH} /x HTTP/9\r\n{NORTH}\r\n\r\n".encode())
            answers.append(connection.recv(10_000))
        service.send(request(method="GET", path=f"/{NORTH}"))
        hidden = tmp_path.with_name("hidden")
        tmp_path.rename(hidden)
        service.post(event())
        hidden.rename(tmp_path)
    out, err = capfd.readouterr()
    shown = [out, err, *map(repr, service.told), *map(str, answers), *map(repr, (service, service.process))]
    kept = [str(path.read_bytes()) for path in tmp_path.iterdir()]
    assert err == out == ""
    assert not [text for text in shown + kept for each in secrets if each in text]
    assert not [name for name in SECRETS if name.encode() in metrics]


def test_a_password_of_the_store_is_in_no_message(tmp_path):
    address = StoreAddress(postgres="postgresql://loader:hush-hush@127.0.0.1:1/books")
    how = options(Path(tmp_path), store=address)
    assert "hush-hush" not in repr(how)
    with in_this_process(how) as service:
        assert service.post(event()) == 503
        wait_until(lambda: [each for each in service.told if isinstance(each, ReceiverWarning)])
        said = [
            *map(repr, service.told),
            str(service.health()),
            str(service.get("/metrics", service.metrics_port)),
        ]
    assert "127.0.0.1" in said[0]
    assert not [text for text in said if "hush-hush" in text]
