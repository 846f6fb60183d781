"""Which steps a build of tables has to compile."""

from types import SimpleNamespace
from typing import Any

from accbooks_warehouse.pipelines.transform.steps import unread_steps


def model(name: str, materialized: str, *parents: str) -> Any:
    return SimpleNamespace(
        name=name,
        resource_type="model",
        config=SimpleNamespace(materialized=materialized),
        depends_on=SimpleNamespace(nodes=list(parents)),
    )


def test_a_step_is_needed_if_a_table_reads_it_though_other_steps_but_not_through_a_view() -> None:
    nodes = [
        model("of_table", "ephemeral"),
        model("of_both", "ephemeral", "of_table"),
        model("of_view", "ephemeral", "of_both"),
        model("of_nobody", "ephemeral"),
        model("view", "view", "of_view", "of_both"),
        model("table", "table", "of_both", "view", "raw"),
        model("incremental", "incremental", "table"),
    ]
    raw = SimpleNamespace(name="raw", resource_type="source")
    manifest: Any = SimpleNamespace(nodes={node.name: node for node in [*nodes, raw]})
    assert unread_steps(manifest) == ["of_nobody", "of_view"]
    assert unread_steps(manifest, {"incremental"}) == ["of_nobody", "of_view"]
    assert unread_steps(manifest, {"table"}) == ["of_both", "of_nobody", "of_table", "of_view"]
