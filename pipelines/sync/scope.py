"""What the user asked to sync."""

from __future__ import annotations

from dataclasses import dataclass

from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.sources.accbooks import Window


@dataclass(frozen=True)
class Scope:
    """What to sync; by default everything that is due.

    `certify` is the depth to compare now, even if it is not due by the schedule.
    """

    window: Window | None = None
    resources: tuple[str, ...] = ()
    certify: Depth | None = None

    @property
    def is_full_sync(self) -> bool:
        """Tell whether nothing was asked for in particular."""
        return self.window is None and not self.resources
