"""dlt's SQL clients of a warehouse, created once and reused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from dlt.destinations.sql_client import SqlClientBase

Client = SqlClientBase[Any]


class Clients:
    """The clients of one warehouse; a thread may keep one open for several queries.

    Clients are reused, because looking up the configuration takes longer than most queries.
    """

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._idle: list[Client] = []
        self._of_thread = threading.local()

    @contextmanager
    def opened(self) -> Iterator[Client]:
        """Yield the client that this thread keeps open, or else open one and close it afterwards."""
        if self._kept is not None:
            yield self._kept
            return
        client = self._take()
        with client:
            yield client
        self._idle.append(client)

    @contextmanager
    def kept(self, opening: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        """Keep a client open for this thread, unless it has one; it is opened within `opening`."""
        if self._kept is not None:
            yield
            return
        with opening():
            client = self._take()
            client.open_connection()
        self._of_thread.kept = client
        try:
            yield
        finally:
            if self._kept is not None:  # else it was handed over and not opened again
                self._of_thread.kept = None
                client.close_connection()
                self._idle.append(client)

    @contextmanager
    def handed_over(self, opening: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        """Close the client that this thread keeps open, if it does; it is opened again within `opening`.

        After an error, or if that fails, none is kept: each later query opens one for itself.
        """
        client = self._kept
        if client is None:
            yield
            return
        self._of_thread.kept = None
        client.close_connection()
        yield
        with opening():
            client.open_connection()
            self._of_thread.kept = client

    @property
    def _kept(self) -> Client | None:
        return getattr(self._of_thread, "kept", None)

    def _take(self) -> Client:
        with suppress(IndexError):
            return self._idle.pop()
        return self._make()
