"""A company's report, and the overview of several, as pages of HTML that need nothing but themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines import days
from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.queries.aged_debts import BUCKETS
from accbooks_warehouse.pipelines.queries.compared_reports import ReportState
from accbooks_warehouse.pipelines.queries.figures import Books, Figures
from accbooks_warehouse.pipelines.queries.pack.balance_sheet import difference
from accbooks_warehouse.pipelines.queries.pack.statement import Column
from accbooks_warehouse.pipelines.queries.reconciliation import CAUSES, REPORT_TITLES, UNEXPLAINED
from accbooks_warehouse.pipelines.report import words
from accbooks_warehouse.pipelines.report.aged_debts import SHOWN, debt_rows
from accbooks_warehouse.pipelines.report.drawings import charts
from accbooks_warehouse.pipelines.report.grid import lay_out
from accbooks_warehouse.pipelines.report.headline import key_figures, period_title
from accbooks_warehouse.pipelines.report.labels import (
    column_days,
    column_heading,
    column_title,
    covered_days,
)
from accbooks_warehouse.pipelines.report.policy import script_hash
from accbooks_warehouse.pipelines.report.references import References, account_sections
from accbooks_warehouse.pipelines.report.statement import Row, cash_flow_rows, statement_rows
from accbooks_warehouse.pipelines.report.verdict import Verdict, verdict
from accbooks_warehouse.pipelines.report.worked_out import worked_out
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

LINES_SHOWN = 50
TEMPLATES = Path(__file__).parent / "templates"
SCRIPT = (TEMPLATES / "pack.js").read_text(encoding="utf-8")
"""Opens what a link leads to in browsers that do not do so themselves; the page is complete without it."""
TERM_PLACES = {
    "debtor_days": ("#r0", "#g-turnover"),
    "creditor_days": ("#p0", "#g-cost_of_sales"),
    "current_ratio": ("#position", "#position"),
    "cash_runway": ("#cash", "#cash"),
}
"""Where the terms of each ratio are."""
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
    def of(cls, books: Books, references: References) -> Statements:
        """Return the rows of a company's statements."""
        return cls(
            statement_rows(books.profit_and_loss, references),
            statement_rows(books.balance_sheet, references),
            () if books.cash_flow is None else cash_flow_rows(books.cash_flow),
        )


@dataclass(frozen=True)
class Entry:
    """A company's line in the overview: its pack in brief, what the proof comes to, and its file."""

    name: str
    currency: str | None
    days: Days | None
    amounts: tuple[Decimal, ...]
    verdict: Verdict
    file: str
    made_at: dt.datetime

    @classmethod
    def of(cls, figures: Figures, file: str) -> Entry:
        """Return the line of a company; without books it has no amounts."""
        books = figures.books
        judged = verdict(figures.proof)
        if books is None:
            return cls(figures.name, figures.currency, None, (), judged, file, figures.made_at)
        statement = books.profit_and_loss
        length = "year" if statement.has("year") else "month"
        amounts = (
            statement.value("turnover", length),
            statement.value("net_profit", length),
            books.cash.total,
            books.receivables.total.total,
        )
        return cls(figures.name, figures.currency, books.period.days, amounts, judged, file, figures.made_at)


def report_page(figures: Figures) -> str:
    """Return a company's pack."""
    books = figures.books
    references = None if books is None else References.of(books)
    return template("report.html.jinja").render(
        figures=figures,
        books=books,
        references=references,
        rows=None if books is None or references is None else Statements.of(books, references),
        worked=() if books is None or references is None else worked_out(books, references),
        sections=() if books is None else account_sections(books),
        proof=figures.proof,
        grid=lay_out(figures.proof.month_ends, figures.proof.reports, figures.proof.year_end),
        verdict=verdict(figures.proof),
        key_figures=() if books is None else key_figures(books, figures.currency),
        charts={} if books is None else charts(books, figures.currency),
        period=None if books is None else period_title(books),
        unbalanced=0 if books is None else difference(books.balance_sheet),
        term_places={} if books is None else _term_places(books),
        script=Markup(SCRIPT),  # noqa: S704 - it is a file of this package
        script_hash=script_hash(SCRIPT),
    )


def _term_places(books: Books) -> Mapping[str, tuple[str, ...]]:
    """Return where the terms of each ratio are; a configured layout may have no such group."""
    groups = {f"#g-{each.key}" for each in books.profit_and_loss.groups}
    return {
        key: tuple(
            "#profit" if place.startswith("#g-") and place not in groups else place for place in places
        )
        for key, places in TERM_PLACES.items()
    }


def overview_page(entries: Sequence[Entry]) -> str:
    """Return the overview of several companies, which leads to the pack of each."""
    return template("overview.html.jinja").render(entries=entries, made_at=entries[0].made_at)


def headings(columns: Sequence[Column]) -> Iterator[tuple[str, int]]:
    """Yield what stands above the columns of a month or a year, and how many columns it stands above."""
    for length in dict.fromkeys(each.length for each in columns):
        mine = [each for each in columns if each.length == length]
        yield column_heading(mine[0]), len(mine)


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
        "measured": words.measured,
        "moment": words.moment,
        "count": count,
        "percent": words.percent,
        "column_title": column_title,
        "covered": covered_days,
        "column_days": column_days,
        "headings": headings,
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
        "shown_debtors": SHOWN,
    }
    environment.globals |= shared
    return environment


def template(name: str) -> Template:
    """Return a template of a page."""
    return _environment().get_template(name)
