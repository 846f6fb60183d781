"""What is closed or reopened: the accounts of a company, its VAT or its corporation tax, through a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accbooks_warehouse.pipelines.queries.closings import KINDS
from accbooks_warehouse.pipelines.queries.configured_companies import called


@dataclass(frozen=True)
class Period:
    """What is to be closed or reopened of a company: a kind of KINDS, through a day.

    `name` is the company's in the configuration, None if it has none.
    """

    company_id: str
    kind: str
    through: dt.date
    name: str | None = None

    @property
    def company(self) -> str:
        """Return what to call the company."""
        return called(self.company_id, self.name)

    @property
    def title(self) -> str:
        """Return it as the beginning of a sentence."""
        kind = KINDS[self.kind]
        return f"{kind[0].upper()}{kind[1:]} of {self.company} through {self.through}"
