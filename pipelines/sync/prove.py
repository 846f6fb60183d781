"""Build what changed, rebuild what was changed by hand, compare with AccBooks' reports, and heal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from accbooks_warehouse.pipelines.closing.stored_findings import store_findings as store_closing_findings
from accbooks_warehouse.pipelines.configuration import DEFAULT_COMPANY, configured_files
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import NotBuiltError, TransformError, WarehouseError, not_built
from accbooks_warehouse.pipelines.files import load_configured
from accbooks_warehouse.pipelines.queries.configured_companies import called
from accbooks_warehouse.pipelines.queries.findings import Findings, findings
from accbooks_warehouse.pipelines.queries.reconciliation import Line, differences, match_counts
from accbooks_warehouse.pipelines.sync.heal import Healer, Healing, Recheck
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.transform.kept_tables import Note
from accbooks_warehouse.pipelines.transform.ledger_inputs import TamperedMonth
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import AccBooksError, LimitReachedError

MONTHS_NAMED = 3
MOST_STEPS = 20
"""The most steps of healing. Each step reads something new, so there are usually few."""

Announce = Callable[[str], None]
IsEditedSince = Callable[[str, dt.datetime], bool]
"""Tells whether it is known that a company's books were edited after a moment, and not read since."""


def never(_company_id: str, _moment: dt.datetime) -> bool:
    """Know of no edits, as a sync does not."""
    return False


@dataclass(frozen=True)
class Loaded:
    """How loading a company went, and its loader; None if there is nothing to build and compare."""

    result: CompanyResult
    loader: Loader | None = None


class Prover:
    """Builds, compares and heals the books of the companies that were loaded.

    If a company's books cannot be built, its result has the error and the others continue. A company whose
    books are known to be edited since is not healed: whoever reads the edits compares, and heals, next.
    The whole ledger is compared with the records unless `of_events`: a batch has no time for that.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        transforms: Transforms,
        announce: Announce,
        loaded: Sequence[Loaded],
        is_edited_since: IsEditedSince = never,
        *,
        of_events: bool = False,
    ) -> None:
        self._warehouse = warehouse
        self._transforms = transforms
        self._announce = announce
        self._loaded = loaded
        self._is_edited_since = is_edited_since
        self._of_events = of_events
        self._loaders = {each.loader.books.company_id: each.loader for each in loaded if each.loader}
        self._names = {
            each.loader.books.company_id: each.result.name
            for each in loaded
            if each.loader and each.result.name != DEFAULT_COMPANY
        }
        self._errors: dict[str, Exception] = {}
        self._healings: dict[str, Healing] = {}

    def prove(self) -> SyncResult:
        """Build, rebuild, heal, load the configured files, and return the result with all findings."""
        with self._warehouse.kept_open():
            return self._prove()

    def _prove(self) -> SyncResult:
        self._rebuild_altered_tables()
        self._build_changed("Rebuilding what changed in the ledger and the reports …")
        self._rebuild_tampered_tables()
        self._heal()
        self._transforms.add_findings(self._damage_notes())
        files = load_configured(self._warehouse, configured_files())
        self._transforms.build_views_of_settings()
        counts = tuple(match_counts(self._warehouse, self._ids))
        store_closing_findings(self._warehouse)
        found = findings(self._warehouse, self._ids) if self._ids else Findings()
        companies = tuple(self._result_of(each) for each in self._loaded)
        return SyncResult(companies, counts, found, files.faults)

    def _result_of(self, loaded: Loaded) -> CompanyResult:
        """Return how the sync of a company went, with its healing and errors."""
        if loaded.loader is None:
            return loaded.result
        company_id = loaded.loader.books.company_id
        return replace(
            loaded.result,
            outcome=loaded.loader.outcome,
            error=self._errors.get(company_id),
            healing=self._healings.get(company_id),
        )

    @property
    def _ids(self) -> list[str]:
        """Return the companies whose books can be built."""
        return [each for each in self._loaders if not isinstance(self._errors.get(each), TransformError)]

    def _called(self, company_ids: Iterable[str]) -> str:
        """Name companies as they are configured."""
        return ", ".join(called(each, self._names.get(each)) for each in sorted(company_ids))

    def _build_changed(self, announcement: str) -> None:
        if changed := self._transforms.changed(self._ids):
            self._announce(announcement)
            self._build(changed)

    def _build(self, company_ids: Collection[str], *, everything: bool = False) -> None:
        """Build these companies' books; if that fails for one, it keeps its earlier models."""
        try:
            self._transforms.build(company_ids, everything=everything)
        except NotBuiltError as error:
            mine = set(self._ids)
            for company_id, reason in error.reasons.items():
                if company_id in mine:
                    self._errors[company_id] = TransformError(
                        not_built(company_id, reason, self._names.get(company_id))
                    )

    def _rebuild_altered_tables(self) -> None:
        """Rebuild tables that another program changed, before their rows are reused."""
        if altered := self._transforms.altered(self._ids):
            self._announce(f"Tables of {self._called(altered)} changed since the last run: rebuilding all …")
            self._build(altered, everything=True)

    def _rebuild_tampered_tables(self) -> None:
        """Rebuild the ledger and other tables where another program changed them."""
        if removed := self._transforms.remove_unknown_companies():
            self._announce(f"Removed {removed:,} ledger rows that belong to no company.")
        if tampered := self._transforms.tampered_tables(self._ids):
            self._announce(f"Tables of {self._called(tampered)} were changed by hand: rebuilding all …")
            self._build(tampered, everything=True)
        if self._of_events:
            return
        if months := self._transforms.tampered_months(self._ids):
            self._announce(
                f"The ledger was changed by hand: rebuilding {_month_names(months, self._names)} …"
            )
            self._transforms.inputs.mark_for_rebuild(months)
            undated = any(month.month_start is None for month in months)
            self._build({month.company_id for month in months}, everything=undated)

    def _heal(self) -> None:
        """Heal what differs, company by company, until no step reads anything new."""
        lines: Sequence[Line] = differences(self._warehouse, self._ids)
        being_edited = self._being_edited(lines)
        ids = set(self._ids) - being_edited
        healers = [
            Healer(self._warehouse, loader, loader.settings.heal_budget, self._transforms.variables)
            for company_id, loader in self._loaders.items()
            if company_id in ids
        ]
        handed_over = self._warehouse.handed_over if lines else nullcontext
        for _ in range(MOST_STEPS):
            with handed_over():  # steps ask AccBooks, and load
                rechecked = [self._step(healer, lines) for healer in healers]
            if not any(rechecked):
                break
            self._build_changed("Reports differed. Read these days again, rebuilding …")
            lines = differences(self._warehouse, self._ids)
        lines = self._rebuild_what_differs([each for each in lines if each.company_id in ids])
        with handed_over():
            for healer in healers:
                self._conclude(healer, lines)
        self._healings |= dict.fromkeys(being_edited, Healing(is_in_flight=True))
        in_flight = [company_id for company_id, each in self._healings.items() if each.is_in_flight]
        if in_flight:
            self._transforms.judge(in_flight)

    def _being_edited(self, lines: Sequence[Line]) -> set[str]:
        """Return the companies that differ and are known to be edited since reading them began."""
        differing = {line.company_id for line in lines if line.is_open}
        return {
            company_id
            for company_id, loader in self._loaders.items()
            if company_id in differing and self._is_edited_since(company_id, loader.books.opened_at)
        }

    def _damage_notes(self) -> list[Note]:
        """Return notes on raw rows that still differ after they were read again."""
        ids = self._ids
        return [
            Note(
                company_id,
                table,
                None,
                f"rows {rows}",
                f"{rows:,} rows of {table} differ from what was loaded, or are doubled, even after reading "
                "them again. The database or its disk changes them. Check both, then sync into another "
                "database.",
            )
            for loaded in self._loaded
            if (company_id := loaded.result.company_id) in ids
            for table, rows in loaded.result.still_damaged_rows.items()
        ]

    def _step(self, healer: Healer, lines: Sequence[Line]) -> Recheck:
        """Run one step of healing for a company; an error does not stop the others."""
        if healer.company_id in self._errors:
            return Recheck.NOWHERE
        try:
            return healer.step(lines)
        except LimitReachedError as error:
            self._loaders[healer.company_id].stop(error)
        except AccBooksError as error:
            self._errors[healer.company_id] = error
        except WarehouseError as error:
            if not self._warehouse.can_go_on_after(error):
                raise
            self._errors[healer.company_id] = error
        return Recheck.NOWHERE

    def _conclude(self, healer: Healer, lines: Sequence[Line]) -> None:
        try:
            healer.conclude(lines)
        except AccBooksError as error:
            self._errors[healer.company_id] = error
        except WarehouseError as error:
            if not self._warehouse.can_go_on_after(error):
                raise
            self._errors[healer.company_id] = error
        finally:
            self._healings[healer.company_id] = healer.healing

    def _rebuild_what_differs(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Rebuild all models of companies that still differ; returns the lines that differ afterwards.

        Another program may have changed a row of a model. Companies whose reading a limit ended are left out:
        their records may simply not be read yet.
        """
        differing = {line.company_id for line in lines if line.is_open}
        differing -= {each for each, loader in self._loaders.items() if loader.outcome.limit_reached}
        if not differing:
            return lines
        self._announce("Reports still differ: rebuilding everything …")
        self._build(differing, everything=True)
        return differences(self._warehouse, self._ids)


def _month_names(months: Sequence[TamperedMonth], names: Mapping[str, str]) -> str:
    """Name the first months that were changed by hand, and count the others."""
    parts = [
        f"{called(month.company_id or '', names.get(month.company_id or ''))} "
        f"{month.month_start or 'without a date'}"
        for month in months
    ]
    more = f" and {len(parts) - MONTHS_NAMED:,} more" if len(parts) > MONTHS_NAMED else ""
    return ", ".join(parts[:MONTHS_NAMED]) + more
