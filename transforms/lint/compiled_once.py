"""Has the linter compile a macro once in a process: it loads all macros twice for each model."""

from __future__ import annotations

from typing import Any

from jinja2.sandbox import SandboxedEnvironment

_compile = SandboxedEnvironment.compile
_compiled: dict[tuple[Any, ...], Any] = {}


def _compiled_once(environment: SandboxedEnvironment, source: Any, *told: Any, **named: Any) -> Any:
    """Return what Jinja makes of a text in an environment of that syntax, whatever its values."""
    if not isinstance(source, str):
        return _compile(environment, source, *told, **named)
    syntax = (environment.keep_trailing_newline, *sorted(environment.extensions))
    key = (source, *syntax, *told, *sorted(named.items()))
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, *told, **named)
    return _compiled[key]


# the linter runs this module anew for each model
if SandboxedEnvironment.compile.__name__ != _compiled_once.__name__:
    SandboxedEnvironment.compile = _compiled_once
