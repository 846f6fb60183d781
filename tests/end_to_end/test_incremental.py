"""After any edits, tables built step by step hold the rows that a full refresh gives them."""

from __future__ import annotations

from contextlib import ExitStack
from copy import deepcopy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import hypothesis.strategies as st
import pendulum
import pytest
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks.windows import Window
from copies import assert_proved
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

pytestmark = pytest.mark.long

TODAY = pendulum.today("UTC").date()
Record = dict[str, Any]

HELD = (
    "general_ledger",
    *("invoices", "invoice_lines", "payments", "bank_transactions", "journals", "journal_lines"),
    *("sales", "expenses"),
    "months",
    "financial_years",
    "nominal_accounts",
    "account_categories",
    "period_balances",
    "trial_balance",
    "balance_sheet",
    "profit_and_loss",
    "profit_and_loss_by_financial_year",
    "coverage",
    "reconciliation",
    "aged_receivables",
    "aged_payables",
    "bank_balances",
    "cash_flow",
    "cash_flow_by_financial_year",
    "vat_return",
    "vat_account_reconciliation",
    "profit_and_loss_comparative",
)
EXAMPLES, STEPS = 1, 4
EDITS_PER_SYNC = 5

EVERYTHING = Scope(Window())
positions = st.integers(0, 10_000)
days_back = st.integers(0, 900)


def tables(copy: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of schema accbooks, of tables and views, but for when it was compared."""
    rows = {}
    for name in HELD:
        held = copy.query(f"select * from {{models}}.{name}")
        kept = slice(None, -1) if name == "reconciliation" else slice(None)
        rows[name] = sorted((row[kept] for row in held), key=repr)
    return rows


def paid_in_another_month(books: Any) -> list[Record]:
    """Return the posted invoices of which a payment is dated in another month than their own."""
    paid: dict[str, set[str]] = {}
    for payment in books.all("transactions"):
        if payment["invoice_id"] is not None and payment["status"] == "posted":
            paid.setdefault(payment["invoice_id"], set()).add(month_of(payment))
    return [
        deepcopy(record)
        for record in books.all("invoices")
        if record["status"] in {"sent", "part_paid", "paid"}
        and paid.get(record["id"], set()) - {month_of(record)}
    ]


def month_of(record: Record) -> str:
    return str(record["date"])[:7]


def with_rate(record: Record, rate: Decimal) -> Record:
    return {**record, "currency": "EUR", "exchange_rate": rate}


class EditedBooks(RuleBasedStateMachine):
    """Books edited at random in any month, read whole, and synced after every few edits.

    The first edit is synced alone, and is one that reaches into a month whose own records stay as they are:
    those that follow might cover up that it was missed.
    """

    open_copy: Any

    @initialize(
        year_end=st.sampled_from(["03-31", "02-28", "11-10"]),
        position=positions,
        rate=st.sampled_from(["1.25", "0.87654321"]),
    )
    def open(self, year_end, position, rate):
        self.stack = ExitStack()
        self.copy = self.stack.enter_context(self.open_copy(year_ends=(year_end,)))
        self.copy.sync_and_prove()
        self.edits = 0
        self.change_the_rate_of_a_settled_invoice(position, rate)

    def pick(self, resource, position, accept=lambda _: True) -> Record:
        records = [record for record in self.copy.emulator.books.all(resource) if accept(record)]
        return deepcopy(records[position % len(records)])

    def settled(self, position) -> Record:
        records = paid_in_another_month(self.copy.emulator.books)
        return records[position % len(records)]

    def put(self, resource, record):
        self.copy.put(resource, record)
        self.edited()

    def remove(self, resource, record):
        self.copy.emulator.books.remove(resource, record["id"])
        self.edited()

    def edited(self):
        self.edits += 1
        if self.edits % EDITS_PER_SYNC == 1:
            assert self.copy.sync(EVERYTHING).findings.errors == ()

    @rule(
        position=positions, back=days_back, resource=st.sampled_from(["transactions", "invoices", "journals"])
    )
    def move(self, position, back, resource):
        self.put(resource, {**self.pick(resource, position), "date": str(TODAY.subtract(days=back))})

    @rule(position=positions, resource=st.sampled_from(["transactions", "invoices", "journals"]))
    def delete(self, position, resource):
        self.remove(resource, self.pick(resource, position))

    @rule(position=positions)
    def delete_a_settled_invoice(self, position):
        self.remove("invoices", self.settled(position))

    @rule(position=positions, rate=st.sampled_from(["1.25", "0.87654321"]))
    def change_the_rate_of_a_settled_invoice(self, position, rate):
        self.put("invoices", with_rate(self.settled(position), Decimal(rate)))

    @rule(position=positions)
    def void(self, position):
        self.put("transactions", {**self.pick("transactions", position), "status": "void"})

    @rule(position=positions)
    def drop_a_line(self, position):
        record = self.pick("invoices", position, lambda each: len(each["line_items"]) > 1)
        self.put("invoices", {**record, "line_items": record["line_items"][:-1]})

    @rule(position=positions, months=st.integers(1, 14))
    def date_a_journal_in_the_future(self, position, months):
        moved = {"id": f"jnl_future_{self.edits}", "date": str(TODAY.add(months=months))}
        self.put("journals", {**self.pick("journals", position), **moved})

    def teardown(self):
        if not hasattr(self, "copy"):
            return
        with self.stack:
            result = self.copy.sync(EVERYTHING)
            assert result.findings.errors == ()
            step_by_step = tables(self.copy)
            self.copy.transforms.build(full_refresh=True)
            at_once = tables(self.copy)
            for name in HELD:
                assert step_by_step[name] == at_once[name], name


@pytest.fixture
def steps_alone(monkeypatch):
    """Refuse what heals a step that left something wrong: to read a month anew, to rebuild everything."""
    build = Transforms.build

    def build_steps(self, company_ids=None, *, everything=False, full_refresh=False):
        assert not everything, "the steps left something that differs from AccBooks' reports"
        build(self, company_ids, full_refresh=full_refresh)

    def read_again(_, window):
        pytest.fail(f"after the steps something differs in {window}")

    monkeypatch.setattr(Transforms, "build", build_steps)
    monkeypatch.setattr(Loader, "load_again", read_again)


@pytest.mark.soak_on("postgres")
@pytest.mark.usefixtures("steps_alone")
def test_tables_built_step_by_step_equal_a_full_refresh(opened_copies):
    EditedBooks.open_copy = staticmethod(opened_copies)
    run_state_machine_as_test(
        EditedBooks,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),  # to find the least edits that fail would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.soak_on("postgres")
def test_a_sync_of_unchanged_books_starts_no_dbt(copy, monkeypatch):
    copy.sync_and_prove()

    def refuse(*_: Any) -> None:
        pytest.fail("dbt was started")

    monkeypatch.setattr("accbooks_warehouse.pipelines.transform.dbt.Dbt._invoke", refuse)
    copy.sync_and_prove()


@pytest.mark.soak_on("postgres")
@pytest.mark.usefixtures("steps_alone")
def test_an_edit_rewrites_only_its_month_in_the_ledger_and_a_changed_rate_those_of_payments_too(copy):
    record = paid_in_another_month(copy.emulator.books)[-1]
    payments = [
        each for each in copy.emulator.books.all("transactions") if each["invoice_id"] == record["id"]
    ]
    months = {month_of(each) for each in (record, *payments)}
    journal = next(each for each in copy.emulator.books.all("journals") if month_of(each) not in months)
    copy.put("journals", {**journal, "description": "told apart"})
    copy.put("invoices", with_rate(record, Decimal("1.25")))
    copy.sync_and_prove(EVERYTHING)
    touched = copy.warehouse.query(f"select month_start from {copy.warehouse.staging}.touched_months")
    assert {str(month)[:7] for (month,) in touched} == {*months, month_of(journal)}
    ((control,),) = copy.query(
        "select sum(abs(amount)) from {models}.general_ledger where source_type = 'transaction' "
        "and source_id = %s and nominal_code in ('1100', '2100')",
        payments[-1]["id"],
    )
    assert control == (payments[-1]["amount"] * Decimal("1.25")).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.soak_on("postgres")
def test_a_row_changed_by_hand_is_healed_by_the_sync_that_finds_the_difference(copy):
    ((as_at, before),) = copy.query(
        "select as_at, debit from {models}.trial_balance where nominal_code = '1100' order by as_at limit 1"
    )
    row = f"nominal_code = '1100' and as_at = '{as_at}'"
    copy.execute(f"update {{models}}.trial_balance set debit = debit + 5 where {row}")
    copy.transforms.compare()
    assert_proved(copy.sync(heal_budget=0.0))  # nothing was to be read again
    assert copy.query(f"select debit from {{models}}.trial_balance where {row}") == [(before,)]
