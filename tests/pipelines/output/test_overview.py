"""The status of many companies, as text of 80 columns and as JSON."""

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.filing_rules import FilingDate, FilingKind
from accbooks_warehouse.pipelines.output.console import PlainConsole
from accbooks_warehouse.pipelines.output.overview import print_overview
from accbooks_warehouse.pipelines.output.overview_json import overview_as_json
from accbooks_warehouse.pipelines.queries.comparison import Compared, ComparedDepth, LineTotals
from accbooks_warehouse.pipelines.queries.configured_companies import Answer
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget
from accbooks_warehouse.pipelines.queries.findings import Finding, Findings
from accbooks_warehouse.pipelines.queries.overview import (
    CompanyOverview,
    CompanyRecord,
    LastSync,
    Overdrawn,
    Overview,
)
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents
from accbooks_warehouse.pipelines.queries.runs import CompanyRun
from accbooks_warehouse.pipelines.sync.result import SyncResult
from rich.cells import cell_len

NOW = dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC)
NIGHT = dt.datetime(2026, 4, 2, 2, 5, tzinfo=dt.UTC)
MARCH, FEBRUARY = dt.date(2026, 3, 31), dt.date(2026, 2, 28)
LONG = "The Very Long Named Trading Company of Northumberland and Durham Limited"


def depth(name: str, certified: int, periods: int) -> ComparedDepth:
    return ComparedDepth(name, certified, periods, NIGHT, MARCH)


def company(company_id: str, name: str | None, *found: Finding, **fields: Any) -> CompanyOverview:
    whole = Compared([depth("months", 12, 12)], LineTotals(0, 0, MARCH), 0, has_postings=True)
    defaults = {"key": None, "last_sync": LastSync(NIGHT, NIGHT), "compared": whole}
    return CompanyOverview(
        company_id,
        record=CompanyRecord(name, "GBP", "pro"),
        findings=Findings(found),
        **{**defaults, **fields},
    )


def finding(company_id: str, check_name: str, severity: str, message: str) -> Finding:
    return Finding(f"{company_id}{message}", company_id, check_name, severity, *[None] * 8, message)


def overview(
    *companies: CompanyOverview, unread: tuple[str, ...] = (), budgets: tuple[DayBudget, ...] = ()
) -> Overview:
    rows = tuple(row for each in companies for row in each.findings.rows)
    return Overview(NOW, companies, unread, Findings(rows), budgets)


def shown(held: Overview, width: int = 80) -> list[str]:
    console = PlainConsole(file=io.StringIO(), width=width, highlight=False)
    print_overview(console, held)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert max(map(cell_len, lines)) <= width
    return lines


PARTLY = Compared(
    [depth("months", 11, 12), depth("years", 1, 1), depth("balances", 1, 1)],
    LineTotals(1, 2, FEBRUARY),
    3,
    has_postings=True,
)
RUN = (dt.datetime(2026, 4, 2, 7, tzinfo=dt.UTC), dt.datetime(2026, 4, 2, 7, 1, tzinfo=dt.UTC))
PRACTICE = overview(
    company("c1", LONG, events=ReceivedEvents(NOW, 0, None, 0.84), budget=DayBudget("one", 7, 90_000)),
    company(
        "c2",
        "North Ltd",
        finding("c2", "report_differs", "error", "A line differs."),
        finding("c2", "report_differs", "error", "Another differs."),
        finding("c2", "late_vat", "warning", "VAT of a closed period changed."),
        key=Answer("north", "c2", dt.datetime(2026, 3, 30, 2, tzinfo=dt.UTC)),
        last_sync=LastSync(dt.datetime(2026, 3, 30, 2, 5, tzinfo=dt.UTC), None),
        compared=PARTLY,
        overdrawn=[Overdrawn("1200", "Current", Decimal("-1234.50"))],
        events=ReceivedEvents(NIGHT, 2, NOW - dt.timedelta(minutes=7), 0.84),
        last_run=CompanyRun("r1", "sync", "", *RUN, 3, "north", "c2", "differences"),
        filing_dates=(
            FilingDate(FilingKind.accounts, dt.date(2025, 6, 30), MARCH),
            FilingDate(FilingKind.vat, FEBRUARY, dt.date(2026, 4, 7)),
        ),
    ),
    company("c3", None, last_sync=None, compared=Compared([], LineTotals(0, 0, None), 0, has_postings=False)),
    unread=("harbour",),
    budgets=(DayBudget("one", 7, 90_000), DayBudget("north", 1_000, None)),
)


def test_exceptions_come_first_then_a_line_for_each_company_then_the_totals() -> None:
    assert shown(PRACTICE) == [
        "Errors",
        "  North Ltd (north): 2 report_differs, the first: A line differs.",
        "Late VAT",
        "  North Ltd (north): VAT of a closed period changed.",
        "Not read for longer than is usual",
        "  North Ltd (north): Last read 2026-03-30 02:05 UTC; it is read every day as a",
        "    rule. Run `accbooks sync`, or see why its schedule does not.",
        "  c3: No sync has read it.",
        "Never read",
        "  harbour: It was configured after the last sync. Run `accbooks sync`.",
        "Overdrawn bank accounts",
        "  North Ltd (north): Current (1200) -1,234.50 GBP.",
        "Filing dates that have passed",
        "  North Ltd (north): Annual accounts to 2025-06-30, due on 2026-03-31, 2 days",
        "    ago, not recorded as filed.",
        "Due within 30 days",
        "  North Ltd (north): VAT return to 2026-02-28, due on 2026-04-07, in 5 days.",
        "company     --company  last sync   fresh to  agreed to   by      err/warn    lag",
        "The Very …  c1         02:05       02:05     2026-03-31  months         -  0.8 s",
        "North Ltd   north      2026-03-30  -         2026-02-28  years        2/1    7 m",
        "c3          c3         never       -         -           -              -      -",
        "harbour     harbour    never       -         -           -              -      -",
        "4 companies: 1 with errors, 1 with late VAT, 2 not read for longer than is",
        "  usual, 1 never read, 1 with overdrawn bank accounts, 1 with filing dates that",
        "  have passed, 1 with something due within 30 days; 1,007 requests used today",
        "  (UTC).",
    ]


def test_names_are_whole_where_there_is_room_and_cut_by_what_they_take_on_the_screen() -> None:
    assert any(line.startswith(f"{LONG}  c1         02:05 ") for line in shown(PRACTICE, 150))
    wide = overview(company("c1", "木村商店" * 20), company("c2", "Line\nbreak\x1b[2J Ltd"))
    heading, first, second, _ = shown(wide)
    assert heading.index("last sync") == 31
    assert first.split("  ")[0] == "木村商店" * 3 + "木村…"
    assert second.startswith(r"Line\nbreak\x1b[2J Ltd  ")
    assert shown(overview(company("c1", LONG)), 60)[1].startswith("The Very…  02:05")


def test_what_many_companies_have_alike_is_said_once() -> None:
    many = [
        company(f"c{number}", None, finding(f"c{number}", "comparison_overdue", "warning", "Run it."))
        for number in range(12)
    ]
    assert shown(overview(*many))[:3] == [
        "Warnings",
        "  12 companies, comparison_overdue: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2",
        "    more. The first: Run it.",
    ]
    assert shown(overview(*many[:5]))[:6] == ["Warnings", *(f"  c{number}: Run it." for number in range(5))]


def test_two_hundred_companies_take_two_hundred_lines() -> None:
    lines = shown(overview(*(company(f"c{number}", f"Company {number} Ltd") for number in range(200))))
    assert len(lines) == 202
    assert lines[-1] == "200 companies: none needs attention."


def test_json_is_one_document_whose_keys_are_always_the_same() -> None:
    document = json.loads(overview_as_json(PRACTICE, SyncResult(findings=PRACTICE.findings)))
    assert {name: document[name] for name in ("as_at", "exit_status", "message", "closed_periods")} == {
        "as_at": "2026-04-02T09:00:00+00:00",
        "exit_status": 3,
        "message": "Loaded, but 2 report lines differ from AccBooks, the earliest on None.",
        "closed_periods": None,
    }
    assert document["totals"] == {
        "companies": 3,
        "never_read": 1,
        "errors": 2,
        "warnings": 1,
        "companies_with": {
            "error": 1,
            "warning": 0,
            "prior_period_change": 0,
            "late_vat": 1,
            "sync_failed": 0,
            "not_read": 2,
            "overdrawn": 1,
            "filing_overdue": 1,
            "filing_soon": 1,
            "day_spent": 0,
        },
        "refused_files": 0,
        "groups_without_rates": 0,
        "requests_today": 1_007,
    }
    assert document["exceptions"][0] == {
        "kind": "error",
        "company_id": "c2",
        "company": "North Ltd (north)",
        "count": 2,
        "check_name": "report_differs",
        "severity": "error",
        "message": "A line differs.",
    }
    assert [each["kind"] for each in document["exceptions"]] == [
        "error",
        "late_vat",
        "not_read",
        "not_read",
        "never_read",
        "overdrawn",
        "filing_overdue",
        "filing_soon",
    ]
    assert document["companies"][1] == {
        "company_id": "c2",
        "name": "North Ltd",
        "configured_name": "north",
        "base_currency": "GBP",
        "plan": "pro",
        "last_sync": "2026-03-30T02:05:00+00:00",
        "fresh_to": None,
        "usual_days": 1,
        "late_after": "2026-03-31T04:05:00+00:00",
        "is_late": True,
        "agreed_through": "2026-02-28",
        "balances": {
            "matching": 1,
            "periods": 1,
            "compared_at": "2026-04-02T02:05:00+00:00",
            "until": "2026-03-31",
        },
        "months": {
            "matching": 11,
            "periods": 12,
            "compared_at": "2026-04-02T02:05:00+00:00",
            "until": "2026-03-31",
        },
        "years": {
            "matching": 1,
            "periods": 1,
            "compared_at": "2026-04-02T02:05:00+00:00",
            "until": "2026-03-31",
        },
        "differing_lines": 1,
        "not_comparable_lines": 2,
        "reports_out_of_date": 3,
        "errors": 2,
        "warnings": 1,
        "findings": {"report_differs": 2, "late_vat": 1},
        "prior_period_changes": 0,
        "late_vat": 1,
        "overdrawn": [{"nominal_code": "1200", "name": "Current", "balance": "-1234.50", "currency": "GBP"}],
        "last_run": {
            "run_id": "r1",
            "command": "sync",
            "started_at": "2026-04-02T07:00:00+00:00",
            "ended_at": "2026-04-02T07:01:00+00:00",
            "exit_status": 3,
            "outcome": "differences",
            "error_kind": None,
            "message": None,
        },
        "filing_dates": [
            {
                "kind": "accounts",
                "period_end": "2025-06-30",
                "due_on": "2026-03-31",
                "is_overdue": True,
            },
            {"kind": "vat", "period_end": "2026-02-28", "due_on": "2026-04-07", "is_overdue": False},
        ],
        "events": {
            "last_received": "2026-04-02T02:05:00+00:00",
            "waiting": 2,
            "oldest_waiting": "2026-04-02T08:53:00+00:00",
            "lag_seconds": 0.84,
        },
        "requests_today": None,
        "requests_allowed": None,
    }
    assert {tuple(each) for each in document["companies"]} == {tuple(document["companies"][1])}
    assert (document["never_read"], document["other_findings"]) == (["harbour"], [])
