import datetime as dt
import itertools

import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.windows import (
    EARLIEST,
    LATEST,
    PlannedWindow,
    Request,
    Synced,
    Window,
    WindowSize,
    joined,
    plan_window,
    split,
    window_size,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

TODAY = pendulum.date(2026, 4, 1)


def day(text: str | None) -> pendulum.Date | None:
    return pendulum.Date.fromisoformat(text) if text else None


def window(start: str | None = None, end: str | None = None) -> Window:
    return Window(day(start), day(end))


dates = st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)).map(pendulum.instance)
likely_windows = st.builds(Window, st.none() | dates, st.none() | dates)


@st.composite
def closed_or_open_windows(draw: st.DrawFn) -> Window:
    start, end = sorted([draw(dates), draw(dates)])
    return Window(draw(st.sampled_from([start, None])), draw(st.sampled_from([end, None])))


@pytest.mark.parametrize(
    ("start_date", "lookback", "synced", "expected"),
    [
        pytest.param(None, 35, None, (window(), "first"), id="first run"),
        pytest.param("2024-01-01", 35, None, (window("2024-01-01"), "first"), id="first run from a date"),
        pytest.param(None, 35, ("2026-04-01", None), (window("2026-02-25"), "lookback"), id="later run"),
        pytest.param(None, 0, ("2026-04-01", None), (window("2026-04-01"), "lookback"), id="no lookback"),
        pytest.param(
            "2024-01-01",
            35,
            ("2026-04-01", "2024-01-01"),
            (window("2026-02-25"), "lookback"),
            id="later run from the same date",
        ),
        pytest.param(
            "2026-03-20",
            35,
            ("2026-04-01", "2024-01-01"),
            (window("2026-03-20"), "lookback"),
            id="lookback would go before the date",
        ),
        pytest.param(
            "2023-01-01",
            35,
            ("2026-04-01", "2024-01-01"),
            (window("2023-01-01"), "start_date"),
            id="the date moved back",
        ),
        pytest.param(
            None, 35, ("2026-04-01", "2024-01-01"), (window(), "start_date"), id="the date was taken away"
        ),
        pytest.param(
            "2025-01-01",
            35,
            ("2026-04-01", None),
            (window("2026-02-25"), "lookback"),
            id="a date after everything was read",
        ),
    ],
)
def test_what_is_due_follows_from_the_last_complete_sync(
    start_date: str | None,
    lookback: int,
    synced: tuple[str, str | None] | None,
    expected: tuple[Window, str],
) -> None:
    before = Synced(day(synced[0]) or TODAY, day(synced[1])) if synced else None
    request = Request(start_date=day(start_date), lookback_days=lookback)
    assert plan_window(request, before) == PlannedWindow(*expected)


@pytest.mark.parametrize("synced", [None, Synced(TODAY, None)])
def test_a_window_asked_for_is_read_whatever_is_due(synced: Synced | None) -> None:
    asked = Request(window("2020-01-01", "2020-01-31"), "repair", day("2024-01-01"))
    assert plan_window(asked, synced) == PlannedWindow(window("2020-01-01", "2020-01-31"), "repair")


def test_a_window_becomes_the_parameters_from_and_to() -> None:
    assert window("2026-01-01", "2026-01-31").params == {"from": "2026-01-01", "to": "2026-01-31"}
    assert window("2026-01-01").params == {"from": "2026-01-01"}
    assert window(None, "2026-01-31").params == {"to": "2026-01-31"}
    assert window().params == {}


def test_a_window_says_its_days() -> None:
    assert str(window()) == "all dates"
    assert str(window("2026-01-01")) == "2026-01-01 to the end"
    assert str(window(None, "2026-01-31")) == "the beginning to 2026-01-31"


@given(whole=closed_or_open_windows(), parts=st.integers(2, 80), likely=likely_windows)
def test_parts_tile_exactly_the_days_of_the_window_and_outer_ends_stay_as_they_were(
    whole: Window, parts: int, likely: Window
) -> None:
    cut = split(whole, parts, likely)
    assert 1 <= len(cut) <= parts
    assert (cut[0].start, cut[-1].end) == (whole.start, whole.end)
    for before, after in itertools.pairwise(cut):
        assert before.end is not None
        assert after.start == before.end.add(days=1)
    assert all(part.start <= part.end for part in cut if part.start and part.end)


@given(start=dates, length=st.integers(1, 3000), parts=st.integers(1, 80), likely=likely_windows)
def test_a_closed_window_is_cut_into_parts_of_equal_length(
    start: pendulum.Date, length: int, parts: int, likely: Window
) -> None:
    cut = split(Window(start, start.add(days=length - 1)), parts, likely)
    lengths = {(part.end - part.start).days + 1 for part in cut if part.start and part.end}
    assert len(cut) == min(parts, length)
    assert max(lengths) - min(lengths) <= 1


def test_a_single_day_cannot_be_cut() -> None:
    whole = window("2026-04-01", "2026-04-01")
    assert split(whole, 5, window("2020-01-01", "2026-04-01")) == [whole]


def test_open_ends_are_cut_where_records_are_likely() -> None:
    assert split(window(), 4, window("2022-01-01", "2025-12-31")) == [
        window(None, "2022-12-31"),
        window("2023-01-01", "2023-12-31"),
        window("2024-01-01", "2024-12-30"),
        window("2024-12-31", None),
    ]


def test_an_open_beginning_without_likely_dates_is_taken_for_ten_years() -> None:
    assert split(window(None, "2026-04-01"), 2, window()) == [
        window(None, "2021-03-31"),
        window("2021-04-01", "2026-04-01"),
    ]


def test_an_open_end_after_the_likely_dates_is_taken_for_a_year() -> None:
    assert split(window("2027-01-01"), 2, window("2020-01-01", "2026-04-01")) == [
        window("2027-01-01", "2027-07-02"),
        window("2027-07-03", None),
    ]


@given(whole=closed_or_open_windows(), likely=likely_windows, last=st.booleans())
def test_cutting_in_two_again_and_again_comes_to_an_end(whole: Window, likely: Window, last: bool) -> None:  # noqa: FBT001
    part = whole
    for _ in range(600):
        cut = split(part, 2, likely)
        if len(cut) == 1:
            break
        part = cut[-1 if last else 0]
    assert split(part, 2, likely) == [part]


def test_days_no_record_can_have_are_not_cut() -> None:
    late, early = window("2500-01-01"), window(None, "0100-01-01")
    for beyond in (Window(LATEST), late, Window(None, EARLIEST), early):
        assert split(beyond, 2, window("2020-01-01", "2026-04-01")) == [beyond]


def test_an_open_beginning_that_ends_on_the_first_likely_day_is_not_cut() -> None:
    whole = window(None, "2020-01-01")
    assert split(whole, 2, window("2020-01-01", "2026-04-01")) == [whole]
    assert split(window("2026-04-01", None), 2, window(None, "2026-04-01")) == [window("2026-04-01", None)]


@pytest.mark.parametrize(
    ("whole", "taken", "left"),
    [
        (window(), [], [window()]),
        (window(), [window()], []),
        (window(), [window("2026-01-01")], [window(None, "2025-12-31")]),
        (window(), [window(None, "2025-12-31")], [window("2026-01-01")]),
        (
            window("2026-01-01", "2026-01-31"),
            [window("2026-01-20", "2026-02-03"), window("2026-01-05", "2026-01-05")],
            [window("2026-01-01", "2026-01-04"), window("2026-01-06", "2026-01-19")],
        ),
        (window("2026-01-01", "2026-01-31"), [window("2026-02-01"), window(None, "2025-12-31")], None),
    ],
)
def test_days_taken_out_of_a_window_leave_the_others(
    whole: Window, taken: list[Window], left: list[Window] | None
) -> None:
    assert without(whole, taken) == ([whole] if left is None else left)


@given(closed_or_open_windows(), st.lists(closed_or_open_windows(), max_size=4), st.lists(dates, max_size=5))
def test_what_is_left_is_exactly_the_days_not_taken_out(
    whole: Window, taken: list[Window], others: list[pendulum.Date]
) -> None:
    left = without(whole, taken)
    ends = [end for each in [whole, *taken] for end in (each.start, each.end) if end is not None]
    for edge in [*others, *ends]:
        for near in (edge.subtract(days=1), edge, edge.add(days=1)):
            is_left = near in whole and not any(near in each for each in taken)
            assert sum(near in each for each in left) == is_left
    assert [each.days for each in left] == sorted(each.days for each in left)


@given(st.lists(closed_or_open_windows(), max_size=5), st.lists(dates, max_size=5))
def test_joined_windows_cover_the_same_days_and_do_not_touch(
    windows: list[Window], others: list[pendulum.Date]
) -> None:
    found = joined(windows)
    ends = [end for each in windows for end in (each.start, each.end) if end is not None]
    for edge in [*others, *ends]:
        for near in (edge.subtract(days=1), edge, edge.add(days=1)):
            assert sum(near in each for each in found) == any(near in each for each in windows)
    assert all(earlier.days[1] + 1 < later.days[0] for earlier, later in itertools.pairwise(found))


def test_windows_that_follow_one_another_become_one() -> None:
    parts = [
        window("2024-05-01", "2024-05-31"),
        window(None, "2024-02-29"),
        window("2024-03-01", "2024-03-31"),
        window("2024-06-01", None),
    ]
    assert joined(parts) == [window(None, "2024-03-31"), window("2024-05-01", None)]


@pytest.mark.parametrize(
    ("last_run", "pages", "most", "aim"),
    [
        (None, 500, 50, 50),
        (30, 0, 30, 15),
        (7, 0, 7, 3),
        (30, 41, 41, 20),
        (60, 0, 50, 30),
        (2_000, 0, 50, 50),
        (1, 0, 1, 1),
        (0, 0, 1, 1),
    ],
)
def test_two_parts_of_a_window_fit_into_what_the_last_run_got_before_a_limit_ended_it(
    last_run: int | None, pages: int, most: int, aim: int
) -> None:
    assert window_size(50, last_run, pages) == WindowSize(50, most, aim)


@pytest.mark.parametrize(
    ("pages", "parts"), [(1, 1), (9, 1), (10, 3), (12, 3), (13, 4), (20, 5), (21, 2), (40, 2), (41, 3)]
)
def test_a_window_is_cut_to_about_the_aim_and_into_largest_windows_first(pages: int, parts: int) -> None:
    assert WindowSize(largest=20, most=9, aim=4).parts(pages) == parts
