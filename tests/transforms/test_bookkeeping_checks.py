"""Each bookkeeping check fires on a case that was planted for it, and none on clean books.

Views go by the day someone reads them, so the books are as of today.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from accbooks_warehouse.emulator import reports
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.emulator.years import add_months
from accbooks_warehouse.pipelines.check_settings import CHECKS
from test_against_the_emulator import records

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).date()
READ_AT = f"{TODAY}T12:00:00Z"
LISTS = ("company", "contacts", "bank_accounts", "transactions", "invoices", "journals")
SEEDS = range(1, 11)
ACCOUNTS = {
    "1100": ("Trade debtors", "current_assets"),
    "1103": ("Prepayments", "current_assets"),
    "1200": ("Bank", "current_assets"),
    "2200": ("VAT on sales", "current_liabilities"),
    "7100": ("Rent", "overheads"),
    "7500": ("Stationery", "overheads"),
    "7550": ("Telephone", "overheads"),
    "7900": ("Bank charges", "overheads"),
    "9998": ("Suspense account", "current_assets"),
}
STERLING = {"currency": "GBP", "exchange_rate": 1}
YEAR_END = TODAY.replace(day=1) - timedelta(days=40)

Line = tuple[str, str, int, int]
"""A description, a nominal account, net and VAT."""
Rows = dict[str, list[dict[str, Any]]]


def a_weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def ago(days: int) -> date:
    return a_weekday(TODAY - timedelta(days=days))


def named(company_id: str, accounts: dict[str, tuple[str, str]]) -> Rows:
    """A trial balance that names the accounts, and that everything was read."""
    owner = {"company_id": company_id}
    return {
        "trial_balance": [
            owner
            | {
                "as_at": TODAY,
                "nominal_code": code,
                "name": name,
                "category": category,
                "debit": 0,
                "credit": 0,
            }
            | {"line_number": number, "generated_at": f"{TODAY}T12:00:00Z"}
            for number, (code, (name, category)) in enumerate(accounts.items(), start=1)
        ],
        "sync_windows": [
            owner | {"resource": each, "outcome": "complete", "fetched_at": READ_AT} for each in LISTS
        ],
    }


def emulated(seed: int) -> list[Rows]:
    settings = Settings(seed=seed, size="small", today=TODAY)
    books = generate(settings, seed)
    lines = reports.trial_balance(books, TODAY, f"{TODAY}T12:00:00Z")["lines"]
    accounts = {line["nominal_code"]: (line["name"], line["category"]) for line in lines}
    return [records(books), named(books.company["id"], accounts)]


class Odd:
    """A company whose documents are odd, each in a way of its own, beside some that are not."""

    def __init__(self, company_id: str) -> None:
        self.company_id = company_id
        self.rows: Rows = named(company_id, ACCOUNTS)
        for table in (
            "contacts",
            "transactions",
            "invoices",
            "invoice_line_items",
            "journals",
            "journal_lines",
        ):
            self.rows[table] = []
        year_end = f"{YEAR_END:%m-%d}"
        company = {"id": company_id, "base_currency": "GBP", "financial_year_end": year_end}
        self.rows["company"] = [{"company_id": company_id, **company}]
        self.rows["bank_accounts"] = [{"company_id": self.company_id, "id": 1, "nominal_code": "1200"}]

    def add(self, table: str, day: date, entered: date | None = None, **values: Any) -> None:
        stamp = {"created_at": f"{entered or a_weekday(day)}T10:00:00Z"}
        self.rows[table].append({"company_id": self.company_id, "date": day, **stamp, **values})

    def contact(self, name: str, vat_number: str | None) -> None:
        self.rows["contacts"].append(
            {
                "company_id": self.company_id,
                "id": name,
                "type": "supplier",
                "name": f"{name} Ltd",
                "vat_number": vat_number,
            }
        )

    def journal(self, name: str, day: date, debit: str, credit: str, amount: int, **values: Any) -> None:
        self.add("journals", day, id=name, type="manual", reference=name, **values)
        for number, (code, amounts) in enumerate(
            ((debit, {"debit": amount, "credit": 0}), (credit, {"debit": 0, "credit": amount})), start=1
        ):
            line = {"company_id": self.company_id, "journal_id": name, "line_number": number, "date": day}
            self.rows["journal_lines"].append(line | {"nominal_code": code} | amounts)

    def bill(
        self, name: str, day: date, contact: str, *lines: tuple[str, str, int, int], **values: Any
    ) -> None:
        """Each line is a description, a nominal account, net and VAT."""
        net, vat = sum(line[2] for line in lines), sum(line[3] for line in lines)
        totals = {"net_total": net, "vat_total": vat, "gross_total": net + vat}
        money = STERLING | {"amount_paid": 0, "amount_due": net + vat}
        header = {"type": "purchase", "status": "sent", "number": name, "supplier_id": contact}
        self.add("invoices", day, id=name, **header, **totals, **(money | values))
        for number, (description, code, line_net, line_vat) in enumerate(lines, start=1):
            line = {"company_id": self.company_id, "invoice_id": name, "line_number": number, "date": day}
            amounts = {"net_amount": line_net, "vat_amount": line_vat, "vat_rate": "20" if line_vat else "0"}
            self.rows["invoice_line_items"].append(
                line | {"description": description, "nominal_code": code} | amounts
            )

    def money(self, name: str, day: date, amount: int, code: str | None, **values: Any) -> None:
        kind = {
            "type": "money_out",
            "account_id": 1,
            "status": "posted",
            "currency": "GBP",
            "exchange_rate": 1,
        }
        amounts = {"amount": amount, "net_amount": amount, "vat_amount": 0, "nominal_code": code}
        self.add("transactions", day, id=name, **{**kind, **amounts, **values})


def still_books() -> Rows:
    still = Odd("still")
    still.journal("J1", ago(190), "1100", "7900", 500)
    still.journal("J2", ago(40), "7900", "1200", 5)
    return still.rows


def flat_books() -> Rows:
    """Under the flat rate since before the first of two bills, and until before the second."""
    flat = Odd("flat")
    flat.contact("Nameless", None)
    flat.bill("B1", ago(200), "Nameless", ("Repairs", "7500", 1000, 200))
    flat.bill("B2", ago(100), "Nameless", ("Repairs", "7500", 750, 150))
    flat.money("T1", ago(190), 1200, None, invoice_id="B1", contact_id="Nameless")
    flat.money("T2", ago(90), 900, None, invoice_id="B2", contact_id="Nameless")
    settings = ((ago(300), "flat_rate"), (ago(150), "standard"))
    flat.rows["vat_schemes"] = [
        {
            "company_id": "flat",
            "valid_from": day,
            "scheme": scheme,
            "periods": "annual",
            "flat_rate_percent": 12,
        }
        for day, scheme in settings
    ]
    return flat.rows


def odd_books() -> Rows:
    odd = Odd("odd")
    odd.contact("Known", "GB1")
    odd.contact("Nameless", None)
    # twice the same bill, and two that only look alike
    odd.bill("B1", ago(40), "Known", ("Paper", "7500", 200, 40), reference="S-77")
    odd.bill("B2", ago(37), "Known", ("Paper", "7500", 200, 40), reference="s-77 ")
    odd.bill("B3", ago(37), "Known", ("Paper", "7500", 200, 40), reference="S-78")
    odd.bill("B4", ago(36), "Known", ("Pens", "7500", 120, 0))
    odd.money("T1", ago(30), 120, None, invoice_id="B4", contact_id="Known")
    odd.money("T2", ago(20), 120, None, invoice_id="B4", contact_id="Known")
    odd.money("T3", ago(50), 99, "7500", contact_id="Known", description="Ink")
    odd.money("T4", ago(50), 99, "7500", contact_id="Known", description="Ink")
    odd.money("T5", ago(50), 99, "7500", description="Till")
    odd.money("T6", ago(50), 99, "7500", description="Till")
    odd.bill(
        "B5",
        ago(60),
        "Known",
        ("Hosting", "7500", 11, 0),
        ("hosting", "7900", 12, 0),
        ("Hosting", "7550", 13, 0),
    )
    odd.bill("B6", ago(61), "Nameless", ("Repairs", "7500", 1000, 200))
    odd.money("T7", ago(120), 55, "1100", contact_id="Known", type="money_in")
    odd.money("T8", ago(80), 56, "1100", contact_id="Nameless", type="money_in")
    odd.money("T9", ago(121), 57, "1100", contact_id="Other", type="money_in")
    odd.money("T10", ago(118), 57, "1100", contact_id="Other")
    # AccBooks has allocated to B8 what was paid before it
    odd.money("T12", ago(130), 44, "2100", contact_id="Prepaid")
    odd.bill("B8", ago(110), "Prepaid", ("Ink", "7500", 44, 0), amount_paid=44, amount_due=0)
    # of the first nothing is open, of the second less than nothing, and of the last a part
    odd.money("T13", ago(121), 58, "2100", contact_id="Refunded")
    odd.money("T14", ago(118), 58, "2100", contact_id="Refunded", type="money_in")
    odd.bill("B11", ago(122), "Refunded", ("Ink", "7500", 300, 0), amount_paid=300, amount_due=0)
    odd.money("T15", ago(130), 45, "2100", contact_id="Beyond")
    odd.bill("B9", ago(110), "Beyond", ("Ink", "7500", 67, 0), amount_paid=67, amount_due=0)
    odd.money("T16", ago(130), 46, "2100", contact_id="Partly")
    odd.bill("B10", ago(110), "Partly", ("Ink", "7500", 26, 0), amount_paid=26, amount_due=0)
    # VAT on purchases was cleared long ago, and there was none until B6
    odd.journal("J6", ago(300), "2201", "7900", 100)
    odd.journal("J7", ago(299), "7900", "2201", 100)
    odd.bill("B7", TODAY + timedelta(days=10), "Known", ("Early", "7500", 70, 0))
    odd.journal("J1", ago(300), "7900", "2200", 300)
    odd.journal("J2", ago(60), "9998", "7900", 75)
    odd.journal("J3", ago(500), "1103", "7900", 900)
    odd.journal("J4", a_weekday(YEAR_END - timedelta(days=3)), "7900", "1200", 5000)
    saturday = TODAY - timedelta(days=TODAY.weekday() + 2)
    odd.journal("J5", ago(200), "7900", "1200", 31, entered=saturday - timedelta(days=196))
    odd.money("T11", ago(250), 61, "7900", entered=ago(100), contact_id="Known")
    for number in range(30):
        odd.journal(f"J{100 + number}", ago(20 * number + 1), "7900", "1200", 10 + number)
    last = add_months((TODAY - timedelta(days=10)).replace(day=1), -1)
    for back in range(13):
        day = a_weekday(add_months(last, -back) + timedelta(days=9))
        odd.money(f"R{back}", day, 5000 if back == 0 else 1000, "7100", description=f"Rent {back}")
    return odd.rows


EXPECTED = [
    ("backdated_entry", "T11", "61.00"),
    ("contact_in_many_accounts", "Known", "36.00"),
    ("dormant_account", "1103", "900.00"),
    ("future_bill", "B7", "70.00"),
    ("likely_duplicate_invoice", "B1, B2", "240.00"),
    ("likely_duplicate_payment", "T1, T2", "120.00"),
    ("likely_duplicate_payment", "T3, T4", "99.00"),
    ("negative_control_account", "1100", "-111.00"),
    ("round_sum_journal", "J4", "5000.00"),
    ("stuck_control_account", "1100", "500.00"),
    ("sudden_change_of_cost", "7100", "5000.00"),
    ("suspense_not_cleared", "9998", "75.00"),
    ("unallocated_money", "T16", "-46.00"),
    ("unallocated_money", "T7", "55.00"),
    ("vat_not_cleared", "2200", "-300.00"),
    ("vat_number_missing", "Nameless", "150.00"),
    ("vat_number_missing", "Nameless", "200.00"),
    ("weekend_journal", "J5", "31.00"),
]  # fmt: skip


@pytest.fixture(scope="module")
def odd(empty_warehouse: Any) -> Any:
    empty_warehouse.insert(odd_books())
    empty_warehouse.insert(still_books())
    empty_warehouse.insert(flat_books())
    empty_warehouse.dbt("run", "--select", "+bookkeeping_checks", variables={"today": str(TODAY)})
    return empty_warehouse


def advice(warehouse: Any) -> list[tuple[str, ...]]:
    return warehouse.rows(  # type: ignore[no-any-return]
        "select check_name, subject, amount from bookkeeping_checks order by check_name, subject, amount"
    )


def test_each_check_fires_on_what_was_planted_for_it_and_on_nothing_else(odd: Any) -> None:
    assert advice(odd) == EXPECTED


def test_a_row_says_what_was_noticed_and_by_which_thresholds(odd: Any) -> None:
    (future, copy) = odd.rows(
        "select company_id, subject_type, date, threshold, message from bookkeeping_checks "
        "where check_name in ('future_bill', 'likely_duplicate_invoice') order by check_name"
    )
    ahead = TODAY + timedelta(days=10)
    said = "which is still to come. Check the date: it is in the ledger on that day."
    assert future == ("odd", "invoice", str(ahead), None, f"Bill B7 is dated {ahead}, {said}")
    said = "and nothing tells them apart. If one is a copy, void it in AccBooks."
    assert copy[:4] == ("odd", "invoice", str(ago(37)), "days 7, amount 10")
    assert copy[4] == f"Invoices B1 and B2 of Known Ltd are both for 240.00, {said}"


def test_checks_are_switched_off_and_thresholds_changed_by_a_variable(odd: Any) -> None:
    switched = dict.fromkeys(set(CHECKS) - {"likely_duplicate_payment", "unallocated_money"}, False)
    changed = {"likely_duplicate_payment": {"amount": 100}, "unallocated_money": {"days": 30}}
    variables = {"today": str(TODAY), "accbooks_checks": switched | changed}
    odd.dbt("run", "--select", "bookkeeping_checks", variables=variables)
    assert advice(odd) == [
        ("likely_duplicate_payment", "T1, T2", "120.00"),
        ("unallocated_money", "T16", "-46.00"),
        ("unallocated_money", "T7", "55.00"),
        ("unallocated_money", "T8", "56.00"),
    ]


@pytest.mark.long
@pytest.mark.nightly
def test_none_fires_on_the_clean_books_of_ten_seeds(empty_in: Callable[[Path], Any], tmp_path: Path) -> None:
    warehouse = empty_in(tmp_path)
    for seed in SEEDS:
        for rows in emulated(seed):
            warehouse.insert(rows)
    warehouse.dbt("run", "--select", "+bookkeeping_checks", variables={"today": str(TODAY)})
    assert warehouse.rows("select count(distinct company_id) from nominal_accounts") == [("10",)]
    assert warehouse.rows("select * from bookkeeping_checks") == []


def test_the_checks_and_thresholds_are_those_of_the_project_and_of_the_page() -> None:
    project = yaml.safe_load((ROOT / "transforms" / "dbt_project.yml").read_text())
    thresholds = project["vars"]["check_thresholds"]
    assert {name: tuple(each) for name, each in thresholds.items()} == dict(CHECKS)
    page = (ROOT / "docs" / "bookkeeping-checks.md").read_text()
    described = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page.partition("## The checks")[2], re.MULTILINE))
    assert described == {
        name: ", ".join(f"`{key}` {value}" for key, value in each.items())
        for name, each in thresholds.items()
    }
    assert {name for name, _, _ in EXPECTED} == set(CHECKS), "each check is shown to fire"
