"""Settings of the bookkeeping checks are read, and what cannot be one is refused with what to write."""

from typing import Any

import pytest
from accbooks_warehouse.pipelines.check_settings import read_check_settings
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError

WRITE_FALSE = "Write false to switch it off, or a table of its thresholds."


def test_thresholds_are_kept_and_a_check_is_switched_on_or_off() -> None:
    given = {"dormant_account": {"months": 24}, "weekend_journal": False, "future_bill": True}
    assert read_check_settings(given) == {
        "dormant_account": {"months": 24},
        "weekend_journal": False,
        "future_bill": {},
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("all", "sources.accbooks.checks is not a table. Write [sources.accbooks.checks] above its keys."),
        ({"future_bill": 3}, "sources.accbooks.checks.future_bill is '3'. " + WRITE_FALSE),
        (
            {"dormant_account": {"days": 3}},
            "sources.accbooks.checks.dormant_account has no threshold 'days' (it has months, amount).",
        ),
        (
            {"dormant_account": {"months": 1.5}},
            "sources.accbooks.checks.dormant_account.months is '1.5'. Write a whole number from 0.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_a_setting_is_refused(given: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_check_settings(given)
    assert str(refused.value) == said


def test_an_unknown_check_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_check_settings({"weekends": False})
    assert str(refused.value).startswith(
        "sources.accbooks.checks has no check 'weekends'. Choose from likely_"
    )
