"""The receiver that tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from service import Service, event, options, started


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A receiver in a process of its own."""
    with started(options(tmp_path_factory.mktemp("receiver"))) as service:
        assert service.post(event()) == 200
        yield service
