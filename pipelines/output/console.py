"""The console of a command, and the log on stderr."""

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
"""Spaces before the second line of a wrapped text."""
QUIET_LOGGERS = ("dlt", "dbt")


class PlainConsole(Console):
    """A console that prints each text on one line, with control characters escaped.

    All output of commands goes through it, so no call has to escape text itself.
    """

    _is_tracing = False

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return the segments of a text; rich calls it for table cells, too."""
        if isinstance(renderable, str):
            options = options or self.options
            renderable = self.render_str(renderable, highlight=options.highlight, markup=options.markup)
        if isinstance(renderable, Text):
            plain = renderable.plain
            shown = lines(plain) if self._is_tracing else one_line(plain)
            if shown != plain:
                renderable = Text(shown, renderable.style, end=renderable.end)
        return super().render(renderable, options)

    def out(self, *objects: Any, **options: Any) -> None:
        """Write text and keep its line breaks."""
        for line in " ".join(map(str, objects)).split("\n"):
            super().out(line, **options)

    def print_exception(self, **options: Any) -> None:
        """Print a traceback, which has several lines."""
        self._is_tracing = True
        try:
            super().print_exception(**options)
        finally:
            self._is_tracing = False


def open_console(*, verbose: bool) -> Console:
    """Return the console of standard output. Logs go to stderr: errors only unless `verbose`."""
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
    """Log only errors of libraries, with `verbose` warnings as well."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING if verbose else logging.ERROR)
    # its warnings quote the server's headers, which may contain the key
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def print_text(console: Console, text: str, style: str = "") -> None:
    """Print text without interpreting markup.

    Text longer than the width wraps with an indent, so no part of it looks like a separate line.
    """
    line = Text(one_line(text), style)
    if console.soft_wrap or line.cell_len <= console.width:
        console.print(line)
        return
    indent = " " * (len(text) - len(text.lstrip(" ")) + INDENT)
    first = line.wrap(console, console.width)[0].plain.rstrip()
    rest = Text(line.plain[len(first) :].lstrip(), style)
    console.print(Text(first, style))
    console.print(Padding(rest, (0, 0, 0, len(indent)), expand=False))


def print_unwrapped(console: Console, text: str) -> None:
    """Print text on one line whatever its length, such as a path to copy."""
    console.print(Text(text), soft_wrap=True)


def print_data(console: Console, text: str) -> None:
    """Print data for programs unchanged, in UTF-8. On a terminal control characters are escaped."""
    in_utf8(console.file)
    whole = text.rstrip("\n")
    if console.is_terminal:
        console.out(whole, highlight=False)
    else:
        console.file.write(f"{whole}\n")


def in_utf8(stream: IO[str]) -> None:
    """Write a stream in UTF-8, with lone surrogates escaped."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_to_stderr(text: str) -> None:
    """Print text to stderr, wrapped between words on a terminal."""
    console = error_console()
    console.soft_wrap = not (console.is_terminal or "COLUMNS" in os.environ)
    print_text(console, text)
