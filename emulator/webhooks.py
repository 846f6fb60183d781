"""Webhooks: events of what changes in the books, signed and sent at least once, as badly as one asks for.

AccBooks documents that webhooks exist and not what they look like; the format here is assumed.
"""

import hashlib
import hmac
import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from random import Random
from time import monotonic
from typing import Any

import requests
from accbooks_warehouse.emulator.books import Change
from accbooks_warehouse.emulator.clock import Clock

logger = logging.getLogger(__name__)

NOUNS = {"transactions": "transaction", "invoices": "invoice", "contacts": "contact", "journals": "journal"}
"""What events call the records of a resource; those of other resources are not told."""
SIGNATURE = "X-AccBooks-Signature"
SENDERS = 8
THREE_DAYS = 3 * 24 * 60 * 60.0


@dataclass(frozen=True)
class Endpoint:
    """Where the events of a company go, and what goes wrong on the way.

    Each of the `secrets` signs every attempt: two while one is rotated. An attempt has `timeout` seconds; one
    that is not answered with 2xx is repeated after `first_wait` seconds, then after `growth` times as many
    each time, and no more once `give_up` seconds have passed. A share of `duplicates` is sent twice, a share
    of `lost` never. Each event waits up to `disorder` seconds, so that later ones overtake it. `skew` seconds
    are added to the time that is signed.
    """

    url: str
    secrets: tuple[str, ...]
    timeout: float = 10.0
    first_wait: float = 5.0
    growth: float = 3.0
    give_up: float = THREE_DAYS
    duplicates: float = 0.0
    lost: float = 0.0
    disorder: float = 0.0
    skew: float = 0.0


@dataclass(frozen=True)
class Event:
    """What is sent: the bytes of the body, and for which company."""

    company: int
    body: bytes


@dataclass(order=True)
class Attempt:
    """One sending of an event: when, and how long it has been tried."""

    due: float
    number: int
    event: Event = field(compare=False)
    began: float = field(compare=False)
    wait: float = field(compare=False)


class Webhooks:
    """Sends the events of all companies in threads of its own. May be called from any thread."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._random = Random(f"{seed}/webhooks")
        self._clock = clock
        self._endpoints: dict[int, Endpoint] = {}
        self._numbers = count(1)
        self._attempts: list[Attempt] = []
        self._changed = threading.Condition()
        self._in_flight = 0
        self._closed = False
        self._scheduler: threading.Thread | None = None
        self.counts: Counter[str] = Counter()

    def register(self, company: int, endpoint: Endpoint) -> None:
        """Send the events of a company (counted from 0) there from now on, also those still waiting."""
        with self._changed:
            self._endpoints[company] = endpoint
            if self._scheduler is None:
                self._scheduler = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._scheduler.start()
            self._changed.notify_all()

    def unregister(self, company: int) -> None:
        """Send no events of a company any more, and drop those that wait."""
        with self._changed:
            self._endpoints.pop(company, None)
            self._attempts = [each for each in self._attempts if each.event.company != company]
            heapify(self._attempts)
            self._changed.notify_all()

    def tell_change(self, company: int, details: Mapping[str, Any], change: Change) -> None:
        """Queue the event of a change in the books of the company with these details.

        Its date is the record's after the change, or before a deletion.
        """
        if (noun := NOUNS.get(change.resource)) is None:
            return
        moved = change.verb == "updated" and change.previous_date != change.date
        data = {
            "id": change.record_id,
            "date": change.date or None,
            "previous_date": change.previous_date if moved else None,
        }
        self.tell(company, str(details["id"]), f"{noun}.{change.verb}", data)

    def tell(self, company: int, company_id: str, type_: str, data: Mapping[str, Any]) -> None:
        """Queue an event of any type, if the company has an endpoint."""
        with self._changed:
            endpoint = self._endpoints.get(company)
            if endpoint is None:
                return
            self.counts["events"] += 1
            if self._random.random() < endpoint.lost:
                self.counts["lost"] += 1
                return
            body = {
                "id": f"evt_{self._random.getrandbits(64):016x}",
                "type": type_,
                "company_id": company_id,
                "created_at": self._clock.stamp(),
                "data": dict(data),
            }
            event = Event(company, json.dumps(body).encode())
            for _ in range(2 if self._random.random() < endpoint.duplicates else 1):
                self._queue(event, endpoint)

    def wait_until_sent(self, seconds: float) -> bool:
        """Wait until nothing waits or is being sent; tell whether that came within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._attempts and not self._in_flight, seconds)

    def wait_for(self, outcome: str, attempts: int, seconds: float) -> bool:
        """Wait until so many attempts had an outcome; tell whether that came within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.counts[outcome] >= attempts, seconds)

    def summary(self) -> dict[str, int]:
        """Return how many events there were, and what became of the attempts to send them."""
        with self._changed:
            return {**self.counts, "waiting": len(self._attempts) + self._in_flight}

    def close(self) -> None:
        """Send nothing more, and wait for what is being sent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._scheduler is not None:
            self._scheduler.join()

    def _queue(self, event: Event, endpoint: Endpoint) -> None:
        now = monotonic()
        due = now + self._random.uniform(0, endpoint.disorder)
        heappush(self._attempts, Attempt(due, next(self._numbers), event, now, endpoint.first_wait))
        self._changed.notify_all()

    def _run(self) -> None:
        with ThreadPoolExecutor(SENDERS, "webhook") as senders:
            while (attempt := self._next()) is not None:
                senders.submit(self._send, attempt)

    def _next(self) -> Attempt | None:
        """Wait for the attempt that is due first, and count it as in flight; None once all is closed."""
        with self._changed:
            while not self._closed:
                wait = self._attempts[0].due - monotonic() if self._attempts else None
                if wait is not None and wait <= 0 and self._in_flight < SENDERS:
                    self._in_flight += 1
                    return heappop(self._attempts)
                self._changed.wait(wait if wait is None or wait > 0 else None)
        return None

    def _send(self, attempt: Attempt) -> None:
        company = attempt.event.company
        endpoint = self._endpoints.get(company)
        outcome = "dropped"
        try:
            if endpoint is not None:
                outcome = _post(endpoint, attempt.event.body, self._clock)
        finally:
            with self._changed:
                self._in_flight -= 1
                self.counts[outcome] += 1
                if outcome == "refused" and (registered := self._endpoints.get(company)) is not None:
                    self._repeat(attempt, registered)
                self._changed.notify_all()

    def _repeat(self, attempt: Attempt, endpoint: Endpoint) -> None:
        due = monotonic() + attempt.wait
        if due - attempt.began > endpoint.give_up:
            self.counts["dropped"] += 1
            return
        wait = attempt.wait * endpoint.growth
        heappush(self._attempts, Attempt(due, attempt.number, attempt.event, attempt.began, wait))


def signature(secrets: tuple[str, ...], body: bytes, epoch: int) -> str:
    """Return the header that signs these bytes at that second."""
    signed = f"{epoch}.".encode() + body
    digests = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join((f"t={epoch}", *(f"v1={digest}" for digest in digests)))


def _post(endpoint: Endpoint, body: bytes, clock: Clock) -> str:
    epoch = int(clock.now() + endpoint.skew)
    headers = {"Content-Type": "application/json", SIGNATURE: signature(endpoint.secrets, body, epoch)}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                endpoint.url, data=body, headers=headers, timeout=endpoint.timeout, allow_redirects=False
            )
    except requests.RequestException as error:
        logger.debug("the endpoint could not be reached: %s", error)
        return "refused"
    return "delivered" if answer.status_code // 100 == 2 else "refused"  # noqa: PLR2004 - the class of success
