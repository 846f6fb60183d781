"""What a small company waits for: whole syncs beside the least that dlt and dbt take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.figure import Bar, Value, ratio
from benchmarks.whole_processes import Elapsed, one_model_by_dbt, one_row_by_dlt, parse_ahead, sync
from benchmarks.workshop import Workshop

REPEATS, QUICK_REPEATS = 5, 1
MINUTE_LIMIT = 1_000
"""Requests a minute, more than a sync needs here. Without a known limit, reports have a load of their own."""
MOST_PER_POSTGRES = 1.5
FIRST = "first sync"
BARS = {
    FIRST: ("R1 + R2", 1.5),
    "nothing changed": ("R1", 1.3),
    "an invoice of this month edited": ("R1 + R2", 1.2),
    "an invoice of two years ago edited": ("R1 + R2", 2.0),
}
"""The most that a sync may take of R1, a process that loads one row with dlt, and R2, `dbt run` of one model.

The project is parsed before, as `make install` does it. The tiny books, some 400 records, are those of one
year; two years ago is in the small ones, of 5,400 records.
"""


@dataclass
class Times:
    """What each kind of process took, once for each repetition."""

    taken: dict[str, list[Elapsed]] = field(default_factory=dict)

    def add(self, name: str, elapsed: Elapsed) -> None:
        """Note one run."""
        self.taken.setdefault(name, []).append(elapsed)

    def seconds(self, *names: str) -> float:
        """Return the seconds of these kinds one after another, of each the median."""
        return sum(median(each.seconds for each in self.taken[name]) for name in names)

    def processor(self, name: str) -> float:
        """Return the median seconds of processor time."""
        return median(each.processor for each in self.taken[name])


def small_syncs(workshop: Workshop) -> Iterator[Value]:
    """Compare four kinds of sync with what loading one row and building one model take, on both databases."""
    databases = {"DuckDB": workshop.new_warehouse, "PostgreSQL": workshop.new_database}
    references, times = Times(), {name: Times() for name in databases}
    cache = workshop.new_folder(made=True)
    parse_ahead(cache)
    for _ in range(QUICK_REPEATS if workshop.quick else REPEATS):
        references.add("R1", one_row_by_dlt(workshop.new_folder()))
        references.add("R2", one_model_by_dbt(workshop.new_folder()))
        for name, new_warehouse in databases.items():
            _sync_in_turn(workshop, new_warehouse, times[name], cache)
        references.add(FIRST, _first_sync_without_install(workshop))
    scale = f"R1 {references.seconds('R1'):.1f} s, R2 {references.seconds('R2'):.1f} s"
    for kind, (against, bar) in BARS.items():
        ours = times["DuckDB"].seconds(kind)
        value = ratio(ours, references.seconds(*against.split(" + ")))
        note = f"{ours:.1f} s, {times['DuckDB'].processor(kind):.1f} s of processor time; {scale}"
        yield Value(f"{kind} / ({against})", value, Bar(bar), note=note)
    ours = references.seconds(FIRST)
    note = f"{ours:.1f} s, {references.processor(FIRST):.1f} s of processor time"
    value = ratio(ours, references.seconds("R1", "R2"))
    yield Value(f"{FIRST} that parses the project / (R1 + R2)", value, note=note)
    for kind in BARS:
        duckdb, postgres = (times[name].seconds(kind) for name in ("DuckDB", "PostgreSQL"))
        note = f"{postgres:.1f} s / {duckdb:.1f} s"
        yield Value(
            f"{kind}, PostgreSQL / DuckDB", ratio(postgres, duckdb), Bar(MOST_PER_POSTGRES), note=note
        )


def _first_sync_without_install(workshop: Workshop) -> Elapsed:
    with workshop.own_books(size="tiny", minute_limit=MINUTE_LIMIT) as books:
        return sync(books, workshop.new_warehouse(), workshop.new_folder(made=True))


def _sync_in_turn(workshop: Workshop, new_warehouse: Callable[[], str], times: Times, cache: Path) -> None:
    first, unchanged, edited, edited_long_ago = BARS
    with workshop.own_books(size="tiny", minute_limit=MINUTE_LIMIT) as books:
        warehouse, folder = new_warehouse(), workshop.new_folder(made=True)
        times.add(first, sync(books, warehouse, folder, cache))
        times.add(unchanged, sync(books, warehouse, folder, cache))
        workshop.run("edit_invoice", books, days_ago=0)
        times.add(edited, sync(books, warehouse, folder, cache))
    with workshop.own_books(size="small", minute_limit=MINUTE_LIMIT) as books:
        warehouse, folder = new_warehouse(), workshop.new_folder(made=True)
        sync(books, warehouse, folder, cache)
        workshop.run("edit_invoice", books, days_ago=2 * 365)
        times.add(edited_long_ago, sync(books, warehouse, folder, cache))
