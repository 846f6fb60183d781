"""The source used alone, as `dlt.pipeline(...).run(accbooks())`, from the emulator into DuckDB."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault, Grant
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.sources.accbooks import (
    RECORD_RESOURCES,
    REPORT_RESOURCES,
    accbooks,
    package_source,
    read_package,
)
from accbooks_warehouse.sources.accbooks.errors import UnauthorizedError, UnexpectedAnswerError
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.reading.extraction import Extraction, PackageSize
from accbooks_warehouse.sources.accbooks.reading.load_request import LoadRequest
from accbooks_warehouse.sources.accbooks.reading.report_reader import TRIES_PER_REPORT, fetch_report
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.tables.reports import TRIAL_BALANCE, ReportRequest
from accbooks_warehouse.sources.accbooks.windows import Window
from dlt.extract import DltSource

TODAY = dt.date(2026, 4, 1)
NO_COMPANY, NO_REPORTS = "key-without-company", "key-without-reports"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    keys = {
        NO_COMPANY: Grant(permissions=frozenset({"reports:read"})),
        NO_REPORTS: Grant(permissions=frozenset({"contacts:read"})),
    }
    with running(EmulatorSettings(plan="enterprise", port=0, today=TODAY, keys=keys)) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def quiet(emulator: Emulator) -> Iterator[None]:
    yield
    emulator.clear_faults()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
    return tmp_path


def settings_of(emulator: Emulator, key: str | None = None) -> Settings:
    return Settings(key or emulator.key, emulator.base_url)


def load(here: Path, emulator: Emulator, *resources: str, source: DltSource | None = None) -> None:
    pipeline = dlt.pipeline(
        "alone",
        pipelines_dir=str(here / "dlt"),
        destination=dlt.destinations.duckdb(str(here / "alone.duckdb")),
        dataset_name="raw",
    )
    source = source or accbooks(api_key=emulator.key, base_url=emulator.base_url)
    pipeline.run(source.with_resources(*resources), loader_file_format="parquet")
    pipeline.deactivate()


def query(here: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(here / "alone.duckdb")) as connection:
        return connection.execute(sql).fetchall()


def test_there_is_a_resource_for_every_endpoint_and_every_report(emulator: Emulator) -> None:
    source = accbooks(api_key=emulator.key, base_url=emulator.base_url)
    assert tuple(source.resources) == (
        *RECORD_RESOURCES,
        "rejected_records",
        "kept_pages",
        *REPORT_RESOURCES,
    )
    assert RECORD_RESOURCES == (
        "company",
        "contacts",
        "bank_accounts",
        "transactions",
        "invoices",
        "journals",
    )
    assert REPORT_RESOURCES == ("trial_balance", "balance_sheet", "profit_loss")


def test_an_unstorable_record_is_quarantined_and_the_others_arrive(here: Path, emulator: Emulator) -> None:
    store = emulator.books.stores["contacts"]
    sound = len(store)
    handles = [
        emulator.books.put("contacts", {"id": "bad\ud800"}),
        emulator.books.put("contacts", {"id": "odd", "name": "Odd", "hobby": "\x00\ud800"}),
    ]
    try:
        load(here, emulator, "contacts", "rejected_records")
    finally:
        for handle in handles:
            emulator.books.remove("contacts", handle)
    assert query(here, "select count(*) from raw.contacts") == [(sound + 1,)]
    assert query(here, "select name, extra->>'hobby' from raw.contacts where id = 'odd'") == [
        ("Odd", "\\u0000\\ud800")
    ]
    assert query(here, "select id, reason, record->>'id' from raw.rejected_records") == [
        (None, "id contains characters that no database can hold", "bad\\ud800")
    ]


def test_a_record_that_is_gone_from_its_window_is_gone_from_the_copy(here: Path, emulator: Emulator) -> None:
    today = dt.datetime.now(dt.UTC).date()
    journal = {
        "id": "jnl_x",
        "date": str(today),
        "lines": [{"nominal_code": "1200", "debit": 1, "credit": 0}],
    }
    handle = emulator.books.put("journals", journal)
    load(here, emulator, "journals")
    held = "select (select count(*) from raw.journals where id = 'jnl_x'), count(*) from raw.journal_lines "
    held += "where journal_id = 'jnl_x'"
    assert query(here, held) == [(1, 1)]
    emulator.books.remove("journals", handle)
    load(here, emulator, "journals")
    assert query(here, held) == [(0, 0)]
    assert query(here, 'select "from", "to", reason from raw.sync_windows order by fetched_at') == [
        (None, None, "first"),
        (today - dt.timedelta(days=35), None, "lookback"),
    ]


def test_reports_that_were_not_selected_are_not_asked_for(here: Path, emulator: Emulator) -> None:
    before = Counter(emulator.statistics.by_path)
    load(here, emulator, "transactions", "trial_balance")
    asked = {path for path in emulator.statistics.by_path - before if "/reports/" in path}
    assert asked == {"/v1/reports/trial-balance"}
    assert query(here, "select count(distinct as_at) > 12 from raw.trial_balance") == [(True,)]


@pytest.mark.parametrize(("months", "asked"), [(3, 3), (4_000, 0)])
def test_reports_planned_beside_records_are_left_for_another_load_if_the_minute_has_no_room(
    here: Path, emulator: Emulator, months: int, asked: int
) -> None:
    opened = open_books(settings_of(emulator))
    ends = [opened.today.subtract(months=number) for number in range(months)]
    request = LoadRequest(reports={"trial_balance": [ReportRequest(end) for end in ends]})
    before = Counter(emulator.statistics.by_path)
    extraction, selected = (
        Extraction(opened, request, PackageSize(100_000, 60)),
        ("contacts", "trial_balance"),
    )
    package = read_package(extraction, selected, {name: {} for name in RECORD_RESOURCES})
    load(here, emulator, *selected, source=package_source(package))
    assert (emulator.statistics.by_path - before)["/v1/reports/trial-balance"] == asked
    assert query(here, "select count(*) > 0 from raw.contacts") == [(True,)]


def test_books_are_opened_by_the_company_their_key_belongs_to(emulator: Emulator) -> None:
    opened = open_books(settings_of(emulator))
    assert (opened.company_id, opened.financial_year_end) == ("comp_1", "03-31")
    start = emulator.books.company["books_start_date"]
    assert (str(opened.likely_dates.start), opened.likely_dates.end) == (str(start), opened.today)


def test_without_the_permission_company_a_report_tells_whose_books_they_are(emulator: Emulator) -> None:
    opened = open_books(settings_of(emulator, NO_COMPANY), name="north")
    assert (opened.company_id, opened.company, opened.financial_year_end) == ("comp_1", None, None)
    assert opened.likely_dates == Window(None, opened.today)
    assert opened.forbidden_company is not None
    assert opened.forbidden_company.permission == "company"


def test_without_either_permission_the_configured_name_tells_the_books_apart(emulator: Emulator) -> None:
    assert open_books(settings_of(emulator, NO_REPORTS), name="north").company_id == "north"


def test_an_unknown_key_opens_nothing(emulator: Emulator) -> None:
    with pytest.raises(UnauthorizedError):
        open_books(settings_of(emulator, "unknown"))


@pytest.mark.parametrize("identifier", [None, "", True, Decimal("1.5"), []])
def test_a_company_without_an_id_is_refused(emulator: Emulator, identifier: Any) -> None:
    company = emulator.books.company
    before = company["id"]
    company["id"] = identifier
    try:
        with pytest.raises(
            UnexpectedAnswerError, match=r"^AccBooks answered GET company without the company's"
        ):
            open_books(settings_of(emulator))
    finally:
        company["id"] = before


@pytest.mark.parametrize("kind", ["wrong_echo", "bad_totals"])
def test_a_report_that_is_inconsistent_once_is_fetched_again(emulator: Emulator, kind: str) -> None:
    opened = open_books(settings_of(emulator))
    emulator.arm(Fault(kind))
    fetched = fetch_report(TRIAL_BALANCE, opened, ReportRequest(opened.today), "report")
    assert fetched.rows
    read = fetched.read
    assert (read["outcome"], read["requests"], read["records"]) == ("complete", 2, len(fetched.rows))
    assert fetched.fault is None


def test_a_report_that_stays_inconsistent_is_noted_and_not_used(emulator: Emulator) -> None:
    opened = open_books(settings_of(emulator))
    emulator.arm(Fault("bad_totals", count=TRIES_PER_REPORT))
    fetched = fetch_report(TRIAL_BALANCE, opened, ReportRequest(opened.today), "report")
    assert fetched.rows is None
    read = fetched.read
    assert (read["outcome"], read["requests"], read["records"]) == ("inconsistent", 3, 0)
    assert str(fetched.fault).startswith("total_debit is given as ")
    assert fetch_report(TRIAL_BALANCE, opened, ReportRequest(opened.today), "report").rows
