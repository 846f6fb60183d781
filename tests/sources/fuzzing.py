"""Reading a server in this process as a sync does, up to where rows would be loaded."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
import requests
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.sources.accbooks.api import budget as budget_module
from accbooks_warehouse.sources.accbooks.api import client as client_module
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS
from accbooks_warehouse.sources.accbooks.errors import AccBooksError
from accbooks_warehouse.sources.accbooks.reading import window_reader as reader_module
from accbooks_warehouse.sources.accbooks.reading.bookmark import Bookmark
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.reading.due import reports_of
from accbooks_warehouse.sources.accbooks.reading.extraction import Extraction
from accbooks_warehouse.sources.accbooks.reading.load_request import LoadRequest
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.tables.fetched_reports import versions
from accbooks_warehouse.sources.accbooks.tables.merge import Writing
from accbooks_warehouse.sources.accbooks.tables.reports import REPORTS, ReportRequest
from hypothesis import strategies as st
from mutations import KEY, SENTENCES, Answer, Mutation, mutations
from raw_server import serving

AS_AT = ReportRequest(pendulum.date(2026, 3, 31))
YEAR = ReportRequest(pendulum.date(2026, 3, 31), pendulum.date(2025, 4, 1))
RECORDS = 5
KNOWN = re.compile("|".join(f"(?:{each})" for each in SENTENCES))


def answers() -> dict[str, Answer]:
    """Return a well-formed answer of each endpoint, as the emulator gives it for a few records."""
    found: dict[str, Answer] = {}
    settings = EmulatorSettings(plan="enterprise", port=0, today=pendulum.date(2026, 4, 1))
    with running(settings) as emulator:

        def ask(path: str, **params: Any) -> Any:
            return requests.get(
                emulator.base_url + path,
                params=params,
                headers={"Authorization": f"Bearer {emulator.key}"},
                timeout=10,
            ).json()

        found["company"] = _answer(ask("company"))
        for endpoint in ENDPOINTS[1:]:
            body = ask(endpoint.path, per_page=RECORDS)
            count = len(body["data"])
            body["meta"] |= {"total_records": count, "total_pages": 1, "current_page": 1}
            found[endpoint.path] = _answer(body)
        for report in REPORTS:
            dates = report.dates(AS_AT if report.is_as_at else YEAR)
            found[report.path] = _answer(ask(report.path, **dates))
    return found


def _answer(body: Any) -> Answer:
    now = pendulum.now("UTC")
    return Answer(
        json.dumps(body).encode(),
        headers=(
            (b"Content-Type", b"application/json"),
            (b"Date", now.format("ddd, DD MMM YYYY HH:mm:ss [GMT]").encode()),
            (b"X-RateLimit-Limit", b"3000"),
            (b"X-RateLimit-Remaining", b"2900"),
            (b"X-RateLimit-Reset", b"%d" % (now.int_timestamp + 30)),
        ),
    )


class Fuzzed:
    """A server of well-formed answers, one of which is changed for as long as an example lasts."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.path = ""
        self.mutation: Mutation | None = None
        self.served = 0

    def reply(self, request: bytes) -> list[bytes]:
        self.served += 1
        path = request.split(b" ", 2)[1].decode().removeprefix("/v1/").partition("?")[0]
        answer = self.answers[path]
        if path == self.path and self.mutation is not None:
            answer = self.mutation.apply(answer)
        return [answer.wire]

    def change(self, data: st.DataObject) -> None:
        """Draw an endpoint, and what is changed of its answer."""
        self.path = data.draw(st.sampled_from(sorted(self.answers)), "endpoint")
        self.mutation = data.draw(mutations(self.answers[self.path]), "changed")


@contextmanager
def fuzzed_server() -> Iterator[tuple[Fuzzed, str]]:
    """Serve well-formed answers, to a client that waits for nothing, and give the server's address."""
    fuzzed = Fuzzed(answers())
    with pytest.MonkeyPatch.context() as patch, serving(fuzzed.reply) as raw:
        hurry(patch)
        yield fuzzed, raw.url


class _Impatient(threading.Condition):
    """Lets time pass at once instead of waiting for it."""

    passed = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            return super().wait(timeout)
        _Impatient.passed += timeout
        return True


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the client wait for nothing."""
    start = time.time() - time.monotonic()
    monkeypatch.setattr(reader_module, "MOST_UNSTABLE", 10)
    monkeypatch.setattr(client_module, "FIRST_BACK_OFF_SECONDS", 0)
    monkeypatch.setattr(client_module, "LONGEST_BACK_OFF_SECONDS", 0)
    monkeypatch.setattr(
        budget_module, "threading", SimpleNamespace(Condition=_Impatient, local=threading.local)
    )
    budget = budget_module.RateBudget
    clock: Callable[[], float] = lambda: start + time.monotonic() + _Impatient.passed  # noqa: E731
    monkeypatch.setattr(
        "accbooks_warehouse.sources.accbooks.reading.books.RateBudget",
        lambda **options: budget(**options, clock=clock),
    )


def read_everything(url: str) -> list[str]:
    """Read a company's books and reports as a sync does; return what is said of what cannot be used.

    Raises whatever is none of the source's own errors.
    """
    said: list[str] = []
    try:
        books = open_books(Settings(KEY, url))
        wanted = {report.name: [AS_AT if report.is_as_at else YEAR] for report in REPORTS}
        request = LoadRequest(books.request, reports=wanted, keeps_what_is_complete=True)
        extraction, marks = Extraction(books, request), {each.name: Bookmark({}) for each in ENDPOINTS}
        packages = extraction.package(marks)
        for package in packages.values():
            [change.item for change in package.changes(Writing.CHANGES)]
        extraction.quarantine.change()
        reports_of(books, extraction.outcome)
        fetched = [each for report in REPORTS for each in extraction.reports(report, marks)]
        for each in fetched:
            each.report.table(each.rows or [])
        versions(fetched, Writing.CHANGES)
    except AccBooksError as error:
        said.append(str(error))
    else:
        outcome = extraction.outcome
        assert outcome.failure is None or isinstance(outcome.failure, AccBooksError), outcome.failure
        errors = (outcome.failure, outcome.limit_reached, *outcome.unstable, *outcome.forbidden.values())
        said += [str(error) for error in errors if error is not None]
        unusable = [f"AccBooks answered GET report with {why}." for why in outcome.inconsistent.values()]
        said += unusable
    return said


def check(said: list[str]) -> None:
    """Assert that everything said is a known sentence, and that none gives the key away."""
    for sentence in said:
        assert KNOWN.fullmatch(sentence.replace("\n", " ").replace("\r", " ")), ascii(sentence[:500])
        assert KEY not in sentence, ascii(sentence[:500])
