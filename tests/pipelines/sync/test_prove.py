"""The order of a proof, and whose errors stop whom: the models are a stand-in, the warehouse is real."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest
from accbooks_warehouse.pipelines.destinations import RAW, DuckDB
from accbooks_warehouse.pipelines.errors import ModelError, NotBuiltError, TransformError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.reconciliation import Line, MatchCount
from accbooks_warehouse.pipelines.sync.heal import Healing, Recheck
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.sync.prove import Loaded, Prover
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.transform.kept_tables import Note
from accbooks_warehouse.pipelines.transform.ledger_inputs import TamperedMonth
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks.errors import LimitReachedError, UnreachableError
from accbooks_warehouse.sources.accbooks.reading.outcome import Outcome

GOOD, ODD = "comp_1", "comp_2"
FAILURE = ModelError("period_balances (Conversion Error: 'x')", 23)
TABLES = """
create schema accbooks; create schema accbooks_staging;
create table accbooks.findings (
    finding_id text, company_id text, check_name text, severity text, resource text, record_id text,
    report text, period_start date, period_end date, nominal_code text, expected text, found text,
    message text);
insert into accbooks.findings (finding_id, company_id, check_name, severity, message) values
    ('1', 'comp_1', 'invoice_not_found', 'warning', 'A payment finds no invoice.'),
    ('2', 'comp_2', 'rejected_record', 'error', 'A record waits.');
create table accbooks_staging.compared_periods (
    company_id text, report text, kind text, matching_lines integer, differing_lines integer, cause text,
    is_overtaken boolean);
insert into accbooks_staging.compared_periods values
    ('comp_1', 'trial_balance', 'month-end', 3, 0, null, false),
    ('comp_2', 'trial_balance', 'month-end', 3, 0, null, false);
create table accbooks.reconciliation (
    company_id text, report text, period_start date, period_end date, nominal_code text,
    api_amount decimal(18, 2), warehouse_amount decimal(18, 2), difference decimal(18, 2), status text,
    cause text);
"""


@dataclass
class StandIn:
    """Models that are built by saying so. `failing` are companies whose books cannot be built."""

    failing: Collection[str] = ()
    tables: set[str] = field(default_factory=set)
    months: list[TamperedMonth] = field(default_factory=list)
    written_into: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    is_changed: bool = True
    done: list[Any] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def changed(self, ids: Collection[str]) -> list[str]:
        found, self.is_changed = sorted(ids) if self.is_changed else [], False
        return found

    def build(self, ids: Collection[str], *, everything: bool = False) -> None:
        self.done.append(("build", sorted(ids), everything))
        if reasons := {each: FAILURE for each in ids if each in self.failing}:
            raise NotBuiltError(reasons)

    def altered(self, ids: Collection[str]) -> set[str]:
        found, self.written_into = self.written_into & set(ids), set()
        return found

    def add_findings(self, notes: Sequence[Note]) -> None:
        self.notes += notes

    def build_views_of_settings(self) -> bool:
        return False

    def remove_unknown_companies(self) -> int:
        return 0

    def tampered_tables(self, ids: Sequence[str]) -> set[str]:
        return self.tables & set(ids)

    def tampered_months(self, ids: Sequence[str]) -> list[TamperedMonth]:
        return [month for month in self.months if month.company_id in ids]

    @property
    def inputs(self) -> StandIn:
        return self

    def mark_for_rebuild(self, months: Iterable[TamperedMonth]) -> None:
        self.done.append(("mark_for_rebuild", list(months)))

    def judge(self, ids: Sequence[str]) -> None:
        self.done.append(("judge", list(ids)))


class Stepper:
    """Heals nothing; says what is in `raising` and `in_flight`."""

    raising: Exception | None = None
    in_flight: Collection[str] = ()

    def __init__(self, _: Any, loader: Any, *__: Any) -> None:
        self.company_id = loader.books.company_id
        self.healing = Healing()

    def step(self, _: Sequence[Line]) -> Recheck:
        if self.raising is not None and self.company_id == ODD:
            raise self.raising
        return Recheck.NOWHERE

    def conclude(self, _: Sequence[Line]) -> None:
        self.healing = Healing(is_in_flight=self.company_id in self.in_flight)


@dataclass
class StandInLoader:
    """Stands in for what loaded a company: nothing is healed."""

    books: Any
    outcome: Outcome = field(default_factory=Outcome)
    settings: Any = field(default_factory=lambda: SimpleNamespace(heal_budget=0.0))

    def stop(self, error: LimitReachedError) -> None:
        self.outcome = Outcome(limit_reached=error)


@dataclass
class Proved:
    """What came of a proof."""

    result: SyncResult
    announced: list[str]

    @property
    def errors(self) -> dict[str, Exception | None]:
        return {entry.name: entry.error for entry in self.result.companies}

    @property
    def found(self) -> list[str]:
        return [each.check_name for each in self.result.findings.rows]


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    with duckdb.connect(str(tmp_path / "books.duckdb")) as connection:
        connection.execute(f"create schema {RAW}; {TABLES}")
    made = DuckDB(str(tmp_path / "books.duckdb"))
    make_own_tables(made)
    return made


@pytest.fixture
def prove(warehouse: DuckDB, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Proved]:
    def run(transforms: StandIn, *ids: str, edited: Collection[str] = ()) -> Proved:
        monkeypatch.setattr("accbooks_warehouse.pipelines.sync.prove.Healer", Stepper)
        loaded = []
        for company_id in ids or (GOOD, ODD):
            books: Any = SimpleNamespace(company_id=company_id, opened_at=dt.datetime.now(dt.UTC))
            loader: Any = StandInLoader(books)
            name = "good" if company_id == GOOD else "odd"
            loaded.append(Loaded(CompanyResult(name, company_id, books), loader))
        said = list[str]()
        prover = Prover(
            warehouse, cast("Transforms", transforms), said.append, loaded, lambda each, _: each in edited
        )
        return Proved(prover.prove(), said)

    return run


def test_what_changed_is_built_and_the_findings_are_those_of_the_companies_synced(prove) -> None:
    transforms = StandIn()
    proved = prove(transforms)
    assert transforms.done == [("build", [GOOD, ODD], False)]
    assert proved.announced == ["Rebuilding what changed in the ledger and the reports …"]
    assert proved.found == ["rejected_record", "invoice_not_found"]
    assert proved.result.match_counts == tuple(
        MatchCount(each, "trial_balance", "month-ends", 1, 1, 0) for each in (GOOD, ODD)
    )
    assert proved.result.status is ExitStatus.DIFFERENCES
    alone = prove(StandIn(is_changed=False), GOOD)
    assert (alone.found, alone.announced, alone.result.status) == (["invoice_not_found"], [], ExitStatus.DONE)


def test_books_that_cannot_be_built_are_an_error_of_their_company_and_stop_no_other(prove) -> None:
    proved = prove(StandIn(failing=[ODD], tables={ODD}, months=[TamperedMonth(ODD, None)]))
    assert proved.errors["good"] is None
    error = proved.errors["odd"]
    assert isinstance(error, TransformError)
    assert str(error) == (
        "The models of odd (comp_2) could not be built: dbt could not build period_balances "
        "(Conversion Error: "
        "'x') and skipped 23 that depend on it. The earlier models are kept. Run "
        "'accbooks transform --company odd --verbose' for details."
    )
    assert proved.announced == ["Rebuilding what changed in the ledger and the reports …"]
    assert proved.found == ["invoice_not_found"]
    assert [match_count.company_id for match_count in proved.result.match_counts] == [GOOD]
    assert {entry.name: entry.healing is not None for entry in proved.result.companies} == {
        "good": True,
        "odd": False,
    }
    assert proved.result.status is ExitStatus.ERROR


def test_where_no_books_can_be_built_nothing_is_judged(prove) -> None:
    proved = prove(StandIn(failing=[GOOD, ODD]))
    assert [*map(type, proved.errors.values())] == [TransformError, TransformError]
    assert (proved.found, proved.result.match_counts, proved.result.status) == ([], (), ExitStatus.ERROR)


def test_books_of_a_company_that_was_not_synced_do_not_matter(prove) -> None:
    class AllAnew(StandIn):
        """Makes all tables anew, those of everybody, and fails for a company that was not asked for."""

        def build(self, _: Collection[str], *, everything: bool = False) -> None:
            self.done.append(("build", everything))
            raise NotBuiltError({ODD: FAILURE})

    proved = prove(AllAnew(), GOOD)
    assert (proved.errors, proved.result.status) == ({"good": None}, ExitStatus.DONE)


def test_what_was_changed_by_hand_is_said_and_built_again(prove) -> None:
    months = [TamperedMonth(ODD, dt.date(2026, month, 1)) for month in (1, 2, 3, 4)]
    transforms = StandIn(is_changed=False, months=months)
    assert prove(transforms).announced == [
        (
            "The ledger was changed by hand: rebuilding odd (comp_2) 2026-01-01, odd (comp_2) 2026-02-01, "
            "odd (comp_2) 2026-03-01 and 1 more …"
        )
    ]
    assert transforms.done == [("mark_for_rebuild", months), ("build", [ODD], False)]
    undated = StandIn(is_changed=False, tables={GOOD, "comp_9"}, months=[TamperedMonth(ODD, None)])
    assert prove(undated).announced == [
        "Tables of good (comp_1) were changed by hand: rebuilding all …",
        "The ledger was changed by hand: rebuilding odd (comp_2) without a date …",
    ]
    assert undated.done == [
        ("build", [GOOD], True),
        ("mark_for_rebuild", undated.months),
        ("build", [ODD], True),
    ]


def test_tables_that_something_else_wrote_into_are_built_before_anything_is_taken_for_built(prove) -> None:
    transforms = StandIn(written_into={GOOD, "comp_9"})
    assert prove(transforms).announced == [
        "Tables of good (comp_1) changed since the last run: rebuilding all …",
        "Rebuilding what changed in the ledger and the reports …",
    ]
    assert transforms.done == [("build", [GOOD], True), ("build", [GOOD, ODD], False)]
    assert transforms.notes == []


def test_an_error_while_looking_again_is_its_company_s_and_the_findings_are_still_read(
    prove, monkeypatch
) -> None:
    monkeypatch.setattr(Stepper, "raising", UnreachableError("no network"))
    proved = prove(StandIn())
    assert proved.errors["good"] is None
    assert isinstance(proved.errors["odd"], UnreachableError)
    assert proved.found == ["rejected_record", "invoice_not_found"]


def test_what_still_differs_is_built_anew_and_books_that_were_edited_meanwhile_are_judged(
    warehouse, prove, monkeypatch
) -> None:
    monkeypatch.setattr(Stepper, "in_flight", [ODD])
    warehouse.execute(
        "insert into accbooks.reconciliation values "
        "('comp_2', 'trial_balance', null, '2026-03-31', '4000', 1, 2, 1, 'mismatch', 'unexplained'), "
        "('comp_1', 'trial_balance', null, '2026-03-31', '4000', 1, 2, 1, 'mismatch', 'rejected_record')"
    )
    transforms = StandIn(is_changed=False)
    assert prove(transforms).announced == ["Reports still differ: rebuilding everything …"]
    assert transforms.done == [("build", [ODD], True), ("judge", [ODD])]


def test_books_known_to_be_edited_since_are_not_looked_through_and_those_beside_them_are(
    warehouse, prove
) -> None:
    warehouse.execute(
        "insert into accbooks.reconciliation values "
        "('comp_1', 'trial_balance', null, '2026-03-31', '4000', 1, 2, 1, 'mismatch', 'unexplained'), "
        "('comp_2', 'trial_balance', null, '2026-03-31', '4000', 1, 2, 1, 'mismatch', 'unexplained')"
    )
    transforms = StandIn(is_changed=False)
    proved = prove(transforms, edited=[ODD])
    assert transforms.done == [("build", [GOOD], True), ("judge", [ODD])]
    assert [each.healing.is_in_flight for each in proved.result.companies] == [False, True]
