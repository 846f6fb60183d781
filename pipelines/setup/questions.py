"""Asking a person at the terminal, again and again until the answer can be right."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import typer
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.sources.accbooks import AccBooksError, ConfigurationError

T = TypeVar("T")


def require_a_person() -> None:
    """Raise ConfigurationError if standard input is no terminal: nothing can be hidden there."""
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "There is nobody to ask: standard input is no terminal. Give everything by options and "
            "environment variables, with --no-input; 'accbooks init --help' says which."
        )


def ask(question: str, read: Callable[[str], T], *, default: str | None = None, hidden: bool = False) -> T:
    """Return what `read` makes of the answer; where it raises, say why and ask again.

    A hidden answer is neither echoed nor repeated. Interrupting raises typer.Abort.
    """
    while True:
        answer: str = typer.prompt(question, default=default, hide_input=hidden, show_default=bool(default))
        try:
            return read(answer.strip())
        except (AccBooksError, WarehouseError) as error:
            typer.echo(f"  {one_line(str(error))}")


def agree(question: str, *, default: bool = False) -> bool:
    """Return whether the answer is yes."""
    return typer.confirm(question, default=default)
