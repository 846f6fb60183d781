"""From the raw tables to the reports: what dbt builds again, and what it checks.

The models of schema `accbooks` are incremental. What they were last built from is written down in
`ledger_inputs`, in the warehouse itself, and compared with what there is now: only what follows from a
difference is computed again, and where there is none dbt is not started.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pendulum

from pipelines.dbt import PROJECT, Dbt
from pipelines.destinations import STAGING, Warehouse, placeholders

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

LAYER_TESTS = "tag:layer"
FAILING_ROWS_SHOWN = 5
VIEWS = "config.materialized:view"
COMPARISON = ("--select", "reconciliation", "--exclude", VIEWS)
"""Chooses the tables of the folder that compares AccBooks' reports with ours. A view made anew would take
down those built on it."""


@dataclass(frozen=True)
class FailedTest:
    """A data test that found something: its name, what it checks, and some of the rows it found.

    `companies` are the ids that its rows name, none where they name nobody's.
    """

    name: str
    description: str
    failures: int
    is_warning: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    companies: frozenset[str] = frozenset()

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.failures} row{'s' if self.failures != 1 else ''}"]
        for row in self.rows:
            pairs = zip(self.columns, row, strict=False)
            lines.append("  " + ", ".join(f"{column} {value}" for column, value in pairs))
        return "\n".join(lines)


class Transforms:
    """The models of one warehouse, as of a day; use it as a context manager.

    `parsed` is what another of the same warehouse name, day and variables has parsed already.
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
        self._version = project_version(variables)
        configuring = {**variables, "inline_postings": True}
        self._variables = {
            **configuring,
            "today": today.to_date_string(),
            "project_version": self._version,
        }
        self.dbt = Dbt(warehouse, configuring, parsed)
        self._asked_to_prepare = threading.Lock()

    @property
    def variables(self) -> Mapping[str, Any]:
        """Return the dbt variables that every run gets."""
        return self._variables

    @property
    def parsed(self) -> Manifest | None:
        """Return the parsed project, once dbt has run."""
        return self.dbt.parsed

    def manifest(self) -> Manifest:
        """Return the parsed project, and parse it if dbt has not run; raises TransformError."""
        return self.dbt.manifest()

    def __enter__(self) -> Self:
        self.dbt.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dbt.__exit__(kind, error, trace)

    def prepare(self) -> None:
        """Have dbt start beside other work if nothing is built yet: then it is sure to be needed.

        Any thread may ask for it, and as often as it likes.
        """
        is_first = self._asked_to_prepare.acquire(blocking=False)
        if is_first and self.parsed is None and not (self._warehouse.exists() and self._is_built()):
            self.dbt.prepare()

    def changed(self, company_ids: Collection[str]) -> list[str]:
        """Return which of these companies changed since their models were built, or have none yet."""
        if not company_ids or not self._is_built():
            return sorted(company_ids)
        schema, companies = self._warehouse.staging, placeholders(list(company_ids))
        inputs = "company_id, input, month_start, version, number_of_rows"
        current = self._warehouse.query(
            f"""
            select company_id from {schema}.ledger_inputs
            where input = 'project' and version = %s and company_id in (
                select company_id from {schema}.ledger_inputs
                where input = 'calendar' and month_start = %s
            )
            """,
            self._version,
            self._today.start_of("month"),
        )
        different = self._warehouse.query(
            f"""
            select distinct company_id from (
                select {inputs} from {schema}.int_ledger_inputs where company_id in ({companies})
                union all
                select {inputs} from {schema}.ledger_inputs
                where company_id in ({companies}) and input not in ('project', 'calendar')
            ) as inputs
            group by {inputs}
            having count(*) <> 2
            """,
            *company_ids,
            *company_ids,
        )
        recompared = self._to_recompare(company_ids)
        return sorted((set(company_ids) - _ids(current)) | _ids(different) | recompared)

    def changed_months(self, company_id: str) -> list[dt.date]:
        """Return the first days of months in which a company's records changed since they were built."""
        if not self._is_built():
            return []
        schema, inputs = self._warehouse.staging, "input, month_start, version, number_of_rows"
        rows = self._warehouse.query(
            f"""
            select month_start from (
                select {inputs} from {schema}.int_ledger_inputs where company_id = %s
                union all
                select {inputs} from {schema}.ledger_inputs where company_id = %s and input <> 'calendar'
            ) as inputs
            where month_start is not null
            group by {inputs}
            having count(*) <> 2
            """,
            company_id,
            company_id,
        )
        return sorted({month for (month,) in rows})

    def _to_recompare(self, company_ids: Collection[str]) -> set[str]:
        """Return the companies of which a report that was out of date has been fetched again since."""
        staging = self._warehouse.staging
        rows = self._warehouse.query(
            f"""
            select distinct compared.company_id
            from {staging}.compared_periods as compared
            inner join {staging}.stg_sync_windows as reads
                on compared.company_id = reads.company_id and compared.report = reads.resource
                and compared.period_end = reads.window_end and compared.fetched_at < reads.fetched_at
                and (
                    compared.period_start = reads.window_start
                    or (compared.period_start is null and reads.window_start is null)
                )
            where compared.is_overtaken and compared.company_id in ({placeholders(list(company_ids))})
            """,
            *company_ids,
        )
        return _ids(rows)

    def build(
        self,
        company_ids: Collection[str] | None = None,
        *,
        everything: bool = False,
        full_refresh: bool = False,
    ) -> None:
        """Build what follows from what changed of these companies, or of all.

        `everything` computes all their months again; `full_refresh` makes the tables anew, for all companies,
        which is also what another version of the project or other variables need.

        Raises TransformError if a model cannot be built.
        """
        held = self._held_versions()
        if full_refresh or (held and held != {self._version}):
            self._warehouse.widen()  # what a full refresh keeps
            self.dbt.run(self._variables, "--full-refresh")
            return
        # views say the same as long as the project does
        kept = ("--exclude", VIEWS) if held else ()
        recompared = self._to_recompare(company_ids or self._warehouse.company_ids()) if held else ()
        scope = self._scope(company_ids, everything=everything)
        self.dbt.run({**scope, "recompared": sorted(recompared)}, *kept)

    def judge(self, in_flight: Sequence[str]) -> None:
        """Say of the differences of these companies that the books were edited while they were read."""
        scope = self._scope(in_flight, everything=True)
        self.dbt.run({**scope, "in_flight": list(in_flight)}, *COMPARISON)

    def compare(self) -> None:
        """Rebuild only the comparison with AccBooks' reports, from the models as they stand."""
        self.dbt.run(self._scope(None, everything=True), *COMPARISON)

    def is_unchecked(self, company_ids: Sequence[str]) -> bool:
        """Tell whether something of these companies was built that the data tests have not passed."""
        if not company_ids or not self._is_built():
            return True
        unchecked = f"{self._warehouse.staging}.unchecked_months"
        condition = f"company_id in ({placeholders(company_ids)})"
        return bool(
            self._warehouse.query(f"select 1 from {unchecked} where {condition} limit 1", *company_ids)
        )

    def check(self, company_ids: Sequence[str], *, everything: bool = False) -> list[FailedTest]:
        """Test the invariants of the books in the months that have not passed yet, or in all.

        Months of companies that pass are not tested again until something in them changes.
        """
        failed = self._failed(self._scope(company_ids, everything=everything), "--exclude", LAYER_TESTS)
        passed = sorted(set(company_ids) - {each for test in failed for each in test.companies})
        if passed and all(test.companies for test in failed):
            self._warehouse.execute(
                f"delete from {self._warehouse.staging}.unchecked_months"
                f" where company_id in ({placeholders(passed)})",
                *passed,
            )
        return failed

    def check_layers(self) -> list[FailedTest]:
        """Compare every table with a fresh computation from the one before it; returns what differs."""
        return self._failed(self._scope(None), "--select", LAYER_TESTS)

    def _failed(self, variables: Mapping[str, Any], *arguments: str) -> list[FailedTest]:
        """Run tests; returns those that found something."""
        return [self._test(each) for each in self.dbt.test(variables, *arguments)]

    def _test(self, result: Any) -> FailedTest:
        columns, rows = self._warehouse.sample(result.node.compiled_code, FAILING_ROWS_SHOWN)
        return FailedTest(
            name=result.node.name,
            description=result.node.description,
            failures=result.failures or 0,
            is_warning=str(result.status) == "warn",
            columns=columns,
            rows=rows,
            companies=self._companies(result),
        )

    def _companies(self, result: Any) -> frozenset[str]:
        columns, _ = self._warehouse.sample(result.node.compiled_code, 1)
        if "company_id" not in columns:
            return frozenset()
        failures = f"select distinct company_id from ({result.node.compiled_code}) as failures"
        return frozenset(_ids(self._warehouse.query(failures)))

    def _scope(self, company_ids: Collection[str] | None, *, everything: bool = False) -> dict[str, Any]:
        companies = None if company_ids is None else sorted(company_ids)
        return {**self._variables, "companies": companies, "everything": everything}

    def _is_built(self) -> bool:
        return self._warehouse.has_table(STAGING, "ledger_inputs")

    def _held_versions(self) -> set[str]:
        """Return the versions of the project that the models were built by; none before the first time."""
        if not self._is_built():
            return set()
        held = f"select distinct version from {self._warehouse.staging}.ledger_inputs where input = 'project'"
        return _ids(self._warehouse.query(held))


def project_version(variables: Mapping[str, Any]) -> str:
    """Return a digest of all that decides what a model says: the project's files and its variables."""
    digest = hashlib.blake2b(json.dumps(variables, sort_keys=True, default=str).encode(), digest_size=8)
    for path in sorted(path for path in PROJECT.rglob("*") if path.suffix in {".sql", ".yml"}):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _ids(rows: Sequence[tuple[Any, ...]]) -> set[str]:
    return {str(first) for first, *_ in rows}
