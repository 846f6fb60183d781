"""A real Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

CHROMIUM = "ACCBOOKS_TEST_CHROMIUM"
"""Names another browser than the first of NAMES on the path."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",  # Chromium's own needs a user that is not root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--log-level=3",  # what nobody reads would fill the pipe
    "--remote-debugging-port=0",
)
PATIENCE = 30


class Tab:
    """A tab of the browser; what the page asks for or complains of is kept."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command and return its answer."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(PATIENCE))
            self._note(message)
            if message.get("id") == number:
                assert "error" not in message, message
                answer: dict[str, Any] = message["result"]
                return answer

    def open(self, path: Path, width: int) -> None:
        """Open a file in a window of that width, and wait until it is loaded."""
        self.requests.clear()
        self.complaints.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.send("Page.navigate", url=path.as_uri())
        while True:
            message = json.loads(self._socket.recv(PATIENCE))
            self._note(message)
            if message.get("method") == "Page.loadEventFired":
                return

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, *, whole: bool = True) -> bytes:
        """Return a picture of the page, as PNG."""
        answer = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])

    def printed(self) -> bytes:
        """Return the page as it prints, as PDF."""
        answer = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled":
                self.complaints.append(json.dumps(parameters))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The command of a Chromium."""
    return command_of_chromium()


def command_of_chromium() -> str:
    """Return the Chromium that is named, or one on the path; without one the test is skipped."""
    found = os.environ.get(CHROMIUM) or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    pytest.skip(f"no Chromium: install one (Debian: apt install chromium), or name it in {CHROMIUM}")


@pytest.fixture(scope="session")
def tab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A tab of a browser that is closed in the end."""
    with browsing(chromium, tmp_path_factory.mktemp("chromium")) as socket:
        yield Tab(socket)


@contextmanager
def browsing(chromium: str, profile: Path) -> Iterator[ClientConnection]:
    """Start a browser, and give the connection to its only tab."""
    command = [chromium, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as browser:
        try:
            assert browser.stderr is not None
            said = next((line for line in browser.stderr if "DevTools listening on ws://" in line), None)
            assert said, f"{chromium} did not start"
            host = said.split("ws://")[1].split("/")[0]
            page = next(
                each
                for each in requests.get(f"http://{host}/json/list", timeout=PATIENCE).json()
                if each["type"] == "page"
            )
            with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
                yield socket
        finally:
            browser.terminate()
