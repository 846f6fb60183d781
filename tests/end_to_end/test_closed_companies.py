"""Three companies: one with a closed period, one with wrong settings of VAT, one with neither.

A change in the closed period is an error here; by default it is none (test_closings.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings, key_of
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.configuration import dbt_variables
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.transform.models import Transforms
from typer.testing import CliRunner, Result

pytestmark = [pytest.mark.long, pytest.mark.nightly]

NAMES = ("closed", "good", "wrong")
TODAY = pendulum.today("UTC").date()
THROUGH = TODAY.start_of("month").subtract(days=1)
FIRST = THROUGH.start_of("month")
Run = Callable[..., Result]
PARSED: dict[str, Any] = {}
"""The dbt project as it was first parsed with these variables."""


@contextmanager
def transforms_of(warehouse: DuckDB) -> Iterator[Transforms]:
    """Open the transforms of a warehouse, with the project as it was parsed before."""
    variables = dbt_variables()
    with Transforms(warehouse, TODAY, variables, PARSED.get(str(variables))) as transforms:
        yield transforms
        PARSED[str(variables)] = transforms.dbt.parsed


@contextmanager
def receiving() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Receive notices: the address, and what was posted there."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", received
        server.shutdown()


@dataclass(frozen=True)
class Companies:
    """The books of the three, the command, and the warehouse it syncs them into."""

    emulator: Emulator
    run: Run
    warehouse: DuckDB
    folder: Path

    def edit(self, company: int) -> dict[str, Any]:
        """Make a payment of last month 100.00 larger; returns it as it is then."""
        books = self.emulator.all_books[company]
        payment = next(
            each
            for each in books.all("transactions")
            if str(FIRST) <= each["date"] <= str(THROUGH)
            and (each["type"], each["invoice_id"], each["vat_amount"]) == ("money_out", None, Decimal(0))
        )
        more = {name: payment[name] + 100 for name in ("amount", "net_amount")}
        books.put("transactions", payment | more)
        return payment | more

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        try:
            return self.warehouse.query(sql.format(models=self.warehouse.models), *parameters)
        finally:
            self.warehouse.release()


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    """All three are synced, and the first is closed through the end of last month."""
    folder: Path = tmp_path_factory.mktemp("companies")
    place = folder / "books.duckdb"
    with running(Settings(size="tiny", companies=len(NAMES), plan="enterprise")) as emulator:
        environment = {
            "COLUMNS": "200",
            "XDG_STATE_HOME": str(folder),
            "DESTINATION__DUCKDB__CREDENTIALS": str(place),
            "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
            "SOURCES__ACCBOOKS__CLOSED_PERIODS": "error",
            "SOURCES__ACCBOOKS__COMPANIES": json.dumps(
                {name: key_of(number) for number, name in enumerate(NAMES)}
            ),
        }

        def run(*arguments: str, **more: str) -> Result:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("accbooks_warehouse.pipelines.commands.opening.transforms_of", transforms_of)
                patch.chdir(folder)
                return CliRunner().invoke(app, arguments, env=environment | more)

        first = run("sync", "--summary", "line")
        assert first.exit_code == 0, first.output
        done = run("close", "--company", "closed", "--through", str(THROUGH), "--by", "anna")
        assert done.exit_code == 0, done.output
        yield Companies(emulator, run, DuckDB(str(place)), folder)


def test_wrong_settings_of_vat_end_the_sync_of_their_company_and_of_no_other(companies: Companies) -> None:
    edited = {f"comp_{number + 1}": companies.edit(number) for number in range(len(NAMES))}
    cash = {"from": "2000-01-01", "scheme": "cash", "stagger": 1}
    vat = {"good": [cash], "wrong": [cash | {"scheme": "barter"}]}
    said = companies.run("sync", "--summary", "line", SOURCES__ACCBOOKS__VAT=json.dumps(vat))
    lines = said.stdout.splitlines()
    assert said.exit_code == 2
    assert [line.split()[:2] for line in lines if line.startswith("company=")] == [
        ["company=closed", "status=3"],
        ["company=good", "status=0"],
        ["company=wrong", "status=2"],
    ]
    wrong = "wrong: The setting in sources.accbooks.vat.wrong from 2000-01-01 has scheme 'barter'"
    assert said.output.count(wrong) == 1
    assert any(line.startswith("1 document changed in a closed period: ") for line in lines)

    held = {
        company_id: companies.query(
            "select amount from {models}.bank_transactions where company_id = %s and transaction_id = %s",
            company_id,
            payment["id"],
        )
        for company_id, payment in edited.items()
    }
    assert held == {  # the books of the third were not read
        "comp_1": [(edited["comp_1"]["amount"],)],
        "comp_2": [(edited["comp_2"]["amount"],)],
        "comp_3": [(edited["comp_3"]["amount"] - 100,)],
    }
    assert companies.query("select distinct status from {models}.reconciliation") == [("match",)]
    assert companies.query(
        "select company_id, scheme from {models}.vat_periods group by 1, 2 order by 1"
    ) == [
        ("comp_1", "standard"),
        ("comp_2", "cash"),
        ("comp_3", "standard"),
    ]
    assert companies.query("select distinct company_id, source_id from {models}.prior_period_changes") == [
        ("comp_1", edited["comp_1"]["id"])
    ]


def test_a_change_in_a_closed_period_is_an_error_if_the_configuration_says_so(companies: Companies) -> None:
    payment = companies.edit(0)
    first = f"1 document changed in a closed period: Transaction {payment['reference']} ({payment['id']}) of "
    with receiving() as (address, notices):
        synced = companies.run("sync", NOTIFY__WEBHOOK_URL=address)
        again = companies.run("sync", NOTIFY__WEBHOOK_URL=address)
    for said in (synced, again):
        assert said.exit_code == 3, said.output
        assert "Loaded, but 1 check failed: 1 prior_period_change." in said.stdout
        assert any(line.startswith(first) for line in said.stdout.splitlines())
    assert [each["status"] for each in notices] == [3, 3]
    assert notices[0]["text"].startswith("1 document changed in a closed period. accbooks sync on ")
    assert str(payment["amount"]) not in json.dumps(notices)
    for command in (["status"], ["report"], ["reconcile"]):
        said = companies.run(*command)
        assert said.exit_code == 3, (command, said.output)
        assert said.stdout.startswith(first)
    page = (companies.folder / "accbooks-reports" / "index.html").read_text()
    assert "1 document changed in a closed period" in page
    assert companies.query("select distinct severity, check_name from {models}.findings") == [
        ("error", "prior_period_change")
    ]

    # it is an error of the books, not of the closing: it can be accepted
    companies.run("reopen", "--company", "closed", "--through", str(THROUGH))
    closed = companies.run("close", "--company", "closed", "--through", str(THROUGH))
    assert closed.exit_code == 0, closed.stderr
    assert companies.run("status").exit_code == 0
