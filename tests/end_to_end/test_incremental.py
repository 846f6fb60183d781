"""After any edits, tables built step by step hold the rows that a full refresh gives them."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pendulum
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

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
EXAMPLES, STEPS = 2, 14

positions = st.integers(0, 10_000)
days_back = st.integers(0, 33)


def tables(copy: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of schema accbooks, but for when it was compared."""
    rows = {}
    for name in HELD:
        held = copy.query(f"select * from {{models}}.{name}")
        kept = slice(None, -1) if name == "reconciliation" else slice(None)
        rows[name] = sorted((row[kept] for row in held), key=repr)
    return rows


class EditedBooks(RuleBasedStateMachine):
    """Books edited at random within the lookback, and synced now and then."""

    open_copy: Any

    @initialize(year_end=st.sampled_from(["03-31", "02-28", "11-10"]))
    def open(self, year_end):
        self.stack = ExitStack()
        directory = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.copy = self.stack.enter_context(self.open_copy(Path(directory), year_ends=(year_end,)))
        self.copy.sync_and_prove()
        self.edits = 0

    def pick(self, resource, position, accept=lambda _: True) -> Record | None:
        since = str(TODAY.subtract(days=33))
        records = [
            record
            for record in self.copy.emulator.books.all(resource)
            if since <= str(record["date"]) and accept(record)
        ]
        self.edits += 1
        return deepcopy(records[position % len(records)]) if records else None

    @rule(
        position=positions, back=days_back, resource=st.sampled_from(["transactions", "invoices", "journals"])
    )
    def move(self, position, back, resource):
        if record := self.pick(resource, position):
            self.copy.put(resource, {**record, "date": str(TODAY.subtract(days=back))})

    @rule(position=positions, resource=st.sampled_from(["transactions", "invoices", "journals"]))
    def delete(self, position, resource):
        if record := self.pick(resource, position):
            self.copy.emulator.books.remove(resource, record["id"])

    @rule(position=positions, resource=st.sampled_from(["transactions", "invoices"]))
    def void(self, position, resource):
        if record := self.pick(resource, position):
            self.copy.put(resource, {**record, "status": "void"})

    @rule(position=positions, rate=st.sampled_from(["1.25", "0.87654321"]))
    def change_the_rate_of_an_invoice(self, position, rate):
        if record := self.pick("invoices", position):
            self.copy.put("invoices", {**record, "currency": "EUR", "exchange_rate": Decimal(rate)})

    @rule(position=positions)
    def settle_an_invoice_of_another_month(self, position):
        invoices = [each for each in self.copy.emulator.books.all("invoices") if each["status"] != "draft"]
        if record := self.pick("transactions", position, lambda each: each["type"] != "transfer"):
            invoice = invoices[position % len(invoices)]
            self.copy.put("transactions", {**record, "invoice_id": invoice["id"]})

    @rule(position=positions)
    def drop_a_line(self, position):
        record = self.pick("invoices", position, lambda each: len(each["line_items"]) > 1)
        if record:
            self.copy.put("invoices", {**record, "line_items": record["line_items"][:-1]})

    @rule(position=positions, months=st.integers(1, 14))
    def date_a_journal_in_the_future(self, position, months):
        if record := self.pick("journals", position):
            moved = {"id": f"jnl_future_{self.edits}", "date": str(TODAY.add(months=months))}
            self.copy.put("journals", {**record, **moved})

    @rule()
    def sync(self):
        self.copy.sync()

    def teardown(self):
        if not hasattr(self, "copy"):
            return
        with self.stack:
            result = self.copy.sync()
            assert [line for line in result.lines if line.cause is None] == []
            step_by_step = tables(self.copy)
            self.copy.transforms.build(full_refresh=True)
            at_once = tables(self.copy)
            for name in HELD:
                assert step_by_step[name] == at_once[name], name


def test_tables_built_step_by_step_equal_a_full_refresh(opened_copies):
    EditedBooks.open_copy = staticmethod(opened_copies)
    run_state_machine_as_test(
        EditedBooks,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
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
