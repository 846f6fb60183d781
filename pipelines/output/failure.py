"""Turning any failure into one clear sentence and an exit status."""

from __future__ import annotations

import errno
import re

import pendulum
import typer
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.errors import ExportError, TransformError, WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.sources.accbooks import (
    AccBooksError,
    ConfigurationError,
    DayBudgetSpentError,
    LimitReachedError,
)
from dlt.common.configuration.providers.toml import TomlProviderReadException

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where there is no room left: on the disk, for this user, or in one file."""


def explain(error: BaseException) -> tuple[str, ExitStatus]:
    """Return what to tell the user about an error, and the exit status it deserves.

    Of a process that was told to end, every error follows from that.
    """
    error = interrupts.cause_of(error)
    return one_line(_sentence(error)), _status(error)


def limit_reached(error: LimitReachedError) -> str:
    """Say which limit ended the reading, and when to come back."""
    if isinstance(error, DayBudgetSpentError):
        back = pendulum.from_timestamp(error.resets_at).to_datetime_string()
        return f"{error} Run again after {back} UTC; what was complete is kept."
    return f"{error} What was complete is kept; run again to go on from there."


def _status(error: BaseException) -> ExitStatus:
    match error:
        case typer.BadParameter() | ConfigurationError() | TomlProviderReadException():
            return ExitStatus.USAGE
        case LimitReachedError():
            return ExitStatus.LIMIT_REACHED
        case _:
            return ExitStatus.ERROR


def _sentence(error: BaseException) -> str:
    match error:
        case typer.BadParameter():
            said = f"{error.format_message()} See 'accbooks --help'."
        case LimitReachedError():
            said = limit_reached(error)
        case AccBooksError() | WarehouseError() | TransformError() | ExportError():
            said = str(error)
        case TomlProviderReadException():
            said = _no_toml(error)
        case KeyboardInterrupt():
            said = interrupts.INTERRUPTED
        case SystemExit() | BrokenPipeError():  # rich exits where it finds the pipe broken
            said = "Whoever read the output has gone: it was not read to its end."
        case OSError() if error.errno in FULL:
            said = "The disk is full. Make room, then run again."
        case _:
            what = f"{type(error).__name__}: {_first_line(error)}"
            said = f"Something unforeseen happened ({what}). Run again with --verbose to see where."
    return said


def _no_toml(error: TomlProviderReadException) -> str:
    """Say where a file of the configuration cannot be read; what stands there may be a key."""
    place = re.search(r"line \d+ col \d+", str(error))
    where = f" at {place[0].replace(' col', ', column')}" if place else ""
    return f".dlt/{error.file_name} is no TOML{where}. Mend it, then run again."


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no message"
