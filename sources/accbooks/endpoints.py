"""The endpoints of AccBooks as data: path, permission, fields. A new endpoint begins with a row here.

What else it takes says docs/extending.md.

The field lists are assumed, apart from the invoice fields of AccBooks' own example; `accbooks check` compares
them with what a live key returns. Fields not listed are kept in the column `extra`.

Each endpoint names the fields that are `posting`: those from which the ledger follows. A record need not post
from all of them: `unposted` says from which it does not. A field that cannot be read puts its record in
quarantine if the record posts from it; else it is null, and its value is kept in `extra`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .base_amounts import (
    PostedAmounts,
    check_invoice,
    check_journal,
    check_transaction,
)
from .columns import (
    BOOLEAN,
    DATE,
    IDENTIFIER,
    INTEGER,
    MONEY,
    QUANTITY,
    RATE,
    TEXT,
    TIMESTAMP,
    UNIT_PRICE,
    Column,
    Kind,
)
from .posted_fields import (
    Fields,
    lines_of_invoice_post,
    lines_post_always,
    unposted_by_any,
    unposted_by_transaction,
)


def columns(
    kinds: dict[str, Kind],
    required: frozenset[str] = frozenset({"id", "date"}),
    needed: frozenset[str] = frozenset(),
    posting: frozenset[str] = frozenset(),
) -> tuple[Column, ...]:
    """Declare fields in the API's order; `required` and `needed` ones post too."""
    return tuple(
        Column(
            name,
            kind,
            required=name in required,
            needed=name in needed,
            posts=name in required | needed | posting,
        )
        for name, kind in kinds.items()
    )


@dataclass(frozen=True)
class Lines:
    """The list inside a record that becomes a table of its own, keyed by the record's id and line_number.

    `post` tells of a record's fields whether its lines post.
    """

    field: str
    table: str
    parent_key: str
    columns: tuple[Column, ...]
    post: Callable[[Fields], bool] = lines_post_always


@dataclass(frozen=True)
class Endpoint:
    """An endpoint, which is a dlt resource, which is a table.

    `unposted` returns, of a record's fields, the names of the posting ones from which it posts nothing.
    """

    name: str
    shape: Literal["object", "list"]
    columns: tuple[Column, ...]
    dated: bool = False
    lines: Lines | None = None
    amounts: PostedAmounts | None = None
    unposted: Callable[[Fields], frozenset[str]] = unposted_by_any

    @property
    def path(self) -> str:
        """Return the path below the base URL (documented: it is the resource's name)."""
        return self.name

    @property
    def permission(self) -> str:
        """Return the permission a key needs to read it (documented: it is the resource's name)."""
        return self.name


STAMPS = {"created_at": TIMESTAMP, "updated_at": TIMESTAMP}

COMPANY = Endpoint(
    "company",
    "object",
    columns(
        {
            "id": IDENTIFIER,
            "name": TEXT,
            "company_number": TEXT,
            "vat_number": TEXT,
            "vat_scheme": TEXT,
            "base_currency": TEXT,
            "financial_year_end": TEXT,
            "books_start_date": DATE,
            "plan": TEXT,
            **STAMPS,
        }
    ),
)

CONTACTS = Endpoint(
    "contacts",
    "list",
    columns(
        {
            "id": IDENTIFIER,
            "type": TEXT,
            "name": TEXT,
            "email": TEXT,
            "vat_number": TEXT,
            "country": TEXT,
            "currency": TEXT,
            "payment_terms_days": INTEGER,
            "is_active": BOOLEAN,
            **STAMPS,
        }
    ),
)

BANK_ACCOUNTS = Endpoint(
    "bank_accounts",
    "list",
    columns(
        {
            "id": INTEGER,
            "name": TEXT,
            "nominal_code": IDENTIFIER,
            "currency": TEXT,
            "is_active": BOOLEAN,
            **STAMPS,
        },
        posting=frozenset({"nominal_code"}),
    ),
)

TRANSACTIONS = Endpoint(
    "transactions",
    "list",
    columns(
        {
            "id": IDENTIFIER,
            "date": DATE,
            "type": TEXT,
            "account_id": INTEGER,
            "transfer_account_id": INTEGER,
            "contact_id": IDENTIFIER,
            "invoice_id": IDENTIFIER,
            "description": TEXT,
            "reference": TEXT,
            "currency": TEXT,
            "exchange_rate": RATE,
            "amount": MONEY,
            "net_amount": MONEY,
            "vat_amount": MONEY,
            "vat_rate": TEXT,
            "nominal_code": IDENTIFIER,
            "status": TEXT,
            **STAMPS,
        },
        required=frozenset({"id", "date", "type"}),
        needed=frozenset({"amount"}),
        posting=frozenset(
            {
                "account_id",
                "transfer_account_id",
                "invoice_id",
                "currency",
                "exchange_rate",
                "net_amount",
                "vat_amount",
                "nominal_code",
                "status",
            }
        ),
    ),
    dated=True,
    amounts=PostedAmounts(check_transaction, of_record=("amount", "net_amount", "vat_amount")),
    unposted=unposted_by_transaction,
)

INVOICES = Endpoint(
    "invoices",
    "list",
    columns(
        {
            "id": IDENTIFIER,
            "number": TEXT,
            "type": TEXT,
            "customer_id": IDENTIFIER,
            "supplier_id": IDENTIFIER,
            "date": DATE,
            "due_date": DATE,
            "status": TEXT,
            "currency": TEXT,
            "exchange_rate": RATE,
            "reference": TEXT,
            "net_total": MONEY,
            "vat_total": MONEY,
            "gross_total": MONEY,
            "amount_paid": MONEY,
            "amount_due": MONEY,
            **STAMPS,
        },
        required=frozenset({"id", "date", "type"}),
        posting=frozenset({"status", "currency", "exchange_rate"}),
    ),
    dated=True,
    lines=Lines(
        "line_items",
        "invoice_line_items",
        "invoice_id",
        columns(
            {
                "description": TEXT,
                "quantity": QUANTITY,
                "unit_price": UNIT_PRICE,
                "vat_rate": TEXT,
                "nominal_code": IDENTIFIER,
                "net_amount": MONEY,
                "vat_amount": MONEY,
            },
            required=frozenset(),
            needed=frozenset({"nominal_code", "net_amount", "vat_amount"}),
        ),
        post=lines_of_invoice_post,
    ),
    amounts=PostedAmounts(check_invoice, of_lines=("net_amount", "vat_amount")),
)

JOURNALS = Endpoint(
    "journals",
    "list",
    columns(
        {
            "id": IDENTIFIER,
            "date": DATE,
            "type": TEXT,
            "reference": TEXT,
            "description": TEXT,
            **STAMPS,
        },
        posting=frozenset({"type"}),
    ),
    dated=True,
    lines=Lines(
        "lines",
        "journal_lines",
        "journal_id",
        columns(
            {"nominal_code": IDENTIFIER, "description": TEXT, "debit": MONEY, "credit": MONEY},
            required=frozenset({"nominal_code"}),
            posting=frozenset({"debit", "credit"}),
        ),
    ),
    amounts=PostedAmounts(check_journal, of_lines=("debit", "credit")),
)

ENDPOINTS = (COMPANY, CONTACTS, BANK_ACCOUNTS, TRANSACTIONS, INVOICES, JOURNALS)
DATED_RESOURCES = tuple(endpoint.name for endpoint in ENDPOINTS if endpoint.dated)
