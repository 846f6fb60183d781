"""The grid of months and reports, whatever day a financial year ends on."""

import datetime as dt

import pytest
from accbooks_warehouse.pipelines.days import Days, span
from accbooks_warehouse.pipelines.queries.compared_reports import ComparedReport, ReportState
from accbooks_warehouse.pipelines.report.grid import lay_out


def ends(first: dt.date, count: int) -> list[dt.date]:
    """The ends of some months in a row."""
    starts = [
        dt.date(first.year + (first.month + n) // 12, (first.month + n) % 12 + 1, 1) for n in range(count)
    ]
    return [start - dt.timedelta(days=1) for start in starts]


@pytest.mark.parametrize(
    ("year_end", "first_column", "year_of_january", "year_start"),
    [
        (dt.date(2026, 3, 31), "Apr", "2024/25", dt.date(2024, 4, 1)),
        (dt.date(2026, 4, 5), "Apr", "2024/25", dt.date(2024, 4, 6)),
        (dt.date(2026, 2, 28), "Mar", "2024/25", dt.date(2024, 2, 29)),
        (dt.date(2026, 12, 31), "Jan", "2025", dt.date(2025, 1, 1)),
        (None, "Jan", "2025", dt.date(2025, 1, 1)),
    ],
)
def test_a_month_lies_in_the_year_it_ends_in_and_a_year_in_its_own(
    year_end, first_column, year_of_january, year_start
):
    january = dt.date(2025, 1, 31)
    year = ComparedReport(
        "profit_loss",
        True,
        year_start,
        year_start.replace(year=year_start.year + 1, day=1),
        ReportState.differs,
    )
    grid = lay_out(
        [january], [ComparedReport("trial_balance", False, None, january, ReportState.equal), year], year_end
    )
    assert grid.months[0] == first_column
    (only,) = grid.years
    assert only.title == year_of_january
    assert [cell.title for cell in only.rows[0].cells if cell.state is ReportState.equal] == ["January 2025"]
    assert only.rows[2].cells[-1].state is ReportState.differs
    assert only.rows[2].cells[-1].title == span(Days(year.start, year.end))


def test_what_was_not_fetched_is_told_from_what_is_no_month_of_the_books():
    months = ends(dt.date(2025, 3, 1), 2)
    found = lay_out(
        months,
        [ComparedReport("balance_sheet", False, None, months[1], ReportState.outdated)],
        dt.date(2026, 3, 31),
    )
    assert [year.title for year in found.years] == ["2025/26", "2024/25"]
    newest, oldest = found.years
    assert [cell.state for cell in newest.rows[1].cells] == [ReportState.outdated, *[None] * 12]
    assert [cell.state for cell in oldest.rows[1].cells] == [*[None] * 11, ReportState.absent, None]
    assert (found.compared, found.count(ReportState.absent)) == (1, 5)


def test_books_without_months_have_no_years():
    assert lay_out([], [], None).years == ()
