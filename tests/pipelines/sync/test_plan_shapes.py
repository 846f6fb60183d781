"""What a plan says of a first sync, beside what that sync asks for: books of many shapes, in any order."""

from __future__ import annotations

import itertools
from copy import deepcopy

import pendulum
import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.sync.plan import MOST_REQUESTS, plan
from accbooks_warehouse.sources.accbooks.books_calendar import calendar_of_months
from accbooks_warehouse.sources.accbooks.reading.bookmark import bookmarks_of
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.reading.extraction import Extraction
from accbooks_warehouse.sources.accbooks.reading.load_request import LoadRequest
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.tables.reports import requests_for

TODAY = pendulum.today("UTC").date()
DATED = ("transactions", "invoices", "journals")
ORDERS = ("date", "reverse", "shuffled", "id")


def company_of(emulator, **settings):
    return Company("default", Settings(emulator.key, emulator.base_url, **settings))


def asked_by_a_first_sync(emulator):
    """Read all lists as a sync does, and count the reports of the months that turn out to have postings."""
    books = open_books(company_of(emulator).settings)
    held = bookmarks_of({}, books.company_id)
    extraction = Extraction(books, LoadRequest(books.request))
    extraction.package(held)
    while extraction.is_under_way:
        extraction.package(held)
    outcome = extraction.outcome
    calendar = calendar_of_months(outcome.posting_months, books.today, books.financial_year_end)
    return books.budget.requests + sum(map(len, requests_for(calendar).values()))


def moved(record, identifier, day):
    return {**deepcopy(record), "id": identifier, "date": str(day)}


def keep_if(books, accept):
    for resource in DATED:
        for record in books.all(resource):
            if not accept(str(record["date"])):
                books.remove(resource, record["id"])


def posted_invoice(books):
    return [each for each in books.all("invoices") if each["status"] not in {"draft", "void"}][-1]


def add(books, resource, record, days, prefix="more"):
    for number, day in enumerate(days):
        books.put(resource, moved(record, f"{resource[:3]}_{prefix}_{number}", day))


def repeating(books, months=48, each_month=1):
    """Invoices of each of the next months, dated ahead."""
    days = [TODAY.add(months=month) for month in range(1, months + 1) for _ in range(each_month)]
    add(books, "invoices", posted_invoice(books), days)


def gap(books, first, last):
    """Nothing is dated between so many months ago and so many."""
    after, until = str(TODAY.subtract(months=first)), str(TODAY.subtract(months=last))
    keep_if(books, lambda day: not after <= day <= until)


def young(books):
    """AccBooks' start date is years before the first record."""
    books.company["books_start_date"] = str(TODAY.subtract(years=4))
    keep_if(books, lambda day: day >= str(TODAY.subtract(months=14)))


def longer(books, years, each_month, months=range(1, 13), resource="transactions"):
    """Years of records before those there are, in some months of each."""
    start = TODAY.subtract(years=years + 3)
    books.company["books_start_date"] = str(start)
    sample = books.all(resource)[-1] if resource != "invoices" else posted_invoice(books)
    days = [
        start.add(months=month, days=number % 27)
        for month in range(12 * years)
        if start.add(months=month).month in months
        for number in range(each_month)
    ]
    add(books, resource, sample, days)


def drafts(books, number=1_000):
    keep_if(books, lambda day: day >= str(TODAY.subtract(months=3)))
    days = [TODAY.subtract(days=day) for day in range(number)]
    add(books, "invoices", {**books.all("invoices")[-1], "status": "draft"}, days)


def far(books):
    add(books, "invoices", posted_invoice(books), ["0206-01-03", "1995-01-03", "2206-01-03", "9999-12-31"])
    add(books, "journals", books.all("journals")[-1], ["0001-01-03", "1906-01-03"])


def before_the_start(books):
    days = [TODAY.subtract(years=4, months=month) for month in range(1, 130)]
    add(books, "transactions", books.all("transactions")[-1], days)


SHAPES = {
    "as they are": lambda _: None,
    "invoices dated ahead": repeating,
    "many invoices dated ahead": lambda books: repeating(books, months=60, each_month=4),
    "dormant": lambda books: gap(books, 42, 3),
    "dormant in the middle": lambda books: gap(books, 36, 3),
    "dormant for a year": lambda books: gap(books, 24, 12),
    "younger than they say": young,
    "long": lambda books: longer(books, 9, 12),
    "long and busy": lambda books: longer(books, 9, 90),
    "seasonal": lambda books: longer(books, 9, 20, months=(1, 2, 11)),
    "monthly gaps": lambda books: keep_if(books, lambda day: day[5:7] in {"01", "02", "11"}),
    "drafts": drafts,
    "far": far,
    "before the start": before_the_start,
    "no postings": lambda books: keep_if(books, lambda _: False),
}
"""What is done to books before anything is asked of them."""
LARGE = ("long and busy",)


def shapes_and_orders():
    """Return each shape in each order; all but one of each, which take turns, are for the soak."""
    for (number, shape), (turn, order) in itertools.product(enumerate(SHAPES), enumerate(ORDERS)):
        kind = pytest.mark.long if shape in LARGE else ()
        yield pytest.param(shape, order, marks=kind if number % len(ORDERS) == turn else pytest.mark.soak)


@pytest.mark.parametrize(("shape", "order"), list(shapes_and_orders()))
def test_a_first_sync_asks_for_what_the_plan_says(tmp_path, shape, order):
    prepare_dlt()
    settings = EmulatorSettings(plan="enterprise", port=0, order=order)
    with running(settings) as emulator:
        SHAPES[shape](emulator.books)
        found = plan(DuckDB(str(tmp_path / "none.duckdb")), company_of(emulator), None)
        asked = asked_by_a_first_sync(emulator)
        assert emulator.statistics.requests >= found.requests_made
    assert found.requests_made <= MOST_REQUESTS, found
    assert found.fewest <= asked <= found.requests, (found.fewest, asked, found.requests)
    assert found.requests <= 1.5 * found.fewest, (found.fewest, found.requests)
