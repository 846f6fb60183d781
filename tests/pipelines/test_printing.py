"""What failed invariants and loads look like to a reader."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from rich.console import Console

from pipelines.console import say
from pipelines.progress import LogProgress, TerminalProgress, progress_for
from pipelines.proof import LINES_SHOWN, print_lines, print_proof
from pipelines.reconcile import Line, Tally
from pipelines.summary import net, print_failed_tests
from pipelines.transform import FailedTest

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


def line(number: int, **changes: object) -> Line:
    amounts = (Decimal("1234.50"), None, Decimal("1234.50"))
    day = dt.date(2026, 3, 31)
    values = ("comp_1", "trial_balance", None, day, f"4{number:03}", *amounts, "missing_in_warehouse", None)
    named = dict(zip(Line.__dataclass_fields__, values, strict=True))
    return Line(**(named | changes))  # type: ignore[arg-type]


def test_a_failed_test_names_itself_its_rows_and_what_it_is_about(console: Console) -> None:
    print_failed_tests(console, [UNBALANCED])
    assert shown(console) == [
        "a_posting_balances: 3 rows",
        "  posting_id txn_1, amount 0.10",
        "  posting_id txn_[bold]2, amount None",
        "  Debits equal credits [in each posting].",
    ]


def test_one_row_is_one_row() -> None:
    assert str(FailedTest("t", "", 1, True, ("n",), ((1,),))) == "t: 1 row\n  n 1"
    assert str(FailedTest("t", "", 0, True, ("n",), ())) == "t: 0 rows"


def test_differing_lines_are_a_table_and_the_rest_is_counted(console: Console) -> None:
    print_lines(console, [line(number) for number in range(LINES_SHOWN + 2)])
    rows = shown(console)
    assert rows[0].split() == ["report", "period", "nominal", "AccBooks", "warehouse", "difference"]
    assert rows[1].split() == ["trial", "balance", "at", "2026-03-31", "4000", "1,234.50", "-", "1,234.50"]
    assert rows[-1] == "  … and 2 more: accbooks reconcile --format csv"
    assert len(rows) == 1 + LINES_SHOWN + 1


def test_a_line_without_a_nominal_is_the_current_year_earnings(console: Console) -> None:
    print_lines(console, [line(1, report="balance_sheet", nominal_code=None)])
    assert "current year earnings" in shown(console)[1]


def test_without_differences_no_table_is_shown(console: Console) -> None:
    print_lines(console, [])
    assert shown(console) == []


def test_the_proof_counts_the_periods_of_each_report(console: Console) -> None:
    print_proof(
        console,
        [
            Tally("c", "trial_balance", "month-ends", 47, 46, 1),
            Tally("c", "profit_loss", "months", 47, 47, 0),
            Tally("c", "profit_loss", "financial years", 5, 5, 0),
        ],
    )
    assert shown(console) == [
        "  Reconciled with AccBooks' own reports:",
        "    trial balance 46/47 months match",
        "    profit and loss 47/47 months match, 5/5 financial years match",
    ]


def test_without_a_report_nothing_is_claimed(console: Console) -> None:
    print_proof(console, [])
    assert shown(console) == ["  Nothing to reconcile: no report of AccBooks was fetched."]


def test_profit_is_income_less_costs() -> None:
    amounts = {
        name: Decimal(text) for name, text in [("turnover", "100"), ("overheads", "30"), ("taxation", "5.50")]
    }
    assert net(amounts) == Decimal("64.50")
    assert net({}) == 0


def test_names_from_the_books_are_not_taken_for_markup(console: Console) -> None:
    say(console, "[red]Red Ltd[/red]", "bold")
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
