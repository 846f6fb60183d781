"""What changed in closed periods, worked out by hand, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.pipelines.queries.findings import CLOSED

ACCOUNTS = {
    "0040": ["Machines", "fixed_assets"],
    "1200": ["Bank", "current_assets"],
    "1100": ["Trade debtors", "current_assets"],
    "2100": ["Trade creditors", "current_liabilities"],
    "2200": ["VAT on sales", "current_liabilities"],
    "2201": ["VAT on purchases", "current_liabilities"],
    "3200": ["Profit and loss account", "capital_and_reserves"],
    "4000": ["Sales", "turnover"],
    "5000": ["Materials", "cost_of_sales"],
}
COMPANY = {
    "company": {"base_currency": "GBP", "financial_year_end": "12-31"},
    "bank_accounts": {1: "1200"},
    "accounts": ACCOUNTS,
    "trial_balance": {"2024-05-31": dict.fromkeys(ACCOUNTS, 0)},
}
THROUGH, CLOSED_AT = "2024-03-31", "2024-04-20 09:00:00+00"


def receipt(record_id: str, date: str, amount: int) -> dict[str, Any]:
    return {
        "id": record_id,
        "date": date,
        "type": "money_in",
        "account_id": 1,
        "reference": f"R-{record_id}",
        "amount": amount,
        "net_amount": amount,
        "vat_amount": 0,
        "nominal_code": "4000",
    }


def invoice(record_id: str, kind: str, date: str, net: int, vat: int) -> dict[str, Any]:
    nominal = "4000" if kind == "sales" else "5000"
    return {
        "id": record_id,
        "number": record_id.upper(),
        "type": kind,
        "status": "sent",
        "date": date,
        "lines": [[nominal, net, vat]],
    }


RECEIPTS_NOW = [
    receipt("same", "2024-01-10", 5),
    receipt("changed", "2024-02-01", 7),
    receipt("added", "2024-03-31", 3),
    receipt("moved-in", "2024-03-15", 4),
    receipt("moved-out", "2024-04-02", 6),
    receipt("moved-within", "2024-01-31", 2),
    receipt("later", "2024-04-01", 9),
]
RECEIPTS_WHEN_CLOSED = {
    "same": ("2024-01-10", 5),
    "changed": ("2024-02-01", 5),
    "moved-in": ("2024-04-15", 4),
    "moved-out": ("2024-03-30", 6),
    "moved-within": ("2024-02-05", 2),
    "deleted": ("2024-01-20", 8),
}
IN_ALL = 5 + 5 + 6 + 2 + 8
"""What the bank had received through the day that was closed."""
INVOICES_NOW = [
    invoice("s1", "sales", "2024-02-01", 200, 40),
    invoice("s2", "sales", "2024-04-03", 300, 60),
    invoice("p1", "purchase", "2024-03-05", 50, 10),
]


def payment(record_id: str, kind: str, date: str, invoice_id: str, amount: int) -> dict[str, Any]:
    settles = {"invoice_id": invoice_id, "amount": amount}
    return {"id": record_id, "date": date, "type": kind, "account_id": 1, **settles}


def journal(record_id: str, date: str, lines: list[list[Any]]) -> dict[str, Any]:
    return {"id": record_id, "date": date, "type": "manual", "lines": lines}


PAID_LATER = {  # in the closed quarter 600.00 of the 1,200.00 of `half` were paid, and nothing of `unpaid`
    "invoices": [
        invoice("half", "sales", "2024-02-02", 1000, 200),
        invoice("unpaid", "sales", "2024-02-01", 100, 20),
    ],
    "transactions": [
        payment("half-1", "money_in", "2024-03-20", "half", 600),
        payment("half-2", "money_in", "2024-05-20", "half", 600),
        payment("unpaid-1", "money_in", "2024-04-10", "unpaid", 120),
    ],
}
CASH_NOW = {
    "invoices": [
        *PAID_LATER["invoices"],
        invoice("credited", "sales", "2024-01-15", 50, 10),
        invoice("credit-note", "sales_credit", "2024-03-25", 50, 10),
        invoice("bounced", "sales", "2024-02-03", 40, 8),
        invoice("bill", "purchase", "2024-01-20", 20, 4),
        invoice("late-bill", "purchase", "2024-03-02", 30, 6),
    ],
    "transactions": [
        *PAID_LATER["transactions"],
        payment("credited-1", "money_in", "2024-01-20", "credited", 60),
        payment("refund", "money_out", "2024-03-28", "credit-note", 60),
        payment("bill-1", "money_out", "2024-03-30", "bill", 24),
        payment("late-bill-1", "money_out", "2024-03-03", "late-bill", 36),
    ],
}
FLAT_NOW = {
    "invoices": [
        invoice("sale", "sales", "2024-01-10", 1000, 200),
        invoice("goods", "purchase", "2024-02-10", 100, 20),
        invoice("machine", "purchase", "2024-03-05", 2000, 400) | {"lines": [["0040", 2000, 400]]},
        invoice("later", "sales", "2024-04-10", 500, 100),
    ]
}
MOVED_NOW = {"invoices": [invoice("sale", "sales", "2024-03-05", 1000, 200)]}
ADJUSTED_NOW = {
    "invoices": [invoice("sale", "sales", "2024-01-20", 100, 20)],
    "journals": [
        journal("fuel", "2024-02-29", [["5000", 30, 0], ["2200", 0, 30]]),
        journal("reverse", "2024-03-20", [["2201", 80, 0], ["2200", 0, 80]]),
        journal("bad debt", "2024-03-31", [["5000", 50, 0], ["2201", 10, 0], ["1100", 0, 60]]),
    ],
}
Lines = Mapping[str, tuple[str | None, str, Mapping[int, str]]]
"""Lines of VAT returns by document: its date when closed, the day they count on, and amounts by box."""
STANDARD_LINES: Lines = {
    "s1": ("2024-02-01", "2024-02-01", {1: "20", 6: "100"}),
    "p2": ("2024-01-15", "2024-01-15", {4: "2", 7: "10"}),
}
QUIET_LINES: Lines = {
    "half": ("2024-02-02", "2024-03-20", {1: "100", 6: "500"}),
    "unpaid": ("2024-02-01", "2024-02-01", {}),
}
CASH_LINES: Lines = {
    **QUIET_LINES,
    "credited": ("2024-01-15", "2024-01-20", {1: "10", 6: "50"}),
    "bounced": ("2024-02-03", "2024-03-01", {1: "8", 6: "40"}),
    "bill": ("2024-01-20", "2024-01-20", {}),
}
FLAT_LINES: Lines = {  # 12.5 % of 960.00
    "sale": ("2024-01-10", "2024-01-10", {6: "960"}),
    "goods": ("2024-02-10", "2024-02-10", {}),
    "": (None, "2024-01-10", {1: "120"}),
}
QUIET_FLAT_LINES: Lines = {  # 12.5 % of 1,200.00
    "sale": ("2024-01-10", "2024-01-10", {6: "1200"}),
    "goods": ("2024-02-10", "2024-02-10", {}),
    "machine": ("2024-03-05", "2024-03-05", {4: "400", 7: "2000"}),
    "": (None, "2024-01-10", {1: "150"}),
}
MOVED_LINES: Lines = {  # in February, 12.5 % of 1,200.00
    "sale": ("2024-02-10", "2024-02-10", {6: "1200"}),
    "": (None, "2024-02-10", {1: "150"}),
}
ADJUSTED_LINES: Lines = {
    "sale": ("2024-02-10", "2024-02-10", {1: "20", 6: "100"}),
    "fuel": ("2024-02-28", "2024-02-28", {1: "24"}),
}
REGISTERED = COMPANY["company"] | {"vat_scheme": "standard"}


def vat_book(books: Mapping[str, Any], **setting: Any) -> dict[str, Any]:
    return COMPANY | {
        "company": REGISTERED,
        "vat_schemes": [{"valid_from": "2024-01-01", "stagger": 1, **setting}],
        **books,
    }


BOOKS: Mapping[str, Any] = {
    "closed": COMPANY | {"transactions": RECEIPTS_NOW},
    "doctored": COMPANY | {"transactions": RECEIPTS_NOW},
    "reopened": COMPANY | {"transactions": RECEIPTS_NOW},
    "superseded": COMPANY | {"transactions": RECEIPTS_NOW},
    "vat": COMPANY | {"company": REGISTERED, "invoices": INVOICES_NOW},
    "doctored vat": COMPANY | {"company": REGISTERED, "invoices": INVOICES_NOW},
    "cash": vat_book(CASH_NOW, scheme="cash"),
    "quiet cash": vat_book(PAID_LATER, scheme="cash"),
    "doctored cash": vat_book(PAID_LATER, scheme="cash"),
    "flat": vat_book(FLAT_NOW, scheme="flat_rate", flat_rate_percent=12.5),
    "quiet flat": vat_book(FLAT_NOW, scheme="flat_rate", flat_rate_percent=12.5),
    "doctored flat": vat_book(FLAT_NOW, scheme="flat_rate", flat_rate_percent=12.5),
    "moved flat": vat_book(MOVED_NOW, scheme="flat_rate", flat_rate_percent=12.5, periods="monthly"),
    "adjusted": vat_book(ADJUSTED_NOW, scheme="standard", periods="monthly"),
}


def row(table: str, **values: Any) -> str:
    """The statement that puts a row into a table."""
    said = ("null" if value is None else f"'{value}'" for value in values.values())
    return f"insert into {table} ({', '.join(values)}) values ({', '.join(said)})"


def closed(table: str, company_id: str, through: str = THROUGH, **values: Any) -> str:
    """The same for a table of closings, with the key of a closing."""
    key = {"company_id": company_id, "closed_through": through, "closed_at": CLOSED_AT}
    return row(f"accbooks_raw.{table}", **key, **values)


def closing(
    company_id: str, kind: str = "accounts", through: str = THROUGH, reopened: str | None = None
) -> str:
    by = {"financial_year_start": "2024-01-01", "closed_by": "anna", "forced": False}
    return closed("closings", company_id, through, kind=kind, reopened_at=reopened, **by)


def closed_postings(company_id: str) -> list[str]:
    return [
        closed(
            "closed_postings",
            company_id,
            kind="accounts",
            source_type="transaction",
            source_id=record,
            posting_date=date,
            nominal_code=code,
            amount=sign * amount,
            document_number=f"R-{record}",
        )
        for record, (date, amount) in RECEIPTS_WHEN_CLOSED.items()
        for code, sign in (("1200", 1), ("4000", -1))
    ]


def closed_balances(company_id: str, bank: int) -> list[str]:
    return [
        closed(
            "closed_balances",
            company_id,
            kind="accounts",
            nominal_code=code,
            statement=statement,
            balance=balance,
            movement_of_year=balance,
        )
        for code, balance, statement in (
            ("1200", bank, "balance_sheet"),
            ("4000", -IN_ALL, "profit_and_loss"),
        )
    ]


def closed_vat(company_id: str, lines: Lines, *, monthly: bool = False, **doctored: str) -> list[str]:
    """A closing of VAT as `accbooks close` records it, with boxes that add up but for the doctored ones."""
    boxes = {box: sum(Decimal(line[2].get(box, 0)) for line in lines.values()) for box in (1, 4, 6, 7)}
    boxes |= {int(box.removeprefix("box_")): Decimal(amount) for box, amount in doctored.items()}
    statements = [closing(company_id, "vat")]
    for record, (date, tax_date, amounts) in lines.items():
        kind = "journal" if record in ("fuel", "reverse", "bad debt") else "invoice"
        source = {"source_type": kind if record else None, "source_id": record or None}
        period = {
            "tax_date": tax_date,
            "period_start": f"{tax_date[:7] if monthly else '2024-01'}-01",
            "period_end": "2024-02-29" if monthly else THROUGH,
        }
        statements += [
            closed("closed_vat_lines", company_id, **source, **period, box=box, amount=amount)
            for box, amount in amounts.items()
        ]
        if date:
            statements.append(closed("closed_vat_lines", company_id, **source, document_date=date))
    return statements + [
        closed("closed_balances", company_id, kind="vat", vat_box=box, balance=amount)
        for box, amount in boxes.items()
    ]


BOUNCED = closed(  # a payment that is gone by now
    "closed_vat_lines",
    "cash",
    source_type="transaction",
    source_id="bounced-1",
    document_date="2024-03-01",
    settled_invoice_id="bounced",
)


def seen(company_id: str, resource: str, record_id: str, moment: str) -> str:
    key = {"company_id": company_id, "resource": resource, "record_id": record_id}
    return row("change_log", **key, seen_at=f"{moment} 12:00:00+00")


@pytest.fixture(scope="module")
def books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.execute(
        closing("closed"),
        *closed_postings("closed"),
        *closed_balances("closed", IN_ALL),
        closing("doctored"),
        *closed_postings("doctored"),
        *closed_balances("doctored", IN_ALL + 1),
        closing("reopened", reopened=CLOSED_AT),
        *closed_balances("reopened", IN_ALL),
        closing("superseded", through="2024-01-31"),
        closing("superseded"),
        *closed_postings("superseded"),
        *closed_vat("vat", STANDARD_LINES),
        *closed_vat("doctored vat", STANDARD_LINES, box_1="21"),
        *closed_vat("cash", CASH_LINES),
        BOUNCED,
        *closed_vat("quiet cash", QUIET_LINES),
        *closed_vat("doctored cash", QUIET_LINES, box_6="499"),
        *closed_vat("flat", FLAT_LINES),
        *closed_vat("quiet flat", QUIET_FLAT_LINES),
        *closed_vat("doctored flat", QUIET_FLAT_LINES, box_4="0", box_7="0"),
        *closed_vat("moved flat", MOVED_LINES, monthly=True),
        *closed_vat("adjusted", ADJUSTED_LINES, monthly=True),
    )
    empty_warehouse.dbt("run")
    empty_warehouse.execute(
        seen("cash", "transactions", "bounced-1", "2024-04-25"),
        seen("cash", "transactions", "bill-1", "2024-05-02"),
        seen("cash", "invoices", "bill", "2024-05-03"),
        seen("flat", "invoices", "sale", "2024-04-21"),
        seen("moved flat", "invoices", "sale", "2024-04-21"),
    )
    return empty_warehouse


def changes(books: Any, company_id: str) -> list[tuple[str | None, ...]]:
    return books.rows(
        "select nominal_code, source_id, document_number, document_date, amount_when_closed, amount_now,"
        f" difference, change from prior_period_changes where company_id = '{company_id}'"
        " order by nominal_code, source_id"
    )


BANK_CHANGES = [
    ("1200", "added", "R-added", "2024-03-31", "0.00", "3.00", "3.00", "added"),
    ("1200", "changed", "R-changed", "2024-02-01", "5.00", "7.00", "2.00", "changed"),
    ("1200", "deleted", "R-deleted", "2024-01-20", "8.00", "0.00", "-8.00", "deleted"),
    ("1200", "moved-in", "R-moved-in", "2024-03-15", "0.00", "4.00", "4.00", "moved"),
    ("1200", "moved-out", "R-moved-out", "2024-04-02", "6.00", "0.00", "-6.00", "moved"),
    ("1200", "moved-within", "R-moved-within", "2024-01-31", "2.00", "2.00", "0.00", "moved"),
]


def negated(amount: str) -> str:
    return str(-Decimal(amount) + 0)


def test_every_kind_of_change_in_a_closed_period_is_a_row_and_what_is_dated_later_is_none(books: Any) -> None:
    assert changes(books, "closed") == BANK_CHANGES + [
        ("4000", *row[1:4], *(negated(amount) for amount in row[4:7]), row[7]) for row in BANK_CHANGES
    ]


def test_rows_of_an_account_add_up_to_the_difference_of_its_balance(books: Any) -> None:
    # the bank holds 5 + 7 + 3 + 4 + 2 now
    assert books.rows(
        "select nominal_code, balance, profit_and_loss_of_year from closed_balances"
        " where company_id = 'closed' order by 1"
    ) == [("1200", "26.00", None), ("4000", "-26.00", "-26.00")]
    assert books.rows(
        "select nominal_code, sum(difference) from prior_period_changes where company_id = 'closed'"
        " group by nominal_code order by 1"
    ) == [("1200", "-5.00"), ("4000", "5.00")]
    assert books.rows(
        "select nominal_code, debit - credit from trial_balance"
        f" where company_id = 'closed' and as_at = '{THROUGH}' and debit <> credit order by 1"
    ) == [("1200", "21.00"), ("4000", "-21.00")]


def test_the_latest_open_closing_alone_judges_and_a_reopened_one_nothing(books: Any) -> None:
    assert books.rows("select distinct company_id, closed_through from prior_period_changes order by 1") == [
        ("closed", THROUGH),
        ("doctored", THROUGH),
        ("superseded", THROUGH),
    ]


def test_the_ledger_is_closed_through_the_day_of_the_latest_open_closing(books: Any) -> None:
    assert books.rows(
        "select company_id, max(case when is_closed then posting_date end),"
        " min(case when is_closed then null else posting_date end) from general_ledger"
        " where company_id in ('closed', 'reopened', 'superseded') group by company_id order by 1"
    ) == [
        ("closed", "2024-03-31", "2024-04-01"),
        ("reopened", None, "2024-01-10"),
        ("superseded", "2024-03-31", "2024-04-01"),
    ]


def test_late_vat_shows_its_boxes_and_keeps_purchases_entered_late_apart(books: Any) -> None:
    assert late_vat(books, "vat") == [
        late(("p1", Q1, "2024-03-05", "added", "late_purchase", None), {4: "10.00", 7: "50.00"}, "-10.00"),
        late(("p2", Q1, "2024-01-15", "deleted", "error", None), {4: "-2.00", 7: "-10.00"}, "2.00"),
        late(("s1", Q1, "2024-02-01", "changed", "error", None), {1: "20.00", 6: "100.00"}, "20.00"),
    ]
    assert books.rows(
        "select errors, net_error, late_purchases, vat_on_late_purchases, limit_amount, below_limit_by"
        " from late_vat_limits where company_id = 'vat'"
    ) == [("2", "22.00", "1", "10.00", "10000.00", "9978.00")]


AFTER = (
    f"{CLOSED} through 2024-03-31. Correct it in AccBooks, or reopen and close the period again to accept it."
)
CHANGED = f"Transaction R-changed (changed) of 2024-02-01 was changed, by 2.00 (1200 2.00, 4000 -2.00){AFTER}"
MOVED = (
    "Transaction R-moved-out (moved-out) of 2024-04-02 was moved from 2024-03-30, by 6.00 (1200 -6.00, 4000"
    f" 6.00){AFTER}"
)


def test_of_a_document_that_posts_nothing_any_more_it_is_said_that_it_may_have_been_voided(
    books: Any,
) -> None:
    ((message,),) = books.rows(
        "select message from closing_findings where company_id = 'closed' and record_id = 'deleted'"
    )
    assert message.startswith(
        "Transaction R-deleted (deleted) of 2024-01-20 was deleted or voided, by 8.00 ("
    )


def test_a_document_is_one_finding_with_its_amount_and_accounts(books: Any) -> None:
    assert books.rows(
        "select resource, record_id, period_end, expected, found, message from closing_findings"
        " where company_id = 'closed' and record_id in ('changed', 'moved-out') order by record_id"
    ) == [
        (
            "transactions",
            "changed",
            "2024-02-01",
            "1200 5.00, 4000 -5.00",
            "1200 7.00, 4000 -7.00",
            CHANGED,
        ),
        (
            "transactions",
            "moved-out",
            "2024-04-02",
            "1200 6.00, 4000 -6.00",
            "1200 0.00, 4000 0.00",
            MOVED,
        ),
    ]


def test_closed_figures_that_do_not_add_up_to_the_reports_are_named(books: Any) -> None:
    assert books.rows(
        "select company_id, check_name, record_id, nominal_code, expected, found from closing_findings"
        " where check_name in ('closed_balances_differ', 'late_vat_differs') order by 1, 2, 3, 4"
    ) == [
        ("doctored", "closed_balances_differ", None, "1200", "21.00", "22.00"),
        # what was closed is 499.00, and nothing changed
        ("doctored cash", "late_vat_differs", "box 6", None, "500.00", "499.00"),
        ("doctored flat", "late_vat_differs", "box 4", None, "400.00", "0.00"),
        ("doctored flat", "late_vat_differs", "box 7", None, "2000.00", "0.00"),
        ("doctored vat", "late_vat_differs", "box 1", None, "40.00", "41.00"),
        # nothing was recorded of its balances
        ("superseded", "closed_balances_differ", None, "1200", "21.00", "-5.00"),
        ("superseded", "closed_balances_differ", None, "4000", "-21.00", "5.00"),
    ]


def test_late_vat_is_one_finding_with_the_arithmetic_and_no_verdict(books: Any) -> None:
    ((message,),) = books.rows(
        "select message from closing_findings where company_id = 'vat' and check_name = 'late_vat'"
    )
    assert message.startswith("VAT periods closed through 2024-03-31 changed, as seen in the VAT")
    assert message.endswith(
        "Careless errors may have to be notified below it: see late_vat and VAT Notice 700/45."
    )


def test_the_view_of_all_findings_shows_what_was_stored_of_closings(books: Any) -> None:
    columns = (
        "company_id, check_name, resource, record_id, report, period_start, period_end, nominal_code,"
        " expected, found, message"
    )
    books.execute(
        f"insert into accbooks_raw.closing_findings ({columns}) select {columns}"
        " from closing_findings where company_id = 'closed'"
    )
    assert books.rows(
        "select distinct check_name, severity from findings"
        " where company_id = 'closed' and check_name like 'prior%'"
    ) == [("prior_period_change", "warning")]
    assert books.rows("select count(*) from findings where check_name = 'prior_period_change'") == [("6",)]


def late_vat(books: Any, company_id: str) -> list[tuple[str | None, ...]]:
    return books.rows(
        "select source_id, period_start, document_date, change, treatment, cast(first_seen_at as date),"
        f" box_1, box_4, box_6, box_7, net_vat from late_vat where company_id = '{company_id}'"
        " order by source_type, source_id"
    )


def late(
    said: tuple[str | None, ...], boxes: Mapping[int, str] | None = None, net: str = "0.00"
) -> tuple[str | None, ...]:
    """A row of late_vat: what is said of the document, the boxes that are not zero, and the net VAT."""
    return (*said, *((boxes or {}).get(box, "0.00") for box in (1, 4, 6, 7)), net)


def limits(books: Any, company_id: str) -> list[tuple[str | None, ...]]:
    return books.rows(
        "select period_start, period_end, errors, net_error, late_purchases, vat_on_late_purchases, box_6"
        f" from late_vat_limits where company_id = '{company_id}'"
    )


Q1, FEBRUARY, MARCH = "2024-01-01", "2024-02-01", "2024-03-01"


def test_under_cash_accounting_payments_change_closed_vat_and_later_ones_do_not(books: Any) -> None:
    # of `half` and `unpaid`, which were paid after the quarter, nothing is late
    assert late_vat(books, "cash") == [
        # paid 24.00 in the quarter, though nobody had entered it
        late(("bill", Q1, "2024-01-20", "changed", "error", "2024-05-02"), {4: "4.00", 7: "20.00"}, "-4.00"),
        # its payment is gone
        late(
            ("bounced", Q1, "2024-02-03", "changed", "error", "2024-04-25"),
            {1: "-8.00", 6: "-40.00"},
            "-8.00",
        ),
        late(("credit-note", Q1, "2024-03-25", "added", "error", None), {1: "-10.00", 6: "-50.00"}, "-10.00"),
        late(
            ("late-bill", Q1, "2024-03-02", "added", "late_purchase", None), {4: "6.00", 7: "30.00"}, "-6.00"
        ),
    ]
    # April to June: 600.00 of `half` are 500.00 without VAT, `unpaid` 100.00
    assert limits(books, "cash") == [
        ("2024-04-01", "2024-06-30", "3", "-22.00", "1", "6.00", "600.00"),
    ]


def test_under_the_flat_rate_the_vat_on_turnover_has_a_row_of_its_own(books: Any) -> None:
    # 1,200.00 with VAT instead of 960.00, and 12.5 % of 240.00; goods have no VAT to reclaim
    assert late_vat(books, "flat") == [
        late((THROUGH, Q1, THROUGH, "changed", "error", "2024-04-21"), {1: "30.00"}, "30.00"),
        late(
            ("machine", Q1, "2024-03-05", "added", "late_purchase", None),
            {4: "400.00", 7: "2000.00"},
            "-400.00",
        ),
        late(("sale", Q1, "2024-01-10", "changed", "error", "2024-04-21"), {6: "240.00"}),
    ]
    assert limits(books, "flat") == [
        ("2024-04-01", "2024-06-30", "1", "30.00", "1", "400.00", "600.00"),
    ]


def test_a_document_that_moves_between_closed_periods_changes_the_flat_rate_of_both(books: Any) -> None:
    def flat_rate(first_day: str, last_day: str, vat: str) -> tuple[str | None, ...]:
        return late((last_day, first_day, last_day, "changed", "error", "2024-04-21"), {1: vat}, vat)

    assert late_vat(books, "moved flat") == [
        flat_rate(FEBRUARY, "2024-02-29", "-150.00"),
        flat_rate(MARCH, THROUGH, "150.00"),
        late(("sale", FEBRUARY, "2024-03-05", "moved", "error", "2024-04-21")),
    ]
    assert limits(books, "moved flat") == [
        ("2024-04-01", "2024-04-30", "1", "0.00", "0", "0.00", "0.00"),
    ]


def test_journals_on_the_vat_accounts_count_and_periods_are_those_of_the_setting(books: Any) -> None:
    assert late_vat(books, "adjusted") == [
        # from February to January, which are both closed
        late(("sale", Q1, "2024-01-20", "moved", "error", None)),
        # VAT on a journal is no late purchase
        late(("bad debt", MARCH, THROUGH, "added", "error", None), {4: "10.00"}, "-10.00"),
        late(("fuel", FEBRUARY, "2024-02-29", "moved", "error", None), {1: "6.00"}, "6.00"),
        late(("reverse", MARCH, "2024-03-20", "added", "error", None), {1: "80.00", 4: "80.00"}),
    ]
    assert limits(books, "adjusted") == [("2024-06-01", "2024-06-30", "4", "-4.00", "0", "0.00", "0.00")]


def test_books_of_every_scheme_that_did_not_change_are_quiet(books: Any) -> None:
    quiet = "('quiet cash', 'quiet flat')"
    assert books.rows(f"select count(*) from late_vat where company_id in {quiet}") == [("0",)]
    assert books.rows(f"select * from closing_findings where company_id in {quiet}") == []
