"""Run dbt in this process: start it once, parse its project once, and turn its errors into sentences."""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations import LOCKED, Warehouse
from accbooks_warehouse.pipelines.errors import ModelError, TransformError
from accbooks_warehouse.pipelines.transform.catalogue import PROJECT
from accbooks_warehouse.pipelines.transform.parsed_project import keep, move, restored
from accbooks_warehouse.pipelines.transform.project_version import project_version

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

DBT_SAYS = re.compile(r"(\w+ Error in model |compiled code at )")
FAILED = frozenset({"error", "fail"})
SPARK = "spark"
"""The target that is built by Spark or an engine that speaks its SQL."""

QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_LOG_LEVEL": "none",
    "DBT_LOG_LEVEL_FILE": "none",
    "DBT_USE_COLORS": "false",
    "DBT_VERSION_CHECK": "false",
    "DBT_WRITE_JSON": "false",
}


class Dbt:
    """The dbt project, run against one warehouse; use it as a context manager.

    The project is parsed with `variables`, which may decide how models are configured. Other variables may
    differ between commands, if only the models' SQL uses them. `parsed` is the project as already parsed for
    the same warehouse name and variables. `results` are dbt's results of the last command.
    """

    def __init__(
        self, warehouse: Warehouse, variables: Mapping[str, Any], parsed: Manifest | None = None
    ) -> None:
        self._warehouse = warehouse
        self._variables = variables
        self.parsed = parsed
        self.results: Sequence[Any] = ()
        self._stack = ExitStack()
        self._target = Path()
        self._preparing: threading.Thread | None = None

    def __enter__(self) -> Self:
        directory = tempfile.TemporaryDirectory(prefix="accbooks-dbt-", ignore_cleanup_errors=True)
        self._target = Path(self._stack.enter_context(directory))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, KeyboardInterrupt):
            self._await_preparation()
            self._save_computed()
        if self.parsed is not None:
            self._warehouse.release()
        self._stack.close()

    def _save_computed(self) -> None:
        if self.parsed is not None:
            from accbooks_warehouse.pipelines.transform.computed_once import save  # noqa: PLC0415

            save()

    def prepare(self) -> None:
        """Import dbt and parse the project in the background, if a command is certain to follow.

        Errors are ignored here, because the command raises them again. Pydantic is imported first: dlt, which
        loads meanwhile, fails where another thread has imported half of it.
        """
        import pydantic  # noqa: F401, PLC0415 - see _runner

        self._preparing = threading.Thread(target=self._parse, daemon=True, name="dbt")
        self._preparing.start()

    def _await_preparation(self) -> None:
        if self._preparing is not None:
            self._preparing.join()
            self._preparing = None

    def run(self, variables: Mapping[str, Any], *arguments: str) -> None:
        """Build models; raises ModelError if one cannot be built."""
        results = self._invoke("run", variables, arguments)
        failed = [result for result in results if str(result.status) in FAILED]
        skipped = [result for result in results if str(result.status) == "skipped"]
        if obstructed := [each for result in failed if (each := _obstruction(result.message))]:
            raise TransformError(" ".join(obstructed))
        if failed or skipped:
            # an inlined step has no result of its own: the models that read it are skipped
            named = failed or [each for each in skipped if each.message] or skipped[:1]
            raise ModelError(
                "; ".join(f"{each.node.name} ({_cause(each.message)})" for each in named),
                len(failed) + len(skipped) - len(named),
            )

    def test(self, variables: Mapping[str, Any], *arguments: str) -> list[Any]:
        """Run data tests; returns dbt's results of those that failed or warned.

        Raises TransformError if one cannot be run.
        """
        arguments = (*arguments, "--exclude-resource-type", "unit_test")
        results = self._invoke("test", variables, arguments)
        broken = [result for result in results if str(result.status) == "error"]
        if broken:
            messages = "; ".join(f"{result.node.name}: {_first_line(result.message)}" for result in broken)
            raise TransformError(f"dbt could not run {len(broken)} of the tests. {messages}")
        return [result for result in results if str(result.status) in {"fail", "warn"}]

    def _invoke(self, command: str, variables: Mapping[str, Any], arguments: Sequence[str]) -> Sequence[Any]:
        """Run one dbt command and return its results; keep the parsed project for the next."""
        manifest = self.manifest()
        # not before: two threads that import dbt at once may find half of a module
        from dbt.artifacts.schemas.run import RunExecutionResult  # noqa: PLC0415

        os.environ.update(QUIET | dict(self._warehouse.dbt_environment()))
        self._forget_compiled()
        command_line = [command, *arguments, *self._options(variables)]
        with self._warehouse.handed_over():
            result = _runner(self._warehouse.dbt_target, manifest).invoke(command_line)
        interrupts.check()
        if not isinstance(result.result, RunExecutionResult):
            raise self._explained(result.exception)
        self.results = result.result.results
        if command == "run":
            built = (each.node for each in self.results if str(each.status) == "success")
            self._warehouse.built({(node.schema, node.name): _sql_of_view(node) for node in built})
        return self.results

    def manifest(self) -> Manifest:
        """Return the parsed project, and parse it first if needed; raises TransformError if that fails."""
        self._await_preparation()
        failure = None if self.parsed is not None else self._parse()
        if self.parsed is None:
            raise self._explained(failure)
        return self.parsed

    def _parse(self) -> BaseException | None:
        """Restore the parsed project, or parse it; returns the error, None if it is not known.

        dbt's runner does not pass a parsed project on to its next command, so it is kept here.
        """
        os.environ.update(QUIET | dict(self._warehouse.parsing_environment()))
        # first, because a restored project consists of dbt's classes
        runner = _runner(self._warehouse.dbt_target)
        version = project_version(self._variables)
        parsed = restored(PROJECT, self._warehouse.dbt_target, version)
        if parsed is None:
            parsing = runner.invoke(["parse", *self._options(self._variables)])
            interrupts.check()
            if not parsing.success:
                return parsing.exception
            parsed = cast("Manifest", parsing.result)
            keep(parsed, PROJECT, self._warehouse.dbt_target, version)
        if self._warehouse.dbt_database is not None:
            move(parsed, self._warehouse.dbt_database)
        self.parsed = parsed
        return None

    def _forget_compiled(self) -> None:
        """Make dbt compile SQL again: it keeps the SQL of inlined models in the parsed project."""
        from dbt.contracts.graph.nodes import CompiledNode  # noqa: PLC0415 - see _runner

        for node in self.parsed.nodes.values() if self.parsed else ():
            if isinstance(node, CompiledNode):
                node.compiled, node.compiled_code = False, None
                node.extra_ctes, node.extra_ctes_injected = [], False

    def _explained(self, error: BaseException | None) -> BaseException:
        if error is None or isinstance(error, KeyboardInterrupt):
            return KeyboardInterrupt()
        if LOCKED.search(str(error)):
            return self._warehouse.explain(error)
        return TransformError(f"dbt could not run: {_first_line(str(error))}")

    def _options(self, variables: Mapping[str, Any]) -> Sequence[str]:
        return (
            *("--project-dir", str(PROJECT), "--profiles-dir", str(self._warehouse.profiles or PROJECT)),
            *("--target", self._warehouse.dbt_target, "--target-path", str(self._target)),
            *("--log-path", str(self._target), "--vars", json.dumps(variables)),
        )


def _runner(target: str, manifest: Manifest | None = None) -> dbtRunner:
    """Return a dbt runner that prints nothing, even before dbt reads its log level."""
    from accbooks_warehouse.pipelines.transform.compiled_when_used import compile_when_used  # noqa: PLC0415

    compile_when_used()
    from accbooks_warehouse.pipelines.transform import (  # noqa: PLC0415
        computed_once,
        inlining,
        macros_on_demand,
        plain_results,
        template_names,
        unread_events,
        unwritten_sql,
    )
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - a second of imports that few commands need
    from dbt_common.events.event_manager_client import cleanup_event_logger  # noqa: PLC0415

    unread_events.replace_dbts()
    inlining.replace_dbts()
    macros_on_demand.replace_dbts()
    plain_results.replace_dbts(is_duckdb=target == "duckdb")
    template_names.replace_dbts()
    unwritten_sql.replace_dbts()
    computed_once.replace_libraries()
    if target == SPARK:
        from accbooks_warehouse.pipelines.transform import exact_spark  # noqa: PLC0415 - of the extra `spark`

        exact_spark.replace_dbts()
    cleanup_event_logger()
    return dbtRunner(manifest=manifest)


def _sql_of_view(node: Any) -> str | None:
    """Return the SQL of a model that is a view; None of any other."""
    return str(node.compiled_code) if node.config.materialized == "view" else None


def _cause(message: str | None) -> str:
    """Return the database's error of a model, without the file that dbt names."""
    lines = (message or "").splitlines()
    return _first_line("\n".join(line for line in lines if not DBT_SAYS.match(line.strip())))


def _obstruction(message: str | None) -> str | None:
    """Return the sentences that name views of other users on a table, if these kept it from being rebuilt."""
    lines = (line.strip() for line in (message or "").splitlines())
    return next((line for line in lines if re.search(r"stands? in the way: built on", line)), None)


def _first_line(text: str | None) -> str:
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else "no message"
