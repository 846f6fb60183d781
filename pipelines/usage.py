"""Say in one sentence what is wrong with the value of an option, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

REFUSED = re.compile(r"'?(?P<value>.*?)'? is not ", re.DOTALL)
"""How Typer says which value it refuses; a test compares this with what it says of every option."""
NUMBERS = {
    "int": "a whole number",
    "int range": "a whole number",
    "float": "a number",
    "float range": "a number",
}
"""What to write for an option of a type, by Typer's name of the type."""


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
    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.human_readable_name
    refused, expected = REFUSED.match(error.message), _expected(parameter)
    if refused is None or expected is None:
        return f"{name} has a value that cannot be used: {error.message}"
    return f"{name} is '{refused['value']}'. Write {expected}."


def _expected(parameter: Any) -> str | None:
    """Return what may be written: one of the choices, or a number of a range; None for other types."""
    kind = parameter.type
    if choices := getattr(kind, "choices", None):
        *others, last = map(str, choices)
        return f"{', '.join(others)} or {last}" if others else last
    if kind.name not in NUMBERS:
        return None
    number = NUMBERS[kind.name]
    match (getattr(kind, "min", None), getattr(kind, "max", None)):
        case (None, None):
            return number
        case (least, None):
            return f"{number} of at least {least:g}"
        case (None, most):
            return f"{number} of at most {most:g}"
        case (least, most):
            return f"{number} from {least} to {most}"
    raise AssertionError(parameter)
