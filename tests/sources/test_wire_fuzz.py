"""A short fuzz of the wire: hundreds of answers with one thing changed, the same ones each time.

The thorough one is tests/soak.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fuzzing import Fuzzed, check, fuzzed_server, read_everything
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = 250


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[Fuzzed, str]]:
    with fuzzed_server() as served:
        yield served


def test_answers_as_they_should_be_are_read_without_a_word(fuzzed: tuple[Fuzzed, str]) -> None:
    server, url = fuzzed
    server.mutation = None
    assert read_everything(url) == []


@pytest.mark.long
@settings(
    derandomize=True,
    database=None,
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
@given(data=st.data())
@pytest.mark.nightly
def test_an_answer_with_one_thing_changed_is_read_or_refused_in_a_known_sentence(
    fuzzed: tuple[Fuzzed, str], data: st.DataObject
) -> None:
    server, url = fuzzed
    server.change(data)
    check(read_everything(url))
