"""What is closed or reopened: the accounts of a company, or its VAT, through a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accbooks_warehouse.pipelines.queries.closings import VAT


@dataclass(frozen=True)
class Period:
    """What is to be closed or reopened: a company's `accounts` or `vat`, through a day."""

    company_id: str
    kind: str
    through: dt.date

    @property
    def title(self) -> str:
        """Return it as the beginning of a sentence."""
        kind = "VAT" if self.kind == VAT else "The accounts"
        return f"{kind} of {self.company_id} through {self.through}"
