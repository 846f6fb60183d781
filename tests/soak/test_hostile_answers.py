"""Whole syncs whose server sends one page too large for any books: a sentence, in bounded memory."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from random import Random

import pytest
from accbooks_warehouse.emulator.server import Emulator
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from between import Between, Change
from mutations import Answer
from operators import AMOUNTS, MOST_ABOVE_MEGABYTES, Proven
from raw_answers import MEGABYTE, TOO_MUCH, bomb, zeros

pytestmark = pytest.mark.long

logger = logging.getLogger(__name__)

GZIP_OF_2_GB = bomb(2048 * MEGABYTE)
PLAIN_500_MB = zeros(500 * MEGABYTE)
PAGES = 10**9


def of_pages(answer: Answer) -> list[bytes]:
    """Return a page as it is, of a list that has a thousand million of them."""
    body = json.loads(answer.body)
    body["meta"] |= {"total_pages": PAGES, "total_records": 100 * PAGES}
    return [replace(answer, body=json.dumps(body).encode()).wire]


@dataclass(frozen=True)
class Hostile:
    """An answer instead of the one to a request for a path; `number` counts the requests for it in a sync."""

    path: str
    change: Change
    said: str
    number: int = 1


HOSTILE = (
    Hostile("transactions", lambda _: [GZIP_OF_2_GB], TOO_MUCH.format("more than 32 MiB")),
    Hostile("reports/trial-balance", lambda _: [GZIP_OF_2_GB], TOO_MUCH.format("more than 32 MiB")),
    Hostile("invoices", lambda _: PLAIN_500_MB(b""), TOO_MUCH.format("more than 32 MiB")),
    Hostile("contacts", of_pages, TOO_MUCH.format("a total of 100,000,000,000 records")),
    # once the comparison has found what was edited, and dbt is in memory
    Hostile("invoices", lambda _: [GZIP_OF_2_GB], TOO_MUCH.format("more than 32 MiB"), 2),
)


@pytest.mark.parametrize("database", ["duckdb"], scope="module")  # what is refused reaches none
@pytest.mark.parametrize(
    "hostile", [pytest.param(HOSTILE, marks=pytest.mark.soak), HOSTILE[-1:]], ids=["all", "one"]
)
@pytest.mark.nightly
def test_a_page_too_large_for_any_books_ends_a_sync_within_bounds(
    proven: Proven, served: Emulator, hostile: tuple[Hostile, ...]
) -> None:
    chance, server = Random(7), Between(served)
    peaks = {}
    with server.serving() as raw:
        operator = replace(proven.operator, environment={"SOURCES__ACCBOOKS__BASE_URL": raw.url})
        for each in hostile:
            operator.edit(chance)
            before = {resource: operator.held(resource) for resource in AMOUNTS}
            server.begin(each.path, each.change, each.number)
            dates = ("--from", "1900-01-01") if each.number == 1 else ()
            ended = operator.run("sync", *dates)
            server.end()
            logger.info("%s: %d, %d MB", each, ended.code, ended.peak)
            assert ended.code == ExitStatus.ERROR, ended.said
            assert each.said in ended.said, ended.said
            assert server.changed
            assert len(server.changed) == len(set(server.changed)), "it was tried again"
            peaks[each.path, each.number] = ended.peak
            for resource in AMOUNTS:
                assert operator.held(resource) in (before[resource], operator.in_books(resource)), resource
        ordinary = operator.prove("--from", "1900-01-01")
    logger.info("an ordinary sync: %d MB", ordinary.peak)
    assert {at: peak for at, peak in peaks.items() if peak > ordinary.peak + MOST_ABOVE_MEGABYTES} == {}
