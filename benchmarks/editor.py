"""Somebody who edits the books: changes records of the last weeks through the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pendulum
import requests
import simplejson

from benchmarks.emulated import KEY, SECONDS

WEEKS = 4
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
PENNY = Decimal("0.01")


def edit(base_url: str, count: int) -> int:
    """Add a penny to so many recent payments that settle no invoice; returns how many were changed."""
    changed = page = 0
    while changed < count:
        page += 1
        records = payments(base_url, page)
        if not records:
            break
        for record in records:
            if changed < count and record["invoice_id"] is None and record["type"] != "transfer":
                put(
                    base_url,
                    {
                        **record,
                        "net_amount": record["net_amount"] + PENNY,
                        "amount": record["amount"] + PENNY,
                    },
                )
                changed += 1
    return changed


def payments(base_url: str, page: int) -> list[dict[str, Any]]:
    """Return a page of the transactions of the last weeks."""
    since = str(pendulum.today("UTC").subtract(weeks=WEEKS).date())
    params: dict[str, str | int] = {"from": since, "per_page": 100, "page": page}
    answer = requests.get(base_url + "transactions", params=params, headers=HEADERS, timeout=SECONDS)
    records: list[dict[str, Any]] = simplejson.loads(answer.text, use_decimal=True)["data"]
    return records


def put(base_url: str, record: dict[str, Any]) -> None:
    """File a changed transaction; raises requests.HTTPError if AccBooks refuses it."""
    body = simplejson.dumps(record, use_decimal=True)
    url = f"{base_url}transactions/{record['id']}"
    requests.put(url, data=body, headers=HEADERS, timeout=SECONDS).raise_for_status()
