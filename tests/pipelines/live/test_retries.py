"""Events that cannot be read are found by halves, kept apart, and tried again after growing waits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.live.retries import LONGEST_WAIT_SECONDS, Retries, waits

AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def event(number: int, day: int | None = None) -> StoredEvent:
    """Return an event of an invoice of a day of January, by default that of its number."""
    date = f"2026-01-{day or number:02}"
    said = {"id": f"evt_{number}", "type": "invoice.updated", "data": {"id": f"inv_{number}", "date": date}}
    return StoredEvent("comp_1", f"evt_{number}", "invoice.updated", json.dumps(said).encode(), AT)


def ids(events: Sequence[StoredEvent]) -> set[str]:
    return {each.event_id for each in events}


def test_a_bad_event_among_many_is_alone_after_few_reads_and_all_others_are_read():
    bad, retries, now = "evt_11", Retries(), 0.0
    pending = [event(number) for number in range(1, 29)]
    reads = 0
    while len(pending) > 1:
        reads += 1
        chosen = retries.choose(pending, now).events
        if bad in ids(chosen):
            assert retries.failed(chosen, now) is None
        else:
            retries.succeeded(chosen)
            pending = [each for each in pending if each not in chosen]
        now += 2
        assert reads < 20
    assert ids(pending) == {bad}
    assert reads <= 11  # one with all of them, then two for each of the five halvings of 28
    assert retries.sentence is None
    assert retries.failed(pending, now) is not None
    assert retries.sentence == f"Events that cannot be read are tried again: {named(11)}."


def named(number: int) -> str:
    return f"event evt_{number} (invoice.updated of inv_{number})"


def test_what_failed_alone_waits_longer_each_time_and_others_do_not():
    retries, bad = Retries(), event(1)
    moments, now = [], 0.0
    for _ in range(5):
        retries.failed([bad], now)
        moments.append(retries.next_at - now)
        assert retries.choose([bad], now).events == ()
        assert retries.choose([bad, event(2)], now).events == [event(2)]
        now = retries.next_at
        assert retries.choose([bad], now).events == [bad]
    assert moments == [2, 4, 8, 16, 32]
    assert waits(50) == LONGEST_WAIT_SECONDS


def test_those_that_failed_and_new_ones_take_turns():
    retries = Retries()
    retries.failed([event(1), event(2)], 0.0)
    pending = [event(1), event(2), event(3)]
    turns = []
    for _ in range(3):
        chosen = retries.choose(pending, 10.0)
        retries.began(chosen)
        turns.append((ids(chosen.events), chosen.is_apart))
    assert turns == [({"evt_3"}, False), ({"evt_1"}, True), ({"evt_3"}, False)]


def test_events_of_one_day_fail_together_and_a_new_one_has_its_day_tried_at_once():
    """The new event may tell of what mended the day."""
    retries = Retries()
    said = retries.failed([event(1, day=5), event(2, day=5)], 0.0)
    assert said is not None
    assert said.startswith(f"{named(1)} and 1 more of its day cannot be read and is tried again in 2 s.")
    both = [event(1, day=5), event(2, day=5)]
    assert retries.choose(both, 1.0).events == ()
    assert ids(retries.choose([*both, event(3, day=5)], 1.0).events) == {"evt_1", "evt_2", "evt_3"}


def test_a_failure_that_may_have_another_cause_leaves_events_together():
    retries, events = Retries(), [event(1), event(2)]
    assert retries.failed(events, 0.0, together=True) is None
    assert retries.choose(events, 0.0).events == events
    retries.succeeded(events)
    assert retries.choose(events, 0.0).is_apart is False


def test_groups_that_all_fail_are_tried_ever_more_slowly():
    retries, now, pending = Retries(), 0.0, [event(number) for number in range(1, 17)]
    gaps = []
    for _ in range(6):
        chosen = retries.choose(pending, now)
        retries.failed(chosen.events, now)
        gaps.append(max(0.0, retries.next_at - now))
        now = max(now, retries.next_at)
    assert gaps == [0, 4, 8, 16, 32, 60]


def test_what_a_sync_has_read_is_forgotten():
    retries = Retries()
    retries.failed([event(1)], 0.0)
    retries.choose([event(2)], 0.0)
    assert (retries.sentence, retries.next_at) == (None, None)
