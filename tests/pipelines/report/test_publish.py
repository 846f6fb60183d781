"""Reports of several companies."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from accbooks_warehouse.pipelines.commands.report import run_report, write_report
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.report.files import chosen_format
from accbooks_warehouse.sources.accbooks import ConfigurationError
from accbooks_warehouse.sources.accbooks.settings import Settings
from rich.console import Console

ACCESSIBILITY = (Path(__file__).parent / "page.js").read_text()
COUNT = 10
NOW = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def practice(make_warehouse, books):
    """A warehouse of ten companies, the first with books, the others new."""
    others = [f"company {number}" for number in range(2, COUNT + 1)]
    books["accbooks_raw.company"] += [(each, f"{each} <b>", None, "EUR", "pro") for each in others]
    books["accbooks_raw.sync_windows"] += [
        (each, "invoices", None, None, "first", "complete", NOW) for each in others
    ]
    return make_warehouse(books), ["c", *others]


def test_each_company_has_a_file_of_its_own_and_the_overview_leads_to_all(tab, practice, tmp_path):
    warehouse, ids = practice
    overview = write_report(warehouse, ids, [], tmp_path / "reports", NOW)
    assert overview == tmp_path / "reports" / "index.html"
    files = {path.name: path.read_text() for path in overview.parent.iterdir()}
    assert len(files) == COUNT + 1
    assert {name for name, text in files.items() if "North &amp; Sons" in text} == {
        "north-sons-ltd.html",
        "index.html",
    }
    for width in (390, 1280):
        tab.open(overview, width)
        assert (tab.requests, tab.complaints) == ([overview.as_uri()], [])
        assert tab.evaluate(ACCESSIBILITY) == []
    links = tab.evaluate("[...document.links].map(each => [each.textContent, each.getAttribute('href')])")
    assert {href for _, href in links} == files.keys() - {"index.html"}
    assert ["company 2 <b>", "company-2-b.html"] in links
    row = tab.evaluate("[...document.querySelectorAll('tbody tr')].at(-1).innerText").split("\t")
    assert row == [
        "North & Sons Ltd",
        "✓ Matches AccBooks to the penny",
        "1 Apr 2026 to 31 May 2026",
        "£3,000.30",
        "£2,600.25",
        "£1,900.25",
        "£900.00",
    ]


def test_of_one_company_alone_there_is_no_overview(practice, tmp_path):
    warehouse, _ = practice
    path = tmp_path / "north.html"
    assert write_report(warehouse, ["c"], [], path, NOW) == path
    assert "company 2" not in path.read_text()


def test_requests_of_the_day_are_those_of_the_company_s_key_and_the_key_is_nowhere(
    practice, tmp_path, monkeypatch
):
    warehouse, _ = practice
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.queries.day_budget.stored_company_ids",
        lambda _, name=None: ["c"] if name == "north" else ["c", "d"],
    )
    keys = [Company(name, Settings(f"secret-{name}")) for name in ("north", "south")]
    path = write_report(warehouse, ["c"], keys[:1], tmp_path / "north.html", NOW)
    text = path.read_text()
    assert "0 requests of 90,000 allowed used today (UTC)" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("found", "status", "last_words"),
    [
        ([], ExitStatus.DONE, "Done. The warehouse matches AccBooks' reports to the penny."),
        (
            [("report_differs", "error")],
            ExitStatus.DIFFERENCES,
            "Loaded, but 1 report line differs from AccBooks, the earliest on 2026-05-31.",
        ),
        (
            [("not_compared", "error")],
            ExitStatus.DIFFERENCES,
            "Loaded, but 1 check failed: 1 not_compared.",
        ),
        (
            [("invoice_not_found", "warning")],
            ExitStatus.DONE,
            "Done. The warehouse matches AccBooks' reports to the penny. 1 warning: 1 invoice_not_found.",
        ),
    ],
)
def test_the_report_is_written_whatever_is_wrong_and_the_exit_status_tells(  # noqa: PLR0913, PLR0917 - fixtures
    make_warehouse, books, finding, tmp_path, monkeypatch, capsys, found, status, last_words
):
    rows = [
        finding(name, severity=severity, report="trial_balance", period_end=dt.date(2026, 5, 31))
        for name, severity in found
    ]
    books |= {"accbooks.findings": rows} if rows else {}
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.commands.opening.existing_to_read", lambda _: make_warehouse(books)
    )
    path = tmp_path / ("long name " * 12) / "report.html"
    assert run_report(Console(width=200), None, "duckdb", path) is status
    said = capsys.readouterr().out
    assert said == f"{last_words}\nThe report is in {path}\n"
    assert path.read_text().endswith("</html>\n")


def test_of_several_companies_each_gets_a_workbook_that_is_named_by_the_folder(practice, tmp_path):
    warehouse, ids = practice
    folder = tmp_path / "reports"
    assert write_report(warehouse, ids, [], folder, NOW, file_format="xlsx") == folder
    assert len(list(folder.glob("*.xlsx"))) == len(list(folder.iterdir())) == COUNT
    book = openpyxl.load_workbook(folder / "north-sons-ltd.xlsx", data_only=True)
    assert book.sheetnames == [
        "Summary",
        "Profit and loss",
        "Balance sheet",
        "Cash flow",
        "Bank",
        "Ratios",
        "Debtors",
        "Open to us",
        "Creditors",
        "Open by us",
        "Closed periods",
        "Checks",
        "Postings",
    ]
    empty = openpyxl.load_workbook(folder / "company-2-b.xlsx")
    assert empty.sheetnames == ["Summary", "Closed periods", "Checks"]


def test_the_name_of_the_output_decides_the_format_and_may_not_contradict_it(tmp_path):
    assert chosen_format(None, None) == chosen_format(tmp_path, None) == "html"
    assert chosen_format(Path("pack.XLSX"), None) == chosen_format(tmp_path, "xlsx") == "xlsx"
    with pytest.raises(ConfigurationError, match=r"--output pack.html is no .xlsx file"):
        chosen_format(Path("pack.html"), "xlsx")


def test_texts_of_the_books_are_no_formulas_in_a_workbook(make_warehouse, books, tmp_path):
    books["accbooks.nominal_accounts"] = [("c", "4000", '=HYPERLINK("x")', "turnover")]
    path = tmp_path / "pack.xlsx"
    write_report(make_warehouse(books), ["c"], [], path, NOW, file_format="xlsx")
    sheet = openpyxl.load_workbook(path)["Profit and loss"]
    (name,) = [cell for row in sheet for cell in row if str(cell.value).startswith("=HYPERLINK")]
    assert name.data_type == "s"
