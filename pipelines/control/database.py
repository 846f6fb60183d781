"""The connection to the control database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from accbooks_warehouse.pipelines.control.claim import Claim
from accbooks_warehouse.pipelines.control.errors import ControlError
from accbooks_warehouse.pipelines.control.key_count import KeyCount
from accbooks_warehouse.pipelines.control.schema import (
    ANSWERED,
    EXISTS,
    MARK,
    ONE_AT_A_TIME,
    SPEND,
    TABLES,
)
from accbooks_warehouse.sources.accbooks import ConfigurationError, key_digest

CONNECT_SECONDS = 10
SILENT_SECONDS = 10
"""How long a statement may take: a claim is renewed several times within its term."""
FORM = "postgresql://user:password@host:5432/database"
INSTALL = "Install the extra: pip install 'accbooks-warehouse[postgres]'."


class ControlDatabase:
    """A PostgreSQL database that processes on several machines share; threads may share this object.

    It has one connection, which is opened again if the server closed it.
    """

    def __init__(self, address: str) -> None:
        try:
            import psycopg2.extensions  # noqa: PLC0415 - it comes with an extra
        except ImportError:
            message = f"sources.accbooks.control needs PostgreSQL's driver. {INSTALL}"
            raise ConfigurationError(message) from None
        self._driver: Any = psycopg2
        _check(psycopg2, address)
        self._address = address
        self._connection: Any = None
        self._is_ready = False
        self._turn = threading.Lock()

    def of_key(self, api_key: str, base_url: str) -> KeyCount:
        """Return the count of a key's requests."""
        return KeyCount(self, key_digest(api_key, base_url))

    def begin(self, fence: Callable[[list[int]], None]) -> Claim:
        """Begin this process's claim; `fence` keeps the claims with these numbers from writing."""
        return Claim(self, fence)

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of one statement, which is a transaction of its own.

        Raises ControlError, which never quotes the address.
        """
        with self._turn:
            try:
                return self._ask(sql, parameters)
            except self._driver.Error as error:
                if not self._was_closed():
                    raise self._explained(error) from error
            try:  # the server was restarted, or closed an idle connection
                return self._ask(sql, parameters)
            except self._driver.Error as error:
                raise self._explained(error) from error

    def close(self) -> None:
        """Close the connection; the next query opens one."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _ask(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = self._connected()
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def _connected(self) -> Any:
        connection = self._driver.connect(
            self._address,
            connect_timeout=CONNECT_SECONDS,
            keepalives_idle=SILENT_SECONDS,
            tcp_user_timeout=SILENT_SECONDS * 1000,
            options=f"-c statement_timeout={SILENT_SECONDS}s -c timezone=UTC",
        )
        if not self._is_ready:
            self._make_tables(connection)
            self._is_ready = True
        connection.autocommit = True
        return connection

    def _make_tables(self, connection: Any) -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute(EXISTS)
            if not cursor.fetchone()[0]:
                cursor.execute(ONE_AT_A_TIME)
                for statement in (TABLES, SPEND, ANSWERED, MARK):
                    cursor.execute(statement)

    def _was_closed(self) -> bool:
        return self._connection is not None and bool(self._connection.closed)

    def _explained(self, error: Exception) -> ControlError:
        lines = str(error).strip().splitlines()
        reason = lines[0].rstrip(".") if lines else "it gives no reason"
        return ControlError(
            f"The control database cannot be used: {reason}. Start it, or correct sources.accbooks.control."
        )


def _check(driver: Any, address: str) -> None:
    """Raise ConfigurationError for an address that is none: the driver's own errors would quote it."""
    try:
        found = driver.extensions.parse_dsn(address)
    except driver.ProgrammingError:
        found = {"port": "unknown"}
    if not str(found.get("port", 0)).replace(",", "").isdigit():
        raise ConfigurationError(f"sources.accbooks.control cannot be read. Write it as {FORM}.")


@cache
def control_database(address: str) -> ControlDatabase:
    """Return the database at an address, the same for all companies of this process."""
    return ControlDatabase(address)
