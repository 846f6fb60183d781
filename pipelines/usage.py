"""Say in one sentence what is wrong with the value of an option, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperGroup


class Commands(TyperGroup):
    """The commands of the program. A value that Typer refuses is told in our words, without its own."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; print one sentence and exit with 2 if a value of its options is wrong."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if (
                type(error) is not typer.BadParameter or error.param is None
            ):  # one that is missing has no value
                raise
            command = error.ctx.command_path if error.ctx else "accbooks"
            typer.echo(f"{wrong_value(error)} See '{command} --help'.", err=True)
            raise typer.Exit(2) from None


def wrong_value(error: typer.BadParameter) -> str:
    """Return which option has which value, and what to write."""
    parameter: Any = error.param
    problem = _problem(error)
    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.human_readable_name
    value = "" if problem is None else f" '{problem['input']}'"
    if problem is None:
        return f"{name} has a value that cannot be used: {error.message}"
    return f"{name} is{value}. Write {_expected(parameter, problem)}."


def _problem(error: typer.BadParameter) -> Mapping[str, Any] | None:
    """Return the first of the problems that Typer's library for types found, None if it found none."""
    errors = getattr(error.__cause__, "errors", None)
    return next(iter(errors()), None) if errors is not None else None


def _expected(parameter: Any, problem: Mapping[str, Any]) -> str:
    """Return what may be written: one of the choices, or a number of a range."""
    choices = re.findall(r"'([^']*)'", problem["msg"].partition(" is not one of ")[2])
    if choices:
        *others, last = choices
        return f"{', '.join(others)} or {last}" if others else last
    is_whole = isinstance(parameter.default, int) or not isinstance(parameter.default, float)
    number = "a whole number" if is_whole else "a number"
    match (parameter.min, parameter.max):
        case (None, None):
            return number
        case (least, None):
            return f"{number} of at least {least:g}"
        case (None, most):
            return f"{number} of at most {most:g}"
        case (least, most):
            return f"{number} from {least} to {most}"
    raise AssertionError(parameter)
