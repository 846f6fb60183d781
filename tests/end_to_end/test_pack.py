"""Every figure of a pack is that of its model, on its page and in its workbook, in both databases."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pendulum
import pytest
from accbooks_warehouse.pipelines.commands.report import Options, asked_for
from accbooks_warehouse.pipelines.destinations import stored_company_ids
from accbooks_warehouse.pipelines.files import BadFileError
from accbooks_warehouse.pipelines.queries.bank_balances import cash
from accbooks_warehouse.pipelines.queries.figures import Asked, Since, figures
from accbooks_warehouse.pipelines.queries.pack import documents as documents_of_packs
from accbooks_warehouse.pipelines.queries.pack.accounts import USUAL_ACCOUNTS
from accbooks_warehouse.pipelines.queries.pack.balance_sheet import balance_sheet, difference
from accbooks_warehouse.pipelines.queries.pack.cash_flow import cash_flow
from accbooks_warehouse.pipelines.queries.pack.open_items import OpenItem, _within_month, open_items
from accbooks_warehouse.pipelines.queries.pack.profit_and_loss import profit_and_loss
from accbooks_warehouse.pipelines.queries.pack.statement import Group, Margin, Result
from accbooks_warehouse.pipelines.queries.reporting_period import a_year_before, reporting_period
from accbooks_warehouse.pipelines.report.page import report_page
from accbooks_warehouse.pipelines.report.words import amount, percent
from accbooks_warehouse.pipelines.report.workbook import workbook

# the figures of all parts from both databases are compared in test_databases_alike.py
pytestmark = [pytest.mark.long, pytest.mark.soak_on("postgres")]
ZERO, PENNY = Decimal(0), Decimal("0.01")


@pytest.fixture(scope="module")
def company(copy):
    """The id of the company."""
    (found,) = stored_company_ids(copy.warehouse)
    return found


@pytest.fixture(scope="module")
def month_ends(copy):
    """The last eight month-ends of the books that are over; at one of them, in March, a year ends."""
    rows = copy.query("select month_end from {models}.months order by 1")
    over = [end for (end,) in rows if end < pendulum.today("UTC").date()]
    return over[-8:]


@pytest.fixture(scope="module")
def packs(copy, company, month_ends):
    """The pack of the last month-end, and that of the seventeenth of its month."""

    def pack(as_at):
        with copy.warehouse.kept_open():
            return figures(copy.warehouse, company, [], pendulum.now("UTC"), Asked(as_at))

    return pack(month_ends[-1]), pack(month_ends[-1].replace(day=17))


def lines_of(statement, column):
    """The amounts of a statement's accounts in a column; bank accounts are one line."""
    place = [each.key for each in statement.columns].index(column)
    return {
        line.accounts: line.values[place]
        for group in statement.groups
        for line in group.lines
        if line.values[place]
    }


def test_the_profit_and_loss_of_each_month_end_is_that_of_its_models(copy, company, month_ends):
    for end in month_ends:
        period = reporting_period(copy.warehouse, company, end, end)
        statement = profit_and_loss(copy.warehouse, company, period)
        for key, kind, start in (
            ("month", "month", period.month.start),
            ("year", "financial_year_to_date", period.days.start),
        ):
            rows = copy.query(
                "select nominal_code, amount, amount_last_year from {models}.profit_and_loss_comparative "
                "where period_type = %s and period_start = %s and period_end = %s",
                kind,
                start,
                end,
            )
            assert lines_of(statement, key) == {(code,): now for code, now, _ in rows if now}
            if statement.has(f"{key}_before"):
                expected = {(code,): before for code, _, before in rows if before}
                assert lines_of(statement, f"{key}_before") == expected
        if end == month_ends[-1]:
            of_month = copy.query(
                "select nominal_code, amount from {models}.profit_and_loss where period_end = %s", end
            )
            assert lines_of(statement, "month") == {(code,): now for code, now in of_month if now}


def test_the_balance_sheet_of_each_month_end_is_that_of_its_model(copy, company, month_ends):
    banks = {code for (code,) in copy.query("select nominal_code from {models}.bank_accounts")}
    for end in month_ends:
        period = reporting_period(copy.warehouse, company, end, end)
        sheet = balance_sheet(copy.warehouse, company, period, USUAL_ACCOUNTS)
        for column, day in (("balance", end), ("balance_before", a_year_before(end))):
            if not sheet.has(column):
                continue
            expected: defaultdict[Any, Decimal] = defaultdict(Decimal)
            rows = copy.query("select nominal_code, amount from {models}.balance_sheet where as_at = %s", day)
            for code, held in rows:
                expected["banks" if code in banks else (code,)] += held
            found = {
                "banks" if set(accounts) & banks else accounts: held
                for accounts, held in lines_of(sheet, column).items()
            }
            assert found == {key: held for key, held in expected.items() if held}
        assert difference(sheet) == ZERO


def test_the_cash_flow_of_each_month_end_is_that_of_its_model(copy, company, month_ends):
    for end in month_ends:
        period = reporting_period(copy.warehouse, company, end, end)
        statement = cash_flow(copy.warehouse, company, period)
        place = [each.key for each in statement.columns].index("month")
        found = {line.label: line.values[place] for group in statement.groups for line in group.lines}
        rows = copy.query("select section, line, amount from {models}.cash_flow where period_end = %s", end)
        assert {label: held for label, held in found.items() if held} == {
            line: held for section, line, held in rows if held and section.endswith("ing")
        }
        totals = {section: held for section, _, held in rows if not section.endswith("ing")}
        for key in ("net_change", "opening_cash", "closing_cash"):
            assert statement.value(key, "month") == totals[key]
        assert statement.value("closing_cash", "year") == totals["closing_cash"]


def test_a_day_within_a_month_is_what_accbooks_prints_for_it(copy, packs):
    books = packs[1].books
    period = books.period
    for key, days in (("month", period.month), ("year", period.days), ("year_before", period.before)):
        printed = copy.report("profit-loss", **{"from": str(days.start), "to": str(days.end)})
        assert lines_of(books.profit_and_loss, key) == {
            (line["nominal_code"],): line["amount"]
            for section in printed["sections"]
            for line in section["lines"]
            if line["amount"]
        }
        assert books.profit_and_loss.value("net_profit", key) == printed["net_profit"]
    for key, day in (("balance", period.as_at), ("balance_before", period.year_before)):
        printed = copy.report("balance-sheet", as_at=str(day))
        assert books.balance_sheet.value("net_assets", key) == printed["net_assets"]
    assert difference(books.balance_sheet) == ZERO
    month_end = period.month.start - dt.timedelta(days=1)
    assert books.cash_flow.columns[0].days.end == month_end
    assert books.cash_since == Since(
        period.month, books.cash.total - books.cash_flow.value("closing_cash", "month"), books.cash.total
    )
    assert packs[0].books.cash_since is None


def test_open_documents_of_a_day_within_a_month_are_carried_on_as_the_model_does(copy, company, month_ends):
    for model in ("aged_receivables", "aged_payables"):
        for end in month_ends[-3:]:
            sql, parameters = _within_month(copy.warehouse, company, model, end, USUAL_ACCOUNTS)
            carried = {OpenItem(*row) for row in copy.warehouse.query(sql, *parameters)}
            assert carried == set(open_items(copy.warehouse, company, model, end, USUAL_ACCOUNTS))


def test_debts_and_cash_are_those_of_the_balance_sheet(packs):
    for pack in packs:
        books = pack.books
        held = lines_of(books.balance_sheet, "balance")
        assert books.receivables.total.total == held["1100",]
        assert books.payables.total.total == held["2100",]
        codes = next(accounts for accounts in held if len(accounts) > 1)
        assert books.cash.total == held[codes] == books.cash.balances[-1].amount
        assert {each.nominal_code for each in books.cash.accounts} == set(codes)


def test_documents_add_up_to_the_figures_that_lead_to_them(packs):
    for pack in packs:
        books = pack.books
        accounts = {each.code: each for each in books.documents.accounts}
        assert books.documents.is_whole
        listed = 0
        for account in accounts.values():
            for year in filter(None, (account.now, account.before)):
                for each in filter(None, (year.earlier, year.month)):
                    assert sum((posting.amount for posting in each.postings), ZERO) == each.total
                    assert {posting.date for posting in each.postings} <= days_of(each.days)
                    listed += len(each.postings)
        assert listed == books.documents.postings
        for statement, now, before in (
            (books.profit_and_loss, "year", "year_before"),
            (books.balance_sheet, "balance", "balance_before"),
        ):
            for column, which in ((now, "now"), (before, "before")):
                for codes, held in lines_of(statement, column).items():
                    if codes != (None,):
                        assert sum(getattr(accounts[code], which).closing for code in codes) == held
        for codes, held in lines_of(books.profit_and_loss, "month").items():
            assert accounts[codes[0]].now.month.total == held


def test_the_lines_of_a_vat_return_add_up_to_its_boxes(packs):
    for pack in packs:
        listed = {(each.period_end, each.box): each.listed for each in pack.books.documents.boxes}
        boxes = [(vat.end, box) for vat in pack.books.vat for box in vat.boxes if box.is_of_documents]
        for end, box in boxes:
            if box.amount:
                assert sum(each.amount for each in listed[end, box.number].postings) == box.amount


def days_of(days):
    return {days.start + dt.timedelta(days=number) for number in range((days.end - days.start).days + 1)}


def test_the_vat_boxes_are_those_of_the_model(copy, packs):
    for vat in packs[0].books.vat:
        rows = copy.query(
            "select box, amount, filed_amount from {models}.vat_return where period_end = %s", vat.end
        )
        assert sorted((each.number, each.amount, each.declared) for each in vat.boxes) == sorted(rows)


def test_margins_and_ratios_are_worked_out_to_the_last_digit(packs):
    books = packs[0].books
    statement, sheet = books.profit_and_loss, books.balance_sheet
    for part in (each for each in statement.parts if isinstance(each, Margin)):
        for column, value in zip(statement.columns, part.values, strict=True):
            over = statement.value(part.part, column.key) / statement.value("turnover", column.key) * 100
            assert value == over.quantize(Decimal("0.1"), ROUND_HALF_UP)
    found = {each.key: each for each in books.ratios}
    debtor, creditor = found["debtor_days"], found["creditor_days"]
    assert debtor.terms[0].amount == lines_of(sheet, "balance")["1100",]
    assert creditor.terms[0].amount == lines_of(sheet, "balance")["2100",]
    for ratio in (debtor, creditor):
        days = ratio.terms[0].amount * ratio.times / ratio.terms[1].amount
        assert ratio.now == days.quantize(Decimal(1), ROUND_HALF_UP)
    current = found["current_ratio"]
    terms = [sheet.value(key, "balance") for key in ("current_assets", "current_liabilities")]
    assert [each.amount for each in current.terms] == terms
    assert current.now == (terms[0] / terms[1]).quantize(PENNY, ROUND_HALF_UP)
    cash, then = (each.amount for each in found["cash_runway"].terms)
    assert cash == books.cash.total
    fell = then - cash
    assert found["cash_runway"].now == (
        (cash * 3 / fell).quantize(Decimal("0.1"), ROUND_HALF_UP) if fell > 0 and cash > 0 else None
    )


class Tables(HTMLParser):
    """The rows of all tables of a page by their captions, the places it has, and those that links lead to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.places: list[str] = []
        self.links: set[str] = set()
        self._rows: list[list[str]] = []
        self._open: list[str] = []
        self._skipped = 0
        self._caption = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places += [given["id"]] if "id" in given else []
        if tag == "a" and given["href"].startswith("#"):
            self.links.add(given["href"][1:])
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"th", "td"}:
            self._rows[-1].append("")
        if tag in {"table", "caption", "th", "td", "span", "svg", "script"}:
            self._open.append(tag)
        if tag == "span" and given.get("class") in {"unseen", "code"}:
            self._skipped = len(self._open)

    def handle_endtag(self, tag):
        if self._open and self._open[-1] == tag:
            if self._skipped == len(self._open):
                self._skipped = 0
            self._open.pop()
        if tag == "table":
            self.tables[" ".join(self._caption.split())] = [row for row in self._rows if row]

    def handle_data(self, data):
        if self._skipped:
            return
        if "caption" in self._open:
            self._caption += data
        elif self._rows and self._rows[-1] and ("th" in self._open or "td" in self._open):
            self._rows[-1][-1] = f"{self._rows[-1][-1]}{data}".strip()


def shown(statement):
    """The rows with amounts of a statement, as a page prints them."""
    rows = []
    for part in statement.parts:
        lines = part.lines if isinstance(part, Group) else ()
        rows += [[amount(value) for value in line.values] for line in lines]
        rows.append([(percent if isinstance(part, Margin) else amount)(value) for value in part.values])
    return rows


def table(tables, beginning):
    (found,) = [rows for caption, rows in tables.items() if caption.startswith(beginning)]
    return found


def test_the_page_prints_these_figures_and_every_link_leads_somewhere(packs):
    for pack in packs:
        page = Tables(report_page(pack))
        books = pack.books
        assert len(page.places) == len(set(page.places))
        assert page.links <= set(page.places)
        for caption, statement in (
            ("Profit and loss,", books.profit_and_loss),
            ("Balance sheet at", books.balance_sheet),
            ("Cash flow,", books.cash_flow),
        ):
            heads = 1 if statement.columns[0].length == "balance" else 2
            printed = [row[1:] for row in table(page.tables, caption)[heads:] if len(row) > 1]
            assert printed == shown(statement)
        owed = table(page.tables, "Owed to us at")
        assert owed[-1] == [
            "Total",
            *(amount(each) for each in (books.receivables.total.total, *books.receivables.total.amounts)),
        ]
        for account in books.documents.accounts:
            postings = [row for row in table(page.tables, f"{account.code} {account.name}: to ") if row[0]]
            listed = filter(None, (account.now.earlier, account.now.month))
            amounts = [amount(each.amount) for found in listed for each in found.postings]
            assert [row[2] for row in postings if re.match(r"\d", row[0]) and len(row) == 3] == amounts
        vat = table(page.tables, "VAT returns as the books are now")[2:]
        assert [row[1:] for row in vat] == [
            [amount(each.boxes[place].amount) for each in books.vat] for place in range(9)
        ]
        ratio_cells = [row[2] for row in table(page.tables, "At ")[1:]]
        assert [text.split()[0] for text in ratio_cells] == [
            "–" if each.now is None else f"{each.now:,}"  # noqa: RUF001
            for each in books.ratios
        ]


def test_the_workbook_holds_these_figures_and_its_formulas_come_to_them(packs, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    pack = packs[0]
    content = workbook(pack)
    written = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for name, statement in (
        ("Profit and loss", pack.books.profit_and_loss),
        ("Balance sheet", pack.books.balance_sheet),
        ("Cash flow", pack.books.cash_flow),
    ):
        rows = [
            [cell for cell in row[2:] if cell is not None]
            for row in written[name].iter_rows(values_only=True)
            if any(isinstance(cell, int | float) for cell in row[2:])
        ]
        assert rows == [
            [float(value / 100 if isinstance(part, Margin) else value) for value in values]
            for part in statement.parts
            for values in [
                *(each.values for each in (part.lines if isinstance(part, Group) else ())),
                part.values,
            ]
        ]
        if statement.columns[0].length == "month":
            assert f"Month: {statement.columns[0].days.end:%b %Y}" in [
                cell.value for cell in written[name][6]
            ]
        formulas = openpyxl.load_workbook(io.BytesIO(content))[name]
        totals = [cell for row in formulas.iter_rows() for cell in row if str(cell.value).startswith("=")]
        results = [each for each in statement.parts if isinstance(each, Result | Margin) or each.lines]
        assert len(totals) == len(results) * len(statement.columns)
    postings = [row[8] for row in written["Postings"].iter_rows(min_row=6, values_only=True)]
    assert len([each for each in postings if isinstance(each, float | int)]) == pack.books.documents.postings
    if office is None:
        pytest.skip("no LibreOffice to calculate the workbook: apt install libreoffice-calc")
    calculated = recalculated(content, office, tmp_path)
    for sheet in written:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
                    assert calculated[sheet.title][cell.coordinate].value == pytest.approx(
                        cell.value, abs=1e-6
                    )
    for sheet in written:
        assert (sheet.page_setup.paperSize, sheet.sheet_properties.pageSetUpPr.fitToPage) == (9, True)
        heads = [cell.value for cell in sheet[6 if sheet.title != "Checks" else 8]]
        assert sheet.print_title_rows.startswith("$8:" if sheet.title == "Checks" else "$6:")
        assert any(heads) or sheet.title == "Summary"


def recalculated(content, office, folder):
    """Return the workbook with the values that LibreOffice works out, once ours are taken away."""
    bare = folder / "bare.xlsx"
    openpyxl.load_workbook(io.BytesIO(content)).save(bare)  # which keeps formulas, and no values of them
    target = folder / "calculated"
    command = [office, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    subprocess.run(
        [*command, "--convert-to", "xlsx", "--outdir", str(target), str(bare)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return openpyxl.load_workbook(target / "bare.xlsx", data_only=True)


def test_banks_have_on_a_day_to_come_what_they_have_today_and_what_is_posted_until_then(copy, company):
    ((last,),) = copy.query("select max(month_end) from {models}.months")
    period = reporting_period(copy.warehouse, company, last, last)
    ((held,),) = copy.query(
        "select sum(debit - credit) from {models}.general_ledger where nominal_code in "
        "(select nominal_code from {models}.bank_accounts)"
    )
    assert cash(copy.warehouse, company, period).total == held != 0


def budget_file(company, month, folder, *rows):
    path = folder / "budget.csv"
    lines = ["company_id,nominal_code,month,amount,category,name", *rows]
    path.write_text("\n".join(lines).format(company=company, month=month) + "\n")
    return path


@pytest.mark.soak_on
def test_a_budget_stands_beside_what_was_and_a_variance_in_brackets_is_bad(copy, company, packs, tmp_path):
    whole, part = packs
    month, year = whole.books.period.month, whole.books.period.days
    path = budget_file(
        company,
        month.start,
        tmp_path,
        "{company},4000,{month},1000.00,,",
        "{company},7100,{month},900.00,,",
        "{company},7955,{month},310.00,overheads,Training",
    )
    days = (month.end - month.start).days + 1
    for pack, counted in ((whole, days), (part, 17)):
        with copy.warehouse.kept_open():
            asked = asked_for(copy.warehouse, Options(pack.books.period.as_at, path))
            found = figures(copy.warehouse, company, [], pendulum.now("UTC"), asked)
        statement = found.books.profit_and_loss
        lines = {each.accounts[0]: each for group in statement.groups for each in group.lines}
        names = [each.key for each in statement.columns]

        def of(code, column, lines=lines, names=names):
            return lines[code].values[names.index(column)]

        for code, planned, sign in (("4000", 1000, 1), ("7100", 900, -1), ("7955", 310, -1)):
            share = (Decimal(planned) * counted / days).quantize(PENNY, ROUND_HALF_UP)
            assert of(code, "month_budget") == share
            assert of(code, "month_variance") == sign * (of(code, "month") - share)
        assert lines["7955"].label == "Training"
        gain = statement.value("net_profit", "month") - statement.value("net_profit", "month_budget")
        assert statement.value("net_profit", "month_variance") == gain
        printed = table(Tables(report_page(found)).tables, "Profit and loss,")
        assert [row[1:] for row in printed[2:] if len(row) > 1] == shown(statement)
        assert f"Budget: {path.name}." in report_page(found)
        # months of the year have no budget, so the year has none
        is_whole = month.start == year.start
        assert "month_variance" in names
        assert ("year_budget" in names, "It has no row of" in report_page(found)) == (is_whole, not is_whole)


def test_a_budget_with_bad_rows_is_refused_with_their_lines_and_changes_nothing(copy, company, tmp_path):
    path = budget_file(
        company, "2026-04-01", tmp_path, "{company},9876,{month},1.00,,", "{company},4000,April,x,,"
    )
    with pytest.raises(BadFileError) as caught:
        asked_for(copy.warehouse, Options(None, path))
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["Line 2", "Line 3", "Line 3"]


def test_of_more_postings_than_a_page_holds_the_largest_are_listed_and_the_rest_is_a_query(
    copy, company, month_ends, monkeypatch
):
    monkeypatch.setattr(documents_of_packs, "MOST", 100)
    with copy.warehouse.kept_open():
        found = figures(copy.warehouse, company, [], pendulum.now("UTC"), Asked(month_ends[-1]))
    held = found.books.documents
    assert not held.is_whole
    sales = next(each for each in held.accounts if each.code == "4000").now
    listed = sales.earlier or sales.month
    assert len(listed.postings) == documents_of_packs.FEWEST < listed.count
    assert listed.total == sum(each.amount for each in listed.postings) + listed.amount_left_out
    rows = copy.query(
        "select -amount from {models}.general_ledger where nominal_code = '4000' "
        "and posting_date between %s and %s order by abs(amount) desc",
        listed.days.start,
        listed.days.end,
    )
    assert sorted(abs(each.amount) for each in listed.postings) == sorted(abs(held) for (held,) in rows[:5])
    page = report_page(found)
    assert "smaller postings not listed here" in page
    query = held.query.replace("nominal_code = '…'", "nominal_code = '4000'")
    query = query.replace("date '…'", f"date '{listed.days.start}'", 1)
    query = query.replace("date '…'", f"date '{listed.days.end}'", 1)
    assert len(copy.warehouse.query(query)) == listed.count
