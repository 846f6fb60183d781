"""Ask questions at the terminal, and repeat them until the answer is valid."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import typer
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.sources.accbooks import AccBooksError, ConfigurationError

T = TypeVar("T")


def require_terminal() -> None:
    """Raise ConfigurationError if standard input is not a terminal: typed keys could not be hidden."""
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "'accbooks init' cannot ask questions, because standard input is not a terminal. Use --no-input "
            "with options and environment variables; see 'accbooks init --help'."
        )


def ask(question: str, read: Callable[[str], T], *, default: str | None = None, hidden: bool = False) -> T:
    """Return `read(answer)`; if it raises, print the error and ask again.

    A hidden answer is never printed. Interrupting raises typer.Abort.
    """
    while True:
        answer: str = typer.prompt(question, default=default, hide_input=hidden, show_default=bool(default))
        try:
            return read(answer.strip())
        except (AccBooksError, WarehouseError) as error:
            typer.echo(f"  {one_line(str(error))}")


def confirm(question: str, *, default: bool = False) -> bool:
    """Return whether the answer is yes."""
    return typer.confirm(question, default=default)
