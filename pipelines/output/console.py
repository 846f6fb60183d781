"""The console of a command, and the log that goes to stderr."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterable
from typing import IO, Any

from accbooks_warehouse.pipelines.one_line import OneLineFormatter, lines, one_line
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text

INDENT = 2
"""Of what goes on from a line before."""
QUIET_LOGGERS = ("dlt", "dbt")


class PlainConsole(Console):
    """A console that shows each text in one line, with control characters spelled out.

    Whatever a command prints goes through here, so that no call has to think of it.
    """

    _is_tracing = False

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return what is shown of a text; rich asks for that of each cell, too."""
        if isinstance(renderable, str):
            options = options or self.options
            renderable = self.render_str(renderable, highlight=options.highlight, markup=options.markup)
        if isinstance(renderable, Text):
            said = renderable.plain
            shown = lines(said) if self._is_tracing else one_line(said)
            if shown != said:
                renderable = Text(shown, renderable.style, end=renderable.end)
        return super().render(renderable, options)

    def out(self, *objects: Any, **options: Any) -> None:
        """Write text whose line breaks are meant."""
        for line in " ".join(map(str, objects)).split("\n"):
            super().out(line, **options)

    def print_exception(self, **options: Any) -> None:
        """Print where an error came from: that takes many lines."""
        self._is_tracing = True
        try:
            super().print_exception(**options)
        finally:
            self._is_tracing = False


def open_console(*, verbose: bool) -> Console:
    """Return the console of standard output; logs go to stderr, warnings only unless `verbose`."""
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "WARNING" if verbose else "CRITICAL")
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[handler])
    quiet_loggers(verbose=verbose)
    if not verbose:
        warnings.simplefilter("ignore")
    width = None if os.isatty(1) or "COLUMNS" in os.environ else 100
    return PlainConsole(width=width, soft_wrap=False, highlight=False)


def error_console() -> Console:
    """Return the console of standard error."""
    return PlainConsole(stderr=True, soft_wrap=True)


def quiet_loggers(*, verbose: bool) -> None:
    """Have libraries say only what matters."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING if verbose else logging.ERROR)
    # its warnings quote headers of the server, in which the key may be repeated
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def print_text(console: Console, text: str, style: str = "") -> None:
    """Print text as it is: nothing in it is taken for markup.

    What does not fit into the width goes on indented, so that no part of it looks like a line of its own.
    """
    said = Text(one_line(text), style)
    if console.soft_wrap or said.cell_len <= console.width:
        console.print(said)
        return
    indent = " " * (len(text) - len(text.lstrip(" ")) + INDENT)
    first = said.wrap(console, console.width)[0].plain.rstrip()
    rest = Text(said.plain[len(first) :].lstrip(), style)
    console.print(Text(first, style))
    console.print(Padding(rest, (0, 0, 0, len(indent)), expand=False))


def print_unwrapped(console: Console, text: str) -> None:
    """Print text on one line however long it is, such as a path that is to be copied."""
    console.print(Text(text), soft_wrap=True)


def say_data(console: Console, text: str) -> None:
    """Print what a program reads, as it is and in UTF-8; to a person control characters are spelled out."""
    in_utf8(console.file)
    whole = text.rstrip("\n")
    if console.is_terminal:
        console.out(whole, highlight=False)
    else:
        console.file.write(f"{whole}\n")


def in_utf8(stream: IO[str]) -> None:
    """Have a stream take every character there is, and write half of one as its escape."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_to_stderr(text: str) -> None:
    """Print text to stderr, cut between words where a terminal ends."""
    console = error_console()
    console.soft_wrap = not (console.is_terminal or "COLUMNS" in os.environ)
    print_text(console, text)
