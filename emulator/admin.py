"""Endpoints of the emulator alone, under /_emulator/: raw edits, statistics, faults. No key, no limit."""

from dataclasses import fields
from typing import Annotated, Any

from accbooks_warehouse.emulator.answers import ApiError
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.rendering import render
from accbooks_warehouse.emulator.responses import emulator_state_of, json_response, one
from accbooks_warehouse.emulator.settings import LOOPBACK, Fault
from accbooks_warehouse.emulator.webhooks import Endpoint
from fastapi import Body, FastAPI, Request, Response
from pydantic import TypeAdapter

Json = Annotated[dict[str, Any], Body()]
FAULT_FIELDS = frozenset(field.name for field in fields(Fault))
ENDPOINT_FIELDS = frozenset(field.name for field in fields(Endpoint))


def add_routes(app: FastAPI) -> None:
    """Add the endpoints, apart from the documented API."""
    records = "/_emulator/records/{resource}"
    app.post(records, include_in_schema=False)(post_record)
    app.put(records + "/{handle}", include_in_schema=False)(put_record)
    app.delete(records + "/{handle}", include_in_schema=False)(delete_record)
    app.put("/_emulator/company", include_in_schema=False)(put_company)
    app.get("/_emulator/statistics", include_in_schema=False)(get_statistics)
    app.delete("/_emulator/statistics", include_in_schema=False)(delete_statistics)
    app.get("/_emulator/faults", include_in_schema=False)(get_faults)
    app.post("/_emulator/faults", include_in_schema=False)(post_fault)
    app.delete("/_emulator/faults", include_in_schema=False)(delete_faults)
    app.get("/_emulator/webhook", include_in_schema=False)(get_webhook)
    app.put("/_emulator/webhook", include_in_schema=False)(put_webhook)
    app.delete("/_emulator/webhook", include_in_schema=False)(delete_webhook)
    app.post("/_emulator/webhook/events", include_in_schema=False)(post_event)


async def post_record(request: Request, resource: str, record: Json, company: int = 0) -> Response:
    """Store a record without validation, and return the handle to edit it by."""
    handle = _books(request, resource, company).put(resource, record)
    return one({"handle": handle}, 201)


async def put_record(
    request: Request, resource: str, handle: str, record: Json, company: int = 0, *, replace: bool = False
) -> Response:
    """Merge raw fields into a record, or replace it; `_remove` lists fields to remove."""
    books = _books(request, resource, company)
    old = books.get(resource, handle)
    if old is None:
        raise ApiError(404, f"there is no record {handle}")
    removed = record.pop("_remove", [])
    merged = record if replace else old | record
    books.put(resource, {name: value for name, value in merged.items() if name not in removed}, handle)
    return one(books.get(resource, handle))


async def delete_record(request: Request, resource: str, handle: str, company: int = 0) -> Response:
    """Remove a record from the books."""
    try:
        _books(request, resource, company).remove(resource, handle)
    except KeyError as error:
        raise ApiError(404, f"there is no record {handle}") from error
    return Response(status_code=204)


async def put_company(request: Request, change: Json, company: int = 0) -> Response:
    """Merge fields into the company."""
    books = _books(request, "contacts", company)
    books.company |= change
    return one(books.company)


async def get_statistics(request: Request) -> Response:
    """Return the counts of requests so far."""
    _check(request)
    return json_response(render(emulator_state_of(request).traffic.summary()))


async def delete_statistics(request: Request) -> Response:
    """Reset the counts of requests."""
    _check(request)
    emulator_state_of(request).traffic.reset()
    return Response(status_code=204)


async def get_faults(request: Request) -> Response:
    """Return the armed faults: the kind, and how many more times each happens."""
    _check(request)
    armed = emulator_state_of(request).faults.armed
    return json_response(
        render([{"kind": fault.kind, "count": fault.count, "path": fault.path} for fault in armed])
    )


async def post_fault(request: Request, fault: Json) -> Response:
    """Arm a fault: the fields of emulator.settings.Fault, `kind` at least."""
    _check(request)
    unknown = fault.keys() - FAULT_FIELDS
    if unknown or "kind" not in fault:
        raise ApiError(422, f"a fault has a kind and no {', '.join(sorted(unknown)) or 'others'}")
    try:
        emulator_state_of(request).faults.arm(TypeAdapter(Fault).validate_python(fault))
    except ValueError as error:
        raise ApiError(422, str(error)) from error
    return Response(status_code=204)


async def delete_faults(request: Request) -> Response:
    """Disarm every fault and set the clock right."""
    _check(request)
    emulator_state_of(request).faults.clear()
    return Response(status_code=204)


async def get_webhook(request: Request) -> Response:
    """Return how many events there were, and what became of the attempts to send them."""
    _check(request)
    return json_response(render(emulator_state_of(request).webhooks.summary()))


async def put_webhook(request: Request, endpoint: Json, company: int = 0) -> Response:
    """Send a company's events to an endpoint: the fields of emulator.webhooks.Endpoint, url and secrets."""
    _check_company(request, company)
    if unknown := endpoint.keys() - ENDPOINT_FIELDS:
        raise ApiError(422, f"an endpoint has no {', '.join(sorted(unknown))}")
    try:
        emulator_state_of(request).webhooks.register(company, TypeAdapter(Endpoint).validate_python(endpoint))
    except ValueError as error:
        raise ApiError(422, str(error)) from error
    return Response(status_code=204)


async def delete_webhook(request: Request, company: int = 0) -> Response:
    """Send no events of a company any more."""
    _check_company(request, company)
    emulator_state_of(request).webhooks.unregister(company)
    return Response(status_code=204)


async def post_event(request: Request, event: Json, company: int = 0) -> Response:
    """Send an event as it is: `type` and `data`, also of a type that AccBooks has not."""
    _check_company(request, company)
    data = event.get("data") or {}
    if not isinstance(event.get("type"), str) or not isinstance(data, dict):
        raise ApiError(422, "an event has a type, which is a text, and data, which is an object")
    emulator_state = emulator_state_of(request)
    company_id = str(event.get("company_id") or emulator_state.books[company].company["id"])
    emulator_state.webhooks.tell(company, company_id, event["type"], data)
    return Response(status_code=204)


def _check_company(request: Request, company: int) -> None:
    _check(request)
    if not 0 <= company < len(emulator_state_of(request).books):
        raise ApiError(404, f"there is no company {company}")


def _check(request: Request) -> None:
    if request.client is None or request.client.host not in LOOPBACK:
        raise ApiError(403, "these endpoints answer to this machine alone")


def _books(request: Request, resource: str, company: int) -> Books:
    _check(request)
    books = emulator_state_of(request).books
    if not 0 <= company < len(books):
        raise ApiError(404, f"there is no company {company}")
    if resource not in books[company].stores:
        raise ApiError(404, f"there is no resource {resource}")
    return books[company]
