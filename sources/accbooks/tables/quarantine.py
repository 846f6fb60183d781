"""Collect the records that could not be typed, from all endpoints, for the table rejected_records.

All endpoints write to this table, but dlt supports one merge scope per table. So the records are collected
and loaded once, after all endpoints.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..windows import Window
from .merge import (
    Quoting,
    Replacement,
    Writing,
    any_of,
    in_double_quotes,
    in_windows,
    of_company,
    one_of,
    read_again,
)
from .schemas import REJECTED_COLUMNS, Row, arrow_table

REJECTED_RECORDS = "rejected_records"


class Quarantine:
    """Collects rejected records, and the conditions for earlier ones that they replace."""

    def __init__(self, company_id: str) -> None:
        self._company_id = company_id
        self._rows: dict[tuple[str, str], Row] = {}
        self._released: list[str] = []

    def add(
        self,
        resource: str,
        rows: Iterable[Row],
        windows: Iterable[Window],
        released: Iterable[str],
        quoted: Quoting = in_double_quotes,
    ) -> None:
        """Add a resource's rejected rows; they replace those of the windows read.

        A row without a date is replaced if the window in which it was found was read again, or if its id is
        in `released`.
        """
        windows = list(windows)
        found_again = f"(date is null and {read_again(windows, quoted)})"
        again = any_of([in_windows(windows), found_again, one_of("id", released)])
        self._released.append(f"({one_of('resource', [resource])} and {again})")
        self._rows |= {(resource, row["row_hash"]): row for row in rows}

    def change(self, writing: Writing = Writing.CHANGES) -> Replacement:
        """Return the rows, with what they replace."""
        return Replacement(
            REJECTED_RECORDS,
            arrow_table(REJECTED_COLUMNS, list(self._rows.values())),
            ("company_id", "resource", "row_hash"),
            of_company(self._company_id, any_of(self._released)),
            json=("record",),
            writing=writing,
        )
