"""The configured files that could not be loaded: the last good version of each stays, if there was one."""

from __future__ import annotations

from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations import RAW, Warehouse

TABLE = "configured_files"
OF_A_PACK = ("budgets", "statement_layout")
"""The files that a company's pack shows something of."""


@dataclass(frozen=True)
class RefusedFile:
    """A configured file that the last sync refused: its kind, why, and whether earlier rows of it stay."""

    kind: str
    fault: str
    is_kept: bool

    @property
    def message(self) -> str:
        """Return why it was refused, what the warehouse has instead, and what to do."""
        return f"{self.fault} {self._instead} Correct it and run `accbooks sync`."

    @property
    def message_without_reason(self) -> str:
        """Return that it was refused, for readers of one company: the reason may name others."""
        return f"The file of {self.kind} was refused. {self._instead} `accbooks status` says why."

    @property
    def _instead(self) -> str:
        return "The last good version stays." if self.is_kept else "Nothing of it is in the warehouse."


def refused_files(warehouse: Warehouse) -> tuple[RefusedFile, ...]:
    """Return the files that are refused now, by kind: a sync or transform that accepts one removes it."""
    if not warehouse.has_table(RAW, TABLE):
        return ()
    rows = warehouse.query(
        f"select file, fault, file_hash is not null from {warehouse.raw}.{TABLE} "
        "where fault is not null order by file"
    )
    return tuple(RefusedFile(*row) for row in rows)
