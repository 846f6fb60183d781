"""The shapes of requests: query parameters and bodies, as they are validated and documented."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from accbooks_warehouse.emulator.money import PENNY
from accbooks_warehouse.emulator.postings import calendar_day, number
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

EARLIEST = date(2, 1, 1)
"""The financial year of an earlier day would begin before dates do."""

VatRate = Literal["20", "5", "0", "exempt"]


def _day(value: object) -> date:
    day = date.fromisoformat(calendar_day(value))
    if day < EARLIEST:
        raise ValueError(f"dates before {EARLIEST} are not kept")
    return day


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
DayText = Annotated[str, AfterValidator(calendar_day), WithJsonSchema({"type": "string", "format": "date"})]
Money = Annotated[
    Decimal,
    BeforeValidator(number),
    Field(ge=0, lt=10**12, decimal_places=2),
    AfterValidator(lambda amount: amount.quantize(PENNY)),
    WithJsonSchema(
        {"type": "number", "minimum": 0, "exclusiveMaximum": 10**12, "description": "two decimals"}
    ),
]
Quantity = Annotated[
    Decimal,
    BeforeValidator(number),
    Field(ge=0, lt=10**9, decimal_places=6),
    WithJsonSchema(
        {"type": "number", "minimum": 0, "exclusiveMaximum": 10**9, "description": "up to six decimals"}
    ),
]
Rate = Annotated[
    Decimal,
    BeforeValidator(number),
    Field(gt=0, lt=10**6, decimal_places=8),
    WithJsonSchema(
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 10**6,
            "description": "up to eight decimals",
        }
    ),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,10}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(max_length=500)]


class PageQuery(BaseModel):
    """Which page; more than 100 a page is treated as 100."""

    page: int = Field(1, ge=1)
    per_page: int = Field(25, ge=1)


class DatedQuery(PageQuery):
    """Dates inclusive; either may be left out."""

    from_: Day | None = Field(None, alias="from")
    to: Day | None = None


class TransactionQuery(DatedQuery):
    """Also one bank account."""

    account_id: int | None = None


class AsAtQuery(BaseModel):
    """The date of a balance, at the end of the day."""

    as_at: Day
    format: Literal["json"] = "json"


class RangeQuery(BaseModel):
    """Dates inclusive."""

    from_: Day = Field(alias="from")
    to: Day
    format: Literal["json"] = "json"


class TransactionBody(BaseModel):
    """A transaction as written. Of net and VAT, what is left out follows from the amount and the VAT rate."""

    date: DayText
    type: Literal["money_in", "money_out", "transfer"]
    account_id: int
    transfer_account_id: int | None = None
    contact_id: str | None = None
    invoice_id: str | None = None
    description: Text = ""
    reference: Text = ""
    exchange_rate: Rate | None = None
    amount: Money
    net_amount: Money | None = None
    vat_amount: Money | None = None
    vat_rate: VatRate | None = None
    nominal_code: Code | None = None
    status: Literal["posted", "void"] = "posted"


class LineItemBody(BaseModel):
    """An invoice line as written; its net and VAT follow."""

    description: Text = ""
    quantity: Quantity
    unit_price: Money
    vat_rate: VatRate
    nominal_code: Code


class InvoiceBody(BaseModel):
    """An invoice as written; totals, what is due and whether it is paid follow."""

    number: Text | None = None
    type: Literal["sales", "purchase", "sales_credit", "purchase_credit"] | None = None
    customer_id: str | None = None
    supplier_id: str | None = None
    date: DayText
    due_date: DayText
    status: Literal["draft", "sent", "part_paid", "paid", "void"] = "sent"
    currency: Currency | None = None
    exchange_rate: Rate | None = None
    reference: Text = ""
    line_items: list[LineItemBody] = Field(min_length=1)


class ContactBody(BaseModel):
    """A contact as written."""

    type: Literal["customer", "supplier"]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    email: Text | None = None
    vat_number: Text | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "GB"
    currency: Currency = "GBP"
    payment_terms_days: Annotated[int, Field(ge=0, le=365)] = 30
    is_active: bool = True


class JournalLineBody(BaseModel):
    """A journal line as written."""

    nominal_code: Code
    description: Text = ""
    debit: Money = Decimal("0.00")
    credit: Money = Decimal("0.00")


class JournalBody(BaseModel):
    """A journal as written, in base currency."""

    date: DayText
    type: Literal["opening", "manual"] = "manual"
    reference: Text = ""
    description: Text = ""
    lines: list[JournalLineBody] = Field(min_length=2)


def change_schema(body: type[BaseModel]) -> dict[str, Any]:
    """Return a body's JSON schema with every field optional: a change names only what changes."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"type": "object", "properties": schema["properties"], "title": f"{body.__name__}Change"}
