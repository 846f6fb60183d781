"""The format of AccBooks' webhooks: who signed a body, and which record its event names.

AccBooks documents that there are webhooks, not what they look like: all of this is assumed, and stands in
this module alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .columns import parse_date
from .json_text import UNSTORABLE, parse_json

SIGNATURE_HEADER = "X-AccBooks-Signature"
TOLERANCE_SECONDS = 300
"""How far the time that was signed may be from ours, either way."""
RETRIED_FOR = dt.timedelta(days=3)
"""How long AccBooks repeats an event that was not answered with 2xx."""
MOST_SIGNATURES = 8
"""More than any rotation of secrets has; each is compared with every secret."""
LONGEST_ID = 200
RESOURCES = {
    "transaction": "transactions",
    "invoice": "invoices",
    "contact": "contacts",
    "journal": "journals",
}
"""The lists, by what types of events call their records."""
VERBS = frozenset({"created", "updated", "deleted"})
NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
"""What Python reads as JSON and is none: as an id, it would be the same for all events."""
_EPOCH = re.compile(r"\d{1,12}", re.ASCII)


class MalformedEventError(ValueError):
    """A signed body is not an event."""


@dataclass(frozen=True)
class WebhookEvent:
    """What an event says: it names a record of a company and has no figures.

    `resource` is the list of the record, None if the type is not known. `dates` are the days that the event
    names: the record's date, and the one before if it moved.
    """

    id: str
    type: str
    company_id: str
    resource: str | None = None
    record_id: str | None = None
    dates: frozenset[dt.date] = frozenset()

    @property
    def is_known(self) -> bool:
        """Tell whether the event names a record that can be read again."""
        return self.resource is not None and self.record_id is not None


def signers(
    body: bytes, header: str | None, secrets: Mapping[str, Collection[str]], now: float
) -> frozenset[str]:
    """Return the names of those whose secret signed these bytes within the tolerance of `now`.

    Every secret is compared with every signature, each in constant time, so that the time taken says nothing
    about them.
    """
    epoch, signatures = _parts(header or "")
    signed = f"{epoch}.".encode() + body
    found = {name for name, several in secrets.items() if _is_signed(signed, several, signatures)}
    is_in_time = epoch is not None and abs(int(epoch) - now) <= TOLERANCE_SECONDS
    return frozenset(found) if is_in_time else frozenset()


def _is_signed(signed: bytes, secrets: Collection[str], signatures: Sequence[str]) -> bool:
    is_signed = False
    for secret in secrets:
        expected = hmac.new(secret.encode(errors="surrogateescape"), signed, hashlib.sha256).hexdigest()
        for signature in signatures:
            is_signed |= hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
    return is_signed


def _parts(header: str) -> tuple[str | None, list[str]]:
    """Return the second that was signed, and the signatures; None for a header without one such second."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    epochs = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(epochs) != 1 or not _EPOCH.fullmatch(epochs[0]) or len(signatures) > MOST_SIGNATURES:
        return None, []
    return epochs[0], signatures


def parse_event(body: bytes) -> WebhookEvent:
    """Return the event in a body; raises MalformedEventError if there is none.

    An event of an unknown type has no resource, nor has one whose record has no usable id. Dates that are no
    dates are left out: what is known of the record says then which days to read.
    """
    try:
        event = parse_json(body)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("the body is not JSON") from error
    if not isinstance(event, dict):
        raise MalformedEventError("the body is not a JSON object")
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    type_ = _text(event.get("type")) or "none"
    noun, _, verb = type_.partition(".")
    return WebhookEvent(
        id=_text(event.get("id")) or f"sha256:{hashlib.sha256(body).hexdigest()}",
        type=type_,
        company_id=_text(event.get("company_id")) or "",
        resource=RESOURCES.get(noun) if verb in VERBS else None,
        record_id=_text(data.get("id")),
        dates=frozenset(_dates(data.get("date"), data.get("previous_date"))),
    )


def _text(value: Any) -> str | None:
    """Return an identifier as text; None if it cannot be one."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    is_usable = 0 < len(text) <= LONGEST_ID and text not in NO_NUMBERS and not UNSTORABLE.search(text)
    return text if is_usable else None


def _dates(*values: Any) -> list[dt.date]:
    dates = []
    for value in values:
        try:
            dates.append(parse_date(value))
        except (ValueError, TypeError):
            continue
    return dates
