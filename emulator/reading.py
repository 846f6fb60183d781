"""The endpoints that read: lists, single records, the company, reports."""

from datetime import date
from typing import Annotated, Any

from accbooks_warehouse.emulator import reports
from accbooks_warehouse.emulator.answers import ApiError
from accbooks_warehouse.emulator.bodies import AsAtQuery, DatedQuery, PageQuery, RangeQuery, TransactionQuery
from accbooks_warehouse.emulator.record_store import Selection
from accbooks_warehouse.emulator.responses import books_of, described, emulator_state_of, json_response, one
from accbooks_warehouse.emulator.schemas import (
    BalanceSheet,
    BankAccount,
    Company,
    Contact,
    Invoice,
    Journal,
    One,
    Page,
    ProfitAndLoss,
    Transaction,
    TrialBalance,
)
from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel

LARGEST_PAGE = 100


def add_routes(app: FastAPI) -> None:
    """Add the endpoints that read."""
    lists: dict[str, tuple[Any, type[BaseModel], type[BaseModel]]] = {
        "transactions": (list_transactions, Page[Transaction], One[Transaction]),
        "invoices": (list_invoices, Page[Invoice], One[Invoice]),
        "journals": (list_journals, Page[Journal], One[Journal]),
        "contacts": (list_contacts, Page[Contact], One[Contact]),
        "bank_accounts": (list_bank_accounts, Page[BankAccount], One[BankAccount]),
    }
    for resource, (endpoint, page, single) in lists.items():
        path, name = f"/v1/{resource}", f"get_{resource}"
        app.get(path, responses=described(page))(endpoint)
        app.get(path + "/{record_id}", name=name, responses=described(single))(get_record)
    app.get("/v1/company", responses=described(One[Company]))(get_company)
    app.get("/v1/reports/trial-balance", responses=described(One[TrialBalance]))(trial_balance)
    app.get("/v1/reports/profit-loss", responses=described(One[ProfitAndLoss]))(profit_and_loss)
    app.get("/v1/reports/balance-sheet", responses=described(One[BalanceSheet]))(balance_sheet)


async def list_transactions(request: Request, query: Annotated[TransactionQuery, Query()]) -> Response:
    """List transactions by date."""
    return _page(request, query, _dates(query.from_, query.to, query.account_id))


async def list_invoices(request: Request, query: Annotated[DatedQuery, Query()]) -> Response:
    """List invoices and credit notes by date."""
    return _page(request, query, _dates(query.from_, query.to))


async def list_journals(request: Request, query: Annotated[DatedQuery, Query()]) -> Response:
    """List journals by date."""
    return _page(request, query, _dates(query.from_, query.to))


async def list_contacts(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
    """List customers and suppliers."""
    return _page(request, query, Selection())


async def list_bank_accounts(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
    """List bank accounts."""
    return _page(request, query, Selection())


async def get_record(request: Request, record_id: str) -> Response:
    """Get one record."""
    row = books_of(request).stores[request.url.path.split("/")[2]].get(record_id)
    if row is None:
        raise ApiError(404, f"there is no record {record_id}")
    return json_response(f'{{"data":{row.text}}}')


async def get_company(request: Request) -> Response:
    """Get the company that the key belongs to."""
    return one(books_of(request).company)


async def trial_balance(request: Request, query: Annotated[AsAtQuery, Query()]) -> Response:
    """Get the trial balance at the end of a day."""
    emulator_state = emulator_state_of(request)
    zeros = emulator_state.settings.show_zero_accounts
    return one(
        reports.trial_balance(books_of(request), query.as_at, emulator_state.clock.stamp(), zeros=zeros)
    )


async def profit_and_loss(request: Request, query: Annotated[RangeQuery, Query()]) -> Response:
    """Get profit and loss over a range of dates."""
    _in_order(query.from_, query.to)
    emulator_state = emulator_state_of(request)
    zeros = emulator_state.settings.show_zero_accounts
    stamp = emulator_state.clock.stamp()
    return one(reports.profit_and_loss(books_of(request), query.from_, query.to, stamp, zeros=zeros))


async def balance_sheet(request: Request, query: Annotated[AsAtQuery, Query()]) -> Response:
    """Get the balance sheet at the end of a day."""
    emulator_state = emulator_state_of(request)
    zeros = emulator_state.settings.show_zero_accounts
    return one(
        reports.balance_sheet(books_of(request), query.as_at, emulator_state.clock.stamp(), zeros=zeros)
    )


def _page(request: Request, query: PageQuery, selection: Selection) -> Response:
    size = min(query.per_page, LARGEST_PAGE)
    texts, total = books_of(request).page(request.url.path.split("/")[2], selection, query.page, size)
    pages = -(-total // size) or emulator_state_of(request).settings.empty_total_pages
    meta = f'{{"current_page":{query.page},"total_pages":{pages},"total_records":{total}}}'
    return json_response(f'{{"data":[{",".join(texts)}],"meta":{meta}}}')


def _dates(first: date | None, last: date | None, account: int | None = None) -> Selection:
    if first is not None and last is not None:
        _in_order(first, last)
    return Selection(
        first.isoformat() if first is not None else None,
        last.isoformat() if last is not None else None,
        account,
    )


def _in_order(first: date, last: date) -> None:
    if first > last:
        raise ApiError(400, f"from: {first} is after to: {last}")
