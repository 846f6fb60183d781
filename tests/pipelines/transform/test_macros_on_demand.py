"""The macros that a model can call."""

from types import SimpleNamespace
from typing import Any

import pytest
from accbooks_warehouse.pipelines.transform.macros_on_demand import (
    Builtins,
    Names,
    build_namespace,
    by_building,
    get_macro,
    get_rendered_var,
)
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.base import Var
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.contracts.graph.nodes import Macro
from dbt.exceptions import PackageNotFoundForMacroError

PACKAGES = {
    "dbt": ["date_trunc", "ref_of", "shared", "statement"],
    "dbt_duckdb": ["date_trunc", "duckdb_only"],
    "mine": ["shared", "of_mine"],
    "theirs": ["shared", "of_theirs", "statement"],
}


def macro(package: str, name: str) -> Macro:
    return SimpleNamespace(package_name=package, name=name, unique_id=f"macro.{package}.{name}")  # type: ignore[return-value]


class Context:
    """What dbt's context has when it makes macros callable."""

    def __init__(self, search_package: str) -> None:
        macros = {
            package: {name: macro(package, name) for name in names} for package, names in PACKAGES.items()
        }
        self.manifest = SimpleNamespace(get_macros_by_package=lambda: macros)
        self.search_package = search_package
        self._ctx: dict[str, Any] = {}

    def _get_namespace_builder(self) -> MacroNamespaceBuilder:
        return MacroNamespaceBuilder("mine", self.search_package, MacroStack(), ["dbt_duckdb", "dbt"], None)


def given(context: Context, computed: list[str]) -> Any:
    """Return a context in which dbt gives a template some values, which note that they are computed."""

    def compute(_: Any) -> Any:
        computed.append("given")
        return context

    members = {"given": property(compute), "statement": "by dbt", "plain": "by dbt"}
    return type("Given", (), {"_context_members_": members})()


def identified(namespace: MacroNamespace) -> dict[str, Any]:
    """Return the macro that each name finds, of a package all of them."""
    return {
        name: {each: namespace[name][each].macro.unique_id for each in PACKAGES[name]}
        if name in ("dbt", "mine", "theirs")
        else namespace[name].macro.unique_id
        for name in namespace
    }


@pytest.mark.parametrize("package", ["mine", "theirs"])
def test_each_name_finds_the_macro_that_dbt_finds(package: str) -> None:
    by_dbt: MacroNamespace = by_building(Context(package))  # type: ignore[arg-type]
    context = Context(package)
    ours = build_namespace(context)  # type: ignore[arg-type]
    names = {name for names in PACKAGES.values() for name in names} | {"dbt", "mine", "theirs", "unknown"}
    assert {name for name in names if name in ours} == {name for name in names if name in by_dbt}
    looked_up = {name: ours[name] for name in by_dbt}
    assert identified(MacroNamespace({}, looked_up, {}, {})) == identified(by_dbt)
    for each in (None, "dbt", "mine", "theirs"):
        for name in names - {"dbt", "mine", "theirs"}:
            found, expected = (one.get_from_package(each, name) for one in (ours, by_dbt))
            assert (found and found.macro.unique_id) == (expected and expected.macro.unique_id)
    with pytest.raises(PackageNotFoundForMacroError):
        ours.get_from_package("nobody's", "shared")


def test_a_macro_is_made_callable_once_in_the_context_of_its_node() -> None:
    context = Context("mine")
    found = build_namespace(context)["of_mine"]  # type: ignore[arg-type]
    assert found.context is context._ctx  # noqa: SLF001
    names, computed = Names(), []
    names.look_up_in(build_namespace(context), Builtins(given(context, computed)))  # type: ignore[arg-type]
    assert names["context"] is names
    assert names["given"] is names["given"] is context
    assert names["builtins"]["plain"] == names["plain"] == "by dbt"
    assert computed == ["given"]
    assert names["statement"].macro.unique_id == "macro.dbt.statement"
    assert names.get("of_mine") is names["of_mine"]
    assert names.get("unknown") is None
    assert "unknown" not in names
    with pytest.raises(KeyError):
        names["unknown"]


def test_copied_as_jinja_copies_it_a_context_has_every_name() -> None:
    context = Context("theirs")
    names = Names()
    macros = build_namespace(context)  # type: ignore[arg-type]
    names.look_up_in(macros, Builtins(given(context, [])))  # type: ignore[arg-type]
    expected = {"context", "builtins", "given", "plain", *macros}
    for copied in (dict(names), dict((), **names), {**names}, dict(names.items())):
        assert copied.keys() == expected
        assert copied["of_mine"] is names["of_mine"]
    assert len(names) == len(names.keys()) == len(names.values()) == len(expected)


def test_a_macros_function_is_made_once_in_a_context() -> None:
    source = SimpleNamespace(
        name="twice",
        unique_id="macro.mine.twice",
        macro_sql="{% macro twice(n) %}{{ 2 * n }}{% endmacro %}",
        resource_type="macro",
        package_name="mine",
    )
    one, other = (MacroGenerator(source, {}) for _ in range(2))  # type: ignore[arg-type]
    assert get_macro(one) is get_macro(one)
    assert get_macro(one) is not get_macro(other)
    assert get_macro(one)(3) == "6"


@pytest.mark.parametrize(
    ("value", "rendered"), [("2026-11-30", "2026-11-30"), (7, 7), ("{{ day }}", "today")]
)
def test_only_a_variable_that_is_a_template_is_rendered(value: object, rendered: object) -> None:
    variable = Var({"day": "today"}, {"name": value})
    assert get_rendered_var(variable, "name") == rendered
