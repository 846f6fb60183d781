"""The thorough fuzz of the wire: thousands of answers with one thing changed, and a hundred whole syncs.

SOAK_SEED chooses other ones, SOAK_ANSWERS and SOAK_SYNCS how many.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
import requests
from fuzzing import Fuzzed, answers, check, hurry, read_everything
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from mutations import KEY, SENTENCES, Answer, Mutation, mutations
from raw_server import serving

from emulator.server import Emulator, running
from emulator.settings import Grant
from emulator.settings import Settings as EmulatorSettings
from pipelines.setup.check import check as check_key
from sources.accbooks.errors import AccBooksError
from sources.accbooks.settings import Settings

pytestmark = pytest.mark.soak

logger = logging.getLogger(__name__)

SEED = int(os.environ.get("SOAK_SEED", "15"))
ANSWERS = int(os.environ.get("SOAK_ANSWERS", "5000"))
SYNCS = int(os.environ.get("SOAK_SYNCS", "100"))
LONGEST_ANSWER_SECONDS = 30
"""Of processor time: a busy machine is no fault of the answer."""
LONGEST_SYNC_SECONDS = 600
MOST_ABOVE_KILOBYTES = 400 * 1024
EVERY = 10
"""After so many odd syncs comes one of the truth, which must find the warehouse equal to it."""
COMMAND = Path(sys.executable).with_name("accbooks")
SETTINGS = settings(
    database=None,
    max_examples=ANSWERS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[Fuzzed, str]]:
    server = Fuzzed(answers())
    with pytest.MonkeyPatch.context() as patch, server.serving() as raw:
        hurry(patch)
        yield server, raw.url


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
    server.path = data.draw(st.sampled_from(sorted(server.answers)), "endpoint")
    server.mutation = data.draw(mutations(server.answers[server.path]), "changed")
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
    server.path = data.draw(st.sampled_from(sorted(server.answers)), "endpoint")
    server.mutation = data.draw(mutations(server.answers[server.path]), "changed")
    try:
        check_key(Settings(KEY, url))
    except AccBooksError as error:
        check([str(error)])


@dataclass
class Between:
    """Stands between a sync and the emulator, and changes one thing about the answers of one path."""

    emulator: Emulator
    path: str = ""
    mutation: Mutation | None = None
    first: int = 1
    last: int = 10**9
    met: Counter[str] = field(default_factory=Counter)

    def reply(self, request: bytes) -> list[bytes]:
        target = request.split(b" ", 2)[1].decode()
        response = requests.get(
            f"{self.emulator.base_url.removesuffix('/v1/')}{target}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=60,
        )
        kept = ("Content-Type", "Date", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
        headers = [
            (name.encode(), response.headers[name].encode()) for name in kept if name in response.headers
        ]
        status = b"HTTP/1.1 %d x" % response.status_code
        answer = Answer(response.content, status, tuple(headers))
        path = urlsplit(target).path.removeprefix("/v1/")
        self.met[path] += 1
        if path == self.path and self.mutation and self.first <= self.met[path] <= self.last:
            answer = self.mutation.apply(answer)
        return [answer.wire]


@dataclass(frozen=True)
class Ended:
    """How a sync ended, what it said, how long it took and the most memory it had, in kilobytes."""

    status: int
    said: str
    seconds: float
    peak: int


def sync(directory: Path, url: str, *options: str) -> Ended:
    """Run `accbooks sync` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if "__" not in name} | {
        "SOURCES__ACCBOOKS__API_KEY": KEY,
        "SOURCES__ACCBOOKS__BASE_URL": url,
        "DESTINATION__DUCKDB__CREDENTIALS": "books.duckdb",
        "XDG_STATE_HOME": str(directory / "state"),
        "COLUMNS": "200",
    }
    began = time.monotonic()
    with (directory / "said").open("w+", encoding="utf-8", errors="backslashreplace") as output:
        process = subprocess.Popen(
            [COMMAND, "sync", *options], cwd=directory, env=environment, stdout=output, stderr=output
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - began > LONGEST_SYNC_SECONDS:
                process.kill()
            time.sleep(0.2)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Ended(process.returncode, output.read(), time.monotonic() - began, usage.ru_maxrss)


def judged(ended: Ended, what: str, ordinary: Ended) -> None:
    """Assert that a sync ended as one may, whatever it was sent."""
    said = f"{what}: {ended.status} after {ended.seconds:.0f} s\n{ended.said[-3000:]!a}"
    assert ended.status in {0, 1, 3, 4}, said
    assert "unforeseen" not in ended.said, said
    assert "Traceback" not in ended.said, said
    assert KEY not in ended.said, said
    assert all(line.isprintable() or "│" in line for line in ended.said.split("\n")), said
    assert ended.peak - ordinary.peak <= MOST_ABOVE_KILOBYTES, (said, ended.peak, ordinary.peak)
    if ended.status == 1:
        assert re.search("|".join(SENTENCES), ended.said.replace("\n", " ")), said


def options_of(random: Random) -> tuple[str, ...]:
    log = random.choice([("--summary", "line"), ("--log-format", "json"), ()])
    depth = random.choice([(), ("--certify", "months"), ("--certify", "years")])
    return ("--max-minutes", "2", *log, *depth)


@pytest.fixture
def between() -> Iterator[tuple[Between, str]]:
    keys = {KEY: Grant()}
    with running(EmulatorSettings(plan="enterprise", port=0, size="tiny", minute=5.0, keys=keys)) as emulator:
        between = Between(emulator)
        with serving(between.reply) as raw:
            yield between, raw.url


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
    between: tuple[Between, str], tmp_path: Path
) -> None:
    server, url = between
    random = Random(SEED)
    plain = answers()
    many = {path: drawn(mutations(answer), SYNCS) for path, answer in plain.items()}
    ordinary = sync(tmp_path, url)
    assert ordinary.status == 0, ordinary.said
    ends: Counter[int] = Counter()
    for number in range(SYNCS):
        server.path, server.met = random.choice(sorted(many)), Counter()
        server.mutation = random.choice(many[server.path])
        server.first = random.choice([1, 1, 2, 3])
        server.last = random.choice([10**9, server.first])
        if number % EVERY == EVERY // 2:  # the first sync of a warehouse meets more
            for file in tmp_path.glob("books.duckdb*"):
                file.unlink()
        ended = sync(tmp_path, url, *options_of(random))
        what = f"sync {number}, {server.path} {server.first} to {server.last}: {server.mutation}"
        judged(ended, what, ordinary)
        ends[ended.status] += 1
        logger.info(
            "%s ended with %d after %.0f s, %d MB", what, ended.status, ended.seconds, ended.peak // 1024
        )
        if number % EVERY == EVERY - 1:
            server.mutation = None
            truth = sync(tmp_path, url, "--from", "1900-01-01", "--certify", "months")
            assert truth.status == 0, (number, truth.said)
    logger.info("%d syncs ended with %s", SYNCS, dict(ends))
    with contextlib.suppress(OSError):
        (tmp_path / "said").unlink()
