"""The statements as sheets: totals, results, variances and margins are formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from accbooks_warehouse.pipelines.queries.pack.statement import (
    Column,
    Group,
    Margin,
    Result,
    Statement,
    Values,
)
from accbooks_warehouse.pipelines.report.labels import column_heading, column_title, result_title
from accbooks_warehouse.pipelines.report.statement import total_title
from accbooks_warehouse.pipelines.report.workbook.sheet import PERCENT, Book, Sheet, at

FIRST = 2
"""The column of the first amount: before it stand code and label."""
HUNDRED = Decimal(100)


def write_statement(
    book: Book,
    name: str,
    statement: Statement,
    notes: Sequence[str],
    *,
    targets: Mapping[str, str],
    label: Callable[[str], str] = str,
) -> Sheet:
    """Write a statement as a sheet; `targets` are the cells with the postings of each account."""
    columns = statement.columns
    sheet = book.begin(name, [8, 46, *[15.0] * len(columns)])
    sheet.begin(name, notes)
    first_head = sheet.row
    _heads(sheet, columns)
    for part in statement.parts:
        match part:
            case Group():
                _group(sheet, part, columns, targets, label)
            case Result():
                _result(sheet, part, columns)
            case Margin():
                _margin(sheet, part)
    sheet.prints(
        FIRST + len(columns),
        first_head=first_head,
        last_head=first_head + (columns[0].length != "balance"),
        landscape=len(columns) > 4,  # noqa: PLR2004 - as many as a portrait page has room for
    )
    return sheet


def _heads(sheet: Sheet, columns: Sequence[Column]) -> None:
    if columns[0].length != "balance":
        for length in dict.fromkeys(each.length for each in columns):
            places = [place for place, each in enumerate(columns) if each.length == length]
            sheet.text(FIRST + places[-1], column_heading(columns[places[0]]), "above")
        sheet.row += 1
    sheet.heads(["Code", "Account", *(column_title(each) for each in columns)], len(columns))


def _group(
    sheet: Sheet,
    group: Group,
    columns: Sequence[Column],
    targets: Mapping[str, str],
    label: Callable[[str], str],
) -> None:
    if not group.lines:
        sheet.places[group.key] = sheet.row
        sheet.text(1, group.title)
        for place, value in enumerate(group.values):
            sheet.number(FIRST + place, value)
        sheet.row += 1
        return
    if not group.is_one_line:
        sheet.text(1, group.title, "heading")
        sheet.row += 1
    first = sheet.row
    for line in group.lines:
        code = line.accounts[0] if len(line.accounts) == 1 else None
        if code in targets:
            sheet.link(0, str(code), targets[str(code)])
        elif code:
            sheet.text(0, code)
        sheet.text(1, label(line.label))
        for place, (column, value) in enumerate(zip(columns, line.values, strict=True)):
            if column.measure == "variance":
                sheet.formula(FIRST + place, _variance(sheet.row, columns, place, line.values), value, "line")
            else:
                sheet.number(FIRST + place, value)
        sheet.row += 1
    sheet.places[group.key] = sheet.row - 1 if group.is_one_line else sheet.row
    if not group.is_one_line:
        _total(sheet, group, first)


def _total(sheet: Sheet, group: Group, first: int) -> None:
    sheet.text(0, "", "total")
    sheet.text(1, total_title(group), "total")
    for place, value in enumerate(group.values):
        span = f"{at(first, FIRST + place)}:{at(sheet.row - 1, FIRST + place)}"
        sheet.formula(FIRST + place, f"SUM({span})", value)
    sheet.row += 1


def _variance(row: int, columns: Sequence[Column], place: int, values: Values) -> str:
    """Return actual less budget, or for costs budget less actual."""
    length = columns[place].length
    found = {each.measure: number for number, each in enumerate(columns) if each.length == length}
    actual, budget = found["actual"], found["budget"]
    is_income = values[actual] - values[budget] == values[place]
    more, less = (actual, budget) if is_income else (budget, actual)
    return f"{at(row, FIRST + more)}-{at(row, FIRST + less)}"


def _result(sheet: Sheet, part: Result, columns: Sequence[Column]) -> None:
    title = result_title(part.key, part.title, is_loss=part.values[0] < 0)
    sheet.text(0, "", "result")
    sheet.text(1, title, "result")
    for place, (column, value) in enumerate(zip(columns, part.values, strict=True)):
        terms = [
            ("+" if sign > 0 or column.measure == "variance" else "-") + sheet.cell(key, FIRST + place)
            for sign, key in part.of
        ]
        sheet.formula(FIRST + place, "".join(terms).lstrip("+") or "0", value, "result")
    sheet.places[part.key] = sheet.row
    sheet.row += 1


def _margin(sheet: Sheet, part: Margin) -> None:
    sheet.text(1, part.title, "margin")
    for place, value in enumerate(part.values):
        over, under = (sheet.places.get(key) for key in (part.part, part.whole))
        if value is None or over is None or under is None:
            sheet.number(FIRST + place, None if value is None else value / HUNDRED, "margin", PERCENT)
        else:
            divided = f"ROUND({at(over, FIRST + place)}/{at(under, FIRST + place)},3)"
            sheet.formula(FIRST + place, divided, value / HUNDRED, "margin", PERCENT)
    sheet.row += 1
