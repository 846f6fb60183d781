"""Keep dbt from composing log entries that nobody reads.

dbt composes several entries for each statement and each model, and then drops them, because the pipeline
turns its log off. In a build of small books that was a tenth of the processor time. Here an entry is composed
when somebody reads it.
"""

from __future__ import annotations

from typing import Any

from dbt_common.events import event_manager_client
from dbt_common.events.base_types import BaseEvent
from dbt_common.events.event_manager import EventManager

by_dbt = BaseEvent.__init__
"""dbt's own function, which composes an entry."""
NOTED, COMPOSED = "noted", "composed"
"""Attributes of an entry: what it is composed of, and the entry itself, which dbt calls `pb_msg`."""


class UnreadEvents(EventManager):
    """Passes on entries only if there is a log, or if dbt may have to raise one of them as an error."""

    def fire_event(
        self,
        e: BaseEvent,
        level: Any = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,  # noqa: FBT001, FBT002 - as dbt calls it
    ) -> None:
        """Write the entry into the logs; without one, do nothing."""
        if self.loggers or force_warn_or_error_handling or self.require_warn_or_error_handling:
            super().fire_event(e, level, node, force_warn_or_error_handling)


def note(self: BaseEvent, *arguments: Any, **fields: Any) -> None:
    """Note what an entry is composed of."""
    vars(self)[NOTED] = arguments, fields


def composed(self: BaseEvent) -> Any:
    """Return the composed entry, as dbt's own function composes it."""
    if COMPOSED not in vars(self):
        arguments, fields = vars(self)[NOTED]
        by_dbt(self, *arguments, **fields)
    return vars(self)[COMPOSED]


def keep(self: BaseEvent, message: Any) -> None:
    """Keep the composed entry."""
    vars(self)[COMPOSED] = message


def replace_dbts() -> None:
    """Make dbt use these in this process."""
    if not isinstance(event_manager_client.get_event_manager(), UnreadEvents):
        event_manager_client.ctx_set_event_manager(UnreadEvents())
        BaseEvent.__init__ = note  # type: ignore[method-assign]
        BaseEvent.pb_msg = property(composed, keep)
