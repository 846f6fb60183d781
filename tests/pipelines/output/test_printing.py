"""What data tests, the proof and loads look like to a reader."""

import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal

import pytest
from accbooks_warehouse.pipelines.commands.demo import NEXT_STEPS
from accbooks_warehouse.pipelines.destinations.duckdb import FORMER_DEFAULT_IS_USED
from accbooks_warehouse.pipelines.output.comparison import print_match_counts
from accbooks_warehouse.pipelines.output.console import print_text, print_to_stderr
from accbooks_warehouse.pipelines.output.progress import LogProgress, TerminalProgress, progress_for
from accbooks_warehouse.pipelines.output.summary import print_failed_tests
from accbooks_warehouse.pipelines.queries.company_summary import YearResult
from accbooks_warehouse.pipelines.queries.reconciliation import MatchCount
from accbooks_warehouse.pipelines.transform.models import FailedTest
from rich.console import Console

UNBALANCED = FailedTest(
    name="a_posting_balances",
    description="Debits equal credits [in each posting].",
    failures=3,
    is_warning=False,
    columns=("posting_id", "amount"),
    rows=(("txn_1", Decimal("0.10")), ("txn_[bold]2", None)),
)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100, highlight=False)


def shown(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_failed_test_names_itself_its_rows_and_what_it_is_about(console: Console) -> None:
    print_failed_tests(console, [UNBALANCED])
    assert shown(console) == [
        "a_posting_balances: 3 rows",
        "  posting_id txn_1, amount 0.10",
        "  posting_id txn_[bold]2, amount None",
        "  The test checks: Debits equal credits [in each posting].",
    ]


def test_one_row_is_one_row() -> None:
    assert FailedTest("t", "", 1, True, ("n",), ((1,),)).lines == ["t: 1 row", "  n 1"]
    assert FailedTest("t", "", 0, True, ("n",), ()).lines == ["t: 0 rows"]


def test_the_proof_counts_the_periods_of_each_report(console: Console) -> None:
    print_match_counts(
        console,
        [
            MatchCount("c", "trial_balance", "month-ends", 47, 46, 1),
            MatchCount("c", "profit_loss", "months", 47, 47, 0),
            MatchCount("c", "profit_loss", "financial years", 5, 5, 0),
        ],
    )
    assert shown(console) == [
        "  Compared with AccBooks' reports:",
        "    trial balance 46/47 month-ends match",
        "    profit and loss 47/47 months match, 5/5 financial years match",
    ]


def test_what_does_not_fit_goes_on_further_in() -> None:
    narrow = Console(file=io.StringIO(), width=40, highlight=False)
    print_text(narrow, "    profit and loss 48/48 months match, 5/5 financial years match", "bold")
    print_text(narrow, "Not indented")
    assert isinstance(narrow.file, io.StringIO)
    assert narrow.file.getvalue().splitlines() == [
        "    profit and loss 48/48 months match,",
        "      5/5 financial years match",
        "Not indented",
    ]


def test_what_is_said_aside_is_cut_between_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_to_stderr(FORMER_DEFAULT_IS_USED)
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines) == FORMER_DEFAULT_IS_USED


def test_the_next_steps_of_the_demo_fit_a_terminal() -> None:
    assert [line for line in NEXT_STEPS.splitlines() if len(line) > 80] == []


def test_without_a_report_nothing_is_claimed(console: Console) -> None:
    print_match_counts(console, [])
    assert shown(console) == ["  Nothing was compared: no AccBooks report was fetched."]


def test_profit_is_income_less_costs() -> None:
    amounts = {
        name: Decimal(text) for name, text in [("turnover", "100"), ("overheads", "30"), ("taxation", "5.50")]
    }
    year = YearResult(dt.date(2025, 4, 1), dt.date(2026, 3, 31), "GBP", amounts)
    assert year.profit == Decimal("64.50")
    assert replace(year, amounts={}).profit == 0


def test_names_from_the_books_are_not_taken_for_markup(console: Console) -> None:
    print_text(console, "[red]Red Ltd[/red]", "bold")
    assert shown(console) == ["[red]Red Ltd[/red]"]


def test_a_log_says_each_resource_once_and_long_waits_only(console: Console) -> None:
    with progress_for(console) as progress:
        assert isinstance(progress, LogProgress)
        progress.started("invoices")
        progress.page("invoices", 100, 1234)
        progress.finished("invoices", 1234)
        progress.waiting(0.5)
        progress.waiting(41.6)
        progress.announce("[next]")
    assert shown(console) == ["invoices: 1,234 read", "Rate limit reached: waiting 42 s.", "[next]"]


def test_a_terminal_gets_bars_that_count_records_and_pages() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with progress_for(console) as progress:
        assert isinstance(progress, TerminalProgress)
        progress.started("invoices")
        progress.page("invoices", 100, 150)
        progress.page("invoices", 50, 150)
        progress.finished("invoices", 150)
        progress.finished("unknown", 1)
    assert isinstance(console.file, io.StringIO)
    last = console.file.getvalue()
    assert "invoices" in last
    assert "150/150" in last
    assert "2 pages" in last
