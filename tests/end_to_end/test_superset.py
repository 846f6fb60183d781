"""The dashboards of bi/superset in a real Superset, over PostgreSQL and as its reader, beside the models.

Four companies are configured: one whose closed books changed; one that filed its VAT; one that is overdrawn,
in another currency, with a year that ends within a month; and one whose key AccBooks does not know.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pendulum
import psycopg2
import pytest
import requests
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.queries.comparison import compared_by_company
from accbooks_warehouse.pipelines.queries.practice import practice_figures
from browser import browsing, command_of_chromium
from superset_bundle import BUNDLE, DASHBOARDS, ROOT, Chart, Dashboard
from superset_server import NEEDS_SUPERSET, DashboardTab, Row, Superset, of_browser, plain, run, serving
from test_documents import commands

pytestmark = [pytest.mark.long, NEEDS_SUPERSET]

COMMAND = Path(sys.executable).with_name("accbooks")
READER, PASSWORD = "accbooks_test_of_superset", "p@ss/w%rd"
COMPANY, PRACTICE = DASHBOARDS["AccBooks company"], DASHBOARDS["AccBooks practice"]
TODAY = pendulum.today("UTC").date()
CLOSED = pendulum.date(TODAY.year if TODAY.month > 3 else TODAY.year - 1, 3, 31)
"""The last year end of the first company."""
NAMES = ("alpha", "beta", "gamma")
KEYS = {"alpha": "demo-key", "beta": "demo-key-2", "gamma": "demo-key-3", "delta": "unknown"}
SCREENSHOTS = "ACCBOOKS_TEST_SCREENSHOTS"
"""Names a folder for pictures of the dashboards, to look at."""
EMPTY = {"What is wrong now"}
"""What may have nothing to show of a company."""

LABEL = "upper(left({0}, 1)) || replace(substr({0}, 2), '_', ' ')"
AT_MONTH_END = "company_id = %(id)s and as_at = %(month_end)s"
TODAYS = "company_id = %(id)s and balance_date = current_date"
FILED = (
    "(select min(filed_on) from accbooks.closings where closings.company_id = periods.company_id "
    "and kind = '{}' and closed_through >= period_end)"
)
OF_COMPANY = {
    "Cash today": f"select sum(balance) from accbooks.bank_balances where {TODAYS}",
    "Owed by customers": f"select sum(outstanding) from accbooks.aged_receivables where {AT_MONTH_END}",
    "Owed to suppliers": f"select sum(outstanding) from accbooks.aged_payables where {AT_MONTH_END}",
    "Profit of the year": (
        f"select amount from accbooks.balance_sheet where nominal_code is null and {AT_MONTH_END}"
    ),
    "Turnover, costs and net profit by month": f"""
        select period_start, {LABEL.format("category")}, sum(amount) from accbooks.profit_and_loss
        where company_id = %(id)s and period_start = any(%(months)s) group by period_start, category
        union all
        select period_start, 'Net profit', amount from accbooks.cash_flow
        where company_id = %(id)s and period_start = any(%(months)s) and line_number = 1
    """,
    "Profit and loss of the year to date": f"""
        select {LABEL.format("category")}, nominal_code, name, amount, amount_last_year
        from accbooks.profit_and_loss_comparative
        where
            company_id = %(id)s and period_type = 'financial_year_to_date'
            and period_start = %(start)s and period_end = %(end)s
            and (amount <> 0 or amount_last_year <> 0)
        order by nominal_code
    """,
    "Cash by bank account": """
        select balance_date, name, balance
        from accbooks.bank_balances inner join accbooks.bank_accounts using (company_id, bank_account_id)
        where company_id = %(id)s and balance_date between %(start)s and least(%(year_end)s, current_date)
    """,
    "Bank accounts today": f"""
        select name, bank_balances.currency, balance_in_currency, balance
        from accbooks.bank_balances inner join accbooks.bank_accounts using (company_id, bank_account_id)
        where {TODAYS} order by name
    """,
    "Owed by customers, by days overdue": f"""
        select replace(bucket, 'current', '0'), sum(outstanding)
        from accbooks.aged_receivables where {AT_MONTH_END} group by bucket
    """,
    "Owed to suppliers, by days overdue": f"""
        select replace(bucket, 'current', '0'), sum(outstanding)
        from accbooks.aged_payables where {AT_MONTH_END} group by bucket
    """,
    "Who owes most": f"""
        select contact_name, sum(outstanding), max(days_overdue)
        from accbooks.aged_receivables where {AT_MONTH_END} group by contact_name order by 2 desc
    """,
    "VAT by period": f"""
        select period_start, period_end, period_status, scheme, amount, {FILED.format("vat")}
        from accbooks.vat_return as periods
        where company_id = %(id)s and box = 5 and period_start <= current_date order by period_end desc
    """,
    "What is wrong now": """
        select severity, check_name, period_end, nominal_code, message from accbooks.findings
        where company_id = %(id)s
    """,
}
"""What a chart shows of a company, asked of the models."""
OF_PRACTICE = {
    "Companies": "select 4",
    "Companies with errors": (
        "select count(distinct company_id) from accbooks.findings where severity = 'error'"
    ),
    "Overdrawn bank accounts": (
        "select count(*) from accbooks.bank_balances where balance_date = current_date and balance < 0"
    ),
    "Changed in closed periods": "select 1",
    "What is wrong now": """
        select severity, coalesce(companies.name || ' (' || company_id || ')', company_id), check_name,
            period_end, nominal_code, message
        from accbooks.findings left join accbooks.companies using (company_id)
    """,
    "Findings by check": """
        select check_name, severity, count(*), count(distinct company_id)
        from accbooks.findings group by check_name, severity
    """,
    "Overdrawn today": """
        select companies.name || ' (' || company_id || ')', bank_accounts.name, balance, base_currency
        from accbooks.bank_balances
        inner join accbooks.bank_accounts using (company_id, bank_account_id)
        inner join accbooks.companies using (company_id)
        where balance_date = current_date and balance < 0
    """,
    "Owed by customers for over 90 days": """
        select companies.name || ' (' || company_id || ')', sum(outstanding), max(days_overdue)
        from accbooks.aged_receivables inner join accbooks.companies using (company_id)
        where as_at = %(month_end)s and bucket = 'over 90'
        group by 1
    """,
    "VAT: the last two periods": f"""
        select companies.name || ' (' || company_id || ')', period_end, period_status, amount,
            {FILED.format("vat")}
        from accbooks.vat_return as periods inner join accbooks.companies using (company_id)
        where box = 5 and period_start <= current_date and period_end > current_date - 92
    """,
    "Not recorded as filed": f"""
        select companies.name || ' (' || company_id || ')', filing, period_end
        from (
            select company_id, 'VAT return' as filing, period_end, {FILED.format("vat")} as filed_on
            from accbooks.vat_periods as periods
            union all
            select company_id, 'Annual accounts', period_end, {FILED.format("accounts")}
            from accbooks.financial_periods as periods where period_type = 'financial_year'
            union all
            select company_id, 'Corporation tax return', period_end, {FILED.format("corporation_tax")}
            from accbooks.financial_periods as periods where period_type = 'financial_year'
        ) as periods
        inner join accbooks.companies using (company_id)
        where period_end < current_date and period_end >= current_date - 365 and filed_on is null
    """,
}
"""What a chart shows of all companies, asked of the models."""


@dataclass(frozen=True)
class Year:
    """A financial year of a company, and its months that are over."""

    company: str
    name: str
    facts: Mapping[str, Any]

    @property
    def filters(self) -> dict[str, str]:
        return {"company": self.company, "financial_year": self.name}


@dataclass(frozen=True)
class Books:
    """The warehouse, as its owner asks it."""

    address: str
    reader: str

    def rows(self, query: str, facts: Mapping[str, Any] | None = None) -> list[Row]:
        with closing(psycopg2.connect(self.address)) as connection, connection.cursor() as cursor:
            cursor.execute(query, facts)
            return cursor.fetchall()

    def plain(self, query: str, facts: Mapping[str, Any] | None = None) -> list[Row]:
        return [tuple(map(plain, row)) for row in self.rows(query, facts)]

    def years(self) -> list[Year]:
        """Return the last two financial years of each company that have a month that is over."""
        ((month_end,),) = self.rows(
            "select max(month_end) from accbooks.months where month_end < current_date"
        )
        found = []
        for company_id, name, year_end in self.rows(
            "select company_id, name, financial_year_end from accbooks.companies order by company_id"
        ):
            end = last_year_end(year_end, month_end)
            for last in (end, previous(end)):
                start = previous(last) + dt.timedelta(days=1)
                facts = {
                    "id": company_id,
                    "month_end": month_end,
                    "start": start,
                    "year_end": last,
                    "end": min(last, month_end),
                    "months": months_of(start, last, month_end),
                }
                year = str(last.year) if start.year == last.year else f"{start.year}/{last.year % 100:02}"
                found.append(Year(f"{name} ({company_id})", year, facts))
        return found


def last_year_end(month_and_day: str, month_end: dt.date) -> dt.date:
    """Return the end of the latest year that begins by the end of a month."""
    month, day = map(int, month_and_day.split("-"))
    end = dt.date(month_end.year, month, day)
    return end if end >= month_end else dt.date(month_end.year + 1, month, day)


def previous(year_end: dt.date) -> dt.date:
    return year_end.replace(year=year_end.year - 1)


def months_of(start: dt.date, end: dt.date, until: dt.date) -> list[dt.date]:
    """Return the first days of the months that have most of their days in a year, and are over."""
    first = start.replace(day=1)
    found = []
    while first <= min(end, until):
        days = calendar.monthrange(first.year, first.month)[1]
        last = first.replace(day=days)
        inside = (min(last, end) - max(first, start)).days + 1
        if inside * 2 > days and last <= until:
            found.append(first)
        first = last + dt.timedelta(days=1)
    return found


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    settings = Settings(
        plan="enterprise",
        size="tiny",
        companies=3,
        year_ends=("03-31", "12-31", "05-14"),
        base_currencies=("GBP", "GBP", "EUR"),
    )
    with running(settings) as server:
        yield server


@pytest.fixture(scope="module")
def accbooks(emulator, new_database, tmp_path_factory) -> Iterator[Callable[..., int]]:
    """Run the command on a warehouse in PostgreSQL; returns its exit status."""
    with new_database() as address:
        environment = {name: value for name, value in os.environ.items() if "__" not in name} | {
            "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
            "SOURCES__ACCBOOKS__COMPANIES": json.dumps(KEYS),
            "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
            "DESTINATION__POSTGRES__CREDENTIALS": address,
        }
        folder = tmp_path_factory.mktemp("superset_books")

        def run(*arguments: str) -> int:
            ran = subprocess.run([COMMAND, *arguments], env=environment, cwd=folder, check=False)
            return ran.returncode

        run.address = address  # type: ignore[attr-defined]
        yield run


@pytest.fixture(scope="module")
def books(accbooks, emulator) -> Iterator[Books]:
    """The books as the module describes them, and a role that may read them."""
    destination = ("--destination", "postgres")
    assert accbooks("sync", *destination) == 1, "delta's key is unknown"
    closing_of = ("close", *destination, "--force", "--company")
    assert accbooks(*closing_of, "alpha", "--through", str(CLOSED), "--filed", str(CLOSED.add(days=90))) == 0
    quarter = TODAY.subtract(months=3).last_of("quarter")
    assert accbooks(*closing_of, "beta", "--vat", str(quarter), "--filed", str(quarter.add(days=30))) == 0
    change_a_closed_document(emulator)
    overdraw(emulator)
    assert accbooks("sync", *destination, "--from", str(CLOSED.subtract(months=2))) == 1
    address: str = accbooks.address
    execute(address, f"create role {READER} login password '{PASSWORD}'")
    assert accbooks("grant-reader", READER) == 0
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    yield Books(address, parts._replace(netloc=f"{READER}:{quote(PASSWORD, safe='')}@{host}").geturl())
    execute(address, f"drop owned by {READER}", f"drop role {READER}")


def execute(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def change_a_closed_document(emulator: Emulator) -> None:
    """Change the last payment of the year that the first company closed, behind the pipeline's back."""
    headers = {"Authorization": f"Bearer {KEYS['alpha']}"}
    days = {"from": str(CLOSED.subtract(months=1)), "to": str(CLOSED)}
    found = requests.get(f"{emulator.base_url}transactions", params=days, headers=headers, timeout=10).json()
    record = next(
        each for each in found["data"] if each["type"] == "money_out" and not each.get("invoice_id")
    )
    answer = requests.put(
        f"{emulator.base_url}transactions/{record['id']}",
        json={"amount": 4321.99},
        headers=headers,
        timeout=10,
    )
    answer.raise_for_status()


def overdraw(emulator: Emulator) -> None:
    """Take more from the third company's bank account than it has."""
    lines = [
        {"nominal_code": "1200", "debit": 0, "credit": 5_000_000},
        {"nominal_code": "2300", "debit": 5_000_000, "credit": 0},
    ]
    answer = requests.post(
        f"{emulator.base_url}journals",
        json={"date": str(TODAY), "reference": "J9", "description": "Loan repaid", "lines": lines},
        headers={"Authorization": f"Bearer {KEYS['gamma']}"},
        timeout=10,
    )
    answer.raise_for_status()


@pytest.fixture(scope="module")
def superset(books) -> Iterator[Superset]:
    with serving(books.reader) as served:
        yield served


@pytest.fixture(scope="module")
def browser_tab(tmp_path_factory) -> Iterator[DashboardTab]:
    with browsing(command_of_chromium(), tmp_path_factory.mktemp("chromium")) as socket:
        yield DashboardTab(socket)


def company_row(books: Books, company_id: str) -> Row:
    """Return what `accbooks status` says of the comparison, and how many closed documents changed."""
    compared = compared_by_company(Postgres(books.address), [company_id])[company_id]
    ((agreed_at, errors, warnings),) = books.rows(
        """
        select
            (
                select max(certified_at) from accbooks.certificates
                where depth = 'balances' and company_id = %(id)s
            ),
            count(*) filter (where severity = 'error'),
            count(*) filter (where severity = 'warning')
        from accbooks.findings where company_id = %(id)s
        """,
        {"id": company_id},
    )
    changes = 1 if company_id == "comp_1" else 0
    return tuple(map(plain, (compared.through, agreed_at, errors, warnings, changes)))


def expected_of_company(books: Books, chart: Chart, year: Year) -> list[Row]:
    if chart.name == "Do the figures match AccBooks?":
        return [company_row(books, year.facts["id"])]
    return books.plain(OF_COMPANY[chart.name], year.facts)


def expected_of_practice(books: Books, chart: Chart) -> list[Row]:
    if chart.name != "A line for each company":
        return books.plain(OF_PRACTICE[chart.name], books.years()[0].facts)
    ids = ["comp_1", "comp_2", "comp_3"]
    figures = practice_figures(Postgres(books.address), ids, TODAY)
    lines: list[Row] = [("delta", 1.0, 0.0, 0.0, *[None] * 7)]
    for company_id in ids:
        agreed, agreed_at, errors, warnings, changes = company_row(books, company_id)
        ((name, currency, cash, creditors),) = books.rows(
            f"""
            select name, base_currency,
                (select sum(balance) from accbooks.bank_balances where {TODAYS}),
                (select sum(outstanding) from accbooks.aged_payables where {AT_MONTH_END})
            from accbooks.companies where company_id = %(id)s
            """,
            {"id": company_id, "month_end": figures[company_id].period.as_at},
        )
        amounts = (cash, figures[company_id].debtors, creditors, figures[company_id].profit)
        judged = (errors, warnings, changes, agreed, agreed_at)
        lines.append((f"{name} ({company_id})", *judged, currency, *map(plain, amounts)))
    return lines


def alike(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=repr)


def test_every_chart_of_a_company_shows_what_the_models_have_of_it_and_of_the_year(superset, books):
    kept = superset.charts(COMPANY)
    assert len(kept) == len(COMPANY.charts) == len(OF_COMPANY) + 1
    years = books.years()
    assert len({year.company for year in years}) == 3
    for year in years:
        for number, chart in COMPANY.charts.items():
            filters = {name: year.filters[name] for name in COMPANY.filters_of(number)}
            found = superset.rows(chart, kept[chart.name], filters)
            expected = expected_of_company(books, chart, year)
            assert expected or chart.name in EMPTY, (chart.name, year)
            assert alike(found) == alike(expected), (chart.name, year)


def test_every_chart_of_the_practice_shows_what_the_models_have_of_all_companies(superset, books):
    kept = superset.charts(PRACTICE)
    assert len(kept) == len(PRACTICE.charts) == len(OF_PRACTICE) + 1
    for chart in PRACTICE.charts.values():
        expected = expected_of_practice(books, chart)
        assert expected, chart.name
        assert alike(superset.rows(chart, kept[chart.name], {})) == alike(expected), chart.name


def test_the_practice_shows_exceptions_first_and_can_be_asked_for_one_company(superset, books):
    kept = superset.charts(PRACTICE)
    charts = {chart.name: chart for chart in PRACTICE.charts.values()}
    lines = charts["A line for each company"]
    (first, second, *others) = [row[0] for row in superset.rows(lines, kept[lines.name], {})]
    assert (first, second) == ("delta", books.years()[0].company)
    assert others == sorted(others)
    only = superset.rows(lines, kept[lines.name], {"company": second})
    assert [row[0] for row in only] == [second]


def test_a_browser_shows_the_first_company_and_its_last_year_and_asks_nobody_else(
    superset, books, browser_tab
):
    answers = browser_tab.show(superset, COMPANY)
    year = min(books.years(), key=lambda each: (each.company, -each.facts["year_end"].toordinal()))
    compare_pages(COMPANY, answers, lambda chart: expected_of_company(books, chart, year))
    assert_alone(browser_tab, superset)
    keep_picture(browser_tab, COMPANY)


def test_a_browser_shows_the_practice(superset, books, browser_tab):
    answers = browser_tab.show(superset, PRACTICE)
    compare_pages(PRACTICE, answers, lambda chart: expected_of_practice(books, chart))
    assert_alone(browser_tab, superset)
    keep_picture(browser_tab, PRACTICE)


def test_what_superset_exports_is_the_bundle_with_what_was_changed_until_make_bi_runs_again(
    superset, tmp_path
):
    taken = tmp_path / "bundle"
    shutil.copytree(BUNDLE, taken)
    name, path = "Who owes most", Path("charts/company/who_owes_most.yaml")
    before = contents(taken)

    def exported() -> dict[Path, str]:
        run("export.py", str(taken), environment=superset.environment)
        return contents(taken)

    superset.rename(superset.charts(COMPANY)[name], "Largest debtors")
    changed = exported()
    assert changed == {**before, path: before[path].replace(name, "Largest debtors")}
    assert changed != before
    said = run("set_up.py", environment=superset.environment)
    assert "XXXXXXXXXX" in said
    assert PASSWORD not in said
    assert exported() == before


def test_a_file_made_as_the_page_says_is_imported_and_leaves_the_connection(superset, books, tmp_path):
    (command,) = [each for each in commands("docs/bi.md") if each.startswith("python3 -m zipfile")]
    packed = tmp_path / "accbooks-superset.zip"
    subprocess.run(command.replace(packed.name, str(packed)).split(), cwd=ROOT, check=True)
    before = superset.connection()
    assert READER in before["sqlalchemy_uri"]
    for kind in ("dataset", "chart", "dashboard"):
        superset.import_file(kind, packed)
    assert superset.connection() == before
    chart = next(chart for chart in COMPANY.charts.values() if chart.name == "Cash today")
    year = books.years()[0]
    found = superset.rows(chart, superset.charts(COMPANY)[chart.name], {"company": year.company})
    assert found == expected_of_company(books, chart, year)


def contents(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*.yaml")}


def compare_pages(
    dashboard: Dashboard, answers: Mapping[str, Any], expected: Callable[[Chart], list[Row]]
) -> None:
    """Assert that every chart of a page got what is expected."""
    for chart in dashboard.charts.values():
        answer = answers[chart.name]
        assert answer["error"] is None
        assert alike(of_browser(chart, answer)) == alike(expected(chart)), chart.name


def assert_alone(tab: DashboardTab, superset: Superset) -> None:
    """Assert that a page got nothing from elsewhere: the browser refuses what Superset's pages ask there."""
    tab.settle()
    others = {url for url in tab.requests if url.startswith("http") and not url.startswith(superset.url)}
    refused = [each for each in tab.complaints if "Content Security Policy" in each]
    assert all(any(url in each for each in refused) for url in others), others


def keep_picture(tab: DashboardTab, dashboard: Dashboard) -> None:
    if folder := os.environ.get(SCREENSHOTS):
        (Path(folder) / f"{dashboard.slug}.png").write_bytes(tab.screenshot(whole=False))
