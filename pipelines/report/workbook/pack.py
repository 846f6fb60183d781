"""The pack's sheets in their order."""

from __future__ import annotations

import io
from collections.abc import Iterator

from accbooks_warehouse.pipelines.days import day
from accbooks_warehouse.pipelines.queries.figures import Figures
from accbooks_warehouse.pipelines.report.headline import key_figures, period_title
from accbooks_warehouse.pipelines.report.labels import CASH_FLOW
from accbooks_warehouse.pipelines.report.verdict import verdict
from accbooks_warehouse.pipelines.report.words import moment
from accbooks_warehouse.pipelines.report.workbook import lists
from accbooks_warehouse.pipelines.report.workbook.sheet import Book
from accbooks_warehouse.pipelines.report.workbook.statements import write_statement
from xlsxwriter.workbook import Workbook

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook(figures: Figures) -> bytes:
    """Return a company's pack as the bytes of an .xlsx file."""
    content = io.BytesIO()
    with Workbook(content, OPTIONS) as written:
        written.set_properties({"title": f"Management accounts of {figures.name}", "comments": "Unaudited"})
        _write(Book(written), figures)
    return content.getvalue()


def _write(book: Book, figures: Figures) -> None:
    """Write the sheets; that of the postings stands last and is written early, because others lead to it."""
    books = figures.books
    book.arrange(list(_names(figures)))
    notes = [figures.name]
    if books is not None:
        notes.append(f"{period_title(books)}, all amounts in {figures.currency or 'base currency'}")
    notes.append("Unaudited")
    _summary(book, figures, notes)
    if books is not None:
        targets = lists.write_postings(book, books, notes)
        write_statement(book, "Profit and loss", books.profit_and_loss, notes, targets=targets)
        write_statement(book, "Balance sheet", books.balance_sheet, notes, targets=targets)
        if books.cash_flow is not None:
            until = (
                [] if books.cash_flow.columns[0].days.end == books.period.as_at else ["To the last month-end"]
            )
            write_statement(
                book,
                "Cash flow",
                books.cash_flow,
                [*notes, *until],
                targets={},
                label=lambda label: CASH_FLOW.get(label, label),
            )
        lists.write_bank(book, books, notes)
        lists.write_ratios(book, books, notes)
        lists.write_debts(book, "Debtors", books.receivables, notes)
        lists.write_open_items(book, "Open to us", books.open_receivables, notes)
        lists.write_debts(book, "Creditors", books.payables, notes)
        lists.write_open_items(book, "Open by us", books.open_payables, notes)
        if books.vat:
            lists.write_vat(book, books, notes)
    lists.write_changes(book, figures, notes)
    lists.write_checks(book, figures, notes)


def _names(figures: Figures) -> Iterator[str]:
    """Yield the names of the sheets in their order."""
    yield "Summary"
    if figures.books is not None:
        yield from ("Profit and loss", "Balance sheet")
        yield from () if figures.books.cash_flow is None else ("Cash flow",)
        yield from ("Bank", "Ratios", "Debtors", "Open to us", "Creditors", "Open by us")
        yield from ("VAT",) if figures.books.vat else ()
    yield from ("Closed periods", "Checks")
    if figures.books is not None:
        yield lists.POSTINGS


def _summary(book: Book, figures: Figures, notes: list[str]) -> None:
    sheet = book.begin("Summary", [30, 22, 60])
    sheet.begin("Management accounts", notes)
    head = sheet.row
    sheet.heads(["", "", ""], 0)
    judged = verdict(figures.proof)
    for label, text in (("Checks", judged.headline), *(("", each) for each in judged.details)):
        sheet.text(0, label, "heading")
        sheet.text(1, text)
        sheet.row += 1
    if figures.books is None:
        sheet.text(0, "Nothing has been posted by then.")
        sheet.row += 1
    else:
        for key in key_figures(figures.books, figures.currency):
            sheet.text(0, key.label, "heading")
            sheet.text(1, f"{key.whole}{key.pence}")
            sheet.text(2, key.note)
            sheet.row += 1
        if figures.as_at and figures.books.period.is_over:
            sheet.text(0, f"As at {day(figures.as_at)}, by the books as they are now.")
            sheet.row += 1
    sheet.text(0, f"Made {moment(figures.made_at)}")
    sheet.row += 1
    sheet.prints(3, first_head=head, last_head=head)
