"""Find out which changes no event told: then events were missed, and nothing else says so."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent

Change = tuple[str, str, str]
"""A changed document: company, list and id."""

PATIENCE = dt.timedelta(seconds=30)
"""How long after a sync an event of what it saw may still be on its way."""


@dataclass(frozen=True)
class Suspects:
    """Changes that a sync saw, and when to judge whether an event told them."""

    changes: frozenset[Change]
    seen_since: dt.datetime
    judge_at: dt.datetime

    @classmethod
    def of_sync(cls, changes: Iterable[Change], began_at: dt.datetime, now: dt.datetime) -> Suspects:
        """Return what a sync that began then saw."""
        return cls(frozenset(changes), began_at, now + PATIENCE)


def untold(changes: Collection[Change], events: Iterable[StoredEvent]) -> set[Change]:
    """Return the changes that none of these events told.

    The events are those not in the models when the sync began: what an earlier one told was read before, so a
    change that the sync saw is another one.
    """
    told = {
        (stored.company_id, event.resource, event.record_id) for stored in events for event in [stored.event]
    }
    return {each for each in changes if each not in told}


def warning(missed: Collection[Change]) -> str:
    """Say how many changes no event told."""
    counts = Counter(resource for _, resource, _ in missed)
    what = ", ".join(f"{resource}: {count:,}" for resource, count in sorted(counts.items()))
    return (
        f"A sync found changes that no event told ({what}). They are in the warehouse now. If this comes "
        "again, see in AccBooks (Settings → Integrations → API → Webhooks) whether events fail to arrive."
    )
