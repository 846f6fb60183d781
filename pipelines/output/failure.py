"""Turn an error into one sentence and an exit status."""

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
"""The system's error codes for a full disk, a used-up quota and a file that is too large."""


def explain(error: BaseException) -> tuple[str, ExitStatus]:
    """Return the message for an error and the exit status.

    In a process that is ending after a signal, every error is reported as that signal.
    """
    error = interrupts.cause_of(error)
    return one_line(_sentence(error)), _status(error)


def limit_reached(error: LimitReachedError) -> str:
    """Say which limit was reached and when to run again."""
    if isinstance(error, DayBudgetSpentError):
        back = pendulum.from_timestamp(error.resets_at).to_datetime_string()
        return f"{error} What was complete is kept. Run again after {back} UTC."
    return f"{error} What was complete is kept. Run again to continue."


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
            message = f"{error.message} See 'accbooks --help'."
        case LimitReachedError():
            message = limit_reached(error)
        case AccBooksError() | WarehouseError() | TransformError() | ExportError():
            message = str(error)
        case TomlProviderReadException():
            message = _no_toml(error)
        case KeyboardInterrupt():
            message = interrupts.INTERRUPTED
        case SystemExit() | BrokenPipeError():  # rich exits where it finds the pipe broken
            message = "The program reading the output closed it early."
        case OSError() if error.errno in FULL:
            message = "The disk is full. Free some space, then run again."
        case _:
            what = f"{type(error).__name__}: {_first_line(error)}"
            message = f"Unexpected error ({what}). Run again with --verbose to see where."
    return message


def _no_toml(error: TomlProviderReadException) -> str:
    """Say where a configuration file is not valid TOML. Does not quote it: the text may be a key."""
    place = re.search(r"line \d+ col \d+", str(error))
    where = f" at {place[0].replace(' col', ', column')}" if place else ""
    return f".dlt/{error.file_name} is not valid TOML{where}. Correct it, then run again."


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no message"
