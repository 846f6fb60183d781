"""Several companies: side by side in one process or in several, into one warehouse, and never one twice.

The tests share one warehouse for each database, and leave it equal to the books.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Grant, Settings, key_of
from accbooks_warehouse.pipelines.commands.sync import SyncOptions, run_sync
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse, resource_states
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.sync.scope import Scope
from copies import TODAY
from rich.console import Console

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).with_name("accbooks")
NAMES = ("alpha", "beta", "gamma")
LISTS = ("contacts", "bank_accounts", "transactions", "invoices", "journals")
LONGEST_SECONDS = 120
A_FEW_SECONDS = 30
FEW_REQUESTS = 30
"""More than a sync in which nothing changed makes, and fewer than the first sync of a company."""
DAY = 100_000
YEAR_ENDS = ("03-31", "11-10", "02-29")
PENNY = Decimal("0.01")


def size_of(year_end: str) -> str:
    """Return the size of books that have records: tiny ones have one year, which must not be new."""
    month = int(year_end[:2])
    return "small" if (TODAY.month - month) % 12 <= 2 else "tiny"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Three companies of different year ends and currencies, whose records have the same ids."""
    settings = Settings(
        plan="enterprise",
        daily_limit=DAY,
        companies=3,
        sizes=tuple(map(size_of, YEAR_ENDS)),
        year_ends=YEAR_ENDS,
        base_currencies=("GBP", "USD", "EUR"),
        keys={"shut": Grant(1, frozenset())},
    )
    with running(settings) as server:
        yield server


@dataclass
class Runs:
    """The command on one warehouse: as processes that end with the test, or in this one."""

    warehouse: Warehouse
    environment: dict[str, str]
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: str, names: tuple[str, ...] = NAMES, **keys: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [COMMAND, "sync", "--destination", self.warehouse.name, *arguments],
            env=os.environ | self.environment | configured({name: key(name) for name in names} | keys),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def sync(self, **keys: str) -> tuple[int, str]:
        """Sync in this process, side by side; returns the exit status and what was said."""
        said = io.StringIO()
        console = Console(file=said, width=200)
        with patch.dict(os.environ, self.environment | configured(keys)):
            record = run_sync(
                TextLog(console), None, self.warehouse.name, Scope(), SyncOptions(jobs=len(NAMES))
            )
        return int(record.status), said.getvalue()

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        self.processes.clear()


def key(name: str) -> str:
    return key_of(NAMES.index(name))


def configured(keys: dict[str, str]) -> dict[str, str]:
    return {"SOURCES__ACCBOOKS__COMPANIES": json.dumps(keys)}


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=LONGEST_SECONDS)
    return process.returncode, said


@pytest.fixture(scope="module")
def shared_runs(database, open_warehouse, emulator, tmp_path_factory) -> Iterator[Runs]:
    with open_warehouse(database) as warehouse:
        environment = {
            "COLUMNS": "200",
            "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
            "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
            **credentials(warehouse),
        }
        yield Runs(warehouse, environment)


def credentials(warehouse: Warehouse) -> dict[str, str]:
    if isinstance(warehouse, Postgres):
        return {"DESTINATION__POSTGRES__CREDENTIALS": warehouse.address.of_dlt().to_native_representation()}
    assert isinstance(warehouse, DuckDB)
    return {"DESTINATION__DUCKDB__CREDENTIALS": warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]}


@pytest.fixture
def runs(shared_runs, emulator, parsed_once) -> Iterator[Runs]:  # noqa: ARG001 - for every run in this process
    # a shell may have had its background jobs ignore interrupts, and children inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield shared_runs
    emulator.clear_faults()
    shared_runs.end()
    signal.signal(signal.SIGINT, before)


@contextmanager
def held(emulator: Emulator, path: str = "/v1/") -> Iterator[Callable[[], bool]]:
    """Hold every answer of a path until the block ends; gives whether a request arrived."""
    emulator.statistics.reset()
    emulator.arm(Fault("hold", count=DAY, path=path))
    try:
        yield lambda: any(asked.startswith(path) for asked in emulator.statistics.by_path)
    finally:
        emulator.clear_faults()


def wait_until(met: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + LONGEST_SECONDS
    while not met():
        assert time.monotonic() < ends_at, "waited for too long"
        time.sleep(0.02)


def is_settled(emulator: Emulator) -> Callable[[], bool]:
    """Give whether no request has arrived for a second."""
    seen, at = -1, 0.0

    def has_settled() -> bool:
        nonlocal seen, at
        if emulator.statistics.requests != seen:
            seen, at = emulator.statistics.requests, time.monotonic()
        return time.monotonic() > at + 1

    return has_settled


def statuses(runs: Runs) -> dict[str, set[str]]:
    """Return what the comparison says of each company."""
    said: dict[str, set[str]] = {}
    for company_id, status in runs.warehouse.query(
        f"select distinct company_id, status from {runs.warehouse.models}.reconciliation"
    ):
        said.setdefault(company_id, set()).add(status)
    return said


def edited(emulator: Emulator) -> dict[str, Decimal]:
    """Add a penny to one recent transaction of each company, of the same id; returns what each holds then."""
    amounts = {}
    for books in emulator.all_books:
        record = [each for each in books.all("transactions") if each["invoice_id"] is None][-1]
        changed = {name: record[name] + PENNY for name in ("amount", "net_amount")}
        books.put("transactions", {**record, **changed, "id": "txn_edited"})
        amounts[books.company["id"]] = changed["amount"]
    return amounts


def amounts_held(runs: Runs) -> dict[str, Decimal]:
    return dict(
        runs.warehouse.query(
            f"select company_id, amount from {runs.warehouse.raw}.transactions where id = 'txn_edited'"
        )
    )


def rows_of_others(runs: Runs, company_id: str) -> dict[str, set[Any]]:
    """Return the rows of all tables of the models, but those of a company."""
    warehouse = runs.warehouse
    tables = warehouse.query(
        "select columns.table_schema, columns.table_name from information_schema.columns as columns "
        "inner join information_schema.tables as tables "
        "on columns.table_schema = tables.table_schema and columns.table_name = tables.table_name "
        "where tables.table_type = 'BASE TABLE' and columns.column_name = 'company_id' "
        "and columns.table_schema in ('accbooks', 'accbooks_staging')"
    )
    with warehouse.kept_open():
        others = {
            f"{schema}.{name}": set(
                warehouse.query(
                    f"select * from {warehouse.qualified(schema)}.{name} where company_id <> %s", company_id
                )
            )
            for schema, name in tables
            if not name.startswith(("touched_", "changed_", "current_inputs"))  # of a run
        }
    assert all(others[f"accbooks_staging.{name}"] for name in ("ledger_postings", "period_movements"))
    return others


@pytest.mark.nightly_on("postgres")
def test_companies_of_two_processes_are_loaded_at_once_and_proved_and_one_built_later_leaves_the_others(
    runs, emulator, monkeypatch
):
    # every build is one of more months than it names one by one
    monkeypatch.setitem(runs.environment, "TRANSFORMS__VARS", json.dumps({"most_written_out": 0}))
    for process in (runs.start(names=("alpha", "beta")), runs.start(names=("gamma",))):
        code, said = ended(process)
        assert code == 0, said
    assert statuses(runs) == {books.company["id"]: {"match"} for books in emulator.all_books}
    mine, *_ = emulator.all_books
    before = rows_of_others(runs, mine.company["id"])
    wanted = edited(emulator)
    code, said = ended(runs.start(names=("alpha",)))
    assert code == 0, said
    assert amounts_held(runs)["comp_1"] == wanted["comp_1"]
    after = rows_of_others(runs, mine.company["id"])
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.mark.soak_on("postgres")
def test_companies_of_other_currencies_and_year_ends_do_not_meet_although_their_ids_collide(runs, emulator):
    code, said = runs.sync(**{name: key(name) for name in NAMES})
    assert code == 0, said
    companies = runs.warehouse.query(
        f"select company_id, base_currency, financial_year_end from {runs.warehouse.raw}.company order by 1"
    )
    assert companies == [
        ("comp_1", "GBP", "03-31"),
        ("comp_2", "USD", "11-10"),
        ("comp_3", "EUR", "02-29"),
    ]
    for books in emulator.all_books:
        company_id = books.company["id"]
        invoice = books.get("invoices", "inv_000001")
        owed = runs.warehouse.query(
            f"select sum(debit) + sum(credit) from {runs.warehouse.models}.general_ledger "
            "where company_id = %s and source_id = 'inv_000001' and nominal_code in ('1100', '2100')",
            company_id,
        )
        assert owed == [(in_base(invoice),)]
        ends = runs.warehouse.query(
            f"select distinct period_end from {runs.warehouse.models}.profit_and_loss_by_financial_year "
            "where company_id = %s",
            company_id,
        )
        assert {end.month for (end,) in ends} == {int(books.company["financial_year_end"][:2])}
    assert statuses(runs) == {company_id: {"match"} for company_id, _, _ in companies}


def in_base(invoice: dict[str, Any]) -> Decimal:
    """Return an invoice's total as the ledger has it: each net and each VAT rounded by itself."""
    parts = [line[part] for line in invoice["line_items"] for part in ("net_amount", "vat_amount")]
    return sum((part * invoice["exchange_rate"]).quantize(PENNY, ROUND_HALF_UP) for part in parts)


@pytest.mark.databases("duckdb")
@pytest.mark.parametrize("changes", [True, False])
def test_companies_that_are_read_by_the_same_time_are_loaded_at_once(runs, emulator, monkeypatch, changes):
    wanted = edited(emulator) if changes else amounts_held(runs)
    # a machine that is busy must not part them
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.sync.warehouse_access.PATIENCE_SECONDS", LONGEST_SECONDS
    )
    code, said = runs.sync(**{name: key(name) for name in NAMES})
    assert code == 0, said
    assert amounts_held(runs) == wanted
    raw, warehouse = runs.warehouse.raw, runs.warehouse
    ((last,),) = warehouse.query(f"select run_id from {raw}.runs order by ended_at desc limit 1")
    loads = warehouse.query(
        f"select load_id, count(distinct company_id) from {raw}.run_loads where run_id = %s group by load_id",
        last,
    )
    assert {companies for _, companies in loads} == {len(NAMES)}
    today = str(TODAY)
    for number, name in enumerate(NAMES, start=1):
        states = resource_states(warehouse, name)
        assert {each for state in states.values() for each in state} == {f"comp_{number}"}
        assert states["transactions"][f"comp_{number}"]["synced_on"] == today
    if not changes:
        return
    # each company's own pipeline goes on from there
    emulator.statistics.reset()
    code, said = runs.sync(alpha=key("alpha"))
    assert code == 0, said
    assert emulator.statistics.requests < FEW_REQUESTS
    assert amounts_held(runs) == wanted


@pytest.mark.soak_on("postgres")
def test_a_revoked_key_and_what_nobody_foresaw_stop_no_other_company_and_are_named(
    runs, emulator, capsys, monkeypatch
):
    wanted, before = edited(emulator), amounts_held(runs)

    def unforeseen(_warehouse, books, _share):
        return {"at once": 1 / 0} if books.company_id == "comp_1" else {}

    with monkeypatch.context() as patch:
        patch.setattr("accbooks_warehouse.pipelines.sync.due_reads.scrub_windows", unforeseen)
        code, said = runs.sync(alpha=key("alpha"), beta="revoked", gamma=key("gamma"))
    errors = sorted(capsys.readouterr().err.splitlines())
    assert code == 1, said
    assert errors[0].startswith("alpha: Unexpected error (ZeroDivisionError: division by zero)")
    assert errors[-1].startswith("beta: AccBooks rejected the API key")
    assert "(comp_3)" in said
    assert "(comp_1)" not in said
    assert "(comp_2)" not in said
    assert said.splitlines()[-1] == "Some companies could not be loaded; see above."
    assert amounts_held(runs) == before | {"comp_3": wanted["comp_3"]}
    code, said = runs.sync(alpha=key("alpha"), beta=key("beta"))
    assert code == 0, said
    assert amounts_held(runs) == wanted
    capsys.readouterr()
    code, said = runs.sync(alpha=key("alpha"), beta="shut")
    assert code == 1, said
    assert "(comp_1)" in said
    assert capsys.readouterr().err.startswith(
        "beta: The API key may not read which company it belongs to any more. Nothing was read, because the "
        "books may be others than those of comp_2."
    )
    assert companies_held(runs) == {"comp_1", "comp_2", "comp_3"}


def companies_held(runs: Runs) -> set[str]:
    return {
        each for (each,) in runs.warehouse.query(f"select distinct company_id from {runs.warehouse.reads}")
    }


REFUSING = """
create function refuse_beta() returns trigger language plpgsql as $$
begin
    if new.company_id = 'comp_2' then raise exception 'no row of Beta' using errcode = '55P03'; end if;
    return new;
end $$;
create trigger refuse_beta before insert or update on accbooks_raw.transactions
for each row execute function refuse_beta();
"""


@pytest.mark.databases("postgres")
def test_a_load_that_the_database_refuses_is_a_matter_of_its_company_alone(runs, emulator, capsys):
    keys = {name: key(name) for name in NAMES}
    code, said = runs.sync(**keys)
    assert code == 0, said
    wanted, before = edited(emulator), amounts_held(runs)
    runs.warehouse.execute(REFUSING)
    try:
        code, said = runs.sync(**keys)
    finally:
        runs.warehouse.execute("drop function refuse_beta cascade")
    errors = capsys.readouterr().err.splitlines()
    assert code == 1, said
    assert [line for line in errors if line.startswith("beta: ")], errors
    assert "no row of Beta" in " ".join(errors)
    assert {company for company in ("comp_1", "comp_2", "comp_3") if f"({company})" in said} == {
        "comp_1",
        "comp_3",
    }
    assert said.splitlines()[-1] == "Some companies could not be loaded; see above."
    assert amounts_held(runs) == before | {each: wanted[each] for each in ("comp_1", "comp_3")}
    code, said = runs.sync(beta=key("beta"))
    assert code == 0, said
    assert amounts_held(runs) == wanted


@pytest.mark.databases("duckdb")
@pytest.mark.nightly
def test_a_spent_day_stops_no_other_company_and_is_named(runs, emulator, capsys):
    wanted, before = edited(emulator), amounts_held(runs)
    emulator.arm(Fault("spend", requests=DAY, day=True, key=key("beta")))
    code, said = runs.sync(**{name: key(name) for name in NAMES})
    errors = capsys.readouterr().err
    emulator.arm(Fault("spend", requests=-DAY, day=True, key=key("beta")))
    assert code == 4, said
    assert errors.startswith("beta: ")
    assert "Run again after" in errors
    assert len(errors.splitlines()) == 1
    assert said.splitlines()[-1] == "Stopped: the daily request limit is used up."
    assert amounts_held(runs) == before | {each: wanted[each] for each in ("comp_1", "comp_3")}
    code, said = runs.sync(beta=key("beta"))
    assert code == 0, said
    assert amounts_held(runs) == wanted


@pytest.mark.nightly_on("postgres")
def test_a_second_run_of_a_company_leaves_it_alone_or_waits(runs, emulator):
    with held(emulator) as arrived:
        first = runs.start(names=("alpha",))
        wait_until(arrived)
        code, said = runs.sync(alpha=key("alpha"))
        assert code == 0, said
        assert "alpha: skipped, because another run is syncing it." in said
        waiting = runs.start("--wait", names=("alpha",))
        assert "Waiting for the other run of this company to end.\n" in waiting.stdout
    for process in (first, waiting):
        code, said = ended(process)
        assert code == 0, said
        assert "The warehouse matches AccBooks' reports to the penny." in said


@pytest.mark.databases("duckdb")
def test_a_run_that_waited_publishes_nothing_if_a_company_failed_before(runs, emulator, tmp_path):
    target = tmp_path / "copy.duckdb"
    assert runs.sync(alpha=key("alpha"), beta=key("beta"))[0] == 0
    with held(emulator, "/v1/contacts") as arrived:
        first = runs.start(names=("alpha",))
        wait_until(arrived)
        waiting = runs.start("--wait", "--publish", str(target), names=("alpha",), beta="revoked")
        assert "Waiting for the other run of this company to end.\n" in waiting.stdout
    assert ended(first)[0] == 0
    code, said = ended(waiting)
    assert code == 1, said
    assert "copy.duckdb was not replaced, because a company could not be synced." in said
    assert not target.exists()


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_a_run_that_was_interrupted_keeps_others_away_until_it_has_ended(runs, emulator, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as deaf, ExitStack() as holds:
        for name in LISTS:
            holds.enter_context(held(emulator, f"/v1/{name}"))
        monkeypatch.setenv("NOTIFY__WEBHOOK_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        process = runs.start("--jobs", "4")
        # the company and a list of each; how many lists are asked for at once depends on how fast answers are
        wait_until(lambda: emulator.statistics.requests >= len(NAMES) * 2)
        wait_until(is_settled(emulator))  # no request is on its way that was allowed before the interrupt
        process.send_signal(signal.SIGINT)
        deaf.settimeout(A_FEW_SECONDS)
        notice, _ = deaf.accept()  # and no answer: its threads live as long as it waits for one
        with notice:
            asked = emulator.statistics.requests
            code, said = runs.sync(alpha=key("alpha"))
            assert code == 0, said
            assert "alpha: skipped, because another run is syncing it." in said
            assert emulator.statistics.requests == asked
        code, said = ended(process)
    assert code == 1, said
    code, said = runs.sync(**{name: key(name) for name in NAMES})
    assert code == 0, said


def test_locks_end_with_a_run_that_is_killed(runs, emulator):
    with held(emulator) as arrived:
        first = runs.start(names=("beta",))
        wait_until(arrived)
        first.kill()
        first.wait()
    code, said = runs.sync(beta=key("beta"))
    assert code == 0, said
    assert "another run" not in said


@pytest.mark.soak_on("postgres")
@pytest.mark.nightly
def test_an_interrupt_ends_companies_read_side_by_side_at_once_and_the_next_run_finishes(runs, emulator):
    wanted = edited(emulator)
    with held(emulator, "/v1/invoices") as arrived:
        process = runs.start("--jobs", "4")
        wait_until(arrived)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=A_FEW_SECONDS)
    assert process.returncode == 1, said
    assert "Interrupted. What was complete is kept. Run again to finish." in said
    assert "Traceback" not in said
    code, said = runs.sync(**{name: key(name) for name in NAMES})
    assert code == 0, said
    assert amounts_held(runs) == wanted
