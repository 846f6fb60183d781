"""What a page costs beside the queries that it consists of."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Bar, Value, ratio
from benchmarks.figures.models import synced
from benchmarks.workshop import Workshop

MOST_PER_QUERY = 3.0
MOST_MEGABYTES = 500
COMPANIES = 200


def pages(workshop: Workshop) -> Iterator[Value]:
    """Write the pack of 65,000 records, as a page and as a workbook, and the page of a practice.

    Each is written in a process of its own. The practice has 200 companies, copies of one with small books.
    """
    yield from _packs(workshop)
    yield from _practice(workshop)


def _packs(workshop: Workshop) -> Iterator[Value]:
    with workshop.own_books(size=workshop.medium) as books:
        place = workshop.new_warehouse()
        synced(workshop, books, place)
        records = books.records()
        for kind, file_format in (("page", "html"), ("workbook", "xlsx")):
            target = workshop.new_folder(made=True) / f"pack.{file_format}"
            asked = {"warehouse": place, "target": str(target), "file_format": file_format}
            run = workshop.run("pack", books, **asked)
            queries = run.result["queries"]
            seconds = f"{run.seconds:.1f} s / {queries:.1f} s, {records:,} records"
            note = f"{seconds}, {run.result['postings']:,} postings, {run.result['megabytes']:.1f} MB"
            name = f"pack as a {kind}"
            yield Value(
                f"{name}, seconds / its queries'", ratio(run.seconds, queries), Bar(MOST_PER_QUERY), note=note
            )
            yield Value(f"{name}, peak memory", run.megabytes, Bar(MOST_MEGABYTES), unit="MB")


def _practice(workshop: Workshop) -> Iterator[Value]:
    companies, size = (20, "tiny") if workshop.quick else (COMPANIES, "small")
    with workshop.own_books(size=size) as books:
        place = workshop.new_warehouse()
        synced(workshop, books, place)
        workshop.run("copy_company", books, warehouse=place, companies=companies)
        target = workshop.new_folder(made=True) / "practice.html"
        run = workshop.run("practice", books, warehouse=place, target=str(target))
    found, queries = run.result, run.result["queries"]
    seconds = f"{run.seconds:.1f} s / {queries:.1f} s, {found['companies']:,} companies"
    note = f"{seconds}, {found['postings']:,} postings, {found['megabytes']:.1f} MB"
    value = ratio(run.seconds, queries)
    yield Value("page of a practice, seconds / its queries'", value, Bar(MOST_PER_QUERY), note=note)
    yield Value("page of a practice, peak memory", run.megabytes, Bar(MOST_MEGABYTES), unit="MB")
