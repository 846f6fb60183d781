"""What is closed or reopened: the accounts of a company, its VAT or its corporation tax, through a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accbooks_warehouse.pipelines.queries.closings import KINDS


@dataclass(frozen=True)
class Period:
    """What is to be closed or reopened of a company: a kind of KINDS, through a day."""

    company_id: str
    kind: str
    through: dt.date

    @property
    def title(self) -> str:
        """Return it as the beginning of a sentence."""
        kind = KINDS[self.kind]
        return f"{kind[0].upper()}{kind[1:]} of {self.company_id} through {self.through}"
