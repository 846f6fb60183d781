"""What dbt would send to databases nobody here has: the SQL of models and data tests, and our own statements.

Statements of the real adapters (create, rename, comment on) are not ours, and not looked at.
"""

import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from dbt.adapters.base import AdapterPlugin
from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.nodes import CompiledNode
from portability.adapters import Server, adapter_of, credentials_of

PROJECT = Path(__file__).parents[3] / "transforms"
OURS = ("delete from ", "insert into ", "begin;")
NO_COMMENTS = "{{% macro {name}__persist_docs(relation, model, for_relation, for_columns) %}}{{% endmacro %}}"


def render(
    name: str, server: Server, directory: Path, *command: str, variables: Mapping[str, Any]
) -> dict[str, str]:
    """Run a dbt command; return the SQL of all models and tests it ran, and our other statements, by name."""
    profile = {"type": name, "database": "books", "schema": "accbooks", "threads": 1}
    (directory / "profiles.yml").write_text(
        yaml.safe_dump({"accbooks": {"target": name, "outputs": {name: profile}}})
    )
    options = {
        "--project-dir": PROJECT,
        "--profiles-dir": directory,
        "--target-path": directory / "target",
        "--log-path": directory / "logs",
        "--vars": yaml.safe_dump(dict(variables)),
    }
    arguments = [*command, "--quiet", *(str(part) for option in options.items() for part in option)]
    with pretended(name, server, directory), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dbt's own
        answer = dbtRunner().invoke(arguments)
    assert answer.success, answer.exception or [each.message for each in answer.result if each.message]
    nodes = [result.node for result in answer.result]
    rendered = {node.name: node.compiled_code for node in nodes if isinstance(node, CompiledNode)}
    ours = [sql for sql in server.statements if sql.strip().startswith(OURS)]
    return rendered | {f"statement {number}": sql for number, sql in enumerate(ours)}


@contextmanager
def pretended(name: str, server: Server, directory: Path) -> Iterator[None]:
    """Have dbt find an adapter of that name, with no macro but one that nothing is built without."""
    package = directory / name
    (package / "macros").mkdir(parents=True, exist_ok=True)
    (package / "dbt_project.yml").write_text(f"name: dbt_{name}\nversion: 1.0.0\nconfig-version: 2\n")
    (package / "macros" / "adapter.sql").write_text(NO_COMMENTS.format(name=name))
    module, version = ModuleType(name), ModuleType("version")
    module.Plugin = AdapterPlugin(adapter_of(name, server), credentials_of(name), str(package))
    version.version = "1.11.0"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, f"dbt.adapters.{name}", module)
        for part in ("__about__", "__version__"):
            patch.setitem(sys.modules, f"dbt.adapters.{name}.{part}", version)
        try:
            yield
        finally:
            for known in (FACTORY.plugins, FACTORY.packages, FACTORY.adapters):
                known.pop(name, None)
                known.pop(f"dbt_{name}", None)
