"""Running dbt over the warehouse, in process."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pendulum

from pipelines.destinations import LOCKED, Warehouse
from pipelines.errors import TransformError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parent.parent / "transforms"
LAYER_TESTS = "tag:layer"
FAILING_ROWS_SHOWN = 5
NOT_BUILT = frozenset({"error", "fail", "skipped"})

QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_LOG_LEVEL": "none",
    "DBT_LOG_LEVEL_FILE": "none",
    "DBT_USE_COLORS": "false",
    "DBT_VERSION_CHECK": "false",
}


@dataclass(frozen=True)
class FailedTest:
    """A data test that found something: its name, what it checks, and some of the rows it found."""

    name: str
    description: str
    failures: int
    is_warning: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.failures} row{'s' if self.failures != 1 else ''}"]
        for row in self.rows:
            pairs = zip(self.columns, row, strict=False)
            lines.append("  " + ", ".join(f"{column} {value}" for column, value in pairs))
        return "\n".join(lines)


class Transforms:
    """The dbt project, parsed once and run against one warehouse; use it as a context manager.

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
        self._variables = {**variables, "today": today.to_date_string()}
        self.parsed = parsed
        self._stack = ExitStack()
        self._target = Path()

    def __enter__(self) -> Self:
        directory = tempfile.TemporaryDirectory(prefix="accbooks-dbt-")
        self._target = Path(self._stack.enter_context(directory))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.parsed is not None:
            self._warehouse.release()
        self._stack.close()

    def build(self) -> None:
        """Rebuild every model from the raw tables; raises TransformError if one cannot be built."""
        self._run("run")

    def compare(self) -> None:
        """Rebuild only the comparison with AccBooks' reports, from the models as they stand."""
        self._run("run", "--select", "reconciliation")

    def check(self) -> list[FailedTest]:
        """Run the invariants of the books; returns what failed."""
        return self._test("--exclude", LAYER_TESTS, "--exclude-resource-type", "unit_test")

    def check_layers(self) -> list[FailedTest]:
        """Compare every table with a fresh computation from the one before it; returns what differs."""
        return self._test("--select", LAYER_TESTS, "--exclude-resource-type", "unit_test")

    def _run(self, *arguments: str) -> None:
        failed = [result for result in self._invoke(*arguments) if str(result.status) in NOT_BUILT]
        if failed:
            messages = "; ".join(f"{result.node.name}: {_first_line(result.message)}" for result in failed)
            raise TransformError(f"dbt could not build {len(failed)} of the models. {messages}")

    def _test(self, *arguments: str) -> list[FailedTest]:
        results = [result for result in self._invoke("test", *arguments) if str(result.status) != "pass"]
        broken = [result for result in results if str(result.status) == "error"]
        if broken:
            messages = "; ".join(f"{result.node.name}: {_first_line(result.message)}" for result in broken)
            raise TransformError(f"dbt could not run {len(broken)} of the tests. {messages}")
        return [self._failed(result) for result in results if str(result.status) in {"fail", "warn"}]

    def _failed(self, result: Any) -> FailedTest:
        columns, rows = self._warehouse.sample(result.node.compiled_code, FAILING_ROWS_SHOWN)
        return FailedTest(
            name=result.node.name,
            description=result.node.description,
            failures=result.failures or 0,
            is_warning=str(result.status) == "warn",
            columns=columns,
            rows=rows,
        )

    def _invoke(self, *arguments: str) -> Iterable[Any]:
        """Run one dbt command and return its results; the parsed project is kept for the next."""
        from dbt.artifacts.schemas.run import RunExecutionResult  # noqa: PLC0415 - see dbtRunner
        from dbt.cli.main import dbtRunner  # noqa: PLC0415 - a second of imports that few commands need

        os.environ.update(QUIET | dict(self._warehouse.dbt_environment()))
        runner = dbtRunner(manifest=self.parsed)
        result = runner.invoke([*arguments, *self._options()])
        self.parsed = runner.manifest or self.parsed
        if not isinstance(result.result, RunExecutionResult):
            raise self._explained(result.exception)
        return result.result.results

    def _explained(self, error: BaseException | None) -> BaseException:
        if error is None or isinstance(error, KeyboardInterrupt):
            return KeyboardInterrupt()
        if LOCKED.search(str(error)):
            return self._warehouse.explain(error)
        return TransformError(f"dbt could not run: {_first_line(str(error))}")

    def _options(self) -> Sequence[str]:
        return (
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target", self._warehouse.name, "--target-path", str(self._target)),
            *("--log-path", str(self._target), "--vars", json.dumps(self._variables)),
        )


def _first_line(text: str | None) -> str:
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else "no message"
