"""What webhooks may spend of a day, and that every request counts."""

from __future__ import annotations

import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.live.companies import LiveCompany, backed_off
from accbooks_warehouse.pipelines.live.share import FEWEST_REQUESTS, DayShare, allowed
from accbooks_warehouse.sources.accbooks import Settings


@pytest.mark.parametrize(
    ("share", "daily_allowance", "requests"),
    [
        (0.5, 9_000, 4_500),
        (0.5, None, None),
        (0.0, 9_000, 0),
        (0.0, None, 0),
        (0.5, 2 * FEWEST_REQUESTS, FEWEST_REQUESTS),
        (0.5, 2 * FEWEST_REQUESTS - 1, 0),
    ],
)
def test_a_share_is_of_the_days_requests_and_less_than_one_event_takes_is_none(
    share, daily_allowance, requests
):
    assert allowed(Settings("key", listen_share=share), daily_allowance) == requests


def test_requests_that_the_warehouse_does_not_know_count_as_well():
    share = DayShare()
    share.note(3)
    assert share.spent(recorded=100) == 103
    share.note(5)
    assert share.spent(recorded=104) == 108  # four of the five are among those recorded
    assert share.spent(recorded=200) == 200  # another process made them
    assert share.counted == 108


@pytest.fixture(scope="module")
def emulator():
    with running(EmulatorSettings(plan="starter", size="tiny", port=0)) as opened:
        yield opened


def test_books_that_cannot_be_opened_cost_requests_are_tried_less_often_and_then_wait_for_a_sync(emulator):
    """Of 9,000 requests a day, webhooks have ten here."""
    company = LiveCompany(
        Company("north", Settings(emulator.key, emulator.base_url, listen_share=10.5 / 9_000))
    )
    emulator.arm(Fault("status", count=1_000, status=401, path="/v1/company"))
    waits = []
    for _ in range(10):
        assert company.open(now=0.0) is not None
        waits.append(company.not_before)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert company.share.counted == 10
    assert company.open(now=0.0) is None
    assert (company.books, company.waits_for_sync, company.share.counted) == (None, True, 10)
    emulator.clear_faults()
    company.synced(None, is_read=True)
    assert company.open(now=0.0) is None
    assert company.books is not None


def test_waits_have_an_end():
    assert backed_off(10_000) == 300
