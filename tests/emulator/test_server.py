import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from accbooks_warehouse.emulator.rendering import NotJsonError, parse, render
from accbooks_warehouse.emulator.server import Emulator, serve
from accbooks_warehouse.emulator.settings import Settings

Make = Callable[..., Any]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "example.com", "::"])  # noqa: S104 - refused
def test_only_loopback_addresses_are_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        Settings(host=host)


def test_a_stopped_emulator_frees_its_port(start: Make) -> None:
    emulator, _ = start()
    with pytest.raises(OSError, match="in use"), socket.socket() as other:
        other.bind(("127.0.0.1", emulator.settings.port))


def test_whoever_serves_is_told_the_address_before_the_first_request() -> None:
    told: list[str] = []

    def interrupt(emulator: Emulator) -> None:
        told.append(emulator.base_url)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(Settings(size="empty", port=0), interrupt)
    assert told[0].startswith("http://127.0.0.1:")


def test_the_port_chosen_is_reported(start: Make) -> None:
    emulator, client = start()
    assert emulator.base_url == f"http://127.0.0.1:{emulator.settings.port}/v1/"
    assert client.get("company").ok


def test_many_requests_are_in_flight_at_once(start: Make) -> None:
    emulator, _ = start(latency=0.2)
    headers = {"Authorization": f"Bearer {emulator.key}"}

    def fetch(page: int) -> int:
        url = f"{emulator.base_url}transactions?page={page}"
        return requests.get(url, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(fetch, range(1, 21))) == [200] * 20
    assert emulator.statistics.most_in_flight > 5


@pytest.mark.parametrize(
    "text",
    [
        '{"a":2500.00,"b":[1,-0.10,1E+2],"c":null,"d":true,"e":"caf\\u00e9 \\"x\\"","f":{},"g":[]}',
        "0.1",
        '"x"',
    ],
)
def test_rendering_gives_back_what_was_parsed(text: str) -> None:
    assert render(parse(text)) == text


def test_a_binary_float_is_not_rendered() -> None:
    with pytest.raises(TypeError, match="float has no exact JSON form"):
        render({"amount": 0.1})


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", b"\xff", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(NotJsonError):
        parse(text)
