"""What a practice of a thousand companies costs: our processor time per company, memory, and fairness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import pendulum
from accbooks_warehouse.emulator.settings import key_of

from benchmarks.editor import edit
from benchmarks.emulated import Served
from benchmarks.figure import Bar, Value, ratio
from benchmarks.whole_processes import Elapsed, one_row_by_dlt, parse_ahead, sync_companies
from benchmarks.workshop import Workshop


@dataclass(frozen=True)
class Sizes:
    """How many companies are measured."""

    companies: int = 1_000
    few: int = 50
    first: int = 200
    beside_large: int = 200
    changed: int = 20
    on_postgres: int = 200
    large: str = "large"
    repeats: int = 3


WHOLE = Sizes()
QUICK = Sizes(
    companies=24, few=4, first=6, beside_large=6, changed=2, on_postgres=6, large="small", repeats=1
)
MOST_MEGABYTES = 1_000
LAST_LOAD = """
    select max(loads.inserted_at)
    from accbooks_raw.sync_windows as reads
    inner join accbooks_raw._dlt_loads as loads on reads._dlt_load_id = loads.load_id
    where reads.company_id <> ?
"""


@dataclass
class Practice:
    """Companies of an emulator, and a warehouse that they are synced into."""

    books: Served
    companies: int
    warehouse: str
    folder: Path
    cache: Path

    def sync(self, companies: int | None = None, first: int = 0) -> Elapsed:
        """Sync so many of the companies, from the first one on."""
        numbers = range(first, companies or self.companies)
        keys = {f"company_{number}": key_of(number) for number in numbers}
        return sync_companies(self.books, keys, self.warehouse, self.folder, self.cache)


def practice(workshop: Workshop) -> Iterator[Value]:
    """Compare syncs of many companies with what loading one row takes, and with syncs of fewer."""
    sizes = QUICK if workshop.quick else WHOLE
    cache = workshop.new_folder(made=True)
    parse_ahead(cache)
    one_row = median(one_row_by_dlt(workshop.new_folder()).processor for _ in range(sizes.repeats))
    yield from _many(workshop, sizes, cache, one_row)
    yield from _first(workshop, sizes, cache, one_row)
    yield from _beside_large(workshop, sizes, cache)
    yield from _on_postgres(workshop, sizes, cache)


def _many(workshop: Workshop, sizes: Sizes, cache: Path, one_row: float) -> Iterator[Value]:
    """Sync a thousand companies, and fifty, where nothing changed and where little did."""
    with workshop.own_books(size="tiny", companies=sizes.companies) as books:
        many = _practice(workshop, books, sizes.companies, cache, workshop.new_warehouse)
        few = _practice(workshop, books, sizes.few, cache, workshop.new_warehouse)
        workshop.announce(f"first sync of {sizes.companies} companies")
        first, first_of_few = many.sync(), few.sync()
        served = books.processor
        workshop.announce("nothing changed")
        same, same_of_few = many.sync(), few.sync()
        served = books.processor - served
        for number in range(sizes.changed):
            edit(books.base_url, 1, key_of(number * sizes.companies // sizes.changed))
        workshop.announce(f"{sizes.changed} companies changed")
        changed = many.sync()
    each, many_of_them = same.processor / sizes.companies, f"{sizes.companies:,} companies"
    note = f"{each:.3f} s a company, {many_of_them}; R1 {one_row:.1f} s"
    yield Value(
        "nothing changed, our processor time per company / R1", ratio(each, one_row), Bar(0.12), note=note
    )
    together = same.processor + served
    note = f"{same.seconds:.0f} s / ({same.processor:.0f} s + {served:.0f} s)"
    name = "nothing changed, seconds / (processor time + the emulator's)"
    yield Value(name, ratio(same.seconds, together), Bar(0.7), note=note)
    note = f"{changed.processor:.0f} s / {same.processor:.0f} s"
    name = f"{sizes.changed} changed / nothing changed, processor time"
    yield Value(name, ratio(changed.processor, same.processor), Bar(1.2), note=note)
    peaks = (max(first.megabytes, same.megabytes), max(first_of_few.megabytes, same_of_few.megabytes))
    note = f"{peaks[0]:.0f} MB / {peaks[1]:.0f} MB"
    name = f"peak memory, {many_of_them} / {sizes.few}"
    yield Value(name, ratio(*peaks), Bar(1.3), note=note)
    yield Value("peak memory", peaks[0], Bar(MOST_MEGABYTES), " MB")


def _first(workshop: Workshop, sizes: Sizes, cache: Path, one_row: float) -> Iterator[Value]:
    """Sync companies for the first time, beside a single one."""
    with workshop.own_books(size="tiny", companies=sizes.first) as books:
        one = _practice(workshop, books, 1, cache, workshop.new_warehouse).sync()
        all_of_them = _practice(workshop, books, sizes.first, cache, workshop.new_warehouse).sync()
    beyond = (all_of_them.processor - one.processor) / (sizes.first - 1)
    note = f"({all_of_them.processor:.0f} s - {one.processor:.0f} s) / {sizes.first - 1}"
    name = "first sync, processor time beyond one company's, each / R1"
    yield Value(name, ratio(beyond, one_row), Bar(0.4), note=note)


def _beside_large(workshop: Workshop, sizes: Sizes, cache: Path) -> Iterator[Value]:
    """Sync small companies with and without a large one, and see when the last small one is loaded."""
    seconds = {}
    with workshop.own_books(size="tiny", sizes=[sizes.large], companies=sizes.beside_large + 1) as books:
        for name, first in (("with", 0), ("without", 1)):
            small = _practice(workshop, books, sizes.beside_large + 1, cache, workshop.new_warehouse)
            began = pendulum.now("UTC")
            small.sync(first=first)
            seconds[name] = (_last_load(small.warehouse) - began).total_seconds()
    note = f"{seconds['with']:.0f} s / {seconds['without']:.0f} s"
    name = "last small company loaded, beside a large one / without"
    yield Value(name, ratio(seconds["with"], seconds["without"]), Bar(1.3), note=note)


def _on_postgres(workshop: Workshop, sizes: Sizes, cache: Path) -> Iterator[Value]:
    """Sync where nothing changed, into both databases."""
    taken = {}
    with workshop.own_books(size="tiny", companies=sizes.on_postgres) as books:
        for name, new in (("DuckDB", workshop.new_warehouse), ("PostgreSQL", workshop.new_database)):
            companies = _practice(workshop, books, sizes.on_postgres, cache, new)
            companies.sync()
            taken[name] = companies.sync()
    seconds = [taken[name].seconds for name in ("PostgreSQL", "DuckDB")]
    note = f"{seconds[0]:.0f} s / {seconds[1]:.0f} s, nothing changed, {sizes.on_postgres} companies"
    yield Value("PostgreSQL / DuckDB", ratio(*seconds), Bar(1.5), note=note)


def _practice(
    workshop: Workshop, books: Served, companies: int, cache: Path, new: Callable[[], str]
) -> Practice:
    return Practice(books, companies, new(), workshop.new_folder(made=True), cache)


def _last_load(warehouse: str) -> dt.datetime:
    """Return when the last of the companies but the first, a large one, was loaded."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        ((moment,),) = connection.execute(LAST_LOAD, ["comp_1"]).fetchall()
    loaded: dt.datetime = moment
    return loaded
