"""Keep dbt from writing the SQL of each model into files that nobody reads.

dbt writes it twice, as compiled and as run, into a folder that the pipeline deletes afterwards. In a build of
small books this took a twentieth of the processor time. `dbt build` by hand writes them as ever.
"""

from __future__ import annotations

from typing import Any

from dbt.contracts.graph.nodes import ParsedNode

by_dbt = ParsedNode.write_node
"""dbt's own function."""


def write_nothing(*_: Any, **__: Any) -> None:
    """Take the place of dbt's function."""


def replace_dbts() -> None:
    """Make dbt use this in this process."""
    ParsedNode.write_node = write_nothing  # type: ignore[method-assign]
