"""Ids of loads above every id that the database has of a company, whatever the clock of this machine says.

dlt takes the time for the id of a load, and the state with the highest id for the newest. If the clocks of
two machines differ, a newer state may have a lower id: then what was read is read again, and what was noted
is forgotten.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from dlt.common.time import increasing_precise_time
from dlt.extract import storage

STEP_SECONDS = 0.000_01
"""So much later is an id than the highest that is known; a float of these days has finer steps."""


class LoadIds:
    """Makes ids that increase, in any thread."""

    def __init__(self) -> None:
        self._highest = 0.0
        self._lock = threading.Lock()

    def note(self, load_id: str) -> None:
        """Have later ids be above one that a database has; one that is no number is not dlt's."""
        with suppress(ValueError), self._lock:
            self._highest = max(self._highest, float(load_id))

    def new(self) -> str:
        """Return an id above all that were noted or made: the time in seconds since 1970, if that is."""
        with self._lock:
            self._highest = max(increasing_precise_time(), self._highest + STEP_SECONDS)
            return str(self._highest)


LOAD_IDS = LoadIds()


def replace_dlts() -> None:
    """Make dlt use these in this process."""
    storage.create_load_id = LOAD_IDS.new  # type: ignore[attr-defined] # dlt imports it there
