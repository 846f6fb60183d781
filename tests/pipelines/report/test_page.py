"""The page as a browser shows it: what it says, and that it asks for nothing, runs and cuts off nothing."""

import base64
import datetime as dt
import hashlib
import io
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from accbooks_warehouse.pipelines.queries.refused_files import RefusedFile
from accbooks_warehouse.pipelines.report.headline import period_title
from accbooks_warehouse.pipelines.report.page import report_page
from accbooks_warehouse.pipelines.report.words import NOTHING, amount
from accbooks_warehouse.pipelines.report.workbook.pack import workbook

ACCESSIBILITY = (Path(__file__).parent / "page.js").read_text()
MAY = dt.date(2026, 5, 31)
SCRIPT = "<script>document.title = 'run'</script>"
IMAGE = '"><img src=x onerror="document.title = \'run\'">'
ROWS = """
[...document.querySelectorAll("#%s tbody tr:not(.heading), #%s tfoot tr")].map(
    row => [...row.cells].filter(cell => cell.checkVisibility()).map(cell => {
        const copy = cell.cloneNode(true)
        copy.querySelectorAll(".unseen, .code").forEach(each => each.remove())
        return copy.textContent.trim()
    }))
"""


def rows(tab, section):
    """The cells of every row of a section that the window shows."""
    return [row for row in tab.evaluate(ROWS % (section, section)) if row]


def spoilt(books, finding):
    """Return the books of two months with everything gone wrong that may."""
    difference = Decimal("-1234567.89")
    return {
        **books,
        "accbooks_raw.company": [("c", f"North {SCRIPT} & Sons " + "W" * 70, "1", "GBP", "pro")],
        "accbooks.nominal_accounts": [
            ("c", "4000", f"Sales {IMAGE}", "turnover"),
            ("c", "7100", "Rent", "overheads"),
        ],
        "accbooks_staging.ledger_postings": [
            *books["accbooks_staging.ledger_postings"],
            ("c", MAY, "journal", IMAGE, "7100", Decimal("3600.50")),
        ],
        "accbooks.aged_receivables": [
            ("c", MAY, f"cust_{number}", f"{SCRIPT} {IMAGE} {number}", "over 90", Decimal(number) * 12345)
            for number in range(100)
        ],
        "accbooks.reconciliation": [
            (
                "c",
                "profit_loss",
                dt.date(2026, 5, 1),
                MAY,
                code,
                api,
                ours,
                difference,
                status,
                cause,
                None,
            )
            for code, api, ours, status, cause in (
                ("4000", Decimal("1234567.89"), Decimal(0), "mismatch", "unexplained"),
                (None, None, Decimal("-1234567.89"), "missing_in_api", "rejected_record"),
                ("7100", None, None, "not_comparable", "permission_missing"),
            )
        ],
        "accbooks_staging.compared_periods": [
            *books["accbooks_staging.compared_periods"][:5],
            ("c", "profit_loss", "month", dt.date(2026, 5, 1), MAY, False, 2, 0, 0, None),
            ("c", "trial_balance", "month-end", None, dt.date(2026, 6, 30), True, 0, 0, 0, None),
            ("c", "balance_sheet", "month-end", None, dt.date(2026, 6, 30), False, 0, 1, 0, None),
        ],
        "accbooks_raw.rejected_records": [("c", "invoices", SCRIPT, None, f"no date {IMAGE}")],
        "accbooks.findings": [
            *(
                finding(
                    "report_differs",
                    report="profit_loss",
                    period_start=dt.date(2026, 5, 1),
                    period_end=MAY,
                    nominal_code=code,
                )
                for code in ("4000", None)
            ),
            finding("rejected_record", f"The record {SCRIPT} of invoices is in quarantine: no date {IMAGE}."),
            finding("invoice_not_found", f"A payment of {IMAGE} finds no invoice.", severity="warning"),
        ],
        "accbooks.reconciliation_suspects": [("c", "invoice", IMAGE, MAY, Decimal("1234567.89"))],
    }


@pytest.fixture(scope="module")
def good_page(figures_of, unchanged_books, tmp_path_factory):
    """The report of the books of two months."""
    path = tmp_path_factory.mktemp("good") / "report.html"
    path.write_text(report_page(figures_of(unchanged_books)))
    return path


@pytest.fixture(scope="module")
def bad_page(figures_of, unchanged_books, finding, tmp_path_factory):
    """The report of the spoilt ones."""
    path = tmp_path_factory.mktemp("bad") / "report.html"
    path.write_text(report_page(figures_of(spoilt(unchanged_books, finding))))
    return path


def test_a_browser_shows_the_figures_of_the_warehouse(tab, good_page):
    tab.open(good_page, 1280)
    said = " ".join(tab.evaluate("document.querySelector('header').innerText").split())
    assert said == (
        "MANAGEMENT ACCOUNTS · UNAUDITED North & Sons Ltd Two months to 31 May 2026 · all amounts in GBP · "
        "company 01234567 "
        "✓ Matches AccBooks to the penny Every month matches AccBooks, 3 of 3. The oldest check was made on "
        "10 June 2026, 08:30 UTC. "
        "Turnover £3,000.30 the books do not go back a year "
        "Profit £2,600.25 the books do not go back a year "
        "Cash at bank £1,900.25 net assets £2,600.25 "
        "Owed to us £900.00 £499.70 of it overdue; we owe £200.00"
    )
    assert rows(tab, "profit") == [
        ["Sales", "2,000.20", "3,000.30"],
        ["Total turnover", "2,000.20", "3,000.30"],
        ["Gross profit", "2,000.20", "3,000.30"],
        ["Gross margin", "100.0%", "100.0%"],
        ["Rent", "–", "400.05"],  # noqa: RUF001
        ["Total administrative expenses", "–", "400.05"],  # noqa: RUF001
        ["Profit for the period", "2,000.20", "2,600.25"],
        ["Net margin", "100.0%", "86.7%"],
    ]
    assert rows(tab, "position")[-3:] == [
        ["Net assets", "2,600.25"],
        ["Profit for the financial year", "2,600.25"],
        ["Total capital and reserves", "2,600.25"],
    ]
    assert rows(tab, "debts")[:3] == [
        ["Ash Ltd", "500.00", "–", "–", "500.00", "–", "–"],  # noqa: RUF001
        ["Ash Ltd", "400.00", "400.30", "–", "–", "–", "(0.30)"],  # noqa: RUF001
        ["Total", "900.00", "400.30", "–", "500.00", "–", "(0.30)"],  # noqa: RUF001
    ]
    tab.evaluate("document.querySelector('details').open = true")
    assert rows(tab, "profit")[:2] == [
        ["Apr 2026", "1,000.10", "400.05", "600.05"],
        ["May 2026", "2,000.20", "–", "2,000.20"],  # noqa: RUF001
    ]


def test_the_grid_says_of_every_report_of_every_month_that_it_is_equal(tab, good_page):
    tab.open(good_page, 1280)
    titles = tab.evaluate("[...document.querySelectorAll('.grid td[title]')].map(each => each.title)")
    assert titles == [
        f"{report}, {month} 2026: equal to the penny"
        for report in ("Trial balance", "Balance sheet", "Profit and loss")
        for month in ("April", "May", "June")
    ]
    cells = "[...document.querySelectorAll('.grid td.equal')].map(each => each.textContent)"
    assert tab.evaluate(cells) == ["✓equal to the penny"] * 9


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_asks_for_nothing_and_is_readable_by_everyone(tab, good_page, width):
    tab.open(good_page, width)
    assert tab.evaluate(ACCESSIBILITY) == []
    assert tab.evaluate("innerWidth") == width
    assert (tab.requests, tab.complaints) == ([good_page.as_uri()], [])


@pytest.mark.parametrize("width", [1280, 390])
def test_names_from_outside_are_shown_as_they_are_and_run_nothing(tab, bad_page, width):
    tab.open(bad_page, width)
    assert tab.evaluate(ACCESSIBILITY) == []
    assert (tab.requests, tab.complaints) == ([bad_page.as_uri()], [])
    assert tab.evaluate("[document.scripts.length, document.images.length]") == [1, 0]
    assert tab.evaluate("document.querySelector('h1').textContent").startswith(f"North {SCRIPT} & Sons WWW")
    debts = rows(tab, "debts")
    assert debts[0][:2] == [f"{SCRIPT} {IMAGE} 99", "1,222,155.00"]
    assert debts[25][:2] == ["75 others", amount(sum(Decimal(number) * 12345 for number in range(75)))]


def test_what_differs_is_listed_with_its_cause_and_shown_in_the_grid(tab, bad_page):
    tab.open(bad_page, 1280)
    verdict = tab.evaluate("document.querySelector('.verdict').innerText").split("\n")
    assert [line for line in verdict if line.strip()][:3] == [
        "✗",
        "2 report lines differ from AccBooks' own reports",
        "The earliest on 31 May 2026; they are listed under What differs.",
    ]
    listed = [row for row in rows(tab, "proof") if len(row) == 6]
    assert listed == [
        [
            "Profit and loss 1 May 2026 to 31 May 2026",
            f"4000 Sales {IMAGE}",
            "1,234,567.89",
            "–",  # noqa: RUF001
            "(1,234,567.89)",
            "unexplained",
        ],
        [
            "Profit and loss 1 May 2026 to 31 May 2026",
            "Current year earnings",
            "no such line",
            "(1,234,567.89)",
            "(1,234,567.89)",
            "a record that could not be read waits in quarantine",
        ],
    ]
    others = tab.evaluate("[...document.querySelectorAll('li.warning')].map(each => each.textContent)")
    assert others == [
        f"Error: The record {SCRIPT} of invoices is in quarantine: no date {IMAGE}.",
        f"Warning: A payment of {IMAGE} finds no invoice.",
    ]
    legend = tab.evaluate("[...document.querySelectorAll('.legend li')].map(each => each.textContent)")
    assert legend == [
        "✓ equal to the penny (5)",
        "✗ differs (1)",
        "~ not comparable (1)",
        "… out of date, to be fetched again (1)",
        "· not fetched (1)",
    ]


def test_a_loss_is_called_a_loss_and_stands_in_brackets(tab, bad_page):
    tab.open(bad_page, 390)
    assert rows(tab, "profit")[-2:] == [
        ["Loss for the period", "(1,600.30)", "(1,000.25)"],
        ["Net margin", "(80.0%)", "(33.3%)"],
    ]
    labels = tab.evaluate("[...document.querySelectorAll('.key-figures dt')].map(each => each.textContent)")
    assert labels == ["Turnover", "Loss", "Cash at bank", "Owed to us"]


def test_the_file_holds_no_address_and_no_script_but_its_own(tab, good_page):
    text = good_page.read_text()
    fetching = r"(?i)https?:|//\w|<link(?! rel=\"icon\" href=\"data:,\">)|url\(|@import|\son\w+="
    assert re.findall(fetching, text) == []
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert f"{allowed}; script-src 'sha256-{digest}'\"" in text
    assert "<script" not in text.replace("<script>", "", 1)
    tab.open(good_page, 1280)
    tab.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = 1'}))"
    )
    assert tab.evaluate("document.title") == "North & Sons Ltd: Two months to 31 May 2026"
    assert "Content Security Policy" in " ".join(tab.complaints)


def test_every_section_begins_on_a_page_of_its_own_in_print(tab, good_page):
    tab.open(good_page, 1280)
    printed = tab.printed()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 6


def test_books_in_another_currency_that_are_a_month_old_say_so(figures_of, books):
    books["accbooks_raw.company"] = [("c", "Nord AB", None, "SEK", None)]
    books["accbooks.months"] = [("c", dt.date(2026, 6, 1), dt.date(2026, 6, 30))]
    books["accbooks_staging.ledger_postings"] = [
        ("c", dt.date(2026, 6, 1), "invoice", "s1", "4000", Decimal(-5)),
        ("c", dt.date(2026, 6, 1), "invoice", "s1", "1100", Decimal(5)),
    ]
    text = report_page(figures_of(books))
    assert "Three months to 30 June 2026, which is not over yet" in text
    assert "all amounts in SEK" in text
    assert '<span class="whole">SEK\u00a05</span><span class="pence">.00</span>' in text
    assert "the books do not go back a year" in text


def test_a_year_before_that_the_books_hold_in_part_is_compared_by_its_days_and_not_in_percent(
    figures_of, books
):
    months = [dt.date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)]
    held = [
        ("c", start, end - dt.timedelta(days=1))
        for start, end in pairwise(months)
        if dt.date(2025, 5, 1) <= start <= dt.date(2026, 6, 1)
    ]
    by_mistake = ("c", dt.date(1996, 2, 1), dt.date(1996, 2, 29))
    books["accbooks.months"] = [by_mistake, *held]
    books["accbooks_staging.ledger_postings"] += [
        ("c", dt.date(2025, 5, 20), "invoice", "s0", code, Decimal(amount))
        for code, amount in (("1100", "300"), ("4000", "-300"))
    ]
    text = report_page(figures_of(books))
    assert "£300.00 a year before, from 1 May 2025" in text
    assert "up on £300.00" not in text
    assert "last year 1 April 2025 to 31 May 2025. The books hold it from 1 May 2025." in text
    assert "Last year, from 1 May 2025" in text
    books["accbooks.months"].insert(0, ("c", dt.date(2025, 4, 1), dt.date(2025, 4, 30)))
    text = report_page(figures_of(books))
    assert "900% up on £300.00 a year before" in text
    assert "The books hold it" not in text


def test_a_year_of_a_few_days_is_not_called_a_month(figures_of, books):
    books["accbooks.financial_years"] = [("c", dt.date(2026, 5, 20), dt.date(2027, 5, 19), True)]
    assert period_title(figures_of(books).books) == "20 May 2026 to 31 May 2026"


def test_books_without_a_posting_have_a_page_that_says_so(tab, figures_of, books, finding, tmp_path):
    path = tmp_path / "empty.html"
    empty = {
        "accbooks_raw.company": books["accbooks_raw.company"],
        "accbooks.findings": [finding("not_compared", "No report was compared with these books yet.")],
    }
    path.write_text(report_page(figures_of(empty)))
    tab.open(path, 390)
    assert tab.evaluate(ACCESSIBILITY) == []
    said = " ".join(tab.evaluate("document.body.innerText").split())
    assert "Nothing has been posted yet" in said
    assert "Not compared with AccBooks' own reports No report was compared with these books yet." in said


def test_reports_that_may_not_be_read_prove_nothing_and_the_page_says_why(figures_of, books, finding):
    del books["accbooks.certificates"]
    books["accbooks_raw.sync_windows"] = [
        ("c", "trial_balance", None, None, "report", "permission_missing", dt.datetime.now(dt.UTC))
    ]
    books["accbooks_staging.compared_periods"] = [
        ("c", "trial_balance", "month-end", None, MAY, False, 0, 3, 0, "permission_missing")
    ]
    books["accbooks.reconciliation"] = [
        ("c", "trial_balance", None, MAY, "4000", None, 1, 1, "not_comparable", "permission_missing", None)
    ]
    books["accbooks.findings"] = [
        finding("not_compared", "No report was compared."),
        finding("permission_missing", "The key may not read trial_balance."),
    ]
    text = report_page(figures_of(books))
    assert "Not compared with AccBooks&#39; own reports" in text
    assert "No report was compared." in text
    assert "The key may not read trial_balance." in text
    assert "to the penny</p>" not in text


def test_without_a_year_before_no_statement_has_figures_of_it(tab, good_page):
    tab.open(good_page, 1280)
    assert rows(tab, "position")[-1] == ["Total capital and reserves", "2,600.25"]
    assert rows(tab, "cash")[-1] == ["Cash at the end", "1,900.25", "1,900.25"]
    heads = tab.evaluate("[...document.querySelectorAll('main thead th')].map(each => each.textContent)")
    assert "Last year" not in heads


def test_a_copy_that_does_not_hold_all_dates_says_so_beside_every_figure(figures_of, books, finding):
    text = report_page(figures_of(books))
    assert "does not hold" not in text
    books["accbooks.reconciliation"] = [
        ("c", "trial_balance", None, MAY, "4000", 1, 1, 0, "not_comparable", "partial_history", None)
    ]
    books["accbooks.findings"] = [finding("partial_history", severity="warning")]
    text = report_page(figures_of(books))
    assert text.count("what it does not hold is missing from these figures.") == 5
    assert "What it does not hold is missing from the figures below." in text


def test_a_pack_says_that_a_file_was_refused_and_nothing_of_other_companies(figures_of, books):
    fault = "budgets.csv (budgets) was not loaded. Line 2: 'Rival Ltd' is unknown (known are comp_9)."
    refused = (RefusedFile("budgets", fault, is_kept=True),)
    figures = replace(figures_of(books), refused_files=refused)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(figures)))["Checks"]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    said = "The file of budgets was refused. The last good version stays. `accbooks status` says why."
    for shown in (unescape(report_page(figures)), " ".join(cells)):
        assert said in shown
        assert "Rival" not in shown
        assert "comp_9" not in shown
    assert "No finding." not in cells


def test_closed_periods_have_a_section_with_documents_amounts_and_late_vat(figures_of, books, finding):
    books["accbooks.findings"] = [
        finding("prior_period_change", "Invoice SI-1 (1) was changed, by 120.00.", severity="warning"),
        finding("late_vat", severity="warning"),
    ]
    march, document = dt.date(2026, 3, 31), ("invoice", "1", "SI-1", IMAGE, dt.date(2026, 2, 3))
    bought = ("invoice", "2", "PI-2", None, dt.date(2026, 2, 4))
    closed, now, more = Decimal("-100.00"), Decimal("-200.00"), Decimal("-100.00")
    books["accbooks.prior_period_changes"] = [
        ("c", march, "4000", "Sales", *document, closed, now, more, "changed")
    ]
    boxes = (Decimal(20), Decimal(0), Decimal(100), Decimal(0), Decimal(20))
    late = (Decimal(0), Decimal(7), Decimal(0), Decimal(35), Decimal(-7))
    books["accbooks.late_vat"] = [
        ("c", "error", *document, "changed", *boxes),
        ("c", "late_purchase", *bought, "added", *late),
    ]
    quarter = (dt.date(2026, 4, 1), dt.date(2026, 6, 30))
    limit = (Decimal(20), 1, Decimal(7), Decimal("1200000.00"), Decimal("12000.00"))
    books["accbooks.late_vat_limits"] = [("c", *quarter, 1, *limit)]
    page = report_page(figures_of(books))
    assert '<p class="headline">1 document changed in a closed period</p>' in page
    assert 'class="verdict open"' in page
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "when the books were closed through 31 March 2026" in text
    assert "changed 4000 Sales minus (100.00) minus (200.00) minus (100.00)" in text
    assert "Errors Invoice SI-1, 3 Feb 2026" in text
    assert f"no errors Invoice PI-2, 4 Feb 2026 added {NOTHING} 7.00 {NOTHING} 35.00 minus (7.00)" in text
    assert (
        "Seen in the VAT period to 30 June 2026: net error 20.00 in 1 document. HMRC's limit for correcting"
        " net errors on the return of that period is 12,000.00: the greater of 10,000.00 and 1% of box 6"
        " (1,200,000.00), at most 50,000.00."
    ) in text
    assert "see VAT Notice 700/45" in text
    assert IMAGE not in page
