"""Look names of a template up in one dictionary.

dbt chains two for each template and each macro that it renders, the node's context and Jinja's own functions,
and Python looks every name up in both, one after the other. In a build of small books this took a twentieth
of the processor time. Jinja's functions are added to the context instead; its own names win, as before.
"""

from __future__ import annotations

from collections import ChainMap
from typing import Any

from dbt_common.clients.jinja import MacroFuzzTemplate
from jinja2.runtime import Context

by_chaining = MacroFuzzTemplate.new_context
"""dbt's own function."""


def new_context(
    self: MacroFuzzTemplate,
    vars: dict[str, Any] | None = None,  # noqa: A002 - as dbt calls it
    shared: bool = False,  # noqa: FBT001, FBT002
    locals: Any = None,  # noqa: A002
) -> Context:
    """Return the context of a template, as dbt's own function does."""
    if shared or locals or not isinstance(vars, dict):
        return by_chaining(self, vars, shared, locals)
    # a model's own template has the context there, too
    for names in self.globals.maps if isinstance(self.globals, ChainMap) else [self.globals]:
        for name, value in names.items() if names is not vars else ():
            vars.setdefault(name, value)
    return self.environment.context_class(self.environment, vars, self.name, self.blocks)


def replace_dbts() -> None:
    """Make dbt use this in this process."""
    MacroFuzzTemplate.new_context = new_context  # type: ignore[method-assign]
