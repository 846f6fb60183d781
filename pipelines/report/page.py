"""A company's report, and the overview of several, as pages of HTML that need nothing but themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines import days
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.queries.reconciliation import REPORT_TITLES
from accbooks_warehouse.pipelines.report import words
from accbooks_warehouse.pipelines.report.aged_debts import BUCKETS
from accbooks_warehouse.pipelines.report.drawings import charts
from accbooks_warehouse.pipelines.report.figures import Figures
from accbooks_warehouse.pipelines.report.grid import Finding
from accbooks_warehouse.pipelines.report.headline import key_figures, period_title
from accbooks_warehouse.pipelines.report.proof import LINES_SHOWN
from accbooks_warehouse.pipelines.report.verdict import DIFFERENCES, Verdict, verdict
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

TEMPLATES = Path(__file__).parent / "templates"
SIGNS = {
    Finding.equal: "✓",
    Finding.differs: "✗",
    Finding.incomparable: "~",
    Finding.outdated: "…",
    Finding.absent: "·",
}
"""What stands in a cell of the grid besides its colour."""
BUCKET_TITLES = ("Not due", *(f"{bucket[0].upper()}{bucket[1:]} days" for bucket in BUCKETS[1:]))


@dataclass(frozen=True)
class Entry:
    """A company's line in the overview: its figures, what the proof comes to, and the file of its report."""

    figures: Figures
    verdict: Verdict
    file: str


def report_page(figures: Figures) -> str:
    """Return a company's report."""
    books = figures.books
    return _template("report.html.jinja").render(
        figures=figures,
        books=books,
        proof=figures.proof,
        verdict=verdict(figures.proof),
        key_figures=() if books is None else key_figures(books, figures.currency),
        charts={} if books is None else charts(books, figures.currency),
        period=None if books is None else period_title(books),
    )


def overview_page(entries: Sequence[Entry]) -> str:
    """Return the overview of several companies, which leads to the report of each."""
    return _template("overview.html.jinja").render(entries=entries, made_at=entries[0].figures.made_at)


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
        "moment": words.moment,
        "count": words.count,
    }
    shared: dict[str, Any] = {
        "differences": DIFFERENCES,
        "report_titles": REPORT_TITLES,
        "signs": SIGNS,
        "findings": tuple(Finding),
        "bucket_titles": BUCKET_TITLES,
        "lines_shown": LINES_SHOWN,
        "money": words.money,
    }
    environment.globals |= shared
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)
