"""The page of a practice in a real browser: exceptions first, then each company with its models' figures."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.commands.report import run_practice
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.findings import Findings, findings
from accbooks_warehouse.pipelines.queries.overview import overview
from accbooks_warehouse.pipelines.queries.practice import practice as practice_of
from accbooks_warehouse.pipelines.queries.practice import practice_figures
from accbooks_warehouse.pipelines.report.practice import practice_page, practice_script, script_hash
from accbooks_warehouse.pipelines.report.words import in_brackets
from rich.console import Console

ACCESSIBILITY = (Path(__file__).parent / "page.js").read_text()
TODAY = dt.date.today()  # noqa: DTZ011 - months around it
FIRST = (TODAY.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
LAST = TODAY.replace(day=1) - dt.timedelta(days=1)
"""The first and the last day of the last month that is over."""
DUE = FIRST - dt.timedelta(days=1)
"""The end of the month before it, whose VAT return is due on the seventh day of this month, or was."""
NOW = dt.datetime.now(dt.UTC)
HARMFUL = "Ash <script>document.title = 'run'</script> & Sons"
YEAR = "financial_year_to_date"
SETTINGS = ("findings", "accbooks_raw.configured_companies")
CELLS = """[...document.querySelectorAll('#companies tbody tr')].map(row => [...row.cells].map(cell =>
    cell.innerText.replace(/\\s+/g, ' ').trim()))"""
SHOWN = """[...document.querySelectorAll('#companies tbody tr')]
    .filter(row => !row.hidden).map(row => row.dataset.name)"""
GROUPS = """[...document.querySelectorAll('.attention tbody')].map(body => [body.id, ...[...body.rows]
    .map(row => row.innerText.replace(/\\s+/g, ' ').trim())])"""
LABELS = """[...document.querySelectorAll('#companies tbody tr:first-child td')].map(cell =>
    getComputedStyle(cell, '::before').content)"""


def books_of(company_id: str, name: str, *amounts: str) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of a company: with sales, costs, cash and debtors, or without postings if no amounts are given."""
    found: dict[str, list[tuple[Any, ...]]] = {
        "accbooks_raw.company": [(company_id, name, "01234567", "GBP", "pro")],
        "accbooks_raw.sync_windows": [(company_id, "invoices", None, None, "first", "complete", NOW)],
    }
    if not amounts:
        return found
    sales, costs, cash, debtors = map(Decimal, amounts)
    year = (LAST.replace(month=1, day=1), LAST.replace(month=12, day=31))
    return found | {
        "accbooks.months": [(company_id, FIRST, LAST)],
        "accbooks.financial_years": [(company_id, *year, True)],
        "accbooks.bank_balances": [
            (company_id, 1, LAST, "1200", "GBP", cash - 5, cash - 5),
            (company_id, 2, LAST, "1201", "GBP", Decimal(5), Decimal(5)),
            (company_id, 1, FIRST, "1200", "GBP", cash - 5, cash - 5),
        ],
        "accbooks_staging.bank_movements": [
            (company_id, "1200", FIRST, "GBP", cash - 5, cash - 5),
            (company_id, "1201", LAST, "GBP", Decimal(5), Decimal(5)),
            (company_id, "1201", TODAY, "GBP", Decimal(1_000_000), Decimal(1_000_000)),
        ],
        "accbooks_staging.stg_company": [(company_id, "GB123456789", None)],
        "accbooks.aged_receivables": [(company_id, LAST, "cust_1", "Ash", "current", debtors)],
        "accbooks.profit_and_loss_comparative": [
            (company_id, YEAR, year[0], LAST, code, code, category, amount, None)
            for code, category, amount in (
                ("4000", "turnover", sales),
                ("5000", "cost_of_sales", costs),
                ("7100", "overheads", Decimal("0.10")),
            )
        ],
    }


@pytest.fixture(scope="module")
def practice(make_warehouse: Callable[..., DuckDB]) -> DuckDB:
    """Four companies: with findings, with a changed closed period, empty, quiet; and a name never synced."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for each in (
        books_of("c1", HARMFUL, "1000.50", "400.25", "-1234.56", "78.90"),
        books_of("c2", "Birch Ltd", "100.00", "400.00", "50.00", "0.00"),
        books_of("c3", "Cedar Ltd"),
        books_of("c4", "Dogwood Ltd", "10.00", "1.00", "2000.00", "300.00"),
    ):
        for table, values in each.items():
            rows.setdefault(table, []).extend(values)
    no = (None,) * 8
    rows["accbooks.findings"] = [
        ("1", "c1", "report_differs", "error", *no, "A line differs."),
        ("2", "c1", "report_differs", "error", *no, "Another line differs."),
        ("3", "c2", "prior_period_change", "warning", *no, "Invoice INV-1 posts otherwise."),
        ("4", "new", "not_compared", "error", *no, "No sync has read the books of new yet."),
    ]
    warehouse = make_warehouse(rows)
    warehouse.execute(
        f"create table {warehouse.raw}.configured_companies as "
        "select name, company_id, now() as first_seen_at, now() as last_seen_at from (values ('one', 'c1'), "
        "('two', 'c2'), ('three', 'c3'), ('four', 'c4'), ('new', null)) as names (name, company_id)"
    )
    warehouse.execute(
        f"create or replace table {warehouse.models}.vat_periods as select 'c4' as company_id, "
        f"date '{DUE.replace(day=1)}' as period_start, date '{DUE}' as period_end, 'monthly' as periods"
    )
    return warehouse


@pytest.fixture(scope="module")
def page(practice: DuckDB, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as the command writes it, beside a report of Birch Ltd."""
    folder = tmp_path_factory.mktemp("practice")
    (folder / "birch-ltd.html").write_text("Birch Ltd's report")
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "open_warehouse", lambda _: practice)
        patch.setattr(opening, "configured", lambda _: [])
        status = run_practice(Console(file=said, width=200), "duckdb", folder, with_packs=False)
    assert status is ExitStatus.DIFFERENCES
    assert said.getvalue().startswith("1 document changed in a closed period")
    assert said.getvalue().rstrip().endswith("practice.html")
    return folder / "practice.html"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_has_no_violation_of_accessibility_and_asks_for_nothing(
    tab: Any, page: Path, axe: str, width: int
) -> None:
    tab.open(page, width)
    assert tab.evaluate(ACCESSIBILITY) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (tab.requests, tab.complaints) == ([page.as_uri()], [])
    tab.evaluate(f"{axe};0")
    assert json.loads(tab.evaluate("axe.run().then(found => JSON.stringify(found.violations))")) == []


def test_every_figure_is_that_of_its_model(tab: Any, page: Path, practice: DuckDB) -> None:
    tab.open(page, 1280)
    found = {row[0].rpartition(" ")[2]: row[6:9] for row in tab.evaluate(CELLS)}
    sums = {
        column: dict(practice.query(f"select company_id, {amount} from {practice.models}.{model} group by 1"))
        for column, amount, model in (
            ("cash", f"sum(balance) filter (balance_date = '{LAST}')", "bank_balances"),
            ("debtors", f"sum(outstanding) filter (as_at = '{LAST}')", "aged_receivables"),
            (
                "profit",
                "sum(case when category = 'turnover' then amount else -amount end)",
                "profit_and_loss_comparative",
            ),
        )
    }
    expected = {
        name: [in_brackets(sums[column][company_id], "GBP") for column in ("cash", "debtors", "profit")]
        for name, company_id in (("one", "c1"), ("two", "c2"), ("four", "c4"))
    }
    assert expected["one"] == ["(£1,234.56)", "£78.90", "£600.15"]
    assert expected["two"] == ["£50.00", "£0.00", "(£300.10)"]
    shown = {key: [each.removeprefix("minus ") for each in row] for key, row in found.items()}
    assert shown == expected | {"three": ["–", "–", "–"], "new": ["–", "–", "–"]}  # noqa: RUF001


def test_cash_in_the_first_month_of_books_is_what_the_accounts_have(make_warehouse: Any) -> None:
    """The month is not over, and daily balances end today."""
    month_end = (TODAY.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    warehouse = make_warehouse(
        {
            "accbooks.months": [("c", TODAY.replace(day=1), month_end)],
            "accbooks.bank_balances": [("c", 1, TODAY, "1200", "GBP", Decimal(10_000), Decimal(10_000))],
            "accbooks_staging.bank_movements": [
                ("c", "1200", TODAY, "GBP", Decimal(10_000), Decimal(10_000))
            ],
        }
    )
    (found,) = practice_figures(warehouse, ["c"], TODAY).values()
    assert (found.period.as_at, found.cash) == (month_end, Decimal(10_000))


def test_exceptions_come_first_by_kind_and_companies_after_them(tab: Any, page: Path) -> None:
    tab.open(page, 1280)
    found = tab.evaluate(GROUPS)
    assert found[:5] == [
        ["error", "✗ Errors 1 company", f"{HARMFUL} (one) 2 report_differs, the first: A line differs."],
        [
            "prior_period_change",
            "~ Changed in a closed period 1 company",
            "Birch Ltd (two) 1 document changed in a closed period.",
        ],
        ["never_read", "✗ Never read 1 company", "new No sync has read the books of new yet."],
        ["overdrawn", "~ Overdrawn bank accounts 1 company", found[3][2]],
        [*found[4][:2], found[4][2]],
    ]
    assert found[3][2] == f"{HARMFUL} (one) bank account (1200) -1,239.56 GBP."
    assert found[4][0] in {"filing_soon", "filing_overdue"}
    assert found[4][2].startswith(f"Dogwood Ltd (four) VAT return to {DUE}, due on ")
    places = tab.evaluate("[...document.querySelectorAll('table')].map(table => table.className || table.id)")
    assert places == ["attention", "companies"]


def test_each_company_has_a_line_also_an_empty_one_and_one_never_synced(tab: Any, page: Path) -> None:
    tab.open(page, 1280)
    lines = {row[0]: row for row in tab.evaluate(CELLS)}
    assert list(lines) == [f"{HARMFUL} one", "Birch Ltd two", "Cedar Ltd three", "Dogwood Ltd four", "new"]
    assert lines["Cedar Ltd three"][5] == "nothing posted"
    assert lines["new"][1:4] == ["Never read", "never", "–"]  # noqa: RUF001
    assert lines[f"{HARMFUL} one"][1] == "Errors Overdrawn bank accounts"
    assert lines["Birch Ltd two"][1] == "Changed in a closed period"
    links = "[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))"
    assert [each for each in tab.evaluate(links) if not each.startswith("#")] == ["birch-ltd.html"] * 2


def test_packs_are_written_beside_the_page_and_linked(
    practice: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_warehouse", lambda _: practice)
    monkeypatch.setattr(opening, "configured", lambda _: [])
    place = tmp_path / "morning.html"
    run_practice(Console(file=io.StringIO()), "duckdb", place, with_packs=True)
    links = set(re.findall(r'href="([^"#]+\.html)"', place.read_text()))
    assert len(links) == 4
    assert {each.name for each in tmp_path.iterdir()} == links | {"morning.html", "index.html"}


def test_the_script_filters_and_sorts(tab: Any, page: Path) -> None:
    tab.open(page, 1280)
    everyone = tab.evaluate(SHOWN)
    assert tab.evaluate("document.getElementById('count').textContent") == "5 of 5 shown"
    tab.evaluate("filter.value = 'LTD'; filter.dispatchEvent(new Event('input'))")
    assert tab.evaluate(SHOWN) == ["birch ltd (two) c2", "cedar ltd (three) c3", "dogwood ltd (four) c4"]
    tab.evaluate("kind.value = 'prior_period_change'; kind.dispatchEvent(new Event('change'))")
    assert tab.evaluate(SHOWN) == ["birch ltd (two) c2"]
    tab.evaluate("filter.value = ''; kind.value = 'any'; kind.dispatchEvent(new Event('change'))")
    assert tab.evaluate(SHOWN) == [everyone[0], everyone[1], everyone[3], "new"]
    tab.evaluate("kind.value = ''; kind.dispatchEvent(new Event('change'))")
    button = "document.querySelectorAll('#companies thead button')[6]"
    tab.evaluate(f"{button}.click()")
    order = [each.rpartition("(")[2] for each in tab.evaluate(SHOWN)]
    assert order == [
        "one) c1",
        "two) c2",
        "four) c4",
        "three) c3",
        "new",
    ]  # by cash; what is not known comes last
    tab.evaluate(f"{button}.click()")
    order = [each.rpartition("(")[2] for each in tab.evaluate(SHOWN)]
    assert order == ["four) c4", "two) c2", "one) c1", "three) c3", "new"]
    assert tab.evaluate(f"{button}.parentElement.ariaSort") == "descending"


def test_the_page_allows_its_own_script_alone_and_holds_no_address(tab: Any, page: Path) -> None:
    text = page.read_text()
    script = practice_script()
    assert text.count("<script") == 1
    assert f"<script>{script}</script>" in text
    assert f"script-src '{script_hash(script)}'" in text
    assert "default-src 'none'" in text
    assert "unsafe-inline'; script-src" not in text.replace("style-src 'unsafe-inline'; img-src data:", "")
    addresses = r"(?i)https?:|//\w|<link(?! rel=\"icon\" href=\"data:,\">)|url\(|@import|fetch\(|import\("
    assert re.findall(addresses, text) == []
    tab.open(page, 1280)
    assert tab.evaluate("document.title") == "All companies"  # the name of a company ran nothing


def test_without_its_script_the_page_is_complete(tab: Any, page: Path, tmp_path: Path) -> None:
    tab.open(page, 1280)
    with_script = tab.evaluate(CELLS)
    bare = tmp_path / "bare.html"
    bare.write_text(page.read_text().replace(practice_script(), "document.title = 'run'"))
    tab.open(bare, 1280)
    assert tab.evaluate("document.title") == "All companies"  # another script does not run
    assert tab.evaluate(CELLS) == with_script
    assert tab.evaluate("document.querySelectorAll('#tools *, #companies button').length") == 0


def test_on_a_phone_every_figure_is_shown_with_its_label(tab: Any, page: Path) -> None:
    tab.open(page, 390)
    hidden = """[...document.querySelectorAll('#companies tbody td, .attention tbody td')].filter(cell => {
        const box = cell.getBoundingClientRect();
        return box.width === 0 || box.right > innerWidth || box.left < 0;
    }).length"""
    assert tab.evaluate(hidden) == 0
    assert [each.strip('"') for each in tab.evaluate(LABELS)] == [
        "Attention",
        "Last sync",
        "Fresh to",
        "Agreed to",
        "Figures at",
        "Cash",
        "Debtors",
        "Profit to date",
        "Next filing date",
    ]


def test_it_prints_on_a4_across_also_what_is_filtered_out(tab: Any, page: Path) -> None:
    tab.open(page, 1280)
    tab.evaluate("filter.value = 'nothing'; filter.dispatchEvent(new Event('input'))")
    assert tab.evaluate(SHOWN) == []
    tab.send("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll('#companies tbody tr')].filter(row => row.offsetHeight).length"
    assert tab.evaluate(shown) == 5
    heading = "document.querySelector('#companies th').innerText"  # on each page, where no button is printed
    assert (
        tab.evaluate(heading),
        tab.evaluate("document.querySelector('#companies button').offsetWidth"),
    ) == (
        "Company",
        0,
    )
    printed = tab.printed()
    tab.send("Emulation.setEmulatedMedia", media="")
    found = re.findall(rb"/MediaBox \[([^]]*)\]", printed)
    boxes = {tuple(round(float(each)) for each in box.split()) for box in found}
    assert boxes <= {(0, 0, 842, 595), (0, 0, 842, 596)}


def test_it_asks_as_often_for_many_companies_as_for_one(
    make_warehouse: Callable[..., DuckDB], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for number in range(50):
        for table, values in books_of(f"c{number}", f"Company {number}", "1", "1", "1", "1").items():
            rows.setdefault(table, []).extend(values)
    warehouse = make_warehouse(rows)
    asked: list[str] = []
    query = DuckDB.query

    def counted(self: DuckDB, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return query(self, sql, *parameters)

    monkeypatch.setattr(DuckDB, "query", counted)
    ids = [f"c{number}" for number in range(50)]
    assert len(practice_figures(warehouse, ids[:1], TODAY)) == 1
    one = len(asked)
    assert len(practice_figures(warehouse, ids, TODAY)) == 50
    assert len(asked) == 2 * one
    assert len(overview(warehouse, ids, Findings(), {}).companies) == 50


def test_many_companies_of_which_the_same_is_said_are_counted(
    make_warehouse: Callable[..., DuckDB],
) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for number in range(12):
        for table, values in books_of(f"c{number:02}", f"Company {number:02}").items():
            rows.setdefault(table, []).extend(values)
    rows["accbooks.findings"] = [
        (str(number), f"c{number:02}", "comparison_overdue", "warning", *(None,) * 8, "Run it.")
        for number in range(12)
    ]
    warehouse = make_warehouse(rows)
    ids = [f"c{number:02}" for number in range(12)]
    facts = practice_of(warehouse, overview(warehouse, ids, findings(warehouse), {}))
    text = practice_page(facts, {})
    assert "Company 09 (c09)</span> and 2 more, marked in the table of companies</th>" in text
    assert text.count('<span class="tag open">Warnings</span>') == 12
