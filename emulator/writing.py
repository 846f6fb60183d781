"""The endpoints that write: create, change and delete, where a permission is documented for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from accbooks_warehouse.emulator import drafting
from accbooks_warehouse.emulator.answers import ApiError
from accbooks_warehouse.emulator.bodies import (
    ContactBody,
    InvoiceBody,
    JournalBody,
    TransactionBody,
    change_schema,
)
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.rendering import Record
from accbooks_warehouse.emulator.responses import books_of, described, emulator_state_of, one
from accbooks_warehouse.emulator.schemas import (
    Contact,
    Invoice,
    Journal,
    One,
    Transaction,
)
from fastapi import Body, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Change = Annotated[dict[str, Any], Body()]
NUMBERS = {"sales": "INV", "purchase": "BILL", "sales_credit": "CN", "purchase_credit": "SCN"}


@dataclass(frozen=True)
class Writable:
    """How a resource is written: its body, the record that follows from it, and how ids begin."""

    body: type[BaseModel]
    draft: Callable[[Books, Any], Record]
    prefix: str = ""


WRITABLE = {
    "transactions": Writable(TransactionBody, drafting.transaction, "txn"),
    "invoices": Writable(InvoiceBody, drafting.invoice, "inv"),
    "contacts": Writable(ContactBody, drafting.contact),
    "journals": Writable(JournalBody, drafting.journal, "jnl"),
}


def add_routes(app: FastAPI) -> None:
    """Add the endpoints that write."""
    creating: dict[str, tuple[Any, type[BaseModel]]] = {
        "transactions": (create_transaction, One[Transaction]),
        "invoices": (create_invoice, One[Invoice]),
        "contacts": (create_contact, One[Contact]),
        "journals": (create_journal, One[Journal]),
    }
    for resource, (endpoint, single) in creating.items():
        app.post(f"/v1/{resource}", status_code=201, responses=described(single, 201))(endpoint)
        if resource != "journals":
            app.put(
                f"/v1/{resource}/{{record_id}}",
                name=f"update_{resource}",
                responses=described(single),
                openapi_extra=_changes(WRITABLE[resource].body),
            )(update_record)
    app.delete("/v1/invoices/{record_id}", status_code=204, responses=described(None, 204))(delete_invoice)


async def create_transaction(request: Request, body: TransactionBody) -> Response:
    """Create a transaction."""
    return _create(request, "transactions", body)


async def create_invoice(request: Request, body: InvoiceBody) -> Response:
    """Create an invoice; net, VAT, totals and number are calculated."""
    return _create(request, "invoices", body)


async def create_contact(request: Request, body: ContactBody) -> Response:
    """Create a customer or supplier."""
    return _create(request, "contacts", body)


async def create_journal(request: Request, body: JournalBody) -> Response:
    """Create a journal."""
    return _create(request, "journals", body)


async def update_record(request: Request, record_id: str, change: Change) -> Response:
    """Change the fields named in the body; the others stay."""
    books, resource = books_of(request), request.url.path.split("/")[2]
    with books.lock:
        old = _existing(books, resource, record_id)
        writable = WRITABLE[resource]
        try:
            body = writable.body.model_validate(old | _following(change) | change)
        except ValidationError as error:
            problems = [problem | {"loc": ("body", *problem["loc"])} for problem in error.errors()]
            raise RequestValidationError(problems) from error
        stamp = _later(str(old.get("updated_at")), emulator_state_of(request).clock.stamp())
        _file(books, resource, old | writable.draft(books, body) | {"updated_at": stamp})
        if resource == "transactions":
            _show_payments(books, {old.get("invoice_id")}, stamp)
        return one(books.get(resource, record_id))


async def delete_invoice(request: Request, record_id: str) -> Response:
    """Delete an invoice; transactions that settle it stay."""
    books = books_of(request)
    with books.lock:
        _existing(books, "invoices", record_id)
        books.remove("invoices", record_id)
    return Response(status_code=204)


def _create(request: Request, resource: str, body: BaseModel) -> Response:
    books, stamp = books_of(request), emulator_state_of(request).clock.stamp()
    with books.lock:
        draft = WRITABLE[resource].draft(books, body)
        number = books.next_number(resource)
        identity = {"id": f"{_prefix(resource, draft)}_{number:06d}"}
        if resource == "contacts":
            identity = {"id": f"{_prefix(resource, draft)}_{number}"}
        if resource == "invoices" and draft["number"] is None:
            draft["number"] = f"{NUMBERS[draft['type']]}-{number:05d}"
        handle = _file(books, resource, identity | draft | {"created_at": stamp, "updated_at": stamp})
        return one(books.get(resource, handle), 201)


def _prefix(resource: str, draft: Record) -> str:
    return WRITABLE[resource].prefix or {"customer": "cust", "supplier": "supp"}[draft["type"]]


def _file(books: Books, resource: str, record: Record) -> str:
    """Store a record and update what invoices show of their payments."""
    if resource == "invoices":
        record |= drafting.paid(record, books.settlements(record["id"]))
    handle = books.put(resource, record)
    if resource == "transactions":
        _show_payments(books, {record["invoice_id"]}, record["updated_at"])
    return handle


def _show_payments(books: Books, invoices: set[str | None], stamp: str) -> None:
    for invoice_id in invoices:
        invoice = books.get("invoices", invoice_id) if invoice_id is not None else None
        if invoice is not None:
            shown = drafting.paid(invoice, books.settlements(invoice["id"]))
            later = _later(invoice["updated_at"], stamp)
            books.refresh("invoices", invoice | shown | {"updated_at": later})


def _existing(books: Books, resource: str, record_id: str) -> Record:
    record = books.get(resource, record_id)
    if record is None:
        raise ApiError(404, f"there is no record {record_id}")
    return record


def _later(old: str, now: str) -> str:
    """Return `now`, or a second after `old` if that is later: an edit always moves updated_at."""
    if now > old:
        return now
    return f"{datetime.fromisoformat(old) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"


def _following(change: Record) -> Record:
    """Return the fields to calculate again: net and VAT, if only the amount changes."""
    recalculated = "amount" in change and not {"net_amount", "vat_amount"} & change.keys()
    return {"net_amount": None, "vat_amount": None} if recalculated else {}


def _changes(body: type[BaseModel]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": change_schema(body)}}}}
