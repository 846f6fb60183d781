"""JSON responses that keep their exact text, and their description in the OpenAPI document."""

from typing import Any

from accbooks_warehouse.emulator.access_control import EmulatorState
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.rendering import render
from accbooks_warehouse.emulator.schemas import Error
from fastapi import Request, Response

RATE_HEADERS = {
    name: {"schema": {"type": "integer"}, "required": True}
    for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Error, "description": description, "headers": RATE_HEADERS}
    for status, description in {
        400: "Bad parameter",
        401: "Bad or missing key",
        403: "The key lacks the permission",
        404: "No such record",
        405: "No such method",
        422: "Invalid body",
        429: "Over a limit",
    }.items()
}


def described(model: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return the documented responses of an operation that answers with `model`."""
    return {status: {"model": model, "description": "Success", "headers": RATE_HEADERS}, **ERRORS}


def json_response(text: str, status: int = 200) -> Response:
    """Return rendered JSON."""
    return Response(text, status, media_type="application/json")


def one(value: Any, status: int = 200) -> Response:
    """Return a single record or report."""
    return json_response(f'{{"data":{render(value)}}}', status)


def books_of(request: Request) -> Books:
    """Return the books that the request's key opens."""
    books: Books = request.scope["books"]
    return books


def emulator_state_of(request: Request) -> EmulatorState:
    """Return the state of the running emulator."""
    emulator_state: EmulatorState = request.app.state.emulator_state
    return emulator_state
