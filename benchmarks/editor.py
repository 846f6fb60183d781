"""Somebody who edits the books through the API: records of the last weeks, or of months long past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count as count_from
from itertools import islice
from random import Random
from typing import Any

import pendulum
import requests
import simplejson

from benchmarks.emulated import KEY, PER_PAGE, SECONDS

WEEKS = 4
PENNY = Decimal("0.01")
OLD_DAYS = 70
"""Months that ended so long ago are long past: no sync reads them without a reason."""


def edit(base_url: str, count: int, key: str = KEY) -> int:
    """Add a penny to so many payments of the last weeks; returns how many were changed."""
    since = pendulum.today("UTC").subtract(weeks=WEEKS).to_date_string()
    records = list(islice(payments(base_url, {"from": since}, key), count))
    for record in records:
        put(base_url, "transactions", with_higher_amount(record), key)
    return len(records)


def edit_months(base_url: str, count: int, seed: int) -> list[str]:
    """Make a payment dearer in each of so many months long past, drawn by the seed; returns the dates.

    By a penny, two, four and so on: equal amounts paid in and out would cancel each other in later balances.
    """
    random = Random(seed)
    months = random.sample(old_months(base_url), count)
    records = [
        random.choice(list(payments(base_url, {"from": str(month), "to": str(month.end_of("month"))})))
        for month in months
    ]
    for number, record in enumerate(records):
        put(base_url, "transactions", with_higher_amount(record, 2**number * PENNY))
    return [record["date"] for record in records]


def edit_invoice(base_url: str, days_ago: int) -> str:
    """Have the youngest sales invoice of at least so many days cost a penny more; returns its date."""
    last = pendulum.today("UTC").subtract(days=days_ago)
    days = {"from": last.subtract(days=366).to_date_string(), "to": last.to_date_string()}
    sales = [each for each in records_of(base_url, "invoices", days) if each["type"] == "sales"]
    invoice = max(sales, key=lambda each: str(each["date"]))
    first, *others = invoice["line_items"]
    dearer = {**first, "net_amount": first["net_amount"] + PENNY, "unit_price": first["unit_price"] + PENNY}
    totals = {name: invoice[name] + PENNY for name in ("net_total", "gross_total", "amount_due")}
    put(base_url, "invoices", {**invoice, "line_items": [dearer, *others], **totals})
    return str(invoice["date"])


def old_months(base_url: str) -> list[pendulum.Date]:
    """Return the first days of the months from the beginning of the books that are long past."""
    answer = requests.get(base_url + "company", headers=headers_of(KEY), timeout=SECONDS).json()
    first = pendulum.Date.fromisoformat(answer["data"]["books_start_date"]).start_of("month")
    last = pendulum.today("UTC").date().subtract(days=OLD_DAYS).start_of("month")
    count = (last.year - first.year) * 12 + last.month - first.month
    return [first.add(months=number) for number in range(count)]


def payments(base_url: str, days: Mapping[str, str], key: str = KEY) -> Iterator[dict[str, Any]]:
    """Yield the payments of these days that count, and stand for themselves alone."""
    return filter(is_plain, records_of(base_url, "transactions", days, key))


def records_of(base_url: str, name: str, days: Mapping[str, str], key: str = KEY) -> Iterator[dict[str, Any]]:
    """Yield the records of a list that are dated in these days."""
    for page in count_from(1):
        params: dict[str, str | int] = {**days, "per_page": PER_PAGE, "page": page}
        answer = requests.get(base_url + name, params=params, headers=headers_of(key), timeout=SECONDS)
        records = simplejson.loads(answer.text, use_decimal=True)["data"]
        if not records:
            return
        yield from records


def is_plain(record: Mapping[str, Any]) -> bool:
    """Tell whether a payment is posted, settles no invoice and is no transfer."""
    return record["invoice_id"] is None and record["type"] != "transfer" and record["status"] == "posted"


def with_higher_amount(record: Mapping[str, Any], by: Decimal = PENNY) -> dict[str, Any]:
    """Return a payment of a little more."""
    return {**record, "net_amount": record["net_amount"] + by, "amount": record["amount"] + by}


def put(base_url: str, name: str, record: dict[str, Any], key: str = KEY) -> None:
    """File a changed record of a list; raises requests.HTTPError if AccBooks refuses it."""
    body = simplejson.dumps(record, use_decimal=True)
    url = f"{base_url}{name}/{record['id']}"
    requests.put(url, data=body, headers=headers_of(key), timeout=SECONDS).raise_for_status()


def headers_of(key: str) -> dict[str, str]:
    """Return what a request with a key has to say of itself."""
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
