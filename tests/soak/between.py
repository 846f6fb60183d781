"""A server that stands between a client and the emulator, and changes what the emulator says of one path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from accbooks_warehouse.emulator.server import Emulator
from mutations import Answer
from raw_server import RawServer, serving

KEPT = ("Content-Type", "Date", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
SECONDS = 60

Change = Callable[[Answer], Iterable[bytes]]
"""Gives the bytes that are sent instead of an answer."""


@dataclass
class Between:
    """Passes requests on to the emulator; answers for `path` numbered from `first` to `last` are changed."""

    emulator: Emulator
    path: str = ""
    change: Change | None = None
    first: int = 1
    last: int = 10**9
    met: Counter[str] = field(default_factory=Counter)
    """How often each path was asked for."""
    changed: list[str] = field(default_factory=list)
    """What was asked for when an answer was changed."""

    def begin(self, path: str, change: Change, first: int = 1, last: int = 10**9) -> None:
        """Change the answers of a path from now on; count anew."""
        self.path, self.change, self.first, self.last = path, change, first, last
        self.met, self.changed = Counter(), []

    def end(self) -> None:
        """Pass on all answers as they are."""
        self.change = None

    def reply(self, request: bytes) -> Iterable[bytes]:
        """Answer a request."""
        target = request.split(b" ", 2)[1].decode()
        key = re.findall(rb"(?i)\r\nAuthorization: ?([^\r]*)", request)[0].decode()
        path = urlsplit(target).path.removeprefix("/v1/")
        answer = self._asked(target, key)
        self.met[path] += 1
        if path == self.path and self.change and self.first <= self.met[path] <= self.last:
            self.changed.append(target)
            return self.change(answer)
        return [answer.wire]

    def _asked(self, target: str, key: str) -> Answer:
        response = requests.get(
            f"{self.emulator.base_url.removesuffix('/v1/')}{target}",
            headers={"Authorization": key},
            timeout=SECONDS,
        )
        headers = [
            (each.encode(), response.headers[each].encode()) for each in KEPT if each in response.headers
        ]
        return Answer(response.content, b"HTTP/1.1 %d x" % response.status_code, tuple(headers))

    @contextmanager
    def serving(self) -> Iterator[RawServer]:
        """Serve until the block ends."""
        with serving(self.reply) as server:
            yield server
