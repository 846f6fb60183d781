"""The console of a command, and the log that goes to stderr."""

from __future__ import annotations

import io
import logging
import os
import warnings
from typing import IO

from rich.console import Console
from rich.text import Text

QUIET_LOGGERS = ("urllib3", "dlt", "dbt")


def open_console(*, verbose: bool) -> Console:
    """Return the console of standard output; logs go to stderr, warnings only unless `verbose`."""
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "WARNING" if verbose else "CRITICAL")
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(message)s")
    quiet_loggers(verbose=verbose)
    if not verbose:
        warnings.simplefilter("ignore")
    width = None if os.isatty(1) or "COLUMNS" in os.environ else 100
    return Console(width=width, soft_wrap=False, highlight=False)


def quiet_loggers(*, verbose: bool) -> None:
    """Have libraries say only what matters."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING if verbose else logging.ERROR)


def say(console: Console, text: str, style: str = "") -> None:
    """Print text as it is: nothing in it is taken for markup. What is indented stays so on further lines."""
    words = text.lstrip(" ")
    indent = " " * (len(text) - len(words))
    for line in Text(words, style).wrap(console, max(1, console.width - len(indent))) if indent else ():
        line.rstrip()
        console.print(Text(indent).append(line), soft_wrap=True)
    if not indent:
        console.print(Text(text, style))


def say_data(console: Console, text: str) -> None:
    """Print what a program reads, as it is and in UTF-8, whatever the terminal can show."""
    in_utf8(console.file)
    console.out(text.rstrip("\n"), highlight=False)


def in_utf8(stream: IO[str]) -> None:
    """Have a stream take every character there is, and write half of one as its escape."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def say_aside(text: str) -> None:
    """Print text to stderr, cut between words where a terminal ends."""
    console = Console(stderr=True)
    console.print(Text(text), soft_wrap=not (console.is_terminal or "COLUMNS" in os.environ))


def say_whole(console: Console, text: str) -> None:
    """Print text on one line however long it is, such as a path that is to be copied."""
    console.print(Text(text), soft_wrap=True)
