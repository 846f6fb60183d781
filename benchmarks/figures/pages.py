"""What a page costs beside the queries that it consists of."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Bar, Value, ratio
from benchmarks.figures.models import synced
from benchmarks.workshop import Workshop

MOST_PER_QUERY = 3.0
MOST_MEGABYTES = 500


def pages(workshop: Workshop) -> Iterator[Value]:
    """Write the pack of 65,000 records, as a page and as a workbook, each in a process of its own."""
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
