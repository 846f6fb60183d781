"""Pages and windows for the tests of the source, and the option that records the cassettes anew."""

from collections.abc import Callable
from typing import Any

import pendulum
import pytest
import simplejson
from accbooks_warehouse.sources.accbooks.api.pages import WindowRead
from accbooks_warehouse.sources.accbooks.windows import Window
from hypothesis import settings

settings.register_profile("accbooks", deadline=None, max_examples=60)
settings.load_profile("accbooks")

FETCHED_AT = pendulum.datetime(2026, 4, 1, 9, 30)

ReadOf = Callable[..., WindowRead]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-cassettes",
        action="store_true",
        help="Record tests/sources/cassettes anew from the emulator instead of replaying them.",
    )


@pytest.fixture
def read_of() -> ReadOf:
    """Return a function that makes a window read of some records, as JSON text."""

    def read_of(*records: Any, window: Window | None = None) -> WindowRead:
        texts = [simplejson.dumps(record, use_decimal=True).encode() for record in records]
        return WindowRead(window or Window(), texts, 1, 1, FETCHED_AT)

    return read_of
