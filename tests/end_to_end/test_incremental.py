"""After any edits, tables built step by step hold the rows that a full refresh gives them."""

from __future__ import annotations

from contextlib import ExitStack
from copy import deepcopy
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pendulum
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pipelines.sync import Scope
from pipelines.transform import Transforms
from sources.accbooks.windows import Window

TODAY = pendulum.today("UTC").date()
Record = dict[str, Any]

HELD = (
    "general_ledger",
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
)
EXAMPLES, STEPS = 1, 5

EVERYTHING = Scope(Window())
positions = st.integers(0, 10_000)
days_back = st.integers(0, 900)


def tables(copy: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of schema accbooks, but for when it was compared."""
    rows = {}
    for name in HELD:
        held = copy.query(f"select * from {{models}}.{name}")
        kept = slice(None, -1) if name == "reconciliation" else slice(None)
        rows[name] = sorted((row[kept] for row in held), key=repr)
    return rows


class EditedBooks(RuleBasedStateMachine):
    """Books edited at random in any month, read whole, and synced after every edit or two."""

    open_copy: Any

    @initialize(year_end=st.sampled_from(["03-31", "02-28", "11-10"]))
    def open(self, year_end):
        self.stack = ExitStack()
        self.copy = self.stack.enter_context(self.open_copy(year_ends=(year_end,)))
        self.copy.sync_and_prove()
        self.edits = 0

    def pick(self, resource, position, accept=lambda _: True) -> Record:
        records = [record for record in self.copy.emulator.books.all(resource) if accept(record)]
        self.edits += 1
        return deepcopy(records[position % len(records)])

    def settled(self, position) -> Record:
        """Return an invoice paid in another month than its own."""
        books = self.copy.emulator.books
        paid = {(each["invoice_id"], str(each["date"])[:7]) for each in books.all("transactions")}
        others = {invoice for invoice, _ in paid}

        def is_paid_later(record: Record) -> bool:
            return record["id"] in others and (record["id"], str(record["date"])[:7]) not in paid

        return self.pick("invoices", position, is_paid_later)

    def put(self, resource, record, then_sync):
        self.copy.put(resource, record)
        self.sync(then_sync)

    def sync(self, now):
        if now:
            self.copy.sync(EVERYTHING)

    @rule(
        position=positions,
        back=days_back,
        resource=st.sampled_from(["transactions", "invoices", "journals"]),
        then_sync=st.booleans(),
    )
    def move(self, position, back, resource, then_sync):
        day = str(TODAY.subtract(days=back))
        self.put(resource, {**self.pick(resource, position), "date": day}, then_sync)

    @rule(
        position=positions,
        resource=st.sampled_from(["transactions", "invoices", "journals"]),
        then_sync=st.booleans(),
    )
    def delete(self, position, resource, then_sync):
        self.copy.emulator.books.remove(resource, self.pick(resource, position)["id"])
        self.sync(then_sync)

    @rule(position=positions)
    def delete_a_settled_invoice(self, position):
        self.copy.emulator.books.remove("invoices", self.settled(position)["id"])
        self.sync(now=True)

    @rule(position=positions, rate=st.sampled_from(["1.25", "0.87654321"]))
    def change_the_rate_of_a_settled_invoice(self, position, rate):
        changed = {"currency": "EUR", "exchange_rate": Decimal(rate)}
        self.put("invoices", {**self.settled(position), **changed}, then_sync=True)

    @rule(position=positions, then_sync=st.booleans())
    def void(self, position, then_sync):
        self.put("transactions", {**self.pick("transactions", position), "status": "void"}, then_sync)

    @rule(position=positions, then_sync=st.booleans())
    def drop_a_line(self, position, then_sync):
        record = self.pick("invoices", position, lambda each: len(each["line_items"]) > 1)
        self.put("invoices", {**record, "line_items": record["line_items"][:-1]}, then_sync)

    @rule(position=positions, months=st.integers(1, 14))
    def date_a_journal_in_the_future(self, position, months):
        moved = {"id": f"jnl_future_{self.edits}", "date": str(TODAY.add(months=months))}
        self.put("journals", {**self.pick("journals", position), **moved}, then_sync=True)

    def teardown(self):
        if not hasattr(self, "copy"):
            return
        with self.stack:
            result = self.copy.sync(EVERYTHING)
            assert result.lines == []
            step_by_step = tables(self.copy)
            self.copy.transforms.build(full_refresh=True)
            at_once = tables(self.copy)
            for name in HELD:
                assert step_by_step[name] == at_once[name], name


def test_tables_built_step_by_step_equal_a_full_refresh(opened_copies, monkeypatch):
    build = Transforms.build

    def build_steps(self, company_ids=None, *, everything=False, full_refresh=False):
        assert not everything, "the steps left something that differs from AccBooks' reports"
        build(self, company_ids, full_refresh=full_refresh)

    monkeypatch.setattr(Transforms, "build", build_steps)
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


def test_a_sync_of_unchanged_books_starts_no_dbt(copy, monkeypatch):
    copy.sync_and_prove()

    def refuse(*_: Any) -> None:
        pytest.fail("dbt was started")

    monkeypatch.setattr("pipelines.dbt.Dbt._invoke", refuse)
    copy.sync_and_prove()


def test_an_edit_rewrites_only_its_month_in_the_ledger(copy):
    record = copy.recent("journals")
    month = pendulum.Date.fromisoformat(str(record["date"])).start_of("month")
    copy.put("journals", {**record, "description": "told apart"})
    copy.sync_and_prove()
    months = copy.warehouse.query(f"select distinct month_start from {copy.warehouse.staging}.touched_months")
    assert months == [(month,)]


def test_a_row_changed_by_hand_is_healed_by_the_sync_that_finds_the_difference(copy):
    ((as_at, before),) = copy.query(
        "select as_at, debit from {models}.trial_balance where nominal_code = '1100' order by as_at limit 1"
    )
    row = f"nominal_code = '1100' and as_at = '{as_at}'"
    copy.execute(f"update {{models}}.trial_balance set debit = debit + 5 where {row}")
    copy.transforms.compare()
    copy.sync_and_prove()
    assert copy.query(f"select debit from {{models}}.trial_balance where {row}") == [(before,)]
