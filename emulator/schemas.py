"""The shapes of responses, as the OpenAPI document shows them."""

from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from accbooks_warehouse.emulator.bodies import (
    ContactBody,
    Day,
    InvoiceBody,
    JournalBody,
    LineItemBody,
    TransactionBody,
)
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

T = TypeVar("T")
Stamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class Stored(BaseModel):
    """The fields of every record; there may be others."""

    model_config = ConfigDict(extra="allow")
    created_at: Stamp
    updated_at: Stamp


class Company(Stored):
    """The company a key belongs to."""

    id: str
    name: str
    company_number: str
    vat_number: str
    vat_scheme: Literal["standard"] | None
    base_currency: str
    financial_year_end: str
    books_start_date: Day
    plan: Literal["starter", "pro", "enterprise"]


class Contact(Stored, ContactBody):
    """A contact."""

    id: str


class BankAccount(Stored):
    """A bank account."""

    id: int
    name: str
    nominal_code: str
    currency: str
    is_active: bool


class Transaction(Stored, TransactionBody):
    """Bank money."""

    id: str
    currency: str
    net_amount: Number
    vat_amount: Number
    exchange_rate: Number


class LineItem(LineItemBody):
    """An invoice line."""

    net_amount: Number
    vat_amount: Number


class Invoice(Stored, InvoiceBody):
    """An invoice or credit note."""

    id: str
    number: str
    type: Literal["sales", "purchase", "sales_credit", "purchase_credit"]
    currency: str
    exchange_rate: Number
    line_items: list[LineItem]  # type: ignore[assignment] # as read, lines have more fields
    net_total: Number
    vat_total: Number
    gross_total: Number
    amount_paid: Number
    amount_due: Number


class Journal(Stored, JournalBody):
    """A journal."""

    id: str


class Meta(BaseModel):
    """Where a page is in its list."""

    current_page: int
    total_pages: int
    total_records: int


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: Meta


class One(BaseModel, Generic[T]):
    """A single record."""

    data: T


class Report(BaseModel):
    """The fields at the beginning of every report."""

    report: str
    company_id: str
    currency: str
    generated_at: Stamp


class BalanceLine(BaseModel):
    """A trial balance line; debit and credit are net, one of them zero."""

    nominal_code: str
    name: str
    category: str
    debit: Number
    credit: Number


class TrialBalance(Report):
    """A trial balance."""

    as_at: Day
    lines: list[BalanceLine]
    total_debit: Number
    total_credit: Number


class ReportLine(BaseModel):
    """A line of a report; current year earnings have no nominal code."""

    nominal_code: str | None
    name: str
    amount: Number


class Section(BaseModel):
    """The accounts of one category."""

    category: str
    name: str
    lines: list[ReportLine]
    total: Number


class ProfitAndLoss(Report):
    """A profit and loss report."""

    from_: Day = Field(alias="from")
    to: Day
    sections: list[Section]
    gross_profit: Number
    net_profit: Number


class BalanceSheet(Report):
    """A balance sheet."""

    as_at: Day
    sections: list[Section]
    net_assets: Number
    total_capital_and_reserves: Number


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str
    message: str


class Error(BaseModel):
    """The body of every response above 399."""

    error: ErrorDetail
