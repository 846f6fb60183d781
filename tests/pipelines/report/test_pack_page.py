"""The pack in a browser: its links, on paper, on a phone, and what axe-core says of it."""

import datetime as dt
import io
import re
import shutil
import subprocess
from decimal import Decimal

import openpyxl
import pytest
from accbooks_warehouse.pipelines.queries.figures import Asked, figures
from accbooks_warehouse.pipelines.queries.pack.budget import BudgetRow
from accbooks_warehouse.pipelines.report.page import report_page
from accbooks_warehouse.pipelines.report.workbook import workbook
from accbooks_warehouse.sources.accbooks import ConfigurationError

NOW = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
PAPER = 688
"""Pixels between the margins of A4: 182 mm at 96 dots an inch."""
LANDSCAPE = 1017
CUT_OFF = """
[...document.querySelectorAll("main *")].filter(each => {
    const box = each.getBoundingClientRect()
    const room = each.closest(".landscape") ? %d : innerWidth
    return each.checkVisibility() && !each.closest("svg, .unseen") && box.right > room + 0.5
}).map(each => each.outerHTML.slice(0, 100))
"""


@pytest.fixture(scope="module")
def packs(make_warehouse, unchanged_books, finding, tmp_path_factory):
    """A pack with everything a pack may have, one of a company with findings, and one of nothing."""
    folder = tmp_path_factory.mktemp("packs")
    everything = make_warehouse(with_everything(unchanged_books))
    wrong = make_warehouse(
        {
            **unchanged_books,
            "accbooks.findings": [
                finding("report_differs", report="profit_loss", period_end=dt.date(2026, 5, 31)),
                finding("rejected_record", "The record 7 of invoices is in quarantine: no date."),
            ],
        }
    )
    empty = make_warehouse({"accbooks_raw.company": unchanged_books["accbooks_raw.company"]})
    plan = [BudgetRow("c", "4000", dt.date(2026, month, 1), Decimal(1500)) for month in (4, 5)]
    found = {}
    for name, warehouse, asked in (
        ("everything", everything, Asked(dt.date(2026, 5, 31), ("budget.csv", plan))),
        ("findings", wrong, Asked()),
        ("empty", empty, Asked()),
    ):
        with warehouse.kept_open():
            page = report_page(figures(warehouse, "c", [], NOW, asked))
        found[name] = folder / f"{name}.html"
        found[name].write_text(page)
    return found


def with_everything(books):
    """Return the books of two months, of the same a year before, and VAT with a closed period."""
    before = [
        ("c", dt.date(2025, month, 10), "invoice", f"b{month}", code, Decimal(amount))
        for month in (4, 5)
        for code, amount in (("4000", "-750.00"), ("1100", "750.00"))
    ]
    months = [
        ("c", dt.date(year, month, 1), dt.date(year, month, 30 if month in {4, 6, 9, 11} else 31))
        for year, month in ((2025, 4), (2025, 5))
    ]
    quarters = [(dt.date(2026, 1, 1), dt.date(2026, 3, 31)), (dt.date(2026, 4, 1), dt.date(2026, 6, 30))]
    closed_at = dt.datetime(2026, 5, 7, 10, tzinfo=dt.UTC)
    return {
        **books,
        "accbooks.months": [*months, *books["accbooks.months"]],
        "accbooks_staging.ledger_postings": [*before, *books["accbooks_staging.ledger_postings"]],
        "accbooks.vat_periods": [("c", *each) for each in quarters],
        "accbooks.vat_return": [
            ("c", *days, box, f"Box {box}", Decimal(box), Decimal(box), status, "standard", None)
            for days, status in zip(quarters, ("finished", "open"), strict=True)
            for box in range(1, 10)
        ],
        "accbooks.vat_return_lines": [
            ("c", *days, box, days[0], Decimal(box), f"line {box}", "invoice", "s1", None, "Sale", None)
            for days in quarters
            for box in (1, 4, 6, 7)
        ],
        "accbooks.closings": [
            ("c", "vat", quarters[0][1], closed_at, "anna", None, False, None),
            ("c", "vat", dt.date(2025, 12, 31), closed_at, "anna", None, False, closed_at),
        ],
        "accbooks_raw.closed_vat_lines": [
            ("c", quarters[0][1], closed_at, *quarters[0], box, Decimal(amount))
            for box, amount in ((1, "0.75"), (1, "0.20"), (4, "4.00"), (6, "6.00"))
        ],
    }


@pytest.mark.parametrize("name", ["everything", "findings", "empty"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_core_finds_nothing_whether_documents_are_open_or_not(tab, axe, packs, name, width):
    tab.open(packs[name], width)
    tab.evaluate(f"{axe};0")
    for opened in ("false", "true"):
        tab.evaluate(f"document.querySelectorAll('details').forEach(each => each.open = {opened})")
        found = tab.evaluate(
            "axe.run().then(found => found.violations.map("
            "each => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 200)]))"
        )
        assert found == []


def test_every_figure_of_the_desk_is_on_the_phone_too(tab, packs):
    figures_shown = (
        "[...document.querySelectorAll('main td.number')].filter(each => each.checkVisibility()).map("
        "each => each.textContent.trim())"
    )
    tab.open(packs["everything"], 1280)
    on_a_desk = tab.evaluate(figures_shown)
    tab.open(packs["everything"], 390)
    assert tab.evaluate(figures_shown) == on_a_desk
    assert len(on_a_desk) > 100
    assert tab.evaluate(CUT_OFF % 390) == []
    said = "[...document.querySelectorAll('.stacked td.number')].filter(each => !each.dataset.label).length"
    assert tab.evaluate(said) == 0


def test_a_figure_leads_to_its_documents_and_they_add_up_to_it(tab, packs):
    tab.open(packs["everything"], 1280)
    tab.evaluate("document.querySelector('.profit-and-loss tr.line a').click()")
    tab.evaluate("new Promise(done => setTimeout(done, 50))")
    opened = tab.evaluate(
        "[...document.querySelectorAll('#documents details[open] > summary')].map(x => x.textContent)"
    )
    assert opened == ["4000 Sales 3,000.30"]
    listed = tab.evaluate("[...document.querySelector(':target').rows].map(row => row.innerText)")
    assert listed == [
        "1 May 2026 to 31 May 2026",
        "10 May 2026\tInvoice S2\t2,000.20",
        "\tTotal of the month\t2,000.20",
    ]
    links = "[...document.links].filter(each => each.hash && !document.querySelector(each.hash)).length"
    assert tab.evaluate(links) == 0


def test_without_its_script_the_page_has_the_same_figures_and_documents(tab, packs):
    whole = packs["everything"]
    bare = whole.with_name("bare.html")
    bare.write_text(re.sub(r"<script>.*?</script>", "", whole.read_text(), flags=re.DOTALL))
    texts = []
    for page in (whole, bare):
        tab.open(page, 1280)
        texts.append(tab.evaluate("document.querySelector('main').textContent"))
    assert texts[0] == texts[1]
    tab.evaluate("document.querySelector('.profit-and-loss tr.line a').click()")
    assert tab.evaluate("document.querySelector(':target').closest('details').open")


def test_on_paper_no_table_is_cut_and_its_head_is_on_each_page(tab, packs, tmp_path):
    tab.open(packs["everything"], PAPER)
    tab.send("Emulation.setEmulatedMedia", media="print")
    assert tab.evaluate(CUT_OFF % LANDSCAPE) == []
    tab.send("Emulation.setEmulatedMedia", media="")
    tab.open(packs["everything"], 1280)
    tab.evaluate(
        "document.querySelector('.profit-and-loss tbody tr.line').outerHTML = "
        "document.querySelector('.profit-and-loss tbody tr.line').outerHTML.repeat(60)"
    )
    printed = tmp_path / "pack.pdf"
    printed.write_bytes(tab.printed())
    sizes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", printed.read_bytes())
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {
        (595, 842),
        (842, 595),
    }
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext to read the PDF: apt install poppler-utils")
    text = subprocess.run([reader, "-layout", str(printed), "-"], capture_output=True, text=True, check=True)
    pages = text.stdout.split("\f")[:-1]
    of_the_table = [page for page in pages if "4000 Sales" in " ".join(page.split())]
    assert len(of_the_table) > 1
    for page in of_the_table:
        assert "Month: May 2026 Year to date, from 1 Apr 2026" in " ".join(page.split())
        assert "Actual Budget Variance Last year" in " ".join(page.split())
    assert all("Unaudited" in page for page in pages)
    assert "Documents" not in text.stdout.split("Comparison with AccBooks")[-1]


def test_what_was_filed_stands_beside_what_the_books_say_now(tab, packs):
    tab.open(packs["everything"], 1280)
    rows = tab.evaluate("[...document.querySelectorAll('table.vat tr')].map(row => row.innerText)")
    assert rows[:2] == ["\tTo 30 Jun 2026\tTo 31 Mar 2026", "Box\tSo far\tAs filed\tNow"]
    shown = [re.sub(r"minus|\n", "", row).split("\t")[1:] for row in rows[2:]]
    assert shown[:5] == [
        ["1.00", "0.95", "1.00"],
        ["2.00", "–", "2.00"],  # noqa: RUF001
        ["3.00", "0.95", "3.00"],
        ["4.00", "4.00", "4.00"],
        ["5.00", "(3.05)", "5.00"],
    ]


def test_for_a_past_day_the_page_says_that_it_is_by_the_books_as_they_are_now(packs):
    said = "As at 31 May 2026, by the books as they are now: what was entered or changed since is included."
    assert said in packs["everything"].read_text()
    assert "as they are now:" not in packs["findings"].read_text()


def test_a_day_before_the_first_posting_has_a_page_that_says_so(make_warehouse, unchanged_books):
    warehouse = make_warehouse(unchanged_books)
    with warehouse.kept_open():
        page = report_page(figures(warehouse, "c", [], NOW, Asked(dt.date(2026, 3, 31))))
    assert "Nothing had been posted by 31 March 2026" in page


def test_a_configured_layout_decides_lines_order_and_subtotals_and_loses_nothing(
    make_warehouse, unchanged_books, tab, tmp_path
):
    warehouse = make_warehouse(with_everything(unchanged_books))
    warehouse.execute(
        f"create table {warehouse.raw}.statement_layout (statement varchar, nominal_from varchar, "
        "nominal_to varchar, category varchar, line varchar, line_order integer, subtotal varchar)"
    )
    for row in (
        ("profit_and_loss", "7000", "7199", None, "Premises", 10, "Running costs"),
        ("profit_and_loss", None, None, "turnover", "Income from customers", 20, "Income"),
        ("balance_sheet", None, None, "current_assets", "What we have", 10, "Working capital"),
        ("balance_sheet", "2100", None, None, "What we owe", 20, "Working capital"),
    ):
        marks = ", ".join(["%s"] * len(row))
        warehouse.execute(f"insert into {warehouse.raw}.statement_layout values ({marks})", *row)
    with warehouse.kept_open():
        found = figures(warehouse, "c", [], NOW, Asked(dt.date(2026, 5, 31)))
    statement, sheet = found.books.profit_and_loss, found.books.balance_sheet
    assert [
        (group.title, [(line.label, line.accounts, line.values[2]) for line in group.lines])
        for group in statement.groups
    ] == [
        ("Running costs", [("Premises", ("7100",), Decimal("400.05"))]),
        ("Income", [("Income from customers", ("4000",), Decimal("3000.30"))]),
    ]
    assert statement.value("net_profit", "year") == Decimal("2600.25")
    assert [
        (group.title, [(line.label, line.values[0]) for line in group.lines]) for group in sheet.groups
    ] == [
        ("Working capital", [("What we have", Decimal("4300.25")), ("What we owe", Decimal("-200.00"))]),
        ("Not in the layout", [("Not in the layout", Decimal("4100.25"))]),
    ]
    assert sheet.value("net_assets", "balance") == sheet.value("capital_and_reserves", "balance")
    page = tmp_path / "layout.html"
    page.write_text(report_page(found))
    tab.open(page, 1280)
    printed = tab.evaluate("[...document.querySelectorAll('#position tr')].map(row => row.innerText)")
    assert [row.split("\t")[0].strip() for row in printed] == [
        "Account",
        "Working capital",
        "What we have",
        "2100What we owe",
        "Total working capital",
        "Net assets",
        "Not in the layout",
        "Total capital and reserves",
    ]
    sheet_of = openpyxl.load_workbook(io.BytesIO(workbook(found)))["Balance sheet"]
    formulas = [cell.value for cell in sheet_of["C"] if str(cell.value).startswith("=")]
    assert formulas == ["=SUM(C8:C9)", "=C10", "=C12"]
    links = "[...document.links].filter(each => each.hash && !document.querySelector(each.hash)).length"
    assert tab.evaluate(links) == 0


def test_a_year_that_ends_within_a_month_moves_its_profit_to_retained_earnings_there(
    make_warehouse, unchanged_books
):
    books = {
        **unchanged_books,
        "accbooks.financial_years": [
            ("c", dt.date(year, 4, 21), dt.date(year + 1, 4, 20), True) for year in (2025, 2026)
        ],
        "accbooks.nominal_accounts": [
            *unchanged_books["accbooks.nominal_accounts"],
            ("c", "3200", "Retained earnings", "capital_and_reserves"),
        ],
        "accbooks.account_categories": [
            *unchanged_books["accbooks.account_categories"],
            ("capital_and_reserves", "balance_sheet", -1),
        ],
    }
    warehouse = make_warehouse(books)

    def capital(day):
        with warehouse.kept_open():
            found = figures(warehouse, "c", [], NOW, Asked(day)).books
        lines = found.balance_sheet.part("capital_and_reserves").lines
        year = found.profit_and_loss.value("net_profit", "year")
        began = max(day.replace(day=1), found.period.days.start)  # a year cuts the month that it begins in
        assert found.profit_and_loss.columns[0].days.start == began
        retained = [each for each in found.documents.accounts if each.code == "3200"]
        return year, [(line.label, line.values[0]) for line in lines], [each.now.closing for each in retained]

    earned, earnings = Decimal("600.05"), "Profit for the financial year"
    assert capital(dt.date(2026, 4, 20)) == (earned, [(earnings, earned)], [])
    # the rent was of the year before: what it left is retained, and nothing is earned yet
    kept = [("Retained earnings", earned)]
    assert capital(dt.date(2026, 4, 21)) == (Decimal(0), kept, [earned])
    may = Decimal("2000.20")
    assert capital(dt.date(2026, 5, 12)) == (may, [*kept, (earnings, may)], [earned])


def test_a_day_that_the_books_do_not_reach_is_refused_with_the_last_one(make_warehouse, unchanged_books):
    warehouse = make_warehouse(unchanged_books)
    with warehouse.kept_open(), pytest.raises(ConfigurationError, match="their months end on 2026-06-30"):
        figures(warehouse, "c", [], NOW, Asked(dt.date(2026, 7, 1)))
