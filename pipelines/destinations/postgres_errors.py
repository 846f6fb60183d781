"""PostgreSQL's errors as sentences that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from accbooks_warehouse.pipelines.destinations.database_errors import OTHER_VERSION
from accbooks_warehouse.pipelines.destinations.postgres_fences import ENDED_STATE

FULL = "The disk of {where} is full. Free some space, then run again."
ENDED = "{where} closed the connection ({message}). What was complete is kept. Run again when it is up."
CORRECT = "correct destination.postgres.credentials."
FULL_STATE = "53100"
OF_STATES = {
    FULL_STATE: FULL,
    "53300": "{where} has no free connections: {message}. Run again later, or raise its max_connections.",
    "25006": "{where} is read-only: {message}. Use the primary server: " + CORRECT,
    ENDED_STATE: "This run was paused, or had no connection to the control database, for so long that "
    "another run took over its companies. {where} refuses what it still writes. Run again to finish.",
    "42501": "{where} denies this to {user}: {message}. {user} needs CREATE on the database and must own "
    "the schemas accbooks_raw, accbooks_staging and accbooks.",
    **dict.fromkeys(("42P01", "42703"), OTHER_VERSION),
    **dict.fromkeys(("57P01", "57P02", "57P03", "08000", "08003", "08006"), ENDED),
}
"""Sentences by SQLSTATE, which is the same in every language."""
OF_TEXTS = {
    "GSSAPI": "Rows are loaded by ADBC, whose driver cannot log in by Kerberos ({message}). Name a user "
    "with a password or a certificate: " + CORRECT,
    r'database "[^"]*" does not exist': "{where} does not exist. Create it (createdb), or " + CORRECT,
    r'authentication failed|no password supplied|no pg_hba.conf entry|role "[^"]*" does not exist': (
        "{where} refuses the login of {user}: {message}. Please " + CORRECT
    ),
    r"Connection refused|No such file|could not translate|timeout expired|unreachable|No route|is the server "
    r"running|starting up|shutting down": "{where} does not respond: {message}. Start the server, or "
    + CORRECT,
    r"terminat|closed the connection|connection already closed|connection has been closed|could not receive|"
    r"could not send|Connection reset|Broken pipe": ENDED,
    r"No space left|Disk quota exceeded|File too large": FULL,
}
"""Sentences by the client's message: errors before a session begins have no SQLSTATE."""
FROM_THE_SERVER = re.compile(r"\b(?:FATAL|ERROR): +(.+)")
PREFIX = re.compile(r"^[A-Z_]+: \[libpq\] Failed to connect: ")


def sentence(errors: Iterator[BaseException], text: str, *, where: str, user: str) -> str | None:
    """Return a sentence for an error and its causes, outermost first; None if none is known."""
    message = _message(text)
    state = next(filter(None, map(state_of, errors)), "")
    known = OF_STATES.get(state)
    known = known or next(
        (template for pattern, template in OF_TEXTS.items() if re.search(pattern, text)), None
    )
    return known and known.format(where=where, user=user, message=message)


def state_of(error: BaseException) -> str | None:
    """Return the SQLSTATE of a driver's error, also of one that dlt wrapped."""
    wrapped: Any = getattr(error, "dbapi_exception", error)
    return getattr(wrapped, "pgcode", None) or getattr(wrapped, "sqlstate", None)


def _message(text: str) -> str:
    if found := FROM_THE_SERVER.search(text):
        return found[1].rstrip(".")
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return PREFIX.sub("", line).rstrip(".")
