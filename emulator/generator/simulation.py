"""The days of a company's books, one after another."""

import gc
from datetime import date, timedelta

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator import banking, closing, payroll, purchases, sales
from accbooks_warehouse.emulator.generator.bookkeeper import Bookkeeper
from accbooks_warehouse.emulator.generator.people import People, enter_contacts
from accbooks_warehouse.emulator.generator.scale import LOSS_YEAR, LOSS_YEAR_TRADE, SCALES, Scale
from accbooks_warehouse.emulator.rendering import Record
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.emulator.years import year_end, year_start

NAMES = (
    "Harbour & Vale Joinery Ltd",
    "Millbrook Interiors Ltd",
    "Thornbury Tables Ltd",
    "Quayside Fittings Ltd",
)


def generate(settings: Settings, index: int = 0) -> Books:
    """Return the books of company `index`, from the start of its first financial year to `settings.today`."""
    month_day = settings.year_ends[index % len(settings.year_ends)]
    scale = SCALES[settings.size]
    start = first_day(settings.today, month_day, scale.years)
    books = Books(_company(settings, index, month_day, start), settings.order)
    if not scale.volume:
        return books
    seed = f"{settings.seed}/{index}"
    banking.open_accounts(books, start)
    people = enter_contacts(books, scale, seed, start)
    collecting = gc.isenabled()
    gc.disable()  # a million short-lived records and no cycles: the collector would only count them
    try:
        _run(Bookkeeper(books, scale, seed), people, start, settings.today)
    finally:
        if collecting:
            gc.enable()
    return books


def first_day(today: date, month_day: str, years: int) -> date:
    """Return the first day of the financial year `years` - 1 before the one `today` is in."""
    start = year_start(today, month_day)
    for _ in range(years - 1):
        start = year_start(start - timedelta(days=1), month_day)
    return start


def _run(bookkeeper: Bookkeeper, people: People, start: date, today: date) -> None:
    month_day = bookkeeper.books.company["financial_year_end"]
    loss_year = _loss_year(bookkeeper.scale, start, month_day)
    day = start
    while day <= today:
        bookkeeper.start_day(day)
        bookkeeper.trade = LOSS_YEAR_TRADE if year_start(day, month_day) == loss_year else 1.0
        if day == start:
            closing.open_books(bookkeeper, people)
        sales.settle(bookkeeper)
        sales.trade(bookkeeper, people)
        purchases.trade(bookkeeper, people)
        payroll.run(bookkeeper)
        banking.run(bookkeeper, start)
        closing.run(bookkeeper, month_day)
        day += timedelta(days=1)


def _loss_year(scale: Scale, start: date, month_day: str) -> date:
    """Return the first day of the year that makes a loss: the second, or one in the middle of long books."""
    year = start
    for _ in range(max(LOSS_YEAR, scale.years // 3)):
        end = year_end(year.year, month_day)
        end = end if end >= year else year_end(year.year + 1, month_day)
        year = end + timedelta(days=1)
    return year


def _company(settings: Settings, index: int, month_day: str, start: date) -> Record:
    stamp = f"{start}T09:00:00Z"
    return {
        "id": f"comp_{index + 1}",
        "name": NAMES[index % len(NAMES)],
        "company_number": f"{8_123_456 + index:08d}",
        "vat_number": f"GB{123_456_789 + index}",
        "vat_scheme": "standard",
        "base_currency": settings.base_currencies[index % len(settings.base_currencies)],
        "financial_year_end": month_day,
        "books_start_date": start.isoformat(),
        "plan": settings.plan,
        "created_at": stamp,
        "updated_at": stamp,
    }
