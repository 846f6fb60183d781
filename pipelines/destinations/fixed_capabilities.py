"""dlt's destinations, without looking up what follows from nothing that can be configured."""

from __future__ import annotations

from typing import Any

from dlt.common.destination import Destination, DestinationCapabilitiesContext
from dlt.common.normalizers.naming import NamingConvention


class FixedCapabilities(Destination[Any, Any]):
    """Mixed into a destination that can do the same whatever its configuration says.

    dlt asks what a database can do some twenty times a load, and would each time look for every part of the
    configuration in all files and variables it may stand in.
    """

    def capabilities(
        self, config: Any = None, naming: NamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        """Return what the database can do, without resolving a configuration for it."""
        return super().capabilities(config or self.spec(), naming)
