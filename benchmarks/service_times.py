"""Service times for the simulation that passes in DuckDB do not tell: PostgreSQL, postings, bytes, events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import requests

from benchmarks.costs import Passes, line_through
from benchmarks.editor import is_plain, put, records_of, with_higher_amount
from benchmarks.emulated import KEY, SECONDS, Served
from benchmarks.figure import Value
from benchmarks.fleets import MILLION, Volume
from benchmarks.listening import listening
from benchmarks.passes import LIMIT, parsed, practice_of
from benchmarks.simulation.world import Costs, Kind, Work
from benchmarks.storage import postings_in, size_of
from benchmarks.whole_processes import sync, transform
from benchmarks.workshop import Workshop

EVENTS_ALONE, EVENTS_TOGETHER = 4, 40


def on_postgres(workshop: Workshop, passes: Passes, costs: dict[Kind, Costs]) -> dict[Kind, Costs]:
    """Return the service times on PostgreSQL, where machines share leases and counts of requests.

    What a run takes beside its companies is that on DuckDB.
    """
    number, most = passes.unchanged.companies, passes.number_changed
    with workshop.own_books(size="tiny", companies=number, **LIMIT) as books:
        companies = practice_of(workshop, books, number, workshop.new_database, shared=True)
        workshop.announce(f"{number} companies in PostgreSQL")
        first, unchanged = companies.sync(), companies.sync()
        companies.change(most)
        changed = companies.sync()
    each = max(0.0, unchanged.processor - costs[Kind.UNCHANGED].start) / number
    as_it_was = _work(costs, Kind.UNCHANGED)
    works = {Kind.UNCHANGED: replace(as_it_was, reading=each, database=unchanged.database / number)}
    of_first = max(0.0, first.processor - passes.first_line.fixed) / number
    works[Kind.FIRST] = Work(
        round(first.requests / number), each, max(0.0, of_first - each), first.database / number
    )
    build = costs[Kind.CHANGED].build
    of_changed = max(0.0, changed.processor - unchanged.processor - build) / most
    database = unchanged.database / number + max(0.0, changed.database - unchanged.database) / most
    works[Kind.CHANGED] = Work(_work(costs, Kind.CHANGED).requests, each, of_changed, database)
    return {kind: replace(costs[kind], works=works) for kind in Kind}


def _work(costs: dict[Kind, Costs], kind: Kind) -> Work:
    return costs[kind].works[kind]


def of_postgres(costs: dict[Kind, Costs]) -> Iterator[Value]:
    """Say what was measured of PostgreSQL, for scale."""
    for kind, each in costs.items():
        work = each.works[kind]
        note = f"{work.loading:.3f} s of it in turn with other runs; PostgreSQL's own {work.database:.3f} s"
        name = f"PostgreSQL, {kind}: processor time of each company"
        yield Value(name, work.reading + work.loading, unit="s", note=note)


@dataclass(frozen=True)
class OneCompany:
    """What one company takes: bytes, and processor time to load and to rebuild, PostgreSQL's included."""

    records: int
    postings: int
    load: float
    rebuild: float
    raw_bytes: int
    bytes: int


def of_postings(workshop: Workshop, name: str, new: Callable[[], str]) -> tuple[Volume, list[Value]]:
    """Measure two companies, of which one is ten times as large, and what its postings take more."""
    sizes = ("tiny", "small") if workshop.quick else ("small", "medium")
    small, large = (_one_company(workshop, size, new, name) for size in sizes)
    load = line_through((small.records, small.load), (large.records, large.load))
    rebuild = line_through((small.postings, small.rebuild), (large.postings, large.rebuild))
    volume = Volume(
        large.raw_bytes / large.records,
        (large.bytes - large.raw_bytes) / large.postings,
        large.postings / large.records,
        load.each,
        rebuild.each,
    )
    records = f"{small.records:,} and {large.records:,} records, PostgreSQL's own included"
    postings = f"{small.postings:,} and {large.postings:,} postings, beyond the run's {rebuild.fixed:.1f} s"
    one = f"{large.raw_bytes / 1e6:.1f} MB raw, {large.bytes / 1e6:.1f} MB in all"
    return volume, [
        Value(f"{name}: to load a million records", volume.load * MILLION, unit="s", note=records),
        Value(f"{name}: to rebuild a million postings", volume.rebuild * MILLION, unit="s", note=postings),
        Value(f"{name}: bytes of a record, raw", volume.record_bytes, note=one),
        Value(f"{name}: bytes of a posting, all models", volume.posting_bytes),
        Value(f"{name}: bytes of a record, with all models", volume.gigabytes(1e9)),
    ]


def _one_company(workshop: Workshop, size: str, new: Callable[[], str], name: str) -> OneCompany:
    """Load a company's records, sync it into another warehouse, and rebuild that."""
    books, folder = workshop.books(size=size), workshop.new_folder(made=True)
    records, raw, everything = books.records(), new(), new()
    workshop.announce(f"a company of {records:,} records in {name}")
    before = workshop.database_processor
    load = workshop.run("load", books, warehouse=raw).processor + workshop.database_processor - before
    sync(books, everything, folder, parsed(workshop))
    before = workshop.database_processor
    rebuild = transform(everything, folder, parsed(workshop)).processor + workshop.database_processor - before
    return OneCompany(records, postings_in(everything), load, rebuild, size_of(raw), size_of(everything))


def of_events(workshop: Workshop) -> Iterator[Value]:
    """Measure what `accbooks listen` takes for a batch of one event, and for each more of a batch."""
    with workshop.own_books(size="small") as books:
        folder = workshop.new_folder(made=True)
        workshop.announce("events, one at a time and many at once")
        with listening(books, workshop.new_warehouse(), folder) as service:
            records = list(islice(_plain(books), EVENTS_ALONE + EVENTS_TOGETHER))
            taken = []
            for part in (*([each] for each in records[:EVENTS_ALONE]), records[EVENTS_ALONE:]):
                position, before = service.position, service.processor
                for record in part:
                    put(books.base_url, "transactions", with_higher_amount(record))
                batches = service.wait_for_events(len(part), position)
                asked = sum(int(each["requests"]) for each in batches)
                taken.append((service.processor - before, len(batches), asked))
    first = taken[1:EVENTS_ALONE]  # the first batch of a service starts dbt
    alone = sum(seconds for seconds, _, _ in first) / len(first)
    seconds, number, asked = taken[-1]
    note = f"{sum(asked for _, _, asked in first) / len(first):.1f} requests"
    yield Value("events: processor time of a batch of one event", alone, unit="s", note=note)
    others = len(records) - EVENTS_ALONE
    note = f"{others} events, {number} batches, {asked} requests, {seconds:.1f} s"
    more = max(0.0, seconds - number * alone) / max(1, others - number)
    yield Value("events: of each more in a batch", more, unit="s", note=note)


def _plain(books: Served) -> Iterator[dict[str, Any]]:
    answer = requests.get(
        books.base_url + "company", headers={"Authorization": f"Bearer {KEY}"}, timeout=SECONDS
    ).json()
    days = {"from": str(answer["data"]["books_start_date"])}
    return filter(is_plain, records_of(books.base_url, "transactions", days))
