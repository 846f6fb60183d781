"""The sheets that are lists: ratios, debts, VAT, bank accounts, changes, checks, and all postings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from accbooks_warehouse.pipelines.days import short_day, span
from accbooks_warehouse.pipelines.queries.aged_debts import BUCKETS, WITHOUT_CONTACT, Debts
from accbooks_warehouse.pipelines.queries.figures import Books, Figures
from accbooks_warehouse.pipelines.queries.pack.documents import AccountDocuments, Listed
from accbooks_warehouse.pipelines.queries.pack.open_items import OpenItem
from accbooks_warehouse.pipelines.queries.pack.ratios import Ratio
from accbooks_warehouse.pipelines.queries.sections import ZERO
from accbooks_warehouse.pipelines.report.verdict import verdict
from accbooks_warehouse.pipelines.report.workbook.sheet import Book, Sheet, at

FORMS = {
    "days": '#,##0" days";(#,##0)" days"',
    "times": '#,##0.00" times";(#,##0.00)" times"',
    "months": '#,##0.0" months"',
}
DIGITS = {"days": 0, "times": 2, "months": 1}
POSTINGS = "Postings"


def write_ratios(book: Book, books: Books, notes: Sequence[str]) -> None:
    """Write the ratios: each is a formula of its two terms."""
    sheet = book.begin("Ratios", [16, 62, 36, 15, 36, 15, 15, 15])
    sheet.begin("Ratios", notes)
    head = sheet.row
    period = books.period
    titles = ["Ratio", "Formula", "Of", "", "By", "", short_day(period.as_at), short_day(period.year_before)]
    sheet.heads(titles, 2)
    for ratio in books.ratios:
        sheet.text(0, ratio.title, "heading")
        sheet.text(1, ratio.formula + (f" ({ratio.why})" if ratio.why else ""), "prose")
        for place, term in enumerate(ratio.terms):
            sheet.text(2 + 2 * place, term.label)
            sheet.number(3 + 2 * place, term.amount)
        if ratio.now is None:
            sheet.text(6, "–", "head_number")  # noqa: RUF001 - a dash
        else:
            sheet.formula(6, _formula(ratio, sheet.row), ratio.now, "heading", FORMS[ratio.unit])
        sheet.number(7, ratio.before, "line", FORMS[ratio.unit])
        sheet.row += 1
    sheet.prints(8, first_head=head, last_head=head, landscape=True)


def _formula(ratio: Ratio, row: int) -> str:
    part, other = at(row, 3), at(row, 5)
    whole = f"({other}-{part})" if ratio.key == "cash_runway" else other
    times = "" if ratio.times == 1 else f"*{ratio.times}"
    return f"ROUND({part}{times}/{whole},{DIGITS[ratio.unit]})"


def write_debts(book: Book, name: str, debts: Debts, notes: Sequence[str]) -> None:
    """Write the debts by contact, with sums."""
    titles = ("Not due", *(f"{bucket[0].upper()}{bucket[1:]} days" for bucket in BUCKETS[1:]))
    sheet = book.begin(name, [40, 14, *[14.0] * len(BUCKETS)])
    sheet.begin(name, notes)
    head = sheet.row
    sheet.heads(["Contact", "Total", *titles], 1 + len(BUCKETS))
    first, columns = sheet.row, range(2, 2 + len(BUCKETS))
    for debtor in debts.contacts:
        sheet.text(0, debtor.name)
        sheet.formula(1, f"SUM({at(sheet.row, 2)}:{at(sheet.row, columns[-1])})", debtor.total, "line")
        for column, amount in zip(columns, debtor.amounts, strict=True):
            sheet.number(column, amount)
        sheet.row += 1
    sheet.text(0, "Total", "result")
    for column, amount in enumerate((debts.total.total, *debts.total.amounts), 1):
        summed = f"SUM({at(first, column)}:{at(sheet.row - 1, column)})" if debts.contacts else "0"
        sheet.formula(column, summed, amount, "result")
    sheet.row += 1
    sheet.prints(2 + len(BUCKETS), first_head=head, last_head=head, landscape=True)


def write_open_items(book: Book, name: str, items: Sequence[OpenItem], notes: Sequence[str]) -> None:
    """Write every open document, and their sum."""
    sheet = book.begin(name, [40, 24, 16, 14, 14, 14])
    sheet.begin(name, notes)
    head = sheet.row
    sheet.heads(["Contact", "Document", "Dated", "Due", "Days overdue", "Open"], 2)
    first = sheet.row
    for item in items:
        sheet.text(0, item.contact_name or WITHOUT_CONTACT)
        sheet.text(1, item.number or item.source_id or item.source_type)
        sheet.day(2, item.document_date)
        sheet.day(3, item.due_date)
        overdue = None if item.days_overdue is None else Decimal(item.days_overdue)
        sheet.number(4, overdue, "line", "#,##0")
        sheet.number(5, item.outstanding)
        sheet.row += 1
    for column, text in enumerate(("Total", "", "", "", "")):
        sheet.text(column, text, "result")
    total = sum((item.outstanding for item in items), ZERO)
    summed = f"SUM({at(first, 5)}:{at(sheet.row - 1, 5)})" if items else "0"
    sheet.formula(5, summed, total, "result")
    sheet.row += 1
    sheet.prints(6, first_head=head, last_head=head)


def write_vat(book: Book, books: Books, notes: Sequence[str]) -> None:
    """Write the VAT returns, a column each, and one for what was filed; boxes 3 and 5 are formulas."""
    heads: list[str] = []
    for each in books.vat:
        heads += [f"To {short_day(each.end)}, as filed"] if each.closed_at else []
        heads.append(f"To {short_day(each.end)}, now")
    sheet = book.begin("VAT", [6, 62, *[16.0] * len(heads)])
    sheet.begin("VAT", notes)
    head = sheet.row
    sheet.heads(["Box", "", *heads], len(heads))
    first = sheet.row
    for place, box in enumerate(books.vat[0].boxes):
        look = "total" if box.number in {3, 5} else "line"
        sheet.text(0, box.number, look)
        sheet.text(1, box.description, look)
        values: list[Decimal | None] = []
        for each in books.vat:
            mine = each.boxes[place]
            values += [mine.as_closed, mine.amount] if each.closed_at else [mine.amount]
        for column, value in enumerate(values, 2):
            cells = {number: at(first + number - 1, column) for number in range(1, 10)}
            formula = {3: f"{cells[1]}+{cells[2]}", 5: f"{cells[3]}-{cells[4]}"}.get(box.number)
            if formula:
                sheet.formula(column, formula, value, look)
            else:
                sheet.number(column, value, look)
        sheet.row += 1
    sheet.row += 1
    for each in books.vat:
        for note in (each.caution, None if each.status == "finished" else "this period is not over"):
            if note:
                sheet.text(1, f"To {short_day(each.end)}: {note}")
                sheet.row += 1
    sheet.prints(2 + len(heads), first_head=head, last_head=head, landscape=True)


def write_bank(book: Book, books: Books, notes: Sequence[str]) -> None:
    """Write the bank accounts and their sum."""
    sheet = book.begin("Bank", [8, 40, 12, 18, 18])
    sheet.begin("Bank accounts", notes)
    head = sheet.row
    sheet.heads(["Code", "Account", "Currency", "In its currency", "In base currency"], 2)
    first = sheet.row
    for account in books.cash.accounts:
        for column, text in enumerate((account.nominal_code, account.name, account.currency)):
            sheet.text(column, text)
        sheet.number(3, account.in_currency)
        sheet.number(4, account.amount)
        sheet.row += 1
    for column, text in enumerate(("", "Cash at bank and in hand", "", "")):
        sheet.text(column, text, "result")
    summed = f"SUM({at(first, 4)}:{at(sheet.row - 1, 4)})" if books.cash.accounts else "0"
    sheet.formula(4, summed, books.cash.total, "result")
    sheet.row += 1
    sheet.prints(5, first_head=head, last_head=head)


def write_changes(book: Book, figures: Figures, notes: Sequence[str]) -> None:
    """Write what changed in closed periods; the difference is a formula."""
    sheet = book.begin("Closed periods", [30, 12, 36, 14, 30, 16, 16, 16])
    sheet.begin("Changes in closed periods", notes)
    head = sheet.row
    titles = ["Document", "Date", "Contact", "What happened", "Account", "When closed", "Now", "Difference"]
    sheet.heads(titles, 3)
    for each in figures.proof.closed.changes:
        sheet.text(0, f"{each.source_type} {each.document_number or each.source_id}")
        sheet.day(1, each.document_date)
        sheet.text(2, each.contact_name or "")
        sheet.text(3, each.change)
        sheet.text(4, f"{each.nominal_code} {each.nominal_name or ''}")
        sheet.number(5, each.amount_when_closed)
        sheet.number(6, each.amount_now)
        sheet.formula(7, f"{at(sheet.row, 6)}-{at(sheet.row, 5)}", each.difference, "line")
        sheet.row += 1
    if not figures.proof.closed.changes:
        sheet.text(0, "Nothing changed in a closed period, or none is closed.")
        sheet.row += 1
    sheet.prints(8, first_head=head, last_head=head, landscape=True)


def write_checks(book: Book, figures: Figures, notes: Sequence[str]) -> None:
    """Write whether the books match AccBooks, and every finding."""
    judged = verdict(figures.proof)
    sheet = book.begin("Checks", [26, 12, 110])
    sheet.begin("Checks", [*notes, judged.headline, *judged.details])
    head = sheet.row
    sheet.heads(["Check", "Severity", "Finding"], 0)
    for each in figures.proof.findings.rows:
        sheet.text(0, each.check_name)
        sheet.text(1, each.severity)
        sheet.text(2, each.message, "prose")
        sheet.row += 1
    for file in figures.refused_files:
        sheet.text(0, "file_refused")
        sheet.text(1, "warning")
        sheet.text(2, file.message_without_reason, "prose")
        sheet.row += 1
    if not figures.proof.findings.rows and not figures.refused_files:
        sheet.text(0, "No finding.")
        sheet.row += 1
    sheet.prints(3, first_head=head, last_head=head, landscape=True)


def write_postings(book: Book, books: Books, notes: Sequence[str]) -> dict[str, str]:
    """Write the postings behind all figures; returns where those of each account begin."""
    documents = books.documents
    sheet = book.begin(POSTINGS, [8, 30, 22, 12, 13, 18, 30, 44, 15])
    listed = () if documents.is_whole else ("The largest of each account. All of one:", documents.query)
    sheet.begin("Postings", [*notes, *listed])
    head = sheet.row
    sheet.heads(
        ["Code", "Account", "Days", "Date", "Document", "Number", "Contact", "Description", "Amount"], 1
    )
    targets: dict[str, str] = {}
    for account in documents.accounts:
        targets[account.code] = f"'{POSTINGS}'!{at(sheet.row, 0)}"
        for found in _listed(account):
            _write_listed(sheet, account, found)
    sheet.sheet.autofilter(head, 0, max(sheet.row - 1, head), 8)
    sheet.prints(9, first_head=head, last_head=head, landscape=True)
    return targets


def _listed(account: AccountDocuments) -> Iterator[Listed]:
    for year in (account.before, account.now):
        if year:
            yield from (each for each in (year.earlier, year.month) if each)


def _write_listed(sheet: Sheet, account: AccountDocuments, found: Listed) -> None:
    days = span(found.days)
    for each in found.postings:
        for column, text in enumerate((account.code, account.name, days)):
            sheet.text(column, text)
        sheet.day(3, each.date)
        texts = (each.source_type, each.number or each.source_id, each.contact, each.description)
        for column, value in enumerate(texts, 4):
            sheet.text(column, value or "")
        sheet.number(8, each.amount)
        sheet.row += 1
    if found.left_out:
        for column, text in enumerate((account.code, account.name, days)):
            sheet.text(column, text)
        sheet.text(7, f"{found.left_out:,} smaller postings")
        sheet.number(8, found.amount_left_out)
        sheet.row += 1
