import datetime as dt

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.certify import LastRead, due
from sources.accbooks.reports import ReportRequest

START = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
MARCH = ReportRequest(pendulum.date(2026, 3, 31), pendulum.date(2026, 3, 1))
AT_MARCH = ReportRequest(pendulum.date(2026, 3, 31))


def at(minute: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def read(resource: str, start: str | None, end: str | None, minute: int) -> LastRead:
    return LastRead(resource, day(start), day(end), at(minute))


def fetched(request: ReportRequest, minute: int) -> LastRead:
    name = "trial_balance" if request.start is None else "profit_loss"
    return LastRead(
        name,
        dt.date.fromisoformat(str(request.start)) if request.start else None,
        dt.date.fromisoformat(str(request.end)),
        at(minute),
    )


def test_a_report_never_fetched_is_due() -> None:
    wanted = {"trial_balance": [AT_MARCH], "profit_loss": [MARCH], "balance_sheet": []}
    assert due(wanted, []) == wanted


@pytest.mark.parametrize(
    ("window", "balances", "profit"),
    [
        (("transactions", None, None, 2), True, True),
        (("invoices", "2026-03-31", "2026-03-31", 2), True, True),
        (("journals", "2026-03-01", None, 2), True, True),
        (("transactions", None, "2026-02-28", 2), True, False),
        (("transactions", "2020-01-01", "2026-03-01", 2), True, True),
        (("transactions", "2026-04-01", None, 2), False, False),
        (("transactions", None, None, 0), False, False),
        (("transactions", None, None, 1), False, False),
        (("contacts", None, None, 2), False, False),
        (("bank_accounts", None, None, 2), False, False),
    ],
)
def test_a_report_is_due_again_when_a_later_read_can_change_it(
    window: tuple[str, str | None, str | None, int],
    balances: bool,  # noqa: FBT001
    profit: bool,  # noqa: FBT001
) -> None:
    reads = [fetched(AT_MARCH, 1), fetched(MARCH, 1), read(*window)]
    assert due({"trial_balance": [AT_MARCH], "profit_loss": [MARCH]}, reads) == {
        "trial_balance": [AT_MARCH] if balances else [],
        "profit_loss": [MARCH] if profit else [],
    }


def test_a_month_proves_neither_another_report_nor_another_period() -> None:
    quarter = ReportRequest(MARCH.end, pendulum.date(2026, 1, 1))
    reads = [fetched(AT_MARCH, 1), fetched(MARCH, 1)]
    wanted = {"balance_sheet": [AT_MARCH], "profit_loss": [MARCH, quarter]}
    assert due(wanted, reads) == {"balance_sheet": [AT_MARCH], "profit_loss": [quarter]}


dates = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 12))
ends = st.none() | dates
windows = st.builds(
    LastRead,
    st.sampled_from(["transactions", "invoices", "journals", "contacts", "company"]),
    ends,
    ends,
    st.integers(0, 6).map(at),
)


@st.composite
def requests(draw: st.DrawFn) -> ReportRequest:
    start, end = sorted([draw(dates), draw(dates)])
    first = pendulum.instance(start) if draw(st.booleans()) else None
    return ReportRequest(pendulum.instance(end), first)


@given(request=requests(), held=st.none() | st.integers(0, 6), reads=st.lists(windows, max_size=5))
def test_a_report_is_due_exactly_if_missing_or_if_a_dated_window_read_later_holds_a_day_it_covers(
    request: ReportRequest, held: int | None, reads: list[LastRead]
) -> None:
    name = "trial_balance" if request.start is None else "profit_loss"
    everyday = [dt.date(2025, 12, 1) + dt.timedelta(days=number) for number in range(90)]

    def shares_a_day(window: LastRead) -> bool:
        return any(
            (window.start or each) <= each <= (window.end or each)
            and (request.start or each) <= each <= request.end
            for each in everyday
        )

    valid = [each for each in reads if each.start is None or each.end is None or each.start <= each.end]
    dated = [each for each in valid if each.resource in {"transactions", "invoices", "journals"}]
    expected = held is None or any(each.fetched_at > at(held) and shares_a_day(each) for each in dated)
    known = [] if held is None else [fetched(request, held)]
    assert due({name: [request]}, [*known, *valid]) == {name: [request] if expected else []}
