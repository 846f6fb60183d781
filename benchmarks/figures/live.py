"""What the service that receives webhooks takes, from AccBooks' commit to models that are compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

import requests

from benchmarks.children import child
from benchmarks.editor import PENNY, headers_of, is_plain, put, records_of, with_higher_amount
from benchmarks.emulated import KEY, SECONDS, Served
from benchmarks.figure import Bar, Value, ratio
from benchmarks.listening import Listening, acknowledged, at_once, event_bodies, listening
from benchmarks.whole_processes import one_model_by_dbt
from benchmarks.workshop import Workshop

ALONE, QUICK_ALONE = 50, 5
MANY, DAYS, WRITERS = 200, 20, 16
STEADY_SECONDS, STEADY_PER_SECOND = 120, 5
STARTER_PER_MINUTE = 60
LATENCY = 0.02
FEW_EVENTS, MANY_EVENTS = 100, 10_000
ACKNOWLEDGED = 200
REPEATS = 3
Record = dict[str, Any]


def live(workshop: Workshop) -> Iterator[Value]:
    """Measure the service on both databases, and acknowledgements beside an empty route."""
    reference = median(one_model_by_dbt(workshop.new_folder()).seconds for _ in range(REPEATS))
    databases = {"DuckDB": workshop.new_warehouse, "PostgreSQL": workshop.new_database}
    for name, new_warehouse in databases.items():
        with workshop.own_books(size=workshop.medium, latency=LATENCY) as books:
            folder = workshop.new_folder(made=True)
            workshop.announce(f"the service follows books in {name}")
            with listening(books, new_warehouse(), folder) as service:
                yield from _alone(workshop, books, service, name, reference)
                yield from _many(books, service, name, reference)
                if name == "DuckDB":
                    yield from _acknowledgements(workshop, books, service)
                    yield from _memory(workshop, books, service)
        yield from _steadily(workshop, new_warehouse, name)


def _alone(
    workshop: Workshop, books: Served, service: Listening, name: str, reference: float
) -> Iterator[Value]:
    """Measure one event at a time: an invoice edited, its date kept."""
    invoices = _open_invoices(books)
    taken, asked = [], []
    for number in range(QUICK_ALONE if workshop.quick else ALONE):
        position = service.position
        put(books.base_url, "invoices", _dearer(invoices[number % len(invoices)], number + 1))
        committed = time.time()
        (batch,) = service.wait_for_events(1, position)
        taken.append(batch["heard"] - committed)
        asked.append(batch["requests"])
    last = quantiles(taken, n=20)[-1]
    note = f"{median(taken):.2f} s / {reference:.2f} s"
    yield Value(f"{name}: one event, p50 / R2", ratio(median(taken), reference), Bar(0.5), note=note)
    yield Value(f"{name}: one event, p95 / R2", ratio(last, reference), Bar(1.0), note=f"{last:.2f} s")
    yield Value(f"{name}: requests per event, at most", max(asked), Bar(4))


def _many(books: Served, service: Listening, name: str, reference: float) -> Iterator[Value]:
    """Measure many events within a second, over some days."""
    days: dict[str, list[Record]] = {}
    for record in filter(is_plain, records_of(books.base_url, "transactions", {"from": "2026-01-01"})):
        days.setdefault(record["date"], []).append(record)
    chosen = sorted(days, key=lambda day: len(days[day]))[-DAYS:]
    records = [record for day in chosen for record in days[day]][:MANY]
    position = service.position
    books.reset()
    began = time.time()
    with ThreadPoolExecutor(WRITERS) as writers:
        written = [
            writers.submit(put, books.base_url, "transactions", with_higher_amount(record))
            for record in records
        ]
    for each in written:
        each.result()
    took = time.time() - began
    batches = service.wait_for_events(len(records), position)
    seconds = batches[-1]["heard"] - began
    months = {record["date"][:7] for record in records}
    pairs = len({record["date"] for record in records})
    asked = sum(each["requests"] for each in batches)
    note = f"{seconds:.1f} s with {len(batches)} batches; written within {took:.1f} s"
    yield Value(f"{name}: {len(records)} events / R2", ratio(seconds, reference), Bar(2.5), note=note)
    most = (pairs + 4 * len(months)) * 1.0
    note = f"{asked} requests, {pairs} days in {len(months)} months"
    yield Value(f"{name}: their requests / allowed", ratio(asked, most), Bar(1.0), note=note)


def _acknowledgements(workshop: Workshop, books: Served, service: Listening) -> Iterator[Value]:
    """Compare answers while a batch runs with those of an empty route that has the machine for itself."""
    invoice, company_id = _open_invoices(books)[0], _company_id(books)
    bodies = event_bodies(ACKNOWLEDGED, company_id, invoice)
    path = str(workshop.new_folder(made=True) / "bodies.sqlite")
    with child("benchmarks.empty_route", {"path": path}, workshop.new_folder(made=True)) as route:
        alone = quantiles(acknowledged(route.answer()["url"], bodies, 0.01), n=100)[-1]
    position = service.position
    put(books.base_url, "invoices", _dearer(invoice, 99))
    busy = quantiles(acknowledged(service.url, bodies, 0.01), n=100)[-1]
    service.wait_for_events(len(bodies) + 1, position)
    note = f"{busy * 1000:.1f} ms / {alone * 1000:.1f} ms"
    yield Value(
        "acknowledged while a batch runs, p99 / an empty route", ratio(busy, alone), Bar(3), note=note
    )


def _memory(workshop: Workshop, books: Served, service: Listening) -> Iterator[Value]:
    """Compare the memory after ten thousand events with that after a hundred."""
    invoice, company_id = _open_invoices(books)[0], _company_id(books)
    few = 0.0
    sent = 0
    for count in (FEW_EVENTS, 1_000 if workshop.quick else MANY_EVENTS):
        while sent < count:
            some, position = min(500, count - sent), service.position
            at_once(service.url, event_bodies(some, company_id, invoice))
            service.wait_for_events(some, position)
            sent += some
        few = few or service.megabytes
    many = service.megabytes
    note = f"{many:.0f} MB / {few:.0f} MB"
    yield Value(f"memory after {sent:,} events / after {FEW_EVENTS}", ratio(many, few), Bar(1.2), note=note)


def _steadily(workshop: Workshop, new_warehouse: Callable[[], str], name: str) -> Iterator[Value]:
    """Measure a steady stream of events under the limit of the smallest plan."""
    seconds = 10 if workshop.quick else STEADY_SECONDS
    with (
        workshop.own_books(size="small", latency=LATENCY, plan="starter", minute_limit=None) as books,
        listening(books, new_warehouse(), workshop.new_folder(made=True)) as service,
    ):
        invoices = _open_invoices(books)
        company_id, position = _company_id(books), service.position
        books.reset()
        for _ in range(seconds):
            began = time.monotonic()
            for each in range(STEADY_PER_SECOND):
                body = event_bodies(1, company_id, invoices[each % len(invoices)])
                acknowledged(service.url, body, 0.0)
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
        ended = time.time()
        count = seconds * STEADY_PER_SECOND
        late = service.wait_for_events(count, position)[-1]["heard"] - ended
        refused = books.statistics().refused
    yield Value(f"{name}: the last of a stream is in the models after", max(0.0, late), Bar(120), "s")
    yield Value(f"{name}: answers 429 to a stream of events", refused, Bar(0))


def _open_invoices(books: Served) -> list[Record]:
    invoices = list(records_of(books.base_url, "invoices", {"from": "2026-06-01"}))
    return [each for each in invoices if each["status"] == "sent" and each["type"] == "sales"]


def _dearer(invoice: Record, by: int) -> Record:
    """Return an invoice that costs some pennies more."""
    more = PENNY * by
    first, *others = invoice["line_items"]
    dearer = {**first, "net_amount": first["net_amount"] + more, "unit_price": first["unit_price"] + more}
    totals: dict[str, Decimal] = {
        name: invoice[name] + more for name in ("net_total", "gross_total", "amount_due")
    }
    return {**invoice, "line_items": [dearer, *others], **totals}


def _company_id(books: Served) -> str:
    answer = requests.get(books.base_url + "company", headers=headers_of(KEY), timeout=SECONDS)
    return str(answer.json()["data"]["id"])
