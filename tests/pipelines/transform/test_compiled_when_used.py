"""What mashumaro compiles when dbt is imported."""

import subprocess
import sys

PROGRAM = """
from mashumaro.core.meta.code.builder import CodeBuilder
compiled = []
by_mashumaro = CodeBuilder.get_field_types
def noted(builder, **how):
    compiled.append(builder.cls)
    return by_mashumaro(builder, **how)
CodeBuilder.get_field_types = noted
{imports}
imported = len(compiled)
from dbt.artifacts.resources import NodeConfig
config = NodeConfig.from_dict({{"materialized": "table"}})
assert config.to_dict()["materialized"] == "table"
print(imported, len(compiled) - imported)
"""
OURS = """
from accbooks_warehouse.pipelines.transform.dbt import _runner
_runner("duckdb")
"""


def compiled_by(imports: str) -> tuple[int, int]:
    """Return how many methods are compiled by these imports, and how many by the use of a class."""
    program = PROGRAM.format(imports=imports)
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported, used = map(int, found.stdout.split())
    return imported, used


def test_methods_of_dbts_classes_are_compiled_when_they_are_used() -> None:
    imported, used = compiled_by(OURS)
    assert imported < 5
    assert used >= 2


def test_dbt_has_mashumaro_compile_methods_that_a_build_does_not_use() -> None:
    imported, _ = compiled_by("from dbt.cli.main import dbtRunner")
    assert imported > 50
