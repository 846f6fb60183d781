"""Metrics of companies, read by Prometheus' own parser."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.commands import metrics, opening
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.metrics import metrics_text
from accbooks_warehouse.pipelines.queries.comparison import Compared, LineTotals
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget
from accbooks_warehouse.pipelines.queries.findings import Finding, Findings
from accbooks_warehouse.pipelines.queries.overview import CompanyOverview, CompanyRecord, LastSync, Overview
from accbooks_warehouse.pipelines.queries.refused_files import RefusedFile
from accbooks_warehouse.pipelines.queries.runs import CompanyRun
from prometheus_client.parser import text_string_to_metric_families

NOW = dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC)
NIGHT = dt.datetime(2026, 4, 2, 7, 0, 0, 250_000, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)
ODD = 'c"2\\x\ny'
SECRET_NAME = "Harbour & Vale Ltd"


def finding(company_id: str, severity: str) -> Finding:
    return Finding(f"{company_id}{severity}", company_id, "a_check", severity, *[None] * 8, f"{SECRET_NAME}.")


def run(outcome: str, status: int) -> CompanyRun:
    return CompanyRun("r", "sync", "", NIGHT, NIGHT, status, SECRET_NAME, "c1", outcome, "E", SECRET_NAME)


def company(company_id: str, *found: Finding, **fields: Any) -> CompanyOverview:
    whole = Compared([], LineTotals(0, 0, dt.date(2026, 3, 31)), 0, has_postings=True)
    values = {"last_sync": LastSync(NIGHT, LONG_AGO), "compared": whole, **fields}
    record = CompanyRecord(SECRET_NAME, "GBP", "pro")
    return CompanyOverview(company_id, record=record, key=None, findings=Findings(found), **values)


FINDINGS = (finding("c1", "error"), finding("c1", "error"), finding("c1", "warning"), finding("new", "error"))
OVERVIEW = Overview(
    NOW,
    (
        company("c1", *FINDINGS[:3], budget=DayBudget("c1", 7, 90_000), last_run=run("error", 3)),
        company(ODD, last_sync=LastSync(LONG_AGO, None), last_run=run("differences", 1)),
        company("c3", last_sync=None, compared=Compared([], LineTotals(0, 0, None), 0, has_postings=False)),
    ),
    ("new", "other"),
    Findings(FINDINGS),
    (),
    {"new": run("error", 1)},
    (RefusedFile("budgets", SECRET_NAME, is_kept=True),),
)


def parsed(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """The samples of each metric by the values of their labels; asserts that each is a described gauge."""
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation.endswith(".") for family in families)
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in families
    }


def test_prometheus_reads_every_metric_of_every_company() -> None:
    seven, march = NIGHT.timestamp(), dt.datetime(2026, 3, 31, tzinfo=dt.UTC).timestamp()
    assert parsed(metrics_text(OVERVIEW)) == {
        "accbooks_metrics_timestamp_seconds": {(): NOW.timestamp()},
        "accbooks_companies": {("read",): 3, ("never_read",): 2},
        "accbooks_never_read_failing": {(): 1},
        "accbooks_warehouse_findings": {("error",): 3, ("warning",): 1},
        "accbooks_files_refused": {(): 1},
        "accbooks_groups_without_rates": {(): 0},
        "accbooks_company_last_sync_timestamp_seconds": {("c1",): seven, (ODD,): LONG_AGO.timestamp()},
        "accbooks_company_fresh_to_timestamp_seconds": {("c1",): LONG_AGO.timestamp()},
        "accbooks_company_late": {("c1",): 0, (ODD,): 1, ("c3",): 1},
        "accbooks_company_agreed_through_timestamp_seconds": {("c1",): march, (ODD,): march},
        "accbooks_company_findings": {
            ("c1", "error"): 2,
            ("c1", "warning"): 1,
            (ODD, "error"): 0,
            (ODD, "warning"): 0,
            ("c3", "error"): 0,
            ("c3", "warning"): 0,
        },
        "accbooks_company_exceptions": {
            ("c1", "error"): 2,
            ("c1", "warning"): 1,
            ("c1", "sync_failed"): 1,
            (ODD, "not_read"): 1,
            ("c3", "not_read"): 1,
        },
        "accbooks_company_requests_today": {("c1",): 7},
        "accbooks_company_requests_allowed": {("c1",): 90_000},
        "accbooks_company_last_run_exit_status": {("c1",): 1, (ODD,): 3},
        "accbooks_company_last_run_timestamp_seconds": {("c1",): seven, (ODD,): seven},
    }


def test_no_metric_has_a_name_or_a_message() -> None:
    text = metrics_text(OVERVIEW)
    assert SECRET_NAME not in text
    assert '"new"' not in text


def test_the_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class StandIn:
        """A warehouse that is open anyway."""

        def kept_open(self) -> io.StringIO:
            return io.StringIO()

    monkeypatch.setattr(opening, "existing_to_read", lambda _: StandIn())
    monkeypatch.setattr(opening, "select_companies", lambda *_: None)
    monkeypatch.setattr(opening, "overview_of", lambda *_: OVERVIEW)
    monkeypatch.setattr(metrics, "findings", lambda _: OVERVIEW.findings)
    file = tmp_path / "accbooks.prom"
    file.write_text("of yesterday")
    assert metrics.run_metrics("duckdb", str(file)) is ExitStatus.DONE
    assert file.read_text() == metrics_text(OVERVIEW)
    assert list(tmp_path.iterdir()) == [file]

    def broken(_: Overview) -> str:
        raise MemoryError

    monkeypatch.setattr(metrics, "metrics_text", broken)
    with pytest.raises(MemoryError):
        metrics.run_metrics("duckdb", str(file))
    assert file.read_text() == metrics_text(OVERVIEW)
    assert list(tmp_path.iterdir()) == [file]
