"""The HTTP API that AccBooks documents, with one format for all error responses."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

from accbooks_warehouse.emulator import admin, reading, writing
from accbooks_warehouse.emulator.access_control import EmulatorState
from accbooks_warehouse.emulator.answers import ApiError, error_text
from accbooks_warehouse.emulator.rendering import NotJsonError, parse
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

DESCRIPTION = """A local stand-in for AccBooks. Send `Authorization: Bearer KEY`; every response carries
X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset."""


class ExactRequest(Request):
    """A request whose JSON numbers keep their digits."""

    async def json(self) -> Any:
        """Return the body as values, fractions as Decimal."""
        try:
            return parse(await self.body())
        except NotJsonError as error:
            raise JSONDecodeError(str(error), "", 0) from error


class ExactRoute(APIRoute):
    """A route that reads its requests exactly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the usual handler behind an exact request."""
        handle = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exact


def create_api(emulator_state: EmulatorState) -> FastAPI:
    """Return the application; /v1/ needs AccessControl in front of it, which selects the books."""
    app = FastAPI(
        title="AccBooks emulator",
        version="1",
        description=DESCRIPTION,
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = ExactRoute
    app.state.emulator_state = emulator_state
    reading.add_routes(app)
    writing.add_routes(app)
    admin.add_routes(app)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    return app


async def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class
    return _error(error.status, error.message)


async def _invalid(_: Request, error: Exception) -> Response:
    """Answer 400 to a bad parameter, 422 to a bad body."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    problems = error.errors()
    where = [".".join(str(part) for part in problem["loc"][1:]) or "body" for problem in problems]
    message = "; ".join(f"{name}: {problem['msg']}" for name, problem in zip(where, problems, strict=True))
    return _error(422 if any(problem["loc"][0] == "body" for problem in problems) else 400, message)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    messages = {HTTPStatus.NOT_FOUND: "there is nothing at this address"}
    message = messages.get(HTTPStatus(error.status_code), str(error.detail))
    return _error(error.status_code, message, dict(error.headers or {}))


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(error_text(status, message), status, headers, media_type="application/json")
