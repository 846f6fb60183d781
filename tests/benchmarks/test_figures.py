"""The pure parts of the benchmarks: bars, ratios, the table, and what is said of kills."""

from random import Random
from types import SimpleNamespace

import pytest
from accbooks_warehouse.sources.accbooks.columns import MONEY, UNIT_PRICE
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS
from rich.console import Console

from benchmarks.__main__ import figures_called, measure
from benchmarks.emulated import Statistics
from benchmarks.figure import Bar, Figure, Value, announced, in_short, ratio
from benchmarks.figures import FIGURES
from benchmarks.figures.crashes import Crash, faithful, repeated
from benchmarks.figures.healing import Healed, one_edit, several_edits
from benchmarks.figures.limits import windows_needed
from benchmarks.figures.requests import fewest_requests
from benchmarks.figures.throughput import DEFAULTS, OURS, TUNED, TURNS, compared
from benchmarks.generic import configuration
from benchmarks.spender import moments
from benchmarks.table import cells, figures_table
from benchmarks.truth import TABLES, Table
from benchmarks.workshop import Run


@pytest.mark.parametrize(
    ("bar", "value", "missed"),
    [
        (Bar(1.05), 1.05, False),
        (Bar(1.05), 1.06, True),
        (Bar(15, at_least=True), 15.0, False),
        (Bar(15, at_least=True), 14.9, True),
        (Bar(0), 1, True),
        (None, 1e9, False),
    ],
)
def test_a_value_on_its_bar_clears_it_and_one_beyond_misses(bar, value, missed):
    assert Value("any", value, bar).missed is missed


def test_what_takes_an_hour_is_measured_only_if_it_is_named():
    assert [figure.name for figure in figures_called(["plans", "pace"])] == ["pace", "plans"]
    assert [figure for figure in FIGURES if figure not in figures_called([])] == figures_called(
        ["budgets", "plans", "practice", "scale"]
    )


def test_a_failure_costs_no_value_that_was_measured_before_it_and_no_other_figure(caplog):
    def failing(workshop):
        yield Value("first", 1)
        raise workshop

    measured = []
    good = Figure("good", "?", lambda _: [Value("only", 2)])
    failed = measure([good, Figure("bad", "?", failing), good], ZeroDivisionError("why"), measured)
    assert failed == ["bad"]
    assert [(figure.name, [value.value for value in values]) for figure, values in measured] == [
        ("good", [2]),
        ("bad", [1]),
        ("good", [2]),
    ]
    assert "bad could not be measured" in caplog.text
    assert "ZeroDivisionError: why" in caplog.text


def test_what_takes_an_hour_says_each_value_as_it_comes():
    said = []
    workshop = SimpleNamespace(announce=said.append)
    values = announced(workshop, iter([Value("first", 1.5, unit="s", note="of two"), Value("second", 2)]))
    assert (next(values).name, said) == ("first", ["  first: 1.50 s (of two)"])


def test_a_ratio_to_nothing_is_infinite_and_clears_no_upper_bar():
    assert ratio(3, 2) == 1.5
    assert Value("any", ratio(3, 0), Bar(1.1)).missed


def test_numbers_are_written_for_people():
    assert [in_short(value) for value in (0, 1.0534, 12_345.6, float("inf"))] == ["0", "1.05", "12,346", "∞"]


def test_a_part_filled_page_is_a_request():
    assert [fewest_requests(records) for records in (0, 1, 100, 101)] == [0, 1, 1, 2]


def test_the_first_window_costs_no_time_and_each_further_one_costs_a_minute():
    assert [windows_needed(requests, 300) for requests in (1, 300, 301, 3001)] == [0, 0, 1, 10]


def test_another_program_spends_its_share_of_a_window_at_the_same_moments_under_the_same_seed():
    spent, again = (moments(Random(1), 10, 50) for _ in range(2))  # noqa: S311 - reproducible, not secret
    assert spent == again
    assert (len(spent), spent == sorted(spent), min(spent) >= 0, max(spent) <= 10) == (50, True, True, True)


def test_a_kill_counts_only_if_it_came_in_time_and_an_unequal_warehouse_always():
    crashes = [
        Crash(0.5, finished=False, requests=70),
        Crash(1.5, finished=False, requests=100),
        Crash(1.9, finished=True, requests=116),
    ]
    unequal = faithful(crashes, [{}, {"invoices": 1}, {"journals": 2}])
    assert (unequal.value, unequal.missed) == (2, True)
    assert unequal.note == "2 loads killed between 0.5 and 1.5 s"
    most, usual = repeated(crashes, undisturbed=58, package=40)
    assert (most.value, most.missed) == (42, True)
    assert (usual.value, usual.note) == (27, "12, 42")


def test_loads_are_compared_by_their_medians():
    def runs(*seconds: float) -> list[Run]:
        return [Run(each, 100 * each, Statistics(1, 0, 1)) for each in seconds]

    values = list(compared({OURS: runs(1, 2, 9), TUNED: runs(8), DEFAULTS: runs(20)}, records=1000))
    assert [value.value for value in values] == [500, 125, 50, 10, 4]
    assert [value.missed for value in values[3:]] == [True, False]
    assert values[0].note == ("1,000 records in 2.0 s, median of 3 from 1.0 to 9.0 s; peak memory 200 MB")


def test_an_edit_may_cost_its_months_pages_and_what_goes_beyond_counts():
    cheap = Healed(edits=1, balances=10, pages=3, month_pages=40, later=0)
    dear = Healed(edits=1, balances=9, pages=44, month_pages=40, later=7)
    assert (cheap.beyond_pages, dear.beyond_pages) == (10, 13)
    worst, usual, whole = one_edit([cheap, dear], resync=7_000)
    assert (worst.value, worst.missed) == (13, True)
    assert worst.note == "10 balances, 3 pages of a month's 40; 9 balances, 44 pages of a month's 40"
    assert (usual.value, whole.value) == (33, 7_000)
    assert usual.note == "the sync after it renews recent reports: 7 more at worst"


def test_edits_are_set_against_the_halvings_of_the_months():
    as_allowed, more = (
        several_edits(Healed(edits=4, balances=balances, pages=9, month_pages=160, later=7), months=120)
        for balances in (48, 49)
    )
    assert (as_allowed.name, as_allowed.value) == ("trial balances / (4 edits x log2(months))", 48 / 28)
    assert (as_allowed.missed, more.missed) == (False, True)


def test_reports_are_counted_by_their_paths():
    paths = {"/v1/reports/trial-balance": 3, "/v1/reports/profit-loss": 2, "/v1/transactions": 60}
    assert Statistics(65, 0, 60, paths).reports == 5


def test_what_is_compared_takes_turns():
    assert [TURNS.count(kind) for kind in (OURS, TUNED, DEFAULTS)] == [6, 3, 1]
    assert all(kind == OURS for kind in (TURNS[0], TURNS[-1]))


def test_the_comparison_covers_every_list_its_lines_and_every_amount():
    covered = {table.name: set(table.amounts) for table in TABLES}
    lists = [endpoint for endpoint in ENDPOINTS if endpoint.shape == "list"]
    tables = [
        *((endpoint.name, endpoint.columns) for endpoint in lists),
        *((endpoint.lines.table, endpoint.lines.columns) for endpoint in lists if endpoint.lines),
    ]
    assert covered == {
        name: {column.name for column in columns if column.kind in {MONEY, UNIT_PRICE}}
        for name, columns in tables
    }


def test_a_record_becomes_rows_of_exact_amounts_to_compare():
    record = {"id": 7, "lines": [{"debit": 1, "credit": None}, {"debit": 2.5}]}
    lines = Table("journal_lines", "journals", ("debit", "credit"), "journal_id", "lines")
    assert lines.columns == ("journal_id", "line_number", "debit", "credit")
    assert [tuple(map(str, row)) for row in lines.expected(record)] == [
        ("7", "1", "1.00", "None"),
        ("7", "2", "2.50", "None"),
    ]
    assert list(Table("journals", "journals").expected(record)) == [("7",)]


def test_a_value_is_shown_beside_its_bar():
    assert cells(Value("429s", 0.5, Bar(1), "%", "1 of 200")) == (
        "  429s",
        "0.50 %",
        "≤ 1",
        "[green]cleared[/]",
        "1 of 200",
    )
    assert cells(Value("for scale", 2))[2:4] == ("", "")


def test_the_table_names_every_figure_and_what_it_missed():
    console = Console(width=120)
    figure = Figure("requests", "?", lambda _: [])
    with console.capture() as captured:
        console.print(figures_table([(figure, [Value("requests / fewest", 1.2, Bar(1.05))])]))
    assert all(text in captured.get() for text in ("requests / fewest", "1.20", "≤ 1.05", "missed"))


def test_figures_have_names_of_their_own():
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)


def test_the_generic_source_asks_for_the_same_pages_as_this_one():
    config = configuration("http://127.0.0.1/v1/")
    assert config["resources"] == ["contacts", "bank_accounts", "transactions", "invoices", "journals"]
    assert config["resource_defaults"]["endpoint"]["params"] == {"per_page": 100}
