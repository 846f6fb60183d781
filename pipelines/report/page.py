"""A company's report, and the overview of several, as pages of HTML that need nothing but themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines import days
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.queries.aged_debts import BUCKETS
from accbooks_warehouse.pipelines.queries.compared_reports import ReportState
from accbooks_warehouse.pipelines.queries.figures import Books, Figures
from accbooks_warehouse.pipelines.queries.reconciliation import CAUSES, REPORT_TITLES, UNEXPLAINED
from accbooks_warehouse.pipelines.report import words
from accbooks_warehouse.pipelines.report.aged_debts import debt_rows
from accbooks_warehouse.pipelines.report.balance_sheet import balance_sheet_rows
from accbooks_warehouse.pipelines.report.cash_flow import cash_flow_rows
from accbooks_warehouse.pipelines.report.drawings import charts
from accbooks_warehouse.pipelines.report.grid import lay_out
from accbooks_warehouse.pipelines.report.headline import key_figures, period_title
from accbooks_warehouse.pipelines.report.profit_and_loss import profit_and_loss_rows
from accbooks_warehouse.pipelines.report.statement import Row
from accbooks_warehouse.pipelines.report.verdict import Verdict, verdict
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

LINES_SHOWN = 50
TEMPLATES = Path(__file__).parent / "templates"
SIGNS = {
    ReportState.equal: "✓",
    ReportState.differs: "✗",
    ReportState.incomparable: "~",
    ReportState.outdated: "…",
    ReportState.absent: "·",
}
"""What stands in a cell of the grid besides its colour."""
BUCKET_TITLES = ("Not due", *(f"{bucket[0].upper()}{bucket[1:]} days" for bucket in BUCKETS[1:]))


@dataclass(frozen=True)
class Statements:
    """The rows of each statement, as they are printed."""

    profit_and_loss: tuple[Row, ...]
    balance_sheet: tuple[Row, ...]
    cash_flow: tuple[Row, ...]

    @classmethod
    def of(cls, books: Books) -> Statements:
        """Return the rows of a company's statements."""
        return cls(
            profit_and_loss_rows(books.profit_and_loss),
            balance_sheet_rows(books.balance_sheet),
            cash_flow_rows(books.cash_flow),
        )


@dataclass(frozen=True)
class Entry:
    """A company's line in the overview: its figures, what the proof comes to, and the file of its report."""

    figures: Figures
    verdict: Verdict
    file: str


def report_page(figures: Figures) -> str:
    """Return a company's report."""
    books = figures.books
    return template("report.html.jinja").render(
        figures=figures,
        books=books,
        rows=None if books is None else Statements.of(books),
        proof=figures.proof,
        grid=lay_out(figures.proof.month_ends, figures.proof.reports, figures.proof.year_end),
        verdict=verdict(figures.proof),
        key_figures=() if books is None else key_figures(books, figures.currency),
        charts={} if books is None else charts(books, figures.currency),
        period=None if books is None else period_title(books),
    )


def overview_page(entries: Sequence[Entry]) -> str:
    """Return the overview of several companies, which leads to the report of each."""
    return template("overview.html.jinja").render(entries=entries, made_at=entries[0].figures.made_at)


def _shown(value: object) -> object:
    """Return a text in one line, with what would turn the order of letters round spelled out."""
    return one_line(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    """Return the templates' environment: everything is escaped, and a name that is missing is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters |= {
        "amount": words.amount,
        "day": days.day,
        "short_day": days.short_day,
        "span": days.span,
        "short_span": days.short_span,
        "debt_rows": debt_rows,
        "moment": words.moment,
        "count": count,
    }
    shared: dict[str, Any] = {
        "causes": CAUSES,
        "unexplained": UNEXPLAINED,
        "report_titles": REPORT_TITLES,
        "signs": SIGNS,
        "states": tuple(ReportState),
        "bucket_titles": BUCKET_TITLES,
        "lines_shown": LINES_SHOWN,
        "money": words.money,
    }
    environment.globals |= shared
    return environment


def template(name: str) -> Template:
    """Return a template of a page."""
    return _environment().get_template(name)
