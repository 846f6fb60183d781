"""The least that reading the books can cost: every page downloaded and parsed, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests

from benchmarks.emulated import KEY, LISTS, PER_PAGE, SECONDS


def download_everything(base_url: str) -> int:
    """Download and parse every page, keep none, and return the number of records."""
    return sum(len(page) for name in LISTS for page in pages(base_url, name))


def pages(base_url: str, name: str) -> Iterator[list[Any]]:
    """Yield the pages of one list, amounts as decimals."""
    number, last = 1, 1
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {KEY}"
        while number <= last:
            params = {"page": number, "per_page": PER_PAGE}
            response = session.get(base_url + name, params=params, timeout=SECONDS)
            response.raise_for_status()
            body = response.json(parse_float=Decimal)
            last = body["meta"]["total_pages"]
            number += 1
            yield body["data"]
