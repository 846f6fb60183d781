"""Two independent ledgers, the emulator's in Python and ours in SQL, agree on every figure they report."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator import reports
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.emulator.years import add_months, year_end, year_start

TODAY = date(2024, 6, 30)
YEAR_ENDS = ("03-31", "02-28", "02-29", "04-05")
SETTINGS = Settings(seed=7, size="small", today=TODAY, companies=len(YEAR_ENDS), year_ends=YEAR_ENDS)
GENERATED_AT = "2024-06-30T12:00:00Z"


def records(books: Books) -> dict[str, list[dict[str, Any]]]:
    """The books' records in the shape of the raw tables."""
    owner = {"company_id": books.company["id"]}
    rows: dict[str, list[dict[str, Any]]] = {
        "company": [owner | books.company],
        "invoice_line_items": [],
        "journal_lines": [],
    }
    children = {"invoices": ("line_items", "invoice_id"), "journals": ("lines", "journal_id")}
    tables = {"invoices": "invoice_line_items", "journals": "journal_lines"}
    for resource in ("contacts", "bank_accounts", "transactions", "invoices", "journals"):
        rows[resource] = []
        for record in books.all(resource):
            if resource in children:
                lines, parent = children[resource]
                rows[tables[resource]] += [
                    owner | {parent: record["id"], "line_number": number, "date": record["date"]} | line
                    for number, line in enumerate(record.pop(lines), start=1)
                ]
            rows[resource].append(owner | record)
    return rows


def month_starts(books: Books) -> Iterator[date]:
    first = min(
        date.fromisoformat(record["date"])
        for resource in ("transactions", "invoices", "journals")
        for record in books.all(resource)
    )
    month = first.replace(day=1)
    while month <= TODAY:
        yield month
        month = add_months(month, 1)


def section_lines(report: dict[str, Any], period: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        period | line | {"category": section["category"], "line_number": number}
        for number, (section, line) in enumerate(
            ((section, line) for section in report["sections"] for line in section["lines"]), start=1
        )
    ]


def certificates(books: Books) -> dict[str, list[dict[str, Any]]]:
    """Every report the emulator can give of the books, and that they and the records were read."""
    owner = {"company_id": books.company["id"]}
    stamp = {"generated_at": GENERATED_AT}
    rows: dict[str, list[dict[str, Any]]] = {"trial_balance": [], "balance_sheet": [], "profit_loss": []}
    windows = [
        {"resource": resource}
        for resource in ("company", "bank_accounts", "transactions", "invoices", "journals")
    ]
    year = books.company["financial_year_end"]
    periods = set()
    for month in month_starts(books):
        as_at = add_months(month, 1) - timedelta(days=1)
        dated = owner | stamp | {"as_at": as_at}
        rows["trial_balance"] += [
            dated | line | {"line_number": number}
            for number, line in enumerate(reports.trial_balance(books, as_at, GENERATED_AT)["lines"], start=1)
        ]
        rows["balance_sheet"] += section_lines(reports.balance_sheet(books, as_at, GENERATED_AT), dated)
        windows += [{"resource": report, "to": as_at} for report in ("trial_balance", "balance_sheet")]
        start = year_start(as_at, year)
        periods |= {(month, as_at), (start, year_end((start + timedelta(days=364)).year, year))}
    for first, last in sorted(periods):
        period = {"from": first, "to": last}
        report = reports.profit_and_loss(books, first, last, GENERATED_AT)
        rows["profit_loss"] += section_lines(report, owner | stamp | period)
        windows.append({"resource": "profit_loss"} | period)
    rows["sync_windows"] = [
        owner | {"from": None, "to": None, "outcome": "complete", "fetched_at": GENERATED_AT} | window
        for window in windows
    ]
    return rows


@pytest.fixture(scope="module")
def companies() -> list[Books]:
    return [generate(SETTINGS, index) for index in range(SETTINGS.companies)]


@pytest.fixture(scope="module")
def built(companies: list[Books], empty_in: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    warehouse = empty_in(tmp_path_factory.mktemp("emulator"))
    for books in companies:
        warehouse.insert(records(books))
        warehouse.insert(certificates(books))
    warehouse.dbt("run")
    return warehouse


def test_every_line_of_every_report_matches(built: Any) -> None:
    differing = built.rows("select * from reconciliation where status <> 'match'")
    compared = built.rows(
        "select company_id, report, count(*) > 100 from reconciliation group by company_id, report"
    )
    assert differing == []
    assert len(compared) == 3 * SETTINGS.companies
    assert all(many == "True" for _, _, many in compared)


def test_the_books_pass_every_data_test(built: Any) -> None:
    outcomes = built.dbt("test", "--exclude", "test_type:unit", "books_have_no_warnings")
    assert {name for name, outcome in outcomes.items() if outcome.status != "pass"} == set()


def owed(invoice: dict[str, Any]) -> Decimal:
    """What AccBooks says is due; of a draft or void invoice nothing is, and what was paid is owed back."""
    amount: Decimal = invoice["amount_due"]
    return -invoice["amount_paid"] if invoice["status"] in {"draft", "void"} else amount


def test_what_is_open_today_is_what_accbooks_says_is_due_on_every_document(
    built: Any, companies: list[Books]
) -> None:
    due = {
        (books.company["id"], invoice["id"]): amount * (-1 if "credit" in invoice["type"] else 1)
        for books in companies
        for invoice in books.all("invoices")
        if invoice["date"] <= str(TODAY) and (amount := owed(invoice))
    }
    open_today = {
        (company_id, source_id): Decimal(outstanding)
        for company_id, source_id, outstanding in built.rows(
            "select company_id, source_id, outstanding_in_currency from aged_receivables"
            f" where as_at = '{TODAY}' and source_type = 'invoice' union all"
            " select company_id, source_id, outstanding_in_currency from aged_payables"
            f" where as_at = '{TODAY}' and source_type = 'invoice'"
        )
    }
    assert open_today == due
    assert len(due) > 100


def pennies(amount: Decimal, rate: Any) -> Decimal:
    return (amount * Decimal(str(rate))).quantize(Decimal("0.01"), ROUND_HALF_UP)


def vat_amounts(books: Books) -> Iterator[tuple[str, int, int, Decimal, Decimal]]:
    """Of every line and payment in VAT's scope: date, boxes of net and VAT, and both in base currency."""
    for invoice in books.all("invoices"):
        if invoice["status"] not in {"draft", "void"}:
            sign = -1 if invoice["type"].endswith("credit") else 1
            boxes = (6, 1) if invoice["type"].startswith("sales") else (7, 4)
            for line in invoice["line_items"]:
                net, vat = (
                    pennies(line[each], invoice["exchange_rate"]) for each in ("net_amount", "vat_amount")
                )
                yield (invoice["date"], *boxes, sign * net, sign * vat)
    for money in books.all("transactions"):
        if money["status"] == "posted" and money["invoice_id"] is None and money["vat_rate"] is not None:
            boxes = (6, 1) if money["type"] == "money_in" else (7, 4)
            net, vat = (pennies(money[each], money["exchange_rate"]) for each in ("net_amount", "vat_amount"))
            yield (money["date"], *boxes, net, vat)


def test_every_box_of_every_vat_return_is_that_of_the_records(built: Any, companies: list[Books]) -> None:
    expected: dict[tuple[str, str, str], Decimal] = {}
    for books in companies:
        for day, net_box, vat_box, net, vat in vat_amounts(books):
            year, month = day[:4], int(day[5:7])
            quarter = f"{year}-{3 * ((month - 1) // 3) + 1:02}-01"
            for box, amount in ((net_box, net), (vat_box, vat)):
                key = (books.company["id"], quarter, str(box))
                expected[key] = expected.get(key, Decimal(0)) + amount
    found = {
        (company_id, period_start, box): Decimal(amount)
        for company_id, period_start, box, amount in built.rows(
            "select company_id, period_start, box, amount from vat_return"
            " where box in (1, 4, 6, 7) and amount <> 0"
        )
    }
    assert found == {key: amount for key, amount in expected.items() if amount}
    assert len(found) > 100
