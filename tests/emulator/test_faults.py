from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
from accbooks_warehouse.emulator.faults import KINDS
from accbooks_warehouse.emulator.rendering import parse
from accbooks_warehouse.emulator.settings import Fault

Make = Callable[..., Any]
LIST = "transactions?per_page=10&from=2026-01-01"
REPORTS = [
    "reports/trial-balance?as_at=2026-01-31",
    "reports/profit-loss?from=2026-01-01&to=2026-01-31",
    "reports/balance-sheet?as_at=2026-01-31",
]


def test_a_status_fault_answers_so_many_requests_and_carries_none_out(start: Make) -> None:
    emulator, client = start()
    emulator.arm(Fault("status", count=2, status=503, retry_after=7))
    answers = [client.send("DELETE", "invoices/inv_000001") for _ in range(2)]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in answers] == [(503, "7")] * 2
    assert answers[0].json() == {"error": {"code": "unavailable", "message": "this error was asked for"}}
    assert "X-RateLimit-Remaining" in answers[0].headers
    assert client.get("invoices/inv_000001").status_code == 200


def test_a_fault_waits_for_its_path(start: Make) -> None:
    emulator, client = start()
    emulator.arm(Fault("status", path="/v1/reports/trial-balance", status=500))
    assert [client.get(path).status_code for path in [LIST, *REPORTS, *REPORTS]] == [200, 500, *[200] * 5]


def test_a_fault_lets_so_many_requests_pass(start: Make) -> None:
    emulator, client = start()
    emulator.arm(Fault("status", status=401, after=2))
    assert [client.get("company").status_code for _ in range(4)] == [200, 200, 401, 200]


def test_faults_in_the_settings_are_armed_from_the_start(start: Make) -> None:
    _, client = start(faults=(Fault("status", status=502),))
    assert [client.get("company").status_code for _ in range(2)] == [502, 200]


def test_chance_is_drawn_from_the_seed(start: Make) -> None:
    fault = Fault("status", count=1000, status=500, chance=0.3)
    runs = []
    for seed in (1, 1, 2):
        _, client = start(size="empty", faults=(fault,), seed=seed)
        runs.append([client.get("company").status_code for _ in range(40)])
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {200, 500}


def test_a_lying_total_is_one_too_many(start: Make) -> None:
    emulator, client = start()
    honest = client.read(LIST)
    emulator.arm(Fault("wrong_total"))
    client.read(REPORTS[0])
    total = honest["meta"]["total_records"] + 1
    assert client.read(LIST) == honest | {"meta": honest["meta"] | {"total_records": total}}
    assert client.read(LIST) == honest


def test_a_repeated_record_hides_another(start: Make) -> None:
    emulator, client = start()
    honest = client.ids(LIST)
    emulator.arm(Fault("repeat_record"))
    faulty = client.ids(LIST)
    assert len(faulty) == len(honest)
    assert set(faulty) < set(honest)
    assert len(set(faulty)) == len(honest) - 1
    assert client.ids(LIST) == honest


def test_a_record_deleted_between_pages_makes_the_next_page_miss_one(start: Make) -> None:
    emulator, client = start()
    honest = [*client.ids(LIST), *client.ids(LIST + "&page=2")]
    emulator.arm(Fault("edit_between_pages", edit="delete"))
    read = [*client.ids(LIST), *client.ids(LIST + "&page=2")]
    assert read[:10] == honest[:10]
    assert honest[10] not in read
    assert honest[0] not in emulator.books.stores["transactions"]


def test_a_record_inserted_between_pages_makes_the_next_page_repeat_one(start: Make) -> None:
    emulator, client = start()
    honest = client.ids(LIST)
    emulator.arm(Fault("edit_between_pages", edit="insert"))
    assert [*client.ids(LIST), client.ids(LIST + "&page=2")[0]] == [*honest, honest[-1]]
    assert client.read(f"transactions/{honest[0]}_inserted")["data"]["id"] == f"{honest[0]}_inserted"


@pytest.mark.parametrize("path", REPORTS)
def test_a_wrong_echo_changes_the_dates_and_nothing_else(start: Make, path: str) -> None:
    emulator, client = start()
    honest = client.read(path)["data"]
    emulator.arm(Fault("wrong_echo"))
    client.read(LIST)
    faulty = client.read(path)["data"]
    differing = {name for name in honest if honest[name] != faulty[name]} - {"generated_at"}
    assert differing == {"as_at", "from", "to"} & honest.keys()
    last = "to" if "to" in honest else "as_at"
    assert faulty[last] == "2026-02-01"


@pytest.mark.parametrize(
    ("path", "total"), list(zip(REPORTS, ["total_debit", "net_profit", "net_assets"], strict=True))
)
def test_bad_totals_are_a_penny_off(start: Make, path: str, total: str) -> None:
    emulator, client = start()
    honest = client.read(path)["data"]
    emulator.arm(Fault("bad_totals"))
    faulty = client.read(path)["data"]
    assert faulty[total] - honest[total] == Decimal("0.01")
    assert {name for name in honest if honest[name] != faulty[name]} - {"generated_at"} == {total}


def test_html_comes_with_a_200(start: Make) -> None:
    emulator, client = start()
    emulator.arm(Fault("html"))
    answer = client.get("company")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


def test_a_truncated_body_is_whole_http_and_broken_json(start: Make) -> None:
    emulator, client = start()
    honest = client.get(LIST)
    emulator.arm(Fault("truncate"))
    answer = client.get(LIST)
    assert answer.status_code == 200
    assert answer.content == honest.content[: len(honest.content) // 2]
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    ("inside", "error"),
    [(True, requests.exceptions.ChunkedEncodingError), (False, requests.exceptions.ConnectionError)],
)
def test_a_reset_closes_the_connection(start: Make, inside: bool, error: type[Exception]) -> None:  # noqa: FBT001 - a parameter
    emulator, client = start()
    emulator.arm(Fault("reset", inside=inside))
    with pytest.raises(error):
        client.get(LIST)
    assert client.get(LIST).status_code == 200


def test_a_slow_answer_takes_its_time_and_latency_is_added_to_each(start: Make) -> None:
    emulator, client = start(size="empty", latency=0.05)
    emulator.arm(Fault("slow", seconds=0.3))
    assert client.get("company").elapsed.total_seconds() >= 0.35
    assert 0.05 <= client.get("company").elapsed.total_seconds() < 0.3


def test_a_held_answer_comes_when_the_faults_are_cleared(start: Make) -> None:
    emulator, client = start()
    emulator.arm(Fault("hold", path="/v1/company"))
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.get, "company")
        assert client.get(LIST).status_code == 200
        while not emulator.statistics.by_path.get("/v1/company"):
            pass
        assert not held.done()
        emulator.clear_faults()
        assert held.result(timeout=10).status_code == 200


def test_every_kind_can_be_armed_over_http_and_an_unknown_one_cannot(start: Make) -> None:
    emulator, client = start()
    url = emulator.admin_url + "faults"
    for kind in KINDS:
        assert client.session.post(url, json={"kind": kind, "count": 2}, timeout=30).status_code == 204
    armed = parse(client.session.get(url, timeout=30).content)
    assert armed == [{"kind": kind, "count": 2, "path": "/v1/"} for kind in KINDS]
    assert client.session.delete(url, timeout=30).status_code == 204
    assert client.session.get(url, timeout=30).json() == []
    for body in (
        {"kind": "gremlin"},
        {"count": 1},
        {"kind": "slow", "speed": 1},
        {"kind": "slow", "count": "x"},
    ):
        assert client.session.post(url, json=body, timeout=30).status_code == 422
