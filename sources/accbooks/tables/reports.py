"""Turn AccBooks' own reports into rows, and check them.

A report has to echo the requested dates, belong to the company, and cross-foot. The layouts are assumed; the
profit-and-loss path and its parameters are documented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import pendulum
import pyarrow as pa

from ..books_calendar import Calendar
from ..columns import DATE, EXACT, IDENTIFIER, INTEGER, SUM, TEXT, TIMESTAMP, Column
from ..json_text import exact_json, storable
from .row_hash import json_hash
from .schemas import COMPANY_ID, ROW_HASH, Row, arrow_table, with_row_hash

CODE_BEGINNING = 100
"""How many characters to keep of a nominal code that is too long."""
CURRENCY = Column("currency", TEXT)
ZERO = Decimal(0)
BALANCE_SHEET_ASSETS = ("fixed_assets", "current_assets")
BALANCE_SHEET_LIABILITIES = ("current_liabilities", "long_term_liabilities")
CAPITAL = "capital_and_reserves"


class InconsistentReportError(Exception):
    """A report that contradicts the request or itself; it must not be used."""


@dataclass(frozen=True)
class ReportRequest:
    """One report to fetch; `start` is None for a balance at `end`."""

    end: pendulum.Date
    start: pendulum.Date | None = None

    def __str__(self) -> str:
        return f"as at {self.end}" if self.start is None else f"{self.start} to {self.end}"


Reports = Mapping[str, Sequence[ReportRequest]]
"""What to fetch, by the report's name."""


@dataclass(frozen=True)
class Report:
    """A report endpoint: its path, the dates it echoes, the columns of its lines, and how to parse it."""

    name: str
    path: str
    columns: tuple[Column, ...]
    is_as_at: bool
    flatten: Callable[[Mapping[str, Any]], list[Row]]

    permission = "reports"
    """The permission a key needs to read it (documented)."""

    def dates(self, request: ReportRequest) -> dict[str, str]:
        """Return the request's dates by their names in the API, in parameters and in the echo."""
        if self.is_as_at:
            return {"as_at": request.end.isoformat()}
        start = request.start or request.end
        return {"from": start.isoformat(), "to": request.end.isoformat()}

    @property
    def date_columns(self) -> tuple[str, ...]:
        """Return the names of the date columns, which identify a report."""
        return ("as_at",) if self.is_as_at else ("from", "to")

    @property
    def typed_columns(self) -> tuple[Column, ...]:
        """Return the columns with the report's content."""
        dates = tuple(Column(name, DATE, required=True) for name in self.date_columns)
        stamp = (Column("generated_at", TIMESTAMP),)
        number = (Column("line_number", INTEGER, required=True),)
        return (COMPANY_ID, *dates, *number, CURRENCY, *self.columns, *stamp)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Return the columns of its table."""
        return (*self.typed_columns, ROW_HASH)

    def rows(self, company_id: str, request: ReportRequest, data: Any) -> list[Row]:
        """Return the report's lines as rows, numbered from 1.

        Raises InconsistentReportError if it echoes other dates or another company, does not cross-foot, or
        has an invalid amount.
        """
        if not isinstance(data, dict):
            raise InconsistentReportError("it is not a JSON object")
        dates = self.dates(request)
        echoed = {"company_id": company_id, **dates}
        for name, requested in echoed.items():
            if str(data.get(name)) != requested:
                raise InconsistentReportError(f"it says {name} {data.get(name)}, not {requested}")
        try:
            with localcontext(EXACT):
                lines = self.flatten(data)
            head = {
                "company_id": company_id,
                **{name: DATE.parse(value) for name, value in dates.items()},
                "currency": _label(data.get("currency")),
            }
            generated_at = _optional(TIMESTAMP.parse, data.get("generated_at"))
        except KeyError as error:
            raise InconsistentReportError(f"it cannot be read ({error.args[0]} is missing)") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise InconsistentReportError(f"it cannot be read ({error})") from error
        return [
            {**head, "line_number": number, **line, "generated_at": generated_at}
            for number, line in enumerate(lines, start=1)
        ]

    def table(self, rows: list[Row]) -> pa.Table:
        """Return the lines of reports as their table.

        The row hash covers a line's content, not its position or the time of the report.
        """
        typed = arrow_table(self.typed_columns, rows)
        return with_row_hash(typed, (CURRENCY, *self.columns))


def flatten_trial_balance(data: Mapping[str, Any]) -> list[Row]:
    """Return a trial balance's lines; debits must equal credits, and both must equal their totals."""
    totals = {"total_debit": _money(data["total_debit"]), "total_credit": _money(data["total_credit"])}

    def read(line: Mapping[str, Any]) -> Row:
        return {
            "nominal_code": _code(line["nominal_code"]),
            "name": _label(line.get("name")),
            "category": _label(line.get("category")),
            "debit": _money(line.get("debit") or 0),
            "credit": _money(line.get("credit") or 0),
            **totals,
        }

    lines = _each_read(data["lines"], read)
    _must_equal("total_debit", totals["total_debit"], sum((line["debit"] for line in lines), ZERO))
    _must_equal("total_credit", totals["total_credit"], sum((line["credit"] for line in lines), ZERO))
    _must_equal("the difference of the totals", totals["total_debit"] - totals["total_credit"], ZERO)
    return lines


def flatten_profit_loss(data: Mapping[str, Any]) -> list[Row]:
    """Return a profit and loss' lines; sections, gross and net profit must cross-foot."""
    totals = {"gross_profit": _money(data["gross_profit"]), "net_profit": _money(data["net_profit"])}
    lines, sections = _section_lines(data["sections"], totals)
    gross = _total(sections, ["turnover"]) - _total(sections, ["cost_of_sales"])
    net = gross + _total(sections, ["other_income"]) - _total(sections, ["overheads", "taxation"])
    _must_equal("gross_profit", totals["gross_profit"], gross)
    _must_equal("net_profit", totals["net_profit"], net)
    return lines


def flatten_balance_sheet(data: Mapping[str, Any]) -> list[Row]:
    """Return a balance sheet's lines; sections must cross-foot and net assets equal the capital."""
    totals = {
        "net_assets": _money(data["net_assets"]),
        "total_capital_and_reserves": _money(data["total_capital_and_reserves"]),
    }
    lines, sections = _section_lines(data["sections"], totals)
    assets = _total(sections, BALANCE_SHEET_ASSETS) - _total(sections, BALANCE_SHEET_LIABILITIES)
    _must_equal("net_assets", totals["net_assets"], assets)
    _must_equal(
        "total_capital_and_reserves", totals["total_capital_and_reserves"], _total(sections, [CAPITAL])
    )
    _must_equal("net_assets less capital", totals["net_assets"] - totals["total_capital_and_reserves"], ZERO)
    return lines


def _section_lines(
    sections: Iterable[Mapping[str, Any]], totals: Mapping[str, Decimal]
) -> tuple[list[Row], dict[str, Decimal]]:
    """Return the lines of all sections, and each category's total after checking it."""
    rows: list[Row] = []
    by_category: dict[str, Decimal] = {}
    for section in sections:
        category, total = TEXT.parse(section["category"]), _money(section["total"])
        head = {
            "category": category,
            "section_name": _label(section.get("name")),
            "section_total": total,
        }

        def read(line: Mapping[str, Any], head: Row = head) -> Row:
            return {
                **head,
                "nominal_code": _optional(_code, line["nominal_code"]),
                "name": _label(line.get("name")),
                "amount": _money(line["amount"]),
                **totals,
            }

        lines = _each_read(section["lines"], read, f" of {category}")
        _must_equal(f"the total of {category}", total, sum((line["amount"] for line in lines), ZERO))
        by_category[category] = by_category.get(category, ZERO) + total
        rows.extend(lines)
    return rows, by_category


def _each_read(
    lines: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], Row], place: str = ""
) -> list[Row]:
    """Return the rows of lines; raises ValueError, which names the line, if one cannot be read."""
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(read(line))
        except KeyError as error:
            raise ValueError(f"line {number}{place} has no {error}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number}{place}: {error}") from error
    return rows


def _total(sections: Mapping[str, Decimal], categories: Iterable[str]) -> Decimal:
    return sum((sections.get(category, ZERO) for category in categories), ZERO)


def _must_equal(name: str, stated: Decimal, computed: Decimal) -> None:
    if stated != computed:
        raise InconsistentReportError(f"{name} is given as {stated} and adds up to {computed}")


def _money(value: Any) -> Decimal:
    if value is None:
        raise ValueError("an amount is missing")
    amount: Decimal = SUM.parse(value)
    return amount


def _code(value: Any) -> str:
    """Return the nominal code of a line; one too long for an index is shortened, with a digest.

    No record in the ledger has such a code, so this line differs and the others are compared.
    """
    try:
        code: str = IDENTIFIER.parse(value)
    except ValueError:
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
            raise
        return f"{storable(str(value))[:CODE_BEGINNING]}… ({json_hash(value)})"
    return code


def _label(value: Any) -> str | None:
    """Return text that is not compared; any value is accepted."""
    return value if value is None else str(storable(value if isinstance(value, str) else exact_json(value)))


def _optional(parse: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else parse(value)


def _columns(*texts: str, money: Iterable[str]) -> tuple[Column, ...]:
    named = (Column(name, IDENTIFIER if name == "nominal_code" else TEXT) for name in texts)
    return (*named, *(Column(name, SUM) for name in money))


TRIAL_BALANCE = Report(
    "trial_balance",
    "reports/trial-balance",
    _columns("nominal_code", "name", "category", money=("debit", "credit", "total_debit", "total_credit")),
    is_as_at=True,
    flatten=flatten_trial_balance,
)

BALANCE_SHEET = Report(
    "balance_sheet",
    "reports/balance-sheet",
    _columns(
        "category",
        "section_name",
        "nominal_code",
        "name",
        money=("amount", "section_total", "net_assets", "total_capital_and_reserves"),
    ),
    is_as_at=True,
    flatten=flatten_balance_sheet,
)

PROFIT_LOSS = Report(
    "profit_loss",
    "reports/profit-loss",
    _columns(
        "category",
        "section_name",
        "nominal_code",
        "name",
        money=("amount", "section_total", "gross_profit", "net_profit"),
    ),
    is_as_at=False,
    flatten=flatten_profit_loss,
)

REPORTS = (TRIAL_BALANCE, BALANCE_SHEET, PROFIT_LOSS)


def joined_reports(*some: Reports) -> dict[str, list[ReportRequest]]:
    """Return all these requests, each once, those of the first before those of the others."""
    names = dict.fromkeys(name for each in some for name in each)
    return {
        name: list(dict.fromkeys(request for each in some for request in each.get(name, ())))
        for name in names
    }


def requests_for(calendar: Calendar) -> dict[str, list[ReportRequest]]:
    """Return all reports to compare the books of a calendar with, by the report's name."""
    ends = [ReportRequest(day) for day in calendar.balance_dates]
    periods = [ReportRequest(period.end, period.start) for period in calendar.profit_periods]
    return {report.name: ends if report.is_as_at else periods for report in REPORTS}
