"""A real Superset with the dashboards of bi/superset, asked over its API and in a browser."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from browser import PATIENCE, Tab
from superset_bundle import ROOT, Chart, Content, Dashboard

ENVIRONMENT = "ACCBOOKS_TEST_SUPERSET"
"""Names another environment that has Superset than the one that `make bi` makes."""
VENV = Path(os.environ.get(ENVIRONMENT, ROOT / ".venv-superset"))
NEEDS_SUPERSET = pytest.mark.skipif(
    not (VENV / "bin" / "superset").exists(),
    reason=f"no Superset: `make bi` installs it, or {ENVIRONMENT} names an environment that has it",
)
FOLDER = ROOT / "bi" / "superset"
LONGEST_SECONDS = 300
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
"""Where files are not written to a disk: Superset makes its own database by thousands of transactions."""
A_SCREEN = {"width": 1500, "height": 2900, "deviceScaleFactor": 1, "mobile": False}
QUIET_SECONDS = 3
"""A page that asks for nothing for so long has drawn what it has."""
START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
A_DAY = 86_400_000

Row = tuple[Any, ...]


class Superset:
    """A running Superset, and a session of its administrator."""

    def __init__(self, url: str, password: str, environment: Mapping[str, str]) -> None:
        self.url = url
        self.environment = environment
        self.session = requests.Session()
        login = {"username": "admin", "password": password, "provider": "db"}
        token = self._answer("post", "security/login", json=login)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        csrf = self._answer("get", "security/csrf_token/")["result"]
        form = {"username": "admin", "password": password, "csrf_token": csrf}
        self.session.post(f"{url}/login/", data=form, timeout=PATIENCE).raise_for_status()
        csrf = self._answer("get", "security/csrf_token/")["result"]
        self.session.headers.update({"X-CSRFToken": csrf, "Referer": url})

    def charts(self, dashboard: Dashboard) -> dict[str, Content]:
        """Return what Superset keeps of a dashboard's charts, by name."""
        found = self._answer("get", f"dashboard/{dashboard.slug}/charts")["result"]
        return {each["slice_name"]: each for each in found}

    def rows(self, chart: Chart, kept: Content, filters: Mapping[str, Any]) -> list[Row]:
        """Return a chart's data under the filters of a dashboard; rows have its columns, then its metrics."""
        axis = chart.params.get("x_axis")
        grain = chart.params.get("time_grain_sqla")
        columns: list[Any] = list(chart.columns)
        if axis and grain:
            columns[0] = {
                "label": axis,
                "sqlExpression": axis,
                "expressionType": "SQL",
                "columnType": "BASE_AXIS",
                "timeGrain": grain,
            }
        query = {
            "columns": columns,
            "metrics": chart.metrics or None,
            "orderby": [[name, is_ascending] for name, is_ascending in chart.order],
            "filters": [
                *chart.filters,
                *({"col": name, "op": "==", "val": value} for name, value in filters.items()),
            ],
            "row_limit": chart.params.get("row_limit", 100),
        }
        asked = {
            "datasource": {"id": int(kept["form_data"]["datasource"].split("__")[0]), "type": "table"},
            "queries": [query],
            "result_format": "json",
            "result_type": "full",
            "force": True,
        }
        (answer,) = self._answer("post", "chart/data", json=asked)["result"]
        assert answer["error"] is None
        assert answer["rejected_filters"] == []
        return [of_row(row, [*chart.columns, *chart.metrics]) for row in answer["data"]]

    def connection(self) -> Content:
        """Return what Superset keeps of its only database."""
        (found,) = self._answer("get", "database/")["result"]
        kept: Content = self._answer("get", f"database/{found['id']}/connection")["result"]
        return kept

    def rename(self, kept: Content, name: str) -> None:
        """Give a chart another name, as somebody does in Superset."""
        self._answer("put", f"chart/{kept['id']}", json={"slice_name": name})

    def import_file(self, kind: str, path: Path) -> None:
        """Import a file as the page of charts, datasets or dashboards does, over what is there."""
        with path.open("rb") as file:
            self._answer("post", f"{kind}/import/", files={"formData": file}, data={"overwrite": "true"})

    def _answer(self, method: str, path: str, **options: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/api/v1/{path}", timeout=LONGEST_SECONDS, **options)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()


@contextmanager
def serving(address: str) -> Iterator[Superset]:
    """Set Superset up as `make bi` does, and serve it as `make bi-serve` does, on a free port."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as home:
        yield from serving_from(Path(home), address)


def serving_from(home: Path, address: str) -> Iterator[Superset]:
    """Do so with Superset's own database in that folder."""
    environment = os.environ | {
        "SUPERSET_HOME": str(home),
        "ACCBOOKS_BI_URI": address,
        "SUPERSET_CONFIG_PATH": str(FOLDER / "superset_config.py"),
        "PYTHONWARNINGS": "ignore",
    }
    run("set_up.py", environment=environment)
    command = [VENV / "bin" / "gunicorn", "--threads", "8", "--timeout", "120", "--bind", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "superset.app:create_app()"],
        env=environment,
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            said = next((line for line in server.stderr if "Listening at: http" in line), None)
            assert said, "Superset did not start"
            # what nobody reads would fill the pipe
            reading = threading.Thread(target=deque, args=(server.stderr, 0), daemon=True)
            reading.start()
            url = said.split("Listening at: ")[1].split()[0]
            requests.get(f"{url}/health", timeout=LONGEST_SECONDS).raise_for_status()
            yield Superset(url, (home / "admin_password").read_text(), environment)
            server.terminate()
            reading.join()
        finally:
            server.kill()


def run(script: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run a script of bi/superset as make does, and return what it says."""
    ran = subprocess.run(
        [VENV / "bin" / "python", FOLDER / script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


class DashboardTab(Tab):
    """A tab that shows dashboards, and keeps what their charts asked and got."""

    def show(self, superset: Superset, dashboard: Dashboard) -> dict[str, Content]:
        """Open a dashboard, wait until all its charts are answered, and return the answers by their names."""
        names = {kept["id"]: name for name, kept in superset.charts(dashboard).items()}
        self._asked, self._answered = dict[str, int | None](), set[str]()
        self.requests.clear()
        self.complaints.clear()
        self.send("Emulation.setDeviceMetricsOverride", **A_SCREEN)
        for cookie in superset.session.cookies:
            self.send("Network.setCookie", name=cookie.name, value=cookie.value, url=superset.url)
        self.send("Page.navigate", url=f"{superset.url}/superset/dashboard/{dashboard.slug}/")
        end = time.monotonic() + LONGEST_SECONDS
        while missing := names.keys() - {self._asked.get(request) for request in self._answered}:
            assert time.monotonic() < end, f"not answered: {[names[each] for each in missing]}"
            self._note(json.loads(self._socket.recv(LONGEST_SECONDS)))
        answered = {self._asked[request]: request for request in self._asked if request in self._answered}
        return {name: self._answer_to(answered[number]) for number, name in names.items()}

    def settle(self) -> None:
        """Wait until the page asks for nothing more, so that it has drawn what it has."""
        while True:
            try:
                self._note(json.loads(self._socket.recv(QUIET_SECONDS)))
            except TimeoutError:
                return

    def _answer_to(self, request: str) -> Content:
        answer = self.send("Network.getResponseBody", requestId=request)
        text = base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"]
        (result,) = json.loads(text)["result"]
        return dict(result)

    def _note(self, message: dict[str, Any]) -> None:
        super()._note(message)
        parameters = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent" if "/api/v1/chart/data" in parameters["request"]["url"]:
                asked = json.loads(parameters["request"].get("postData", "{}"))
                self._asked[parameters["requestId"]] = asked.get("form_data", {}).get("slice_id")
            case "Network.loadingFinished":
                self._answered.add(parameters["requestId"])


def of_browser(chart: Chart, answer: Content) -> list[Row]:
    """Return the rows of an answer to a page, which has a column for each series of a chart over time."""
    names = [*chart.columns, *chart.metrics]
    if "time_grain_sqla" not in chart.params:
        return [of_row(row, names) for row in answer["data"]]
    axis = chart.params["x_axis"]
    return [
        (plain(row[axis]), series, plain(value))
        for row in answer["data"]
        for series, value in row.items()
        if series != axis and value is not None
    ]


def of_row(row: Content, names: list[str]) -> Row:
    return tuple(plain(row[name]) for name in names)


def plain(value: Any) -> Any:
    """Return a value as Superset gives it in JSON, amounts in pence and times in milliseconds."""
    match value:
        case bool() | None | str():
            return value
        case dt.datetime():
            return round((value - START).total_seconds() * 1000, 2)
        case dt.date():
            return (value - START.date()).days * A_DAY
        case Decimal() | float() | int():
            return round(float(value), 2)
    raise AssertionError(f"{value!r} is nothing that a chart shows")
