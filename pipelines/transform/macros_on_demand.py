"""Make a macro callable in a node when a template names it, and what dbt itself gives a template as well.

dbt makes all macros of all packages callable in each node that it compiles, some 650 objects for each of 270
models, and a model uses ten of them. It computes some 80 values beside them, and makes a macro's Jinja module
at each call. In a build of small books this took a fifth of the processor time. Here a macro becomes callable
and a value is computed when it is looked up first, and a macro's module is made once in a node. Names are
found in the same order: those of the node's own package, of the project, the packages' own names, dbt's; and
then what dbt itself gives a template, over which a macro of that name wins.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, cast

from dbt.clients.jinja import MacroGenerator
from dbt.context.base import BaseContext, Var
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext

if TYPE_CHECKING:
    from dbt.contracts.graph.nodes import Macro

TEMPLATE = re.compile(r"[{}%#]")
by_building = ManifestContext._build_namespace  # noqa: SLF001
"""dbt's own functions."""
by_copying = ManifestContext.to_dict
by_making = MacroGenerator.get_macro
by_rendering = Var.get_rendered_var
"""dbt's own function: it copies a context, which makes all it names, for each variable that is a text."""


class OnDemand(dict[str, Any]):
    """A dictionary that makes a value when it is looked up first, of one of these names.

    Who goes through it, or copies it as Jinja does for the arguments of data tests, makes all of them.
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__()
        self._names = names

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a value, made or not."""
        return super().__contains__(name) or name in self._names

    def __missing__(self, name: str) -> Any:
        """Make a value; raises KeyError if there is none of this name."""
        self[name] = value = self._make(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, made if necessary."""
        try:
            return self[name]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        """Yield the names, of values made or not."""
        made = dict.fromkeys(super().__iter__())
        yield from made
        yield from (name for name in self._names if name not in made)

    def __len__(self) -> int:
        """Return how many names there are."""
        return sum(1 for _ in self)

    def keys(self) -> Any:
        """Return the names."""
        return KeysView(self)

    def values(self) -> Any:
        """Return all values."""
        return ValuesView(self)

    def items(self) -> Any:
        """Return all names and values."""
        return ItemsView(self)

    def _make(self, name: str) -> Any:
        return self._names[name]


class Macros(OnDemand):
    """The macros of one package, or of several, callable in one node."""

    def __init__(self, names: Mapping[str, Macro], context: dict[str, Any], node: Any, stack: Any) -> None:
        super().__init__(names)
        self._called_in = context, node, stack

    def _make(self, name: str) -> Any:
        return MacroGenerator(self._names[name], *self._called_in)


class Names(OnDemand):
    """The names of a template: what dbt gives it, and macros."""

    def __init__(self) -> None:
        super().__init__({})

    def look_up_in(self, macros: MacroNamespace, builtins: Builtins) -> None:
        """Find names in these macros, and then in what dbt gives a template."""
        self._names = ChainMap(cast("dict[str, Any]", macros), builtins)
        self.update(context=self, builtins=builtins)


class Builtins(OnDemand):
    """What dbt gives a template, of which each value is computed when it is looked up."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context._context_members_)
        self._context = context

    def _make(self, name: str) -> Any:
        value = self._names[name]
        return value.__get__(self._context) if hasattr(value, "__get__") else value


def build_namespace(self: ManifestContext) -> MacroNamespace:
    """Return the macros of a node, none of them callable yet."""
    self._ctx = Names()
    builder: MacroNamespaceBuilder = self._get_namespace_builder()
    packages = self.manifest.get_macros_by_package()
    where = self._ctx, builder.node, builder.thread_ctx
    dbts: dict[str, Macro] = {}
    for name in reversed(builder.internal_package_names_order):
        dbts.update(packages.get(name, {}))
    others = {name for name in packages if name not in builder.internal_package_names}
    ours: dict[str, Any] = {name: Macros(packages[name], *where) for name in others}
    is_root = builder.root_package != builder.search_package
    return MacroNamespace(
        global_namespace=ours.get(builder.root_package, {}) if is_root else {},
        local_namespace=ours.get(builder.search_package, {}),
        global_project_namespace=Macros(dbts, *where),
        packages=ours,
    )


def to_dict(self: ManifestContext) -> dict[str, Any]:
    """Return the names of a node's template."""
    names = self._ctx
    if not isinstance(names, Names):
        return by_copying(self)  # type: ignore[no-any-return, no-untyped-call]
    self.config.load_dependencies()  # type: ignore[attr-defined] # as `var` does when it is made, on which the dispatch of macros relies
    names.look_up_in(self.namespace, Builtins(self))
    return names


def get_macro(self: MacroGenerator) -> Any:
    """Return the function of a macro, made once."""
    made: dict[str, Any] = vars(self)
    if "made" not in made:
        made["made"] = by_making(self)
    return made["made"]


def get_rendered_var(self: Var, var_name: str) -> Any:
    """Return the value of a variable; a text that is no template as it is."""
    value = self._merged[var_name]
    is_plain = isinstance(value, str) and not TEMPLATE.search(value)
    return value if is_plain else by_rendering(self, var_name)


def replace_dbts() -> None:
    """Make dbt use these in this process."""
    Var.get_rendered_var = get_rendered_var  # type: ignore[method-assign]
    MacroGenerator.get_macro = get_macro  # type: ignore[method-assign, assignment]
    ManifestContext._build_namespace = build_namespace  # type: ignore[method-assign] # noqa: SLF001
    ManifestContext.to_dict = to_dict  # type: ignore[method-assign]
