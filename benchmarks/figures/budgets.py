"""Days that a first sync takes where a key has few requests a day, as the server grants them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.emulated import LISTS
from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Workshop

DAY_LIMITS = (8, 20, 50, 200)
QUICK_DAY_LIMITS = (20,)
SIZES = ("small", "medium")
"""Books of about 60 and of about 660 pages."""
A_LONG_WHILE = 3
"""A case is given up after so many times the days that its bars allow."""
MINUTE_LIMIT, MINUTE = 5, 6
MOST_PER_FLOOR = 1.5


@dataclass(frozen=True)
class Course:
    """How a first sync went, day by day; `pages` and `records` are those of the books, `limit` the day's."""

    limit: int
    pages: int
    records: int
    days: Sequence[Mapping[str, Any]]

    @property
    def until_records(self) -> int | None:
        """Return the days after which all records were in; None if they never were."""
        return next((day for day, each in enumerate(self.days, 1) if each["records"] >= self.records), None)

    @property
    def until_reports(self) -> int | None:
        """Return the days after that until every report was fetched, and the run ended by itself."""
        return len(self.days) - (self.until_records or 0) if self.days[-1]["is_done"] else None

    @property
    def most_days(self) -> int:
        """Return the days that the records may take."""
        return allowed_days(self.pages, self.limit)

    @property
    def most_requests(self) -> int:
        """Return the most requests of a day until all records were in, but for those for reports."""
        days = self.days[: self.until_records]
        return max(int(day["requests"]) - int(day["for_reports"]) for day in days)

    @property
    def days_without_progress(self) -> int:
        """Return how many days before the records were in ended with no more than they began with."""
        landed = [0, *(day["records"] + day["kept"] for day in self.days[: self.until_records])]
        return sum(after <= before for before, after in pairwise(landed))


def allowed_days(requests: int, limit: int) -> int:
    """Return the days that so many requests may take by the bar: twice the fewest, and two."""
    return 2 * math.ceil(requests / limit) + 2


def small_days(workshop: Workshop) -> Iterator[Value]:
    """Sync day after day under each limit, until everything is in and compared."""
    for limit in QUICK_DAY_LIMITS if workshop.quick else DAY_LIMITS:
        for size in SIZES[:1] if workshop.quick else SIZES:
            yield from values_of(course_of(workshop, size, limit))
    yield from small_minutes(workshop)


def course_of(workshop: Workshop, size: str, limit: int) -> Course:
    """Sync books of a size under a limit of requests a day."""
    with workshop.own_books(size=size, daily_limit=limit, minute_limit=1_000) as books:
        records = books.records()
        pages = pages_of(workshop, size)
        days = workshop.run(
            "days",
            books,
            warehouse=workshop.new_warehouse(),
            admin_url=books.admin_url,
            days=A_LONG_WHILE * allowed_days(pages, limit),
        ).result
    return Course(limit, pages, records, days)


def pages_of(workshop: Workshop, size: str) -> int:
    """Return the pages of 100 that the lists of books of a size have."""
    return sum(workshop.books(size=size).pages(name) for name in LISTS)


def values_of(course: Course) -> Iterator[Value]:
    """Return what a course comes to."""
    name = f"{course.pages} pages, {course.limit} a day"
    reports = course.days[-1]["reports"]
    asked = sum(day["requests"] for day in course.days)
    yield Value(
        f"{name}: days until all records are in",
        course.until_records or math.inf,
        Bar(course.most_days),
        note=f"{course.days[-1]['records']:,} of {course.records:,} records, {asked} requests in all",
    )
    yield Value(f"{name}: most requests a day for records", course.most_requests, Bar(2 * course.pages + 2))
    yield Value(f"{name}: days that landed nothing", course.days_without_progress, Bar(0))
    days = math.inf if course.until_reports is None else course.until_reports
    spent = sum(day["for_reports"] for day in course.days)
    note = f"{reports} reports for {spent} requests"
    yield Value(
        f"{name}: days until all is compared",
        days,
        Bar(allowed_days(max(reports, 1), course.limit)),
        note=note,
    )


def small_minutes(workshop: Workshop) -> Iterator[Value]:
    """Load under a limit of five requests a minute, and compare with the windows these take."""
    with workshop.own_books(size="small", minute_limit=MINUTE_LIMIT, minute=MINUTE) as books:
        run = workshop.run("load", books, warehouse=workshop.new_warehouse(), minute=MINUTE)
    floor = (run.asked.requests - 1) // MINUTE_LIMIT * MINUTE
    note = f"{run.asked.requests} requests in minutes of {MINUTE} s, {run.seconds:.1f} s / {floor} s"
    yield Value(
        f"seconds / limit's, {MINUTE_LIMIT} a minute",
        ratio(run.seconds, floor),
        Bar(MOST_PER_FLOOR),
        note=note,
    )
