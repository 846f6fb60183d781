"""Where an export goes: a file that takes its place once it is whole, or standard output."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from accbooks_warehouse.pipelines.errors import ExportError
from accbooks_warehouse.sources.accbooks import ConfigurationError

STANDARD_OUTPUT = "-"


@contextmanager
def opened(name: str, *, is_text: bool) -> Iterator[BinaryIO]:
    """Give what to write into; it is kept, or sent on, only if all went well.

    Raises ConfigurationError if it cannot be a place to write, ExportError if writing fails.
    """
    to_output = name == STANDARD_OUTPUT
    if to_output and not is_text and sys.stdout.isatty():
        raise ConfigurationError("The terminal cannot show this format. Name a file with --output.")
    try:
        with _to_standard_output() if to_output else _beside(Path(name)) as file:
            yield file
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # what is left unsent is not sent at the end
        raise ExportError("The program reading the output closed it early.") from None
    except OSError as error:
        raise ExportError(f"{name} cannot be written: {error.strerror or error}.") from error


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder. Give the path of a file.")
    path = path.resolve()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _to_standard_output() -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        yield cast("BinaryIO", file)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
