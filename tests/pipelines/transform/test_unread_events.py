"""dbt's log entries, composed when they are read."""

from __future__ import annotations

import pytest
from accbooks_warehouse.pipelines.transform import unread_events
from accbooks_warehouse.pipelines.transform.unread_events import UnreadEvents
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.types import Note
from dbt_common.exceptions.events import EventCompilationError


@pytest.fixture(autouse=True)
def replaced() -> None:
    unread_events.replace_dbts()


def test_an_entry_is_composed_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[BaseEvent] = []

    def by_dbt(event: BaseEvent, *arguments: object, **fields: object) -> None:
        composed.append(event)
        original(event, *arguments, **fields)

    original = unread_events.by_dbt
    monkeypatch.setattr(unread_events, "by_dbt", by_dbt)
    event = Note(msg="something")
    UnreadEvents().fire_event(event)
    assert composed == []
    assert (event.msg, event.message(), event.to_dict()) == ("something", "something", {"msg": "something"})
    event.msg = "other"
    assert event.message() == "other"
    assert composed == [event]


def test_an_entry_that_is_to_be_an_error_is_one() -> None:
    manager = UnreadEvents()
    manager.warn_error = True
    with pytest.raises(EventCompilationError, match="something"):
        manager.fire_event(Note(msg="something"), EventLevel.WARN, None, True)
