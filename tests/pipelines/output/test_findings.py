"""What is wrong: how it is read from the warehouse, and how it is said to people and programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.output.findings import (
    SHOWN,
    as_csv,
    as_json,
    conclusion,
    messages,
    print_findings,
    warned,
)
from accbooks_warehouse.pipelines.queries.findings import Finding, Findings, findings, first_line, summary_of
from accbooks_warehouse.pipelines.queries.reconciliation import Line, LineKey
from rich.console import Console

MARCH = dt.date(2026, 3, 31)
TABLE = """
create schema {models};
create table {models}.findings (
    finding_id text, company_id text, check_name text, severity text, resource text, record_id text,
    report text, period_start date, period_end date, nominal_code text, expected text, found text,
    message text)
"""


def finding(check_name: str, company_id: str = "comp_1", severity: str = "error", **changes: Any) -> Finding:
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(Finding))
    named = {"finding_id": "1", "company_id": company_id, "check_name": check_name, "severity": severity}
    return Finding(**values | named | {"message": f"The check {check_name} found something."} | changes)


DIFFERS = finding(
    "report_differs",
    report="trial_balance",
    period_end=MARCH,
    nominal_code="4000",
    expected="1000.10",
    found=None,
    message=(
        "In the trial balance at 2026-03-31 account 4000 is 1000.10 in AccBooks and nothing in the warehouse."
    ),
)
REJECTED = finding("rejected_record", resource="invoices", record_id="inv_1", found='total "x", and more')
WARNED = finding("invoice_not_found", severity="warning")
LINE = Line(
    "comp_1",
    "trial_balance",
    None,
    MARCH,
    "4000",
    Decimal("1000.10"),
    None,
    Decimal("-1000.10"),
    "missing_in_warehouse",
    "unexplained",
)
LINES: dict[tuple[str, LineKey], Line] = {("comp_1", LINE.key): LINE}


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    found = DuckDB(str(tmp_path / "books.duckdb"))
    with duckdb.connect(str(tmp_path / "books.duckdb")) as connection:
        connection.execute(TABLE.format(models=found.models))
    return found


def fill(warehouse: DuckDB, rows: Sequence[Finding]) -> None:
    with duckdb.connect(warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]) as connection:
        marks = ", ".join("?" * len(fields(Finding)))
        connection.executemany(
            f"insert into accbooks.findings values ({marks})", [astuple(each) for each in rows]
        )


def test_findings_are_read_whole_errors_first_and_each_company_s_together(warehouse: DuckDB) -> None:
    later = replace(DIFFERS, finding_id="2", period_end=dt.date(2026, 4, 30))
    other = finding("rejected_record", "comp_2")
    in_order = [REJECTED, DIFFERS, later, other, WARNED]
    fill(warehouse, in_order[::-1])
    assert findings(warehouse) == Findings(tuple(in_order))


def test_findings_are_those_of_the_companies_asked_for(warehouse: DuckDB) -> None:
    unread = finding("not_compared", "north")
    fill(warehouse, [REJECTED, finding("rejected_record", "comp_2"), unread])
    assert findings(warehouse, ["comp_1", "north"]) == Findings((REJECTED, unread))
    assert findings(warehouse, ["comp_3"]) == Findings()
    assert findings(warehouse, []) == Findings()


def test_a_warehouse_without_the_relation_is_said_to_be_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(WarehouseError) as refused:
        findings(DuckDB(str(path)), [])
    assert str(refused.value) == (
        f"DuckDB file {path} has no table findings in schema accbooks: another version of accbooks built "
        "it, or none did. Run 'accbooks transform' first."
    )


def test_findings_are_told_apart_by_what_they_mean() -> None:
    found = Findings((DIFFERS, REJECTED, REJECTED, WARNED))
    assert found.errors == (DIFFERS, REJECTED, REJECTED)
    assert found.warnings == (WARNED,)
    assert found.differing == (DIFFERS,)
    assert found.counts == {"rejected_record": 2, "report_differs": 1, "invoice_not_found": 1}
    assert [*found.counts] == ["rejected_record", "report_differs", "invoice_not_found"]
    assert (found.has("report_differs"), found.has("not_compared")) == (True, False)
    assert found.of("comp_2", None) == Findings()
    assert found.of("comp_1") == found
    assert summary_of(found.rows) == "2 rejected_record, 1 report_differs, 1 invoice_not_found"
    assert summary_of([WARNED] * 1234) == "1,234 invoice_not_found"


def shown(found: Findings, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_findings(console, found)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_what_is_wrong_is_printed_within_the_width_of_a_terminal_with_nothing_taken_for_markup() -> None:
    marked = replace(WARNED, message="The contact [bold]Red[/bold] is odd.")
    assert shown(Findings((DIFFERS, marked))) == [
        "  error: In the trial balance at 2026-03-31 account 4000 is 1000.10 in AccBooks",
        "  and nothing in the warehouse.",
        "  warning: The contact [bold]Red[/bold] is odd.",
    ]
    assert shown(Findings()) == []


def test_of_many_findings_the_first_are_printed_and_the_others_counted() -> None:
    many = Findings((*[REJECTED] * SHOWN, DIFFERS, WARNED, WARNED))
    lines = shown(many)
    assert lines[:SHOWN] == ["  error: The check rejected_record found something."] * SHOWN
    assert " ".join(" ".join(lines[SHOWN:]).split()) == (
        "… and 3 more (2 invoice_not_found, 1 report_differs): accbooks reconcile --format csv"
    )
    assert max(map(len, lines)) <= 80
    assert messages(many) == (
        *[REJECTED.message] * SHOWN,
        "3 more: 2 invoice_not_found, 1 report_differs.",
    )
    assert messages(Findings((DIFFERS, WARNED))) == (DIFFERS.message, WARNED.message)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((REJECTED, WARNED), "Loaded, but 1 check failed: 1 rejected_record."),
        ((REJECTED, REJECTED), "Loaded, but 2 checks failed: 2 rejected_record."),
        ((DIFFERS, WARNED), "Loaded, but 1 report line differs from AccBooks, the earliest on 2026-03-31."),
        (
            (DIFFERS, replace(DIFFERS, period_end=dt.date(2025, 12, 31)), REJECTED),
            (
                "Loaded, but 2 report lines differ from AccBooks, the earliest on 2025-12-31. "
                "Also, 1 check failed: 1 rejected_record."
            ),
        ),
    ],
)
def test_errors_come_to_a_sentence(rows: tuple[Finding, ...], sentence: str) -> None:
    assert conclusion(Findings(rows)) == sentence


def test_warnings_are_counted() -> None:
    assert warned(Findings((DIFFERS,))) == ""
    assert warned(Findings((WARNED,))) == " 1 warning: 1 invoice_not_found."
    assert warned(Findings((WARNED, WARNED))) == " 2 warnings: 2 invoice_not_found."


COLUMNS = (
    "company_id,report,period_start,period_end,nominal_code,api_amount,warehouse_amount,difference,status,"
    "cause,company_name,finding_id,check_name,severity,resource,record_id,expected,found,message"
)


def test_findings_are_written_as_csv_with_the_line_of_the_report_they_are_about() -> None:
    text = as_csv(Findings((DIFFERS, REJECTED)), LINES, {"comp_1": "North Ltd"})
    assert text == (
        f"{COLUMNS}\n"
        "comp_1,trial_balance,,2026-03-31,4000,1000.10,,-1000.10,missing_in_warehouse,unexplained,North Ltd,"
        f"1,report_differs,error,,,1000.10,,{DIFFERS.message}\n"
        "comp_1,,,,,,,,,,North Ltd,1,rejected_record,error,invoices,inv_1,,"
        '"total ""x"", and more",The check rejected_record found something.\n'
    )
    assert [row["found"] for row in csv.DictReader(io.StringIO(text))] == ["", 'total "x", and more']


def test_findings_are_written_as_json_with_amounts_as_numbers_digit_by_digit() -> None:
    text = as_json(Findings((DIFFERS, REJECTED)), LINES, {"comp_1": "North Ltd"})
    first, second = json.loads(text, parse_float=str)
    assert [*first] == [*second] == COLUMNS.split(",")
    assert first == {
        "company_id": "comp_1",
        "report": "trial_balance",
        "period_start": None,
        "period_end": "2026-03-31",
        "nominal_code": "4000",
        "api_amount": "1000.10",
        "warehouse_amount": None,
        "difference": "-1000.10",
        "status": "missing_in_warehouse",
        "cause": "unexplained",
        "company_name": "North Ltd",
        "finding_id": "1",
        "check_name": "report_differs",
        "severity": "error",
        "resource": None,
        "record_id": None,
        "expected": "1000.10",
        "found": None,
        "message": DIFFERS.message,
    }
    assert {name: value for name, value in second.items() if value is not None} == {
        "company_id": "comp_1",
        "company_name": "North Ltd",
        "finding_id": "1",
        "check_name": "rejected_record",
        "severity": "error",
        "resource": "invoices",
        "record_id": "inv_1",
        "found": 'total "x", and more',
        "message": REJECTED.message,
    }


def test_without_findings_there_is_a_header_or_an_empty_list() -> None:
    assert as_csv(Findings(), {}, {}) == f"{COLUMNS}\n"
    assert json.loads(as_json(Findings(), {}, {})) == []


def test_a_line_is_that_of_the_finding_s_own_company_alone() -> None:
    other = replace(DIFFERS, company_id="comp_2")
    (row,) = json.loads(as_json(Findings((other,)), LINES, {}))
    assert (row["company_id"], row["company_name"], row["difference"]) == ("comp_2", None, None)


def test_companies_take_turns_on_the_first_line_so_that_none_drowns_the_others():
    def changed(company_id: str, number: int) -> Finding:
        said = f"Invoice {number} was changed, by 1.00, after the books were closed through 2026-03-31."
        return finding("prior_period_change", company_id, "warning", message=said)

    rows = [changed("comp_1", number) for number in range(1, 12)] + [changed("comp_2", 1)]
    one, other = [f"comp_{company}: Invoice 1 was changed, by 1.00" for company in (1, 2)]
    others = [f"comp_1: Invoice {number} was changed, by 1.00" for number in range(2, 10)]
    assert first_line(Findings(tuple(rows))) == (
        f"12 documents changed in a closed period: {'; '.join([one, other, *others])}; "
        "and 2 more, see accbooks export prior_period_changes."
    )
    assert first_line(Findings((DIFFERS,))) is None
