"""A complete HTTP response as a value; read from an ASGI application, or sent by one."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Literal

from accbooks_warehouse.emulator.rendering import render
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

JSON = b"application/json"
NO_CONTENT = 204
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    422: "invalid",
    429: "rate_limited",
    500: "internal_error",
    502: "bad_gateway",
    503: "unavailable",
    504: "timeout",
}


@dataclass
class Answer:
    """A response before it is sent.

    `cut` closes the connection before the response or halfway through its body. A `held` response is not sent
    until the faults are cleared.
    """

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    content_type: bytes = JSON
    delay: float = 0.0
    held: bool = False
    cut: Literal["before", "inside"] | None = None


class ApiError(Exception):
    """An error response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def error_text(status: int, message: str) -> str:
    """Return the body of an error response (assumed shape)."""
    return render({"error": {"code": CODES.get(status, "error"), "message": message}})


def error_answer(status: int, message: str) -> Answer:
    """Return an error response."""
    return Answer(status, error_text(status, message).encode())


async def capture(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Run an application and return its response; an exception becomes a logged 500."""
    answer = Answer(500, b"")

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            for name, value in message["headers"]:
                if name == b"content-type":
                    answer.content_type = value
                elif name != b"content-length":
                    answer.headers.append((name, value))
        else:
            answer.body += message.get("body", b"")

    try:
        await app(scope, receive, collect)
    except Exception:
        logger.exception("%s %s failed", scope["method"], scope["path"])
        return error_answer(500, "the emulator failed; its log says why")
    return answer


async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response; its fields may delay it or cut it short."""
    if answer.delay:
        await asyncio.sleep(answer.delay)
    if answer.cut == "before":
        await _hang_up(scope, receive)
        return
    headers = answer.headers
    if answer.status != NO_CONTENT:
        length = str(len(answer.body)).encode()
        headers = [(b"content-type", answer.content_type), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.cut == "inside":
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _hang_up(scope, receive)
        return
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["hang_up"]()
    while (await receive())["type"] != "http.disconnect":
        pass
