"""What the warehouse says of itself, from tables filled by hand."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import DuckDB, stored_company_ids
from accbooks_warehouse.pipelines.queries.compared_reports import compared_reports
from accbooks_warehouse.pipelines.queries.comparison import Compared, ComparedDepth, LineTotals, line_totals
from accbooks_warehouse.pipelines.queries.configured_companies import Answer
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget, day_budgets
from accbooks_warehouse.pipelines.queries.findings import Finding, Findings
from accbooks_warehouse.pipelines.queries.overview import (
    CompanyOverview,
    CompanyRecord,
    LastSync,
    Overdrawn,
    overview,
    unread_names,
)
from accbooks_warehouse.pipelines.queries.reads import LastRead, last_reads, posting_dates, posting_months
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents
from accbooks_warehouse.pipelines.queries.reconciliation import Line, MatchCount, differences, match_counts
from accbooks_warehouse.pipelines.queries.status import (
    CompanyStatus,
    Freshness,
    company_statuses,
    last_loads,
)
from accbooks_warehouse.pipelines.sync.due_reports import calendar_of
from accbooks_warehouse.sources.accbooks.api.day_count import DayCount
from accbooks_warehouse.sources.accbooks.settings import Settings

from pendulum import Date, date  # isort: skip
from accbooks_warehouse.sources.accbooks.tables.reports import ReportRequest, requests_for

NOW = dt.datetime.now(dt.UTC)
TABLES = """
create schema {raw}; create schema {models}; create schema {staging};
create table {raw}._dlt_loads (load_id text, status integer, inserted_at timestamptz);
insert into {raw}._dlt_loads values ('whole', 0, '2026-01-01 00:00:00Z');
create table {raw}.company (company_id text, name text, plan text, base_currency text, company_number text,
    financial_year_end text, books_start_date date);
create table {raw}.configured_companies (
    name text, company_id text, first_seen_at timestamptz, last_seen_at timestamptz);
create table {raw}.rejected_records (company_id text);
create table {raw}.sync_windows (
    company_id text, resource text, "from" date, "to" date, requests integer, reason text, outcome text,
    fetched_at timestamptz, _dlt_load_id text default 'whole');
create table {raw}.transactions (
    company_id text, date date, status text, amount decimal(18, 2), type text default 'transfer',
    invoice_id text, net_amount decimal(18, 2), vat_amount decimal(18, 2));
create table {raw}.invoices (company_id text, date date, status text, id text);
create table {raw}.invoice_line_items (
    company_id text, invoice_id text, net_amount decimal(18, 2), vat_amount decimal(18, 2));
create table {raw}.journals (company_id text, date date, id text);
create table {raw}.journal_lines (
    company_id text, journal_id text, debit decimal(18, 2), credit decimal(18, 2));
create table {models}.certificates (
    company_id text, depth text, period_start date, period_end date, certified_at timestamptz);
create table {models}.bank_accounts (company_id text, nominal_code text, name text, currency text);
create table {models}.nominal_accounts (company_id text, nominal_code text, category text);
create table {staging}.bank_movements (
    company_id text, nominal_code text, posting_date date, currency text, amount decimal(18, 2),
    amount_in_currency decimal(18, 2), amounts_unknown integer);
create table {models}.months (company_id text, month_start date, month_end date);
create table {models}.financial_years (
    company_id text, financial_year_start date, financial_year_end date, is_year_end_known boolean);
create table {staging}.compared_periods (
    company_id text, is_overtaken boolean, report text, kind text, period_end date, matching_lines integer,
    differing_lines integer, not_comparable_lines integer, cause text, period_start date);
create table {models}.reconciliation (
    company_id text, report text, period_start date, period_end date, nominal_code text,
    api_amount decimal(18, 2), warehouse_amount decimal(18, 2), difference decimal(18, 2), status text,
    cause text);
"""


@pytest.fixture
def warehouse(here: Path) -> DuckDB:
    found = DuckDB(str(here / "accbooks.duckdb"))
    with duckdb.connect(str(here / "accbooks.duckdb")) as connection:
        connection.execute(TABLES.format(raw=found.raw, models=found.models, staging=found.staging))
    return found


def fill(warehouse: DuckDB, table: str, *rows: tuple[Any, ...]) -> None:
    with duckdb.connect(warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]) as connection:
        columns = ", ".join(f'"{name}"' for name in connection.table(table).columns[: len(rows[0])])
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} ({columns}) values ({marks})", rows)


def month(
    end: str, status: str = "match", report: str = "trial_balance", start: str | None = None
) -> tuple[Any, ...]:
    cause = "partial_history" if status == "not_comparable" else None
    return ("c", report, start, end, "1200", 1, 2, 1, status, cause)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([month("2026-01-31"), month("2026-02-28")], (0, 0, dt.date(2026, 2, 28))),
        (
            [month("2026-01-31"), month("2026-02-28", "mismatch"), month("2026-03-31")],
            (1, 0, dt.date(2026, 1, 31)),
        ),
        ([month("2026-01-31", "missing_in_api"), month("2026-02-28")], (1, 0, None)),
        (
            [month("2026-01-31"), month("2026-02-28"), month("2026-03-31", "not_comparable")],
            (0, 1, dt.date(2026, 2, 28)),
        ),
        (
            [
                month("2026-01-31"),
                month("2026-02-28"),
                month("2026-02-28", "mismatch", "profit_loss", "2026-02-01"),
            ],
            (1, 0, dt.date(2026, 1, 31)),
        ),
        ([("other", *month("2026-01-31", "mismatch")[1:])], (0, 0, None)),
    ],
)
def test_books_are_certified_through_the_last_month_before_anything_open(
    warehouse: DuckDB, lines: list[tuple[Any, ...]], expected: tuple[int, int, dt.date | None]
) -> None:
    fill(warehouse, f"{warehouse.models}.reconciliation", *lines)
    assert line_totals(warehouse, "c") == LineTotals(*expected)


def test_a_company_s_status_is_put_together_from_its_own_rows(warehouse: DuckDB) -> None:
    fill(
        warehouse, f"{warehouse.raw}.company", ("c", "North Ltd", "starter"), ("d", "South Ltd", "enterprise")
    )
    fill(warehouse, f"{warehouse.raw}.rejected_records", ("c",), ("c",), ("d",))
    fill(warehouse, f"{warehouse.models}.reconciliation", month("2026-01-31"))
    yesterday = NOW - dt.timedelta(days=1)
    fill(
        warehouse,
        f"{warehouse.raw}.sync_windows",
        ("c", "invoices", None, None, 100, "first", "complete", yesterday),
        ("c", "invoices", "2026-01-01", None, 3, "lookback", "complete", NOW),
        ("c", "contacts", None, None, 2, "whole", "permission_missing", NOW),
        ("d", "invoices", None, None, 7, "first", "complete", NOW),
    )
    fill(
        warehouse,
        f"{warehouse.models}.months",
        ("c", "2026-01-01", "2026-01-31"),
        ("c", "2026-02-01", "2026-02-28"),
        ("d", "2026-02-01", "2026-02-28"),
    )
    january, february = dt.date(2026, 1, 31), dt.date(2026, 2, 28)
    fill(
        warehouse,
        f"{warehouse.models}.certificates",
        ("c", "balances", None, february, NOW),
        ("c", "months", "2026-01-01", january, yesterday),
        ("c", "months", "2026-02-01", february, NOW),
        ("d", "years", "2025-04-01", "2026-03-31", NOW),
    )
    fill(
        warehouse,
        f"{warehouse.staging}.compared_periods",
        ("c", True),
        ("c", False),
        ("c", True),
        ("d", False),
    )
    fill(warehouse, f"{warehouse.raw}.journals", ("c", "2025-12-24"))
    north, south = company_statuses(warehouse, stored_company_ids(warehouse))
    assert north == CompanyStatus(
        company_id="c",
        name="North Ltd",
        freshness=[
            Freshness("contacts", north.freshness[0].fetched_at, "whole", "permission_missing"),
            Freshness("invoices", north.freshness[1].fetched_at, "lookback", "complete"),
        ],
        compared=Compared(
            depths=[
                ComparedDepth("months", 2, 2, yesterday, february),
                ComparedDepth("balances", 1, 1, NOW, february),
            ],
            lines=LineTotals(0, 0, january),
            set_aside=2,
            has_postings=True,
        ),
        rejected=2,
        oldest_read=dt.datetime.min.replace(tzinfo=dt.UTC),  # its journals never were
    )
    now = dt.datetime.now(dt.UTC)
    months = ComparedDepth("months", 2, 2, now - dt.timedelta(days=1), february)
    assert str(months) == "months 2 of 2, the oldest 1 day ago"
    assert str(ComparedDepth("balances", 1, 1, now, february)) == "balances at 2026-02-28, a few seconds ago"
    assert {each.fetched_at for each in north.freshness} == {NOW}
    assert (south.name, south.rejected) == ("South Ltd", 1)


def test_an_overview_has_all_companies_by_name_each_from_its_own_rows(warehouse: DuckDB, here: Path) -> None:
    hours = [NOW - dt.timedelta(hours=each) for each in range(49)]
    fill(
        warehouse,
        f"{warehouse.raw}.company",
        ("c", "South Ltd", "pro", "GBP"),
        ("d", "North Ltd", "starter", "EUR"),
    )
    fill(
        warehouse,
        f"{warehouse.raw}.configured_companies",
        ("old", "c", hours[48], hours[48]),
        ("south", "d", hours[48], hours[48]),
        ("south", "c", hours[2], hours[2]),
        ("new", None, hours[2], hours[2]),
    )
    fill(
        warehouse,
        f"{warehouse.raw}.sync_windows",
        ("c", "invoices", None, None, 1, "lookback", "complete", hours[3]),
        ("c", "invoices", None, None, 1, "first", "complete", hours[48]),
        ("c", "contacts", None, None, 1, "whole", "complete", hours[5]),
        ("c", "contacts", None, None, 1, "whole", "permission_missing", hours[4]),
        ("c", "trial_balance", None, "2026-01-31", 1, "report", "complete", hours[2]),
        ("c", "invoices", NOW.date(), NOW.date(), 1, "webhook", "complete", hours[0]),
        ("d", "company", None, None, 1, "whole", "permission_missing", hours[1]),
    )
    fill(warehouse, f"{warehouse.models}.reconciliation", month("2026-01-31"))
    fill(warehouse, f"{warehouse.models}.months", ("c", "2026-01-01", "2026-01-31"))
    fill(
        warehouse,
        f"{warehouse.models}.bank_accounts",
        ("c", "1200", "Current", "GBP"),
        ("c", "1210", "Savings", "GBP"),
        ("c", "1220", "Euros", "EUR"),
        ("c", "1230", "Euros in debt", "EUR"),
        ("c", "1240", "Euros of an unknown amount", "EUR"),
        ("c", "2110", "Credit card", "GBP"),
        ("d", "1200", "Other", "GBP"),
    )
    tomorrow = NOW.date() + dt.timedelta(days=1)
    fill(
        warehouse,
        f"{warehouse.staging}.bank_movements",
        ("c", "1200", "2026-01-01", "GBP", 100, 100, 0),
        ("c", "1200", NOW.date(), "GBP", "-100.01", "-100.01", 0),
        ("c", "1210", "2026-01-01", "GBP", 5, 5, 0),
        ("c", "1210", tomorrow, "GBP", -50, -50, 0),
        ("c", "1220", "2026-01-01", "EUR", 8500, 10000, 0),
        ("c", "1220", "2026-01-02", "EUR", -8800, -10000, 0),
        ("c", "1230", "2026-01-01", "EUR", 2, -1, 0),
        ("c", "1240", "2026-01-01", "EUR", -3, None, 1),
        ("c", "2110", "2026-01-01", "GBP", -500, -500, 0),
        ("d", "1200", "2026-01-01", "GBP", 0, 0, 0),
    )
    fill(
        warehouse,
        f"{warehouse.models}.nominal_accounts",
        ("c", "1200", "current_assets"),
        ("c", "2110", "current_liabilities"),
    )
    finding = Finding(
        "1", "d", "not_compared", "error", None, None, None, None, None, None, None, None, "Run."
    )
    events = {"c": ReceivedEvents(NOW, 0, None, 1.5)}
    settings = Settings("key", daily_share=0.5, day_count=here / "requests.sqlite")
    DayCount(here / "requests.sqlite", "key", settings.base_url).spend(NOW.timestamp())
    found = overview(
        warehouse,
        ["c", "d"],
        Findings((finding,)),
        events,
        [Company("south", settings), Company("added", settings)],
    )
    north, south = found.companies
    assert south == CompanyOverview(
        company_id="c",
        record=CompanyRecord("South Ltd", "GBP", "pro"),
        key=Answer("south", "c", hours[2]),
        last_sync=LastSync(
            hours[2], hours[5], usual_days=south.last_sync.usual_days if south.last_sync else 0
        ),
        compared=Compared([], LineTotals(0, 0, dt.date(2026, 1, 31)), 0, has_postings=True),
        findings=Findings(),
        overdrawn=[
            Overdrawn("1200", "Current", Decimal("-0.01")),
            Overdrawn("1230", "Euros in debt", Decimal(-1), "EUR"),
            Overdrawn("1240", "Euros of an unknown amount", Decimal(-3)),
        ],
        events=events["c"],
        budget=DayBudget("south", 1, 50_000),
    )
    assert north == CompanyOverview(
        company_id="d",
        record=CompanyRecord("North Ltd", "EUR", "starter"),
        key=None,
        last_sync=LastSync(hours[1], None),
        compared=Compared([], LineTotals(0, 0, None), 0, has_postings=False),
        findings=Findings((finding,)),
    )
    assert found.unread == ("added", "new")
    assert found.requests_today == 2
    assert unread_names(warehouse) == ("new",)


@pytest.mark.parametrize(
    ("days_ago", "usual"),
    [
        ([0], 1),
        ([0, 1, 2, 5], 1),
        ([0, 7, 14, 15, 22], 7),
        ([0, 30], 30),
        ([*range(10), 300, 400], 1),
        ([*range(0, 80, 7), *range(78, 200)], 7),
    ],
)
def test_the_usual_days_between_syncs_are_the_median_of_the_last_ten(
    warehouse: DuckDB, days_ago: list[int], usual: int
) -> None:
    fill(
        warehouse,
        f"{warehouse.raw}.sync_windows",
        *(
            ("c", name, None, None, 1, "lookback", "complete", NOW - dt.timedelta(days=each))
            for each in days_ago
            for name in ("invoices", "journals")
        ),
    )
    (company,) = overview(warehouse, ["c"], Findings(), {}).companies
    assert company.last_sync == LastSync(NOW, NOW, usual)
    assert company.last_sync.due_at == NOW + dt.timedelta(days=usual, hours=2)


def test_an_overview_asks_as_often_for_many_companies_as_for_one(
    warehouse: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"c{number}" for number in range(50)]
    fill(warehouse, f"{warehouse.raw}.company", *((each, each, "pro", "GBP") for each in ids))
    asked: list[str] = []
    query = DuckDB.query

    def counted(self: DuckDB, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return query(self, sql, *parameters)

    monkeypatch.setattr(DuckDB, "query", counted)
    assert len(overview(warehouse, ids[:1], Findings(), {}).companies) == 1
    one = len(asked)
    assert len(overview(warehouse, ids, Findings(), {}).companies) == 50
    assert len(asked) == 2 * one


@pytest.mark.parametrize(("plan", "allowance"), [("starter", 5_000), ("pro", 50_000), ("enterprise", None)])
def test_the_requests_of_the_day_are_those_counted_for_the_key(
    warehouse: DuckDB, here: Path, plan: str, allowance: int | None
) -> None:
    settings = Settings("key", daily_share=0.5, day_count=here / "requests.sqlite")
    fill(warehouse, f"{warehouse.raw}.company", ("c", "North Ltd", plan))
    fill(
        warehouse, f"{warehouse.raw}.sync_windows", ("c", "invoices", None, None, 9, "first", "complete", NOW)
    )
    for key in ("key", "key", "another"):
        DayCount(here / "requests.sqlite", key, settings.base_url).spend(NOW.timestamp())
    assert day_budgets(warehouse, [Company("default", settings)]) == [DayBudget("default", 2, allowance)]


def test_the_last_loads_are_those_that_arrived_the_newest_first(warehouse: DuckDB) -> None:
    hours = [NOW - dt.timedelta(hours=number) for number in range(4)]
    rows = [("d", 0, hours[3]), ("a", 0, hours[0]), ("failed", 1, hours[1]), ("c", 0, hours[2])]
    fill(warehouse, f"{warehouse.raw}._dlt_loads", *rows)
    assert [load.load_id for load in last_loads(warehouse, 2)] == ["a", "c"]


def test_differences_are_the_lines_that_neither_match_nor_cannot_be_compared(warehouse: DuckDB) -> None:
    fill(
        warehouse,
        f"{warehouse.models}.reconciliation",
        month("2026-03-31", "mismatch"),
        month("2026-02-28", "missing_in_api"),
        month("2026-01-31"),
        month("2026-01-31", "not_comparable"),
        ("d", *month("2026-01-31", "mismatch")[1:]),
    )
    found = differences(warehouse, ["c"])
    assert [(line.period_end, line.status) for line in found] == [
        (dt.date(2026, 2, 28), "missing_in_api"),
        (dt.date(2026, 3, 31), "mismatch"),
    ]
    assert found[0] == Line(
        "c", "trial_balance", None, dt.date(2026, 2, 28), "1200", 1, 2, 1, "missing_in_api", None
    )
    assert [line.company_id for line in differences(warehouse, ["c", "d"])] == ["c", "c", "d"]


def test_differences_and_reports_have_one_order_in_whatever_order_they_are_stored(warehouse: DuckDB) -> None:
    starts = ["2025-04-01", "2025-12-01", "2026-03-01"]
    end = "2026-03-31"
    lines = [
        ("c", "profit_loss", start, end, code, 1, 2, 1, "mismatch", None)
        for start in starts
        for code in ("4000", "5000")
    ]
    balances = [
        ("c", "trial_balance", None, date, "1200", 1, 2, 1, "mismatch", None) for date in (starts[2], end)
    ]
    ordered = [balances[0], *lines, balances[1]]
    fill(warehouse, f"{warehouse.models}.reconciliation", *ordered[::-1])
    assert [line.key for line in differences(warehouse, ["c"])] == [
        (report, start and dt.date.fromisoformat(start), dt.date.fromisoformat(end), code)
        for _, report, start, end, code, *_ in ordered
    ]
    periods = [("c", False, "profit_loss", "month", end, 1, 0, 0, None, start) for start in starts] + [
        ("c", False, "trial_balance", "month-end", date, 1, 0, 0, None, None) for date in (starts[2], end)
    ]
    expected = [periods[3], *periods[:3], periods[4]]
    fill(warehouse, f"{warehouse.staging}.compared_periods", *expected[::-1])
    assert [(str(each.start), str(each.end)) for each in compared_reports(warehouse, "c")] == [
        (str(start), end) for *_, end, _, _, _, _, start in expected
    ]


def test_periods_are_tallied_by_report_and_kind_and_without_lines_they_match(warehouse: DuckDB) -> None:
    end = "2026-01-31"
    fill(
        warehouse,
        f"{warehouse.staging}.compared_periods",
        ("c", False, "trial_balance", "month-end", end, 2, 0, 0, None),
        ("c", False, "trial_balance", "month-end", end, 2, 1, 0, None),
        ("c", False, "trial_balance", "month-end", end, 0, 0, 3, "partial_history"),
        ("c", False, "trial_balance", "month-end", end, 0, 0, 0, "report_inconsistent"),
        ("c", True, "trial_balance", "month-end", end, 0, 0, 0, None),
        ("c", False, "profit_loss", "month", end, 0, 0, 0, None),
        ("c", False, "profit_loss", "financial year", end, 1, 0, 0, None),
        ("c", False, "profit_loss", "empty stretch", end, 0, 0, 0, None),
        ("d", False, "profit_loss", "month", end, 1, 0, 0, None),
    )
    assert match_counts(warehouse, ["c"]) == [
        MatchCount("c", "trial_balance", "month-ends", 4, 1, 2),
        MatchCount("c", "profit_loss", "months", 1, 1, 0),
        MatchCount("c", "profit_loss", "financial years", 1, 1, 0),
        MatchCount("c", "profit_loss", "stretches without postings", 1, 1, 0),
    ]


def test_only_what_posts_an_amount_is_posted(warehouse: DuckDB) -> None:
    assert posting_dates(warehouse, "c") == (None, None)
    fill(
        warehouse,
        f"{warehouse.raw}.transactions",
        ("c", "2020-01-01", "void", 5),
        ("c", "2019-01-01", "posted", 0),
        ("c", "2025-05-05", "posted", 5),
        ("c", "2025-05-04", None, 5),
        ("d", "2000-01-01", "posted", 5),
    )
    fill(
        warehouse,
        f"{warehouse.raw}.invoices",
        ("c", "2030-01-01", "draft", "draft"),
        ("c", "2027-01-01", "sent", "sent"),
        ("c", "2031-01-01", "sent", "without lines"),
        ("c", "2032-01-01", "sent", "zero"),
    )
    fill(
        warehouse,
        f"{warehouse.raw}.invoice_line_items",
        *(("c", each, 5, 0) for each in ("draft", "sent")),
        ("c", "zero", 0, 0),
        ("d", "without lines", 5, 0),
    )
    fill(warehouse, f"{warehouse.raw}.journals", ("c", "2025-04-02", "one"), ("c", "2001-04-01", "zero"))
    fill(warehouse, f"{warehouse.raw}.journal_lines", ("c", "one", 5, None), ("c", "zero", 0, None))
    assert posting_dates(warehouse, "c") == (dt.date(2025, 4, 1), dt.date(2027, 1, 31))
    months = [dt.date(2025, 4, 1), dt.date(2025, 5, 1), dt.date(2027, 1, 1)]
    assert sorted(posting_months(warehouse, "c")) == months


def test_the_books_are_proved_month_by_month_and_year_by_year_to_today_or_the_last_posting(
    warehouse: DuckDB,
) -> None:
    this_month = ReportRequest(date(2026, 4, 30))
    assert requests_for(calendar_of(warehouse, "c", "03-31", date(2026, 4, 1))) == {
        "trial_balance": [this_month],
        "balance_sheet": [this_month],
        "profit_loss": [ReportRequest(date(2026, 4, 30), date(2026, 4, 1))],
    }
    fill(warehouse, f"{warehouse.raw}.journals", ("c", "2026-02-10", "one"))
    fill(warehouse, f"{warehouse.raw}.journal_lines", ("c", "one", 5, None))

    def asked(today: Date, year_end: str | None = "03-31") -> dict[str, list[str]]:
        wanted = requests_for(calendar_of(warehouse, "c", year_end, today))
        return {name: [str(request) for request in requests] for name, requests in wanted.items()}

    assert asked(date(2026, 1, 15))["trial_balance"] == ["as at 2026-01-31", "as at 2026-02-28"]
    ends = ["as at 2026-02-28", "as at 2026-03-31", "as at 2026-04-30"]
    months = ["2026-02-01 to 2026-02-28", "2026-03-01 to 2026-03-31", "2026-04-01 to 2026-04-30"]
    years = ["2025-04-01 to 2026-03-31", "2026-04-01 to 2027-03-31"]
    assert asked(date(2026, 4, 1)) == {
        "trial_balance": ends,
        "balance_sheet": ends,
        "profit_loss": sorted(months + years),
    }
    assert asked(date(2026, 4, 1), None)["profit_loss"] == months


def test_the_last_read_of_each_window_counts_if_it_could_be_used_and_its_load_arrived(
    warehouse: DuckDB,
) -> None:
    later = NOW + dt.timedelta(minutes=5)
    fill(
        warehouse,
        f"{warehouse.raw}.sync_windows",
        ("c", "invoices", "2026-01-01", None, 1, "lookback", "complete", NOW),
        ("c", "invoices", "2026-01-01", None, 1, "lookback", "complete", later),
        ("c", "trial_balance", None, "2026-01-31", 1, "report", "complete", NOW),
        ("c", "trial_balance", None, "2026-02-28", 1, "report", "complete", NOW),
        ("c", "trial_balance", None, "2026-02-28", 3, "report", "inconsistent", later),
        ("c", "trial_balance", None, "2026-03-31", 3, "report", "inconsistent", NOW),
        ("c", "trial_balance", None, "2026-03-31", 1, "report", "complete", later),
        ("d", "trial_balance", None, "2026-01-31", 1, "report", "complete", later),
    )
    cut_off = ("c", "trial_balance", None, "2026-01-31", 1, "report", "complete", later, "cut off")
    fill(warehouse, f"{warehouse.raw}.sync_windows", cut_off)
    assert sorted(last_reads(warehouse, "c"), key=lambda each: (each.resource, str(each.end))) == [
        LastRead("invoices", dt.date(2026, 1, 1), None, later),
        LastRead("trial_balance", None, dt.date(2026, 1, 31), NOW),
        LastRead("trial_balance", None, dt.date(2026, 3, 31), later),
    ]
