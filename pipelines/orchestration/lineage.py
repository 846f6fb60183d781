"""Which tables a sync makes, and which of them follows from which: the raw ones, and the models BI reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from accbooks_warehouse.pipelines.destinations import MODELS, RAW

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

SHOWN = (RAW, MODELS)
"""The schemas whose tables are shown; what lies between them is a way from one to the other."""
KINDS = ("model", "seed", "source")


@dataclass(frozen=True)
class Table:
    """A table by its schema and name, what a row of it is, and the tables shown that it is built from."""

    schema: str
    name: str
    description: str
    built_from: tuple[tuple[str, str], ...] = ()


def tables(manifest: Manifest) -> list[Table]:
    """Return the raw tables and the models of a parsed dbt project, each after those it is built from."""
    nodes: dict[str, Any] = {**manifest.sources, **manifest.nodes}
    shown = {identifier: node for identifier, node in nodes.items() if _is_shown(node)}
    above = {identifier: set(_nearest(node, nodes, shown)) for identifier, node in shown.items()}
    order = list(TopologicalSorter(above).static_order())
    return [
        Table(
            *_name(shown[identifier]),
            _description(shown[identifier]),
            tuple(_name(shown[each]) for each in sorted(closest(above, identifier))),
        )
        for identifier in order
    ]


def closest(above: Mapping[str, set[str]], identifier: str) -> set[str]:
    """Return what a table is built from, without what another of them is built from in turn."""
    direct = above[identifier]
    return direct - {further for each in direct for further in ancestors(above, each)}


def ancestors(above: Mapping[str, set[str]], identifier: str) -> set[str]:
    """Return everything a table is built from, however indirectly."""
    found: set[str] = set()
    waiting = [identifier]
    while waiting:
        new = above[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _nearest(node: Any, nodes: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield the next tables above a node that are shown, past those that are not."""
    for above in getattr(node, "depends_on_nodes", ()):
        if above in shown:
            yield above
        elif above in nodes:
            yield from _nearest(nodes[above], nodes, shown)


def _is_shown(node: Any) -> bool:
    is_table = str(node.resource_type) == "source" or str(node.config.materialized) != "ephemeral"
    return str(node.resource_type) in KINDS and is_table and _name(node)[0] in SHOWN


def _description(node: Any) -> str:
    """Return what a row of a table is; for a raw table, which dbt does not make, what all of them are."""
    return " ".join((node.description or getattr(node, "source_description", "")).split())


def _name(node: Any) -> tuple[str, str]:
    if str(node.resource_type) == "source":
        return RAW, str(node.name)
    return str(node.config.schema), str(node.name)
