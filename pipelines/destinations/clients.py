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

    Clients are reused, because looking up the configuration takes longer than most queries. `stays_open`
    tells whether a client that was kept stays open: then it is the next one to be kept, unless
    `close_idle` closes it before. `known` is for facts that hold as long as a kept client is open, where
    nobody else can have the database open.
    """

    def __init__(self, make: Callable[[], Client], stays_open: Callable[[], bool] = lambda: False) -> None:
        self._make = make
        self._stays_open = stays_open
        self._closed: list[Client] = []
        self._idle: Client | None = None
        self.known: set[Any] = set()
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
        self._closed.append(client)

    @contextmanager
    def kept(self, opening: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        """Keep a client open for this thread, unless it has one; it is opened within `opening`."""
        if self._kept is not None:
            yield
            return
        client, self._idle = self._idle, None
        if client is None:
            with opening():
                client = self._take()
                client.open_connection()
        self._of_thread.kept = client
        try:
            yield
        except BaseException:
            if self._gave_up():
                self._close(client)  # it may be within a transaction
            raise
        if self._gave_up():
            self.close_idle()
            if self._stays_open():
                self._idle = client
            else:
                self._close(client)

    def close_idle(self) -> None:
        """Close the client that stayed open after it was kept, if there is one."""
        client, self._idle = self._idle, None
        if client is not None:
            self._close(client)

    def _gave_up(self) -> bool:
        """Keep no client for this thread any more; returns whether it kept one until now.

        If not, it was handed over and not opened again.
        """
        kept, self._of_thread.kept = self._kept, None
        return kept is not None

    def _close(self, client: Client) -> None:
        self.known.clear()
        client.close_connection()
        self._closed.append(client)

    @contextmanager
    def handed_over(self, opening: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        """Close the client that this thread keeps open and open it again within `opening`; close an idle one.

        After an error, or if that fails, none is kept: each later query opens one for itself.
        """
        client = self._kept
        self.close_idle()
        if client is None:
            yield
            return
        self._of_thread.kept = None
        self.known.clear()
        client.close_connection()
        yield
        self.close_idle()  # of a question in between
        with opening():
            client.open_connection()
            self._of_thread.kept = client

    @property
    def _kept(self) -> Client | None:
        return getattr(self._of_thread, "kept", None)

    def _take(self) -> Client:
        with suppress(IndexError):
            return self._closed.pop()
        return self._make()
