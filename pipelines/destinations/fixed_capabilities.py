"""A mixin that keeps dlt from looking up configuration that does not matter."""

from __future__ import annotations

from typing import Any

from dlt.common.destination import Destination, DestinationCapabilitiesContext
from dlt.common.normalizers.naming import NamingConvention


class FixedCapabilities(Destination[Any, Any]):
    """A mixin for a destination whose capabilities do not depend on its configuration.

    dlt asks for the capabilities some twenty times in a load, and each time it would resolve the whole
    configuration from files and variables.
    """

    def capabilities(
        self, config: Any = None, naming: NamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        """Return the database's capabilities, without resolving a configuration."""
        return super().capabilities(config or self.spec(), naming)
