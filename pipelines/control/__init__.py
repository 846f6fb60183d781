"""What several machines share: leases of companies, and the requests that each key spent.

It is kept in a PostgreSQL database, the setting `sources.accbooks.control`. Without the setting, locks and
counts are those of one machine and of the warehouse. All times are those of the database's clock, because the
machines' clocks may differ.
"""

from accbooks_warehouse.pipelines.control.claim import Claim, current_claim
from accbooks_warehouse.pipelines.control.database import ControlDatabase, control_database
from accbooks_warehouse.pipelines.control.errors import ClaimEndedError, ControlError

__all__ = ["Claim", "ClaimEndedError", "ControlDatabase", "ControlError", "control_database", "current_claim"]
