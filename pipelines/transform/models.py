"""Build the models from the raw tables: choose what dbt builds again, and find tables changed by hand.

The models of schema `accbooks` are incremental. The table `ledger_inputs` records what they were built from.
A build compares it with the raw tables and computes only what depends on a difference. If there is none, dbt
is not started.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pendulum
from accbooks_warehouse.pipelines.destinations import (
    STAGING,
    Warehouse,
    placeholders,
    stored_company_ids,
)
from accbooks_warehouse.pipelines.errors import ModelError, NotBuiltError
from accbooks_warehouse.pipelines.transform.dbt import Dbt
from accbooks_warehouse.pipelines.transform.kept_tables import (
    WRITTEN_BY_COMPARING,
    AlteredLog,
    KeptTables,
    Note,
)
from accbooks_warehouse.pipelines.transform.ledger_inputs import LedgerInputs, TamperedMonth
from accbooks_warehouse.pipelines.transform.ledger_months import LedgerMonths
from accbooks_warehouse.pipelines.transform.project_version import project_version

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

FAILING_ROWS_SHOWN = 5
OF_VIEWS = "accbooks_"
"""What variables begin with that only views follow from: if one changes, no table is built again."""
VIEWS_OF_SETTINGS = "of_settings"
"""The tag of these views."""
SETTINGS_OF_VIEWS: Mapping[str, Mapping[str, str]] = {"settings_of_views": {"settings": "varchar"}}
"""The raw table with the variables that these views were built with, and its columns."""
VIEWS = "config.materialized:view"
TABLES = ("--exclude", VIEWS, "config.materialized:ephemeral")
"""Selects tables: replacing a view would drop the views built on it, and a step that dbt inlines is compiled
with the tables that read it."""
COMPARISON = ("--select", "reconciliation", *TABLES)
"""Selects the tables of the comparison with AccBooks' reports."""
CONFIGURING: Mapping[str, Any] = {"inline_postings": True, "semantic_layer": False}
"""The variables that configure models in every run of the pipeline."""
COMPARISON_OF_ALL = ("--select", "reconciliation", "table_findings", *TABLES)


@dataclass(frozen=True)
class FailedTest:
    """A failed data test: its name, what it checks, and some of the rows it found."""

    name: str
    description: str
    failures: int
    is_warning: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def lines(self) -> list[str]:
        """Return the text to print: what it checks, then a line for each row."""
        lines = [f"{self.name}: {self.failures} row{'s' if self.failures != 1 else ''}"]
        for row in self.rows:
            pairs = zip(self.columns, row, strict=False)
            lines.append("  " + ", ".join(f"{column} {value}" for column, value in pairs))
        return lines


class Transforms:
    """The models of one warehouse, as of a day; use it as a context manager.

    `parsed` is the project as already parsed for the same warehouse name, day and variables.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        today: pendulum.Date,
        variables: Mapping[str, Any],
        parsed: Manifest | None = None,
    ) -> None:
        self._warehouse = warehouse
        self._today = today
        of_tables = {name: value for name, value in variables.items() if not name.startswith(OF_VIEWS)}
        self._version = project_version(of_tables)
        self._settings_of_views = _settings(
            {name: variables[name] for name in variables.keys() - of_tables.keys()}
        )
        configuring = {**variables, **CONFIGURING}
        self._variables = {
            **configuring,
            "today": today.to_date_string(),
            "project_version": self._version,
            "compare_tables": False,
        }
        self.dbt = Dbt(warehouse, configuring, parsed)
        self.inputs = LedgerInputs(warehouse)
        self._kept = KeptTables(warehouse)
        self._ledger = LedgerMonths(warehouse, today)
        self._compared: dict[str, bool] = {}
        self._altered_logs: tuple[AlteredLog, ...] = ()
        self._asked_to_prepare = threading.Lock()

    @property
    def version(self) -> str:
        """Return the version of the project that builds the models."""
        return self._version

    @property
    def variables(self) -> Mapping[str, Any]:
        """Return the dbt variables that every run gets."""
        return self._variables

    def __enter__(self) -> Self:
        self.dbt.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dbt.__exit__(kind, error, trace)

    def prepare(self, *, is_changed: bool = False) -> None:
        """Start dbt in the background if a build will follow: something changed, or no models are built yet.

        Any thread may call this, any number of times.
        """
        if is_changed or not (self._warehouse.exists() and self.inputs.exist()):
            is_first = self._asked_to_prepare.acquire(blocking=False)
            if is_first and self.dbt.parsed is None:
                self.dbt.prepare()

    def changed(self, company_ids: Collection[str]) -> list[str]:
        """Return which of these companies changed since their models were built, or have none yet."""
        if not company_ids or not self.inputs.exist():
            return sorted(company_ids)
        different = self.inputs.different(company_ids)
        current = self.inputs.current(self._version, self._today)
        recompared = self.inputs.to_recompare(company_ids)
        altered = self.altered(company_ids)
        return sorted((set(company_ids) - current) | different | recompared | altered)

    def altered(self, company_ids: Collection[str]) -> set[str]:
        """Return the companies whose tables another program changed and that were not rebuilt since.

        Tables are compared once per run: the next run finds what is written during this one.
        """
        unknown = [each for each in company_ids if each not in self._compared]
        found = self._kept.altered(unknown)
        self._compared |= {each: each in found.companies for each in unknown}
        self._altered_logs += found.logs
        return {each for each in company_ids if self._compared[each]}

    def add_findings(self, notes: Sequence[Note]) -> None:
        """Add findings for what cannot be rebuilt: these notes, and logs that another program changed."""
        logs, self._altered_logs = self._altered_logs, ()
        if found := [*notes, *(log.note for log in logs)]:
            self._kept.add_findings(found)

    def _wrote(self, company_ids: Collection[str], tables: Collection[str] = ()) -> None:
        """Save the checksums of these companies' rows, in all tables or those named."""
        self._kept.record_checksums(company_ids, tables)
        if not tables:
            self._compared |= dict.fromkeys(company_ids, False)

    def build(
        self,
        company_ids: Collection[str] | None = None,
        *,
        everything: bool = False,
        full_refresh: bool = False,
    ) -> None:
        """Build what changed for these companies, or for all; a failure of one does not stop the others.

        `everything` computes all their months again. `full_refresh` drops and creates all tables, for all
        companies; this also happens after a change of the project's version or variables.

        Raises NotBuiltError for the companies whose models cannot be built, after building all others.
        """
        try:
            self._build_or_make_anew(company_ids, everything=everything, full_refresh=full_refresh)
        except NotBuiltError:
            self._warehouse.refresh_company_readers()
            raise
        self._warehouse.refresh_company_readers()

    def _build_or_make_anew(
        self, company_ids: Collection[str] | None, *, everything: bool, full_refresh: bool
    ) -> None:
        versions = self.inputs.versions()
        if full_refresh or not versions or versions != {self._version}:
            self._warehouse.widen()  # the tables that a full refresh keeps
            self._make_anew()
            return
        ids = sorted(company_ids or stored_company_ids(self._warehouse))
        altered = set() if everything else self.altered(ids)
        for some, all_of_it in ((sorted(altered), True), (sorted(set(ids) - altered), everything)):
            if some:
                self._build_or_halve(some, everything=all_of_it)

    def build_views_of_settings(self) -> bool:
        """Build the views that read configured files or settings if these changed; returns whether they did.

        Views of files that are no longer configured are dropped. Raises ModelError if one cannot be built.
        """
        if self._stored_settings() == self._settings_of_views or not self.inputs.exist():
            return False
        self._drop_disabled_views()
        self.dbt.run(self._variables, "--select", f"tag:{VIEWS_OF_SETTINGS}")
        self._note_settings()
        return True

    @property
    def _settings_table(self) -> str:
        return f"{self._warehouse.raw}.{next(iter(SETTINGS_OF_VIEWS))}"

    def _stored_settings(self) -> str:
        rows = self._warehouse.query(f"select settings from {self._settings_table}")
        return str(rows[0][0]) if rows else _settings({})

    def _note_settings(self) -> None:
        with self._warehouse.transaction():
            self._warehouse.execute(f"delete from {self._settings_table}")
            self._warehouse.execute(
                f"insert into {self._settings_table} values (%s)", self._settings_of_views
            )

    def _drop_disabled_views(self) -> None:
        disabled: Mapping[str, Sequence[Any]] = self.dbt.manifest().disabled
        for nodes in disabled.values():
            for node in nodes:
                tags = getattr(node.config, "tags", ())
                if VIEWS_OF_SETTINGS in tags and node.config.materialized == "view":
                    schema = self._warehouse.qualified(node.schema)
                    self._warehouse.execute(f"drop view if exists {schema}.{node.name} cascade")

    def _make_anew(self) -> None:
        """Create every table again; if a model fails, create them empty and build company by company."""
        ids = stored_company_ids(self._warehouse)
        if self._stored_settings() != self._settings_of_views:
            self._drop_disabled_views()
        try:
            self.dbt.run(self._variables, "--full-refresh")
            self._note_settings()
            self._wrote(ids)
        except ModelError as error:
            if len(ids) == 1:
                raise NotBuiltError({ids[0]: error}) from error
            self.dbt.run({**self._variables, "left_out": ids}, "--full-refresh")
            # no later build replaces a view, so none may leave out a company
            self.dbt.run(self._variables, "--full-refresh", "--select", VIEWS)
            self._note_settings()
            self._build_or_halve(ids, everything=False, apart=True)

    def _build_or_halve(self, ids: Sequence[str], *, everything: bool, apart: bool = False) -> None:
        """Build these companies; if a model fails, halve them to find the companies it fails for."""
        try:
            self._build_these(ids, everything=everything, apart=apart)
        except ModelError as error:
            if len(ids) == 1:
                raise NotBuiltError({ids[0]: error}) from error
            reasons: dict[str, ModelError] = {}
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                try:
                    self._build_or_halve(half, everything=everything, apart=True)
                except NotBuiltError as failed:
                    reasons |= failed.reasons
            if reasons:
                raise NotBuiltError(reasons) from error

    def _build_these(self, ids: Sequence[str], *, everything: bool, apart: bool) -> None:
        """Build these companies; with `apart`, the models read no records of others."""
        # views say the same as long as the project does
        recompared = self.inputs.to_recompare(ids)
        scope = self._scope(ids, everything=everything)
        left_out = sorted(set(stored_company_ids(self._warehouse)) - set(ids)) if apart else []
        self.dbt.run({**scope, "recompared": sorted(recompared), "left_out": left_out}, *TABLES)
        self._wrote(ids)

    def judge(self, in_flight: Sequence[str]) -> None:
        """Set the cause of these companies' differences to: edited while they were read."""
        scope = self._scope(in_flight, everything=True)
        self.dbt.run({**scope, "in_flight": list(in_flight)}, *COMPARISON)
        self._wrote(in_flight, WRITTEN_BY_COMPARING)

    def compare(self, company_ids: Collection[str] | None = None) -> None:
        """Rebuild only the comparison with AccBooks' reports, and compare every table with its sources.

        Tables of another version of the project are first created again.
        """
        if self.inputs.versions() != {self._version}:
            self.build()
        scope = self._scope(company_ids, everything=True)
        self.dbt.run({**scope, "compare_tables": True}, *COMPARISON_OF_ALL)
        self._wrote(company_ids or stored_company_ids(self._warehouse), WRITTEN_BY_COMPARING)

    def tampered_months(self, company_ids: Sequence[str]) -> list[TamperedMonth]:
        """Return the months in which the ledger differs from what the records post, of those compared."""
        return self._ledger.tampered(company_ids)

    def remove_unknown_companies(self) -> int:
        """Remove ledger rows of companies that were never read; returns how many."""
        known = stored_company_ids(self._warehouse)
        if not known or not self._warehouse.has_table(STAGING, "ledger_postings"):
            return 0
        ledger = f"{self._warehouse.staging}.ledger_postings"
        stranger = f"(company_id is null or company_id not in ({placeholders(known)}))"
        ((count,),) = self._warehouse.query(f"select count(*) from {ledger} where {stranger}", *known)
        if count:
            self._warehouse.execute(f"delete from {ledger} where {stranger}", *known)
        return int(count)

    def tampered_tables(self, company_ids: Sequence[str]) -> set[str]:
        """Return the companies with a table that differed in the last comparison of all tables."""
        if not company_ids or not self._warehouse.has_table(STAGING, "table_findings"):
            return set()
        return _ids(
            self._warehouse.query(
                f"select distinct company_id from {self._warehouse.staging}.table_findings "
                f"where company_id in ({placeholders(company_ids)})",
                *company_ids,
            )
        )

    def test(self) -> list[FailedTest]:
        """Run every data test of the project, for all companies; returns those that failed."""
        return [self._test(each) for each in self.dbt.test(self._scope(None))]

    def _test(self, result: Any) -> FailedTest:
        columns, rows = self._warehouse.sample(result.node.compiled_code, FAILING_ROWS_SHOWN)
        return FailedTest(
            name=result.node.name,
            description=result.node.description,
            failures=result.failures or 0,
            is_warning=str(result.status) == "warn",
            columns=columns,
            rows=rows,
        )

    def _scope(self, company_ids: Collection[str] | None, *, everything: bool = False) -> dict[str, Any]:
        companies = None if company_ids is None else sorted(company_ids)
        return {**self._variables, "companies": companies, "everything": everything}


def _settings(variables: Mapping[str, Any]) -> str:
    """Return the variables of views as text, to compare and to be looked at."""
    return json.dumps(variables, sort_keys=True, default=str)


def _ids(rows: Sequence[tuple[Any, ...]]) -> set[str]:
    return {str(first) for first, *_ in rows}
