"""The thorough fuzz of the wire: thousands of answers with one thing changed, and a hundred whole syncs.

SOAK_SEED chooses other ones, SOAK_ANSWERS and SOAK_SYNCS how many.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Grant
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.setup.check import check as check_key
from accbooks_warehouse.sources.accbooks.errors import AccBooksError
from accbooks_warehouse.sources.accbooks.settings import Settings
from between import Between
from fuzzing import Fuzzed, answers, check, fuzzed_server, read_everything
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from mutations import KEY, SENTENCES, Mutation, mutations
from operators import MOST_ABOVE_MEGABYTES, Ended, NewOperator

pytestmark = pytest.mark.soak

logger = logging.getLogger(__name__)

SEED = int(os.environ.get("SOAK_SEED", "15"))
ANSWERS = int(os.environ.get("SOAK_ANSWERS", "5000"))
SYNCS = int(os.environ.get("SOAK_SYNCS", "100"))
LONGEST_ANSWER_SECONDS = 30
"""Of processor time: a busy machine is no fault of the answer."""
EVERY = 10
"""After so many odd syncs comes one of the truth, which must find the warehouse equal to it."""
SETTINGS = settings(
    database=None,
    max_examples=ANSWERS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[Fuzzed, str]]:
    with fuzzed_server() as served:
        yield served


@pytest.fixture(scope="module")
def counted() -> Iterator[Counter[str]]:
    """What was said, by its beginning; logged at the end."""
    counts: Counter[str] = Counter()
    yield counts
    for sentence, count in counts.most_common():
        logger.info("%6d %s", count, sentence)


@seed(SEED)
@SETTINGS
@given(data=st.data())
def test_thousands_of_answers_are_read_or_refused_in_a_known_sentence(
    fuzzed: tuple[Fuzzed, str], counted: Counter[str], data: st.DataObject
) -> None:
    server, url = fuzzed
    server.change(data)
    began = time.process_time()
    said = read_everything(url)
    assert time.process_time() - began < LONGEST_ANSWER_SECONDS
    check(said)
    counted["an answer"] += 1
    counted.update({re.sub(r"GET \S+", "GET …", sentence)[:60] for sentence in said} or {"nothing said"})


@seed(SEED)
@settings(SETTINGS, max_examples=ANSWERS // 5)
@given(data=st.data())
def test_check_reads_or_refuses_them_in_a_known_sentence(
    fuzzed: tuple[Fuzzed, str], data: st.DataObject
) -> None:
    server, url = fuzzed
    server.change(data)
    try:
        check_key(Settings(KEY, url))
    except AccBooksError as error:
        check([str(error)])


def judged(ended: Ended, what: str, ordinary: Ended) -> None:
    """Assert that a sync ended as one may, whatever it was sent."""
    said = f"{what}: {ended.code} after {ended.seconds:.0f} s\n{ended.said[-3000:]!a}"
    assert ended.code in {0, 1, 3, 4}, said
    assert KEY not in ended.said, said
    assert all(line.isprintable() or "│" in line for line in ended.said.split("\n")), said
    assert ended.peak - ordinary.peak <= MOST_ABOVE_MEGABYTES, (said, ended.peak, ordinary.peak)
    if ended.code == 1:
        assert re.search("|".join(SENTENCES), ended.said.replace("\n", " ")), said


def options_of(random: Random) -> tuple[str, ...]:
    log = random.choice([("--summary", "line"), ("--log-format", "json"), ()])
    depth = random.choice([(), ("--certify", "months"), ("--certify", "years")])
    return ("--max-minutes", "2", *log, *depth)


@pytest.fixture
def database() -> str:
    """DuckDB alone: what a server sends is read before any database comes into it."""
    return "duckdb"


@pytest.fixture
def served() -> Iterator[Emulator]:
    """Books that a sync reads in a second or two, under a limit that comes back in seconds."""
    keys = {KEY: Grant()}
    with running(EmulatorSettings(plan="enterprise", port=0, size="tiny", minute=5.0, keys=keys)) as emulator:
        yield emulator


def drawn(strategy: st.SearchStrategy[Mutation], count: int) -> list[Mutation]:
    """Return so many examples of a strategy, the same ones for a seed."""
    found: list[Mutation] = []

    @seed(SEED)
    @settings(SETTINGS, max_examples=count, phases=[Phase.generate])
    @given(strategy)
    def collect(each: Mutation) -> None:
        found.append(each)

    collect()
    return found


def test_a_hundred_syncs_of_a_server_that_errs_end_in_their_bounds(
    new_operator: NewOperator, served: Emulator
) -> None:
    random = Random(SEED)
    plain = answers()
    many = {path: drawn(mutations(answer), SYNCS) for path, answer in plain.items()}
    server = Between(served)
    ends: Counter[int] = Counter()
    with server.serving() as raw:
        environment = {"SOURCES__ACCBOOKS__API_KEY": KEY, "SOURCES__ACCBOOKS__BASE_URL": raw.url}
        operator = new_operator(served, environment=environment)
        ordinary = operator.prove()
        for number in range(SYNCS):
            path = random.choice(sorted(many))
            mutation = random.choice(many[path])
            first = random.choice([1, 1, 2, 3])
            last = random.choice([10**9, first])
            server.begin(path, lambda answer, it=mutation: [it.apply(answer).wire], first, last)
            if number % EVERY == EVERY // 2:  # the first sync of a warehouse meets more
                for file in operator.directory.glob("books.duckdb*"):
                    file.unlink()
            ended = operator.run("sync", *options_of(random))
            what = f"sync {number}, {path} {first} to {last}: {mutation}"
            judged(ended, what, ordinary)
            ends[ended.code] += 1
            logger.info("%s ended with %d after %.0f s, %d MB", what, ended.code, ended.seconds, ended.peak)
            if number % EVERY == EVERY - 1:
                server.end()
                operator.prove("--from", "1900-01-01", "--certify", "months")
    logger.info("%d syncs ended with %s", SYNCS, dict(ends))
