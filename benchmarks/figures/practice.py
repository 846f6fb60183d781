"""What a practice of a thousand companies costs: our processor time per company, memory, and fairness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import duckdb
import pendulum

from benchmarks.figure import Bar, Value, announced, ratio
from benchmarks.figures.companies import side_by_side, without_limit
from benchmarks.passes import LIMIT, many_companies, practice_of
from benchmarks.whole_processes import one_row_by_dlt
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


def practice(workshop: Workshop) -> Iterator[Value]:
    """Compare syncs of many companies with what loading one row takes, and with syncs of fewer."""
    return announced(workshop, _practice(workshop))


def _practice(workshop: Workshop) -> Iterator[Value]:
    sizes = QUICK if workshop.quick else WHOLE
    one_row = median(one_row_by_dlt(workshop.new_folder()).processor for _ in range(sizes.repeats))
    yield from _many(workshop, sizes, one_row)
    yield from _first(workshop, sizes, one_row)
    yield from _beside_large(workshop, sizes)
    yield from _on_postgres(workshop, sizes)
    yield from without_limit(workshop)
    yield side_by_side(workshop, "pro")


def _many(workshop: Workshop, sizes: Sizes, one_row: float) -> Iterator[Value]:
    """Sync a thousand companies, and fifty, where nothing changed and where little did."""
    with workshop.own_books(size="tiny", companies=sizes.few, **LIMIT) as books:
        few = practice_of(workshop, books, sizes.few, workshop.new_warehouse)
        passes_of_few = (few.sync(), few.sync())
    measured = many_companies(workshop, sizes.companies, sizes.changed)
    first, same, changed = measured.first, measured.unchanged, measured.changed
    served = same.served
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
    peaks = [max(each.megabytes for each in group) for group in ((first, same), passes_of_few)]
    note = f"{peaks[0]:.0f} MB / {peaks[1]:.0f} MB"
    name = f"peak memory, {many_of_them} / {sizes.few}"
    yield Value(name, ratio(*peaks), Bar(1.3), note=note)
    yield Value("peak memory", peaks[0], Bar(MOST_MEGABYTES), " MB")


def _first(workshop: Workshop, sizes: Sizes, one_row: float) -> Iterator[Value]:
    """Sync companies for the first time, beside a single one."""
    with workshop.own_books(size="tiny", companies=sizes.first, **LIMIT) as books:
        one = practice_of(workshop, books, 1, workshop.new_warehouse).sync()
        all_of_them = practice_of(workshop, books, sizes.first, workshop.new_warehouse).sync()
    beyond = (all_of_them.processor - one.processor) / (sizes.first - 1)
    note = f"({all_of_them.processor:.0f} s - {one.processor:.0f} s) / {sizes.first - 1}"
    name = "first sync, processor time beyond one company's, each / R1"
    yield Value(name, ratio(beyond, one_row), Bar(0.4), note=note)


def _beside_large(workshop: Workshop, sizes: Sizes) -> Iterator[Value]:
    """Sync small companies with and without a large one, and see when the last small one is loaded."""
    seconds = {}
    companies = sizes.beside_large + 1
    with workshop.own_books(size="tiny", sizes=[sizes.large], companies=companies, **LIMIT) as books:
        for name, first in (("with", 0), ("without", 1)):
            small = practice_of(workshop, books, companies, workshop.new_warehouse)
            began = pendulum.now("UTC")
            small.sync(first=first)
            seconds[name] = (_last_load(small.warehouse) - began).total_seconds()
    note = f"{seconds['with']:.0f} s / {seconds['without']:.0f} s"
    name = "last small company loaded, beside a large one / without"
    yield Value(name, ratio(seconds["with"], seconds["without"]), Bar(1.3), note=note)


def _on_postgres(workshop: Workshop, sizes: Sizes) -> Iterator[Value]:
    """Sync where nothing changed, into both databases."""
    taken = {}
    with workshop.own_books(size="tiny", companies=sizes.on_postgres, **LIMIT) as books:
        for name, new in (("DuckDB", workshop.new_warehouse), ("PostgreSQL", workshop.new_database)):
            companies = practice_of(workshop, books, sizes.on_postgres, new)
            companies.sync()
            taken[name] = companies.sync()
    seconds = [taken[name].seconds for name in ("PostgreSQL", "DuckDB")]
    note = f"{seconds[0]:.0f} s / {seconds[1]:.0f} s, nothing changed, {sizes.on_postgres} companies"
    yield Value("PostgreSQL / DuckDB", ratio(*seconds), Bar(1.5), note=note)


def _last_load(warehouse: str) -> dt.datetime:
    """Return when the last of the companies but the first, a large one, was loaded."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        ((moment,),) = connection.execute(LAST_LOAD, ["comp_1"]).fetchall()
    loaded: dt.datetime = moment
    return loaded
