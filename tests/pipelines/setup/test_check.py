"""Probing every endpoint of the emulator once."""

import datetime as dt
import io
from collections.abc import Iterator

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Grant
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.commands.check import print_check
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.setup.check import Probe, check, compare_fields
from accbooks_warehouse.sources.accbooks.endpoints import JOURNALS
from accbooks_warehouse.sources.accbooks.errors import UnauthorizedError
from accbooks_warehouse.sources.accbooks.settings import Settings
from rich.console import Console

FEW = "key-with-few-permissions"
LISTS = ("contacts", "bank_accounts", "transactions", "invoices", "journals")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    keys = {FEW: Grant(permissions=frozenset({"contacts:read", "journals:read"}))}
    settings = EmulatorSettings(port=0, today=dt.datetime.now(dt.UTC).date(), keys=keys)
    with running(settings) as emulator:
        yield emulator


def settings(emulator: Emulator, key: str | None = None) -> Settings:
    return Settings(key or emulator.key, emulator.base_url)


def printed(company: Company) -> tuple[bool, list[str]]:
    console = Console(file=io.StringIO(), width=140, highlight=False)
    good = print_check(console, company, has_webhook_secret=False)
    assert isinstance(console.file, io.StringIO)
    return good, [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_key_with_every_permission_reads_everything_as_expected(emulator: Emulator) -> None:
    before = emulator.statistics.requests
    checked = check(settings(emulator))
    assert emulator.statistics.requests - before == 9
    assert (checked.company_id, checked.limit_per_minute) == ("comp_1", 300)
    counts = {name: len(emulator.books.stores[name]) for name in LISTS}
    assert checked.probes[:6] == [
        Probe("company", "company", allowed=True, records=1),
        *(Probe(name, name, allowed=True, records=counts[name]) for name in LISTS),
    ]
    assert [(each.endpoint, each.permission, each.is_good) for each in checked.probes[6:]] == [
        ("trial_balance", "reports", True),
        ("balance_sheet", "reports", True),
        ("profit_loss", "reports", True),
    ]


def test_missing_permissions_are_told_endpoint_by_endpoint(emulator: Emulator) -> None:
    checked = check(settings(emulator, FEW))
    assert checked.company_id is None
    assert {each.endpoint: each.allowed for each in checked.probes} == {
        "company": False,
        "contacts": True,
        "bank_accounts": False,
        "transactions": False,
        "invoices": False,
        "journals": True,
        "trial_balance": False,
        "balance_sheet": False,
        "profit_loss": False,
    }


def test_a_refused_key_stops_the_check(emulator: Emulator) -> None:
    with pytest.raises(UnauthorizedError):
        check(settings(emulator, "unknown"))


def test_a_report_that_contradicts_itself_is_told(emulator: Emulator) -> None:
    emulator.arm(Fault("bad_totals"))
    probe = check(settings(emulator)).probes[6]
    assert (probe.endpoint, probe.allowed, probe.is_good) == ("trial_balance", True, False)
    assert (probe.fault or "").startswith("total_debit is given as ")


def test_fields_are_compared_with_those_declared() -> None:
    record = {"id": 1, "date": "2026-01-01", "type": "manual", "reference": None, "description": None}
    stamps = {"created_at": None, "updated_at": None}
    whole = {"nominal_code": "1", "description": None, "debit": 0, "credit": 0}
    assert compare_fields(JOURNALS, [record | stamps | {"lines": [whole]}]) == ((), ())
    assert compare_fields(
        JOURNALS, [record | {"lines": [{"nominal_code": "1", "memo": "x"}], "tags": []}]
    ) == (
        ("created_at", "lines.credit", "lines.debit", "lines.description", "updated_at"),
        ("lines.memo", "tags"),
    )
    assert compare_fields(JOURNALS, []) == ((), ())


def test_unknown_and_optional_fields_do_no_harm_while_missing_required_ones_and_faults_do() -> None:
    assert Probe("x", "x", allowed=True, unexpected=("tags",)).is_good
    assert Probe("x", "x", allowed=True, missing=("updated_at",)).is_good
    assert not Probe("x", "x", allowed=True, missing=("date",), missing_required=("date",)).is_good
    assert not Probe("x", "x", allowed=True, fault="it is odd").is_good
    assert not Probe("x", "x", allowed=False).is_good


def test_the_check_is_printed_with_what_to_do(emulator: Emulator) -> None:
    good, lines = printed(Company("north", settings(emulator)))
    assert good
    assert (lines[0], lines[-2:]) == (
        "north: company comp_1",
        [
            "No webhook secret is set; only 'accbooks listen' needs one.",
            "A sync can read everything it needs.",
        ],
    )
    good, lines = printed(Company("north", settings(emulator, FEW)))
    assert not good
    assert lines[0] == "north: company unknown (no permission to read it)"
    assert lines[2].split() == [
        *("company", "company:", "missing"),
        *("add", "it", "in", "AccBooks:", "Settings", "→", "Integrations", "→", "API", "→", "Keys"),
    ]
    assert lines[-1] == "A sync loads the rest, but cannot compare everything with AccBooks."
