"""The process a command runs in: its console, its signals, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from pipelines.errors import INTERRUPTED
from pipelines.exit_status import ExitStatus

if TYPE_CHECKING:
    from rich.console import Console


NO_LEAKS = "ignore::UserWarning:multiprocessing.resource_tracker"
_interrupted = threading.Event()


def run(app: typer.Typer) -> None:
    """Run a command line; being told to end is like being interrupted: tidy up, say so, exit with 1.

    Threads may be in the middle of DuckDB's or Arrow's code, which aborts the process if Python
    stops them there at its end. So an interrupted process leaves without going through Python's end.
    """
    show_what_can_be_shown()
    _wake_this_thread_for_signals()
    # dbt's semaphores go with the process; a helper of Python's would call each a leak, after our last word
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), NO_LEAKS]))
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a job in the background has it
        signal.signal(signal.SIGINT, _interrupt)
    try:
        app()
    except SystemExit as end:
        if not (_interrupted.is_set() and isinstance(end.code, int)):
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code)


def show_what_can_be_shown() -> None:
    """Have the terminal, or the log, get a question mark for each character that it cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def working(*, verbose: bool) -> Iterator[Console]:
    """Give a command its console, and turn what goes wrong into one sentence and the right exit status."""
    try:
        from pipelines.console import open_console
        from pipelines.failure import explain
    except KeyboardInterrupt:  # they take a second
        typer.echo(INTERRUPTED, err=True)
        raise typer.Exit(ExitStatus.ERROR) from None
    console = open_console(verbose=verbose)
    try:
        yield console
    except (typer.Exit, typer.Abort):
        raise
    except BaseException as error:
        message, code = explain(error)
        if verbose:
            console.print_exception(show_locals=False)
        typer.echo(message, file=sys.stderr)
        raise typer.Exit(code) from None


def _wake_this_thread_for_signals() -> None:
    """Have this thread, the main one, take signals at once, whichever thread the system gives them to.

    Python handles signals in the main thread only. One that the system gives to another leaves the main one
    asleep in whatever it waits for: it is woken by a signal of its own, which nobody else needs to see.
    Where there are no POSIX threads there is nothing to choose from.
    """
    if not hasattr(signal, "pthread_kill"):
        return
    waking, main = signal.SIGURG, threading.get_ident()
    received, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    signal.signal(waking, lambda *_: None)

    def wake() -> None:
        while number := os.read(received, 1):
            if number[0] != waking:
                signal.pthread_kill(main, waking)

    threading.Thread(target=wake, daemon=True, name="accbooks-signals").start()


def _interrupt(*_: object) -> None:
    _interrupted.set()
    raise KeyboardInterrupt
