"""Find the models that dbt inlines into others (steps), and the models that read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

STEP = "ephemeral"
"""dbt's name for a model that is neither a table nor a view, but part of the models that read it."""


def unread_steps(manifest: Manifest, empty: Collection[str] = ()) -> list[str]:
    """Return the names of the steps that a build of tables need not compile.

    Only views read them, or tables that the build leaves `empty`.
    """
    models = {name: node for name, node in manifest.nodes.items() if str(node.resource_type) == "model"}
    tables = [
        name
        for name, node in models.items()
        if node.config.materialized not in {STEP, "view"} and node.name not in empty
    ]
    steps = {name for name, node in models.items() if node.config.materialized == STEP}
    return sorted(models[name].name for name in steps - set(_inlined(tables, models, steps)))


def _inlined(names: Collection[str], models: Mapping[str, Any], steps: Collection[str]) -> Iterator[str]:
    """Yield the steps that are inlined into these models, some of them more than once."""
    for name in names:
        parents = [parent for parent in models[name].depends_on.nodes if parent in steps]
        yield from parents
        yield from _inlined(parents, models, steps)
