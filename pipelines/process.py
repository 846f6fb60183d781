"""The process of a command: its console, signals and exit status."""

from __future__ import annotations

import atexit
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from accbooks_warehouse.pipelines import interrupts

if TYPE_CHECKING:
    from rich.console import Console


NO_LEAKS = "ignore::UserWarning:multiprocessing.resource_tracker"


def run(app: typer.Typer) -> None:
    """Run the command line; on a signal, end the process cleanly."""
    show_what_can_be_shown()
    # the system frees dbt's semaphores with the process; Python's resource tracker would report leaks
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), NO_LEAKS]))
    try:
        app()
    finally:
        if interrupts.ending() is not None:
            interrupts.end()
        interrupts.finish()


def leave(status: int) -> None:
    """End the process without deleting each of its objects, which takes a second after dbt has run.

    What is registered for the end of the process is done first. Returns if Python has to wait for a thread.
    """
    main = threading.main_thread()
    if any(each is not main and not each.daemon for each in threading.enumerate()):
        return
    atexit._run_exitfuncs()  # noqa: SLF001 - what Python itself calls
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def show_what_can_be_shown() -> None:
    """Write a question mark for each character that the terminal or log cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def working(*, verbose: bool) -> Iterator[Console]:
    """Yield the console of a command; print an error as one sentence and exit with its status."""
    from accbooks_warehouse.pipelines.output.console import open_console
    from accbooks_warehouse.pipelines.output.failure import explain

    console = open_console(verbose=verbose)
    try:
        interrupts.begin_work()
        yield console
        interrupts.check()
        interrupts.finish()
    except (typer.Exit, typer.Abort):
        if interrupts.ending() is None:
            interrupts.finish()
        raise
    except BaseException as error:
        message, code = explain(error)
        if verbose:
            console.print_exception(show_locals=False)
        interrupts.reporting()
        typer.echo(message, file=sys.stderr)
        raise typer.Exit(code) from None
