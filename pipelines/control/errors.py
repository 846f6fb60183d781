"""What can go wrong with the database that machines share."""

from __future__ import annotations

from accbooks_warehouse.sources.accbooks import AccBooksError


class ControlError(AccBooksError):
    """The control database cannot be used; without it no request goes out, and no company is locked."""


class ClaimEndedError(AccBooksError):
    """A process did not renew its claim in time, so others may have taken over its companies."""

    def __init__(self) -> None:
        super().__init__(
            "This run was paused, or had no connection to the control database, for so long that another one "
            "may have taken over its companies. What was loaded is kept. Run again to finish."
        )
