"""Faults for tests: a table of kinds, and those armed now.

| kind | does | its fields |
|---|---|---|
| status | answers with an error and does nothing | status, retry_after |
| html | answers 200 with a page of HTML and does nothing | |
| truncate | sends only the first half of the JSON | |
| reset | closes the connection inside the body, or before the response | inside |
| slow | answers late | seconds |
| hold | answers once the faults are cleared | |
| wrong_total | says one record more in a list's meta than there are | |
| repeat_record | has a list's page show one record twice and another not at all | |
| edit_between_pages | deletes or inserts a record after a page that is not the last | edit |
| wrong_echo | has a report echo dates one day later | |
| bad_totals | has a report's totals be a penny off | |
| spend | another program spends requests of the window, or of the day alone; at once | requests, day, key |
| clock_skew | sets how far the server's clock is wrong; at once | seconds |
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from accbooks_warehouse.emulator.answers import Answer, error_answer
from accbooks_warehouse.emulator.books import RESOURCES, Books
from accbooks_warehouse.emulator.clock import Clock
from accbooks_warehouse.emulator.rates import Rates
from accbooks_warehouse.emulator.rendering import parse, render
from accbooks_warehouse.emulator.settings import Fault

OK = 200
HELD_SECONDS = 0.02
"""How often a held response checks whether the faults were cleared, which another thread may do."""
LISTS = [[resource] for resource in RESOURCES]
PAGE_OF_HTML = b"<!doctype html><html><body><h1>Down for maintenance</h1></body></html>"
REPORT_TOTALS = ("total_debit", "net_profit", "net_assets")


@dataclass
class Exchange:
    """A request and, once there is one, its response."""

    method: str
    path: str
    books: Books | None = None
    answer: Answer | None = None


@dataclass(frozen=True)
class Kind:
    """A row of the table: which requests it applies to, and how it changes or `replaces` the response."""

    act: Callable[[Fault, Exchange, Answer, Random], Answer]
    applies: Callable[[Exchange], bool] = lambda _: True
    replaces: bool = False


class Faults:
    """The armed faults. Random choices come from the seed."""

    def __init__(self, seed: int, rates: Rates, clock: Clock) -> None:
        self._random = Random(f"{seed}/faults")
        self._rates = rates
        self._clock = clock
        self._cleared = 0
        self.armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Arm a fault, or run it now if its kind happens at once. Raises ValueError for an unknown kind."""
        if fault.kind == "spend":
            self._rates.use_up(fault.key, fault.requests, day=fault.day)
        elif fault.kind == "clock_skew":
            self._clock.skew = fault.seconds
        elif fault.kind in KINDS:
            self.armed.append(fault)
        else:
            raise ValueError(f"{fault.kind!r} is no kind of fault")

    def clear(self) -> None:
        """Disarm all faults, send held responses and set the clock right."""
        self.armed.clear()
        self._cleared += 1
        self._clock.skew = 0.0

    def instead(self, exchange: Exchange) -> Answer | None:
        """Return the response of a fault that replaces handling the request; None if there is none."""
        for fault in self._due(exchange, replacing=True):
            return KINDS[fault.kind].act(fault, exchange, Answer(OK, b""), self._random)
        return None

    def after(self, exchange: Exchange, answer: Answer) -> Answer:
        """Return the response as changed by the armed faults."""
        exchange.answer = answer
        for fault in self._due(exchange, replacing=False):
            answer = exchange.answer = KINDS[fault.kind].act(fault, exchange, answer, self._random)
        return answer

    async def release(self) -> None:
        """Wait until the faults are cleared."""
        cleared = self._cleared
        while self._cleared == cleared:  # noqa: ASYNC110 - another thread may clear them
            await asyncio.sleep(HELD_SECONDS)

    def _due(self, exchange: Exchange, *, replacing: bool) -> list[Fault]:
        """Return the faults that happen now, each counted down; only the first of the replacing ones."""
        due: list[Fault] = []
        for fault in list(self.armed):
            kind = KINDS[fault.kind]
            if (
                kind.replaces != replacing
                or not exchange.path.startswith(fault.path)
                or not kind.applies(exchange)
            ):
                continue
            if fault.chance < 1 and self._random.random() >= fault.chance:
                continue
            position = self.armed.index(fault)
            if fault.after:
                self.armed[position] = replace(fault, after=fault.after - 1)
                continue
            self.armed[position : position + 1] = (
                [replace(fault, count=fault.count - 1)] if fault.count > 1 else []
            )
            due.append(fault)
            if replacing:
                break
        return due


def _is_list(exchange: Exchange) -> bool:
    parts = exchange.path.strip("/").split("/")
    listed = exchange.method == "GET" and parts[1:] in LISTS
    return listed and exchange.answer is not None and exchange.answer.status == OK


def _is_list_of_two(exchange: Exchange) -> bool:
    return _is_list(exchange) and len(_body(exchange)["data"]) > 1


def _has_next_page(exchange: Exchange) -> bool:
    if not _is_list(exchange):
        return False
    body = _body(exchange)
    named = bool(body["data"]) and body["data"][0].get("id") is not None
    return named and body["meta"]["current_page"] < body["meta"]["total_pages"]


def _is_report(exchange: Exchange) -> bool:
    answered = exchange.answer is not None and exchange.answer.status == OK
    return exchange.path.startswith("/v1/reports/") and answered


def _body(exchange: Exchange) -> Any:
    return parse(exchange.answer.body) if exchange.answer else None


def _with_body(answer: Answer, body: Any) -> Answer:
    return replace(answer, body=render(body).encode())


def _status(fault: Fault, _: Exchange, __: Answer, ___: Random) -> Answer:
    answer = error_answer(fault.status, "this error was asked for")
    if fault.retry_after is not None:
        answer.headers.append((b"retry-after", str(fault.retry_after).encode()))
    return answer


def _html(_: Fault, __: Exchange, ___: Answer, ____: Random) -> Answer:
    return Answer(OK, PAGE_OF_HTML, content_type=b"text/html; charset=utf-8")


def _truncate(_: Fault, __: Exchange, answer: Answer, ___: Random) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _reset(fault: Fault, _: Exchange, answer: Answer, __: Random) -> Answer:
    return replace(answer, cut="inside" if fault.inside else "before")


def _slow(fault: Fault, _: Exchange, answer: Answer, __: Random) -> Answer:
    return replace(answer, delay=answer.delay + fault.seconds)


def _hold(_: Fault, __: Exchange, answer: Answer, ___: Random) -> Answer:
    return replace(answer, held=True)


def _wrong_total(_: Fault, exchange: Exchange, answer: Answer, __: Random) -> Answer:
    body = _body(exchange)
    body["meta"]["total_records"] += 1
    return _with_body(answer, body)


def _repeat_record(_: Fault, exchange: Exchange, answer: Answer, random: Random) -> Answer:
    body = _body(exchange)
    shown, hidden = random.sample(range(len(body["data"])), 2)
    body["data"][hidden] = body["data"][shown]
    return _with_body(answer, body)


def _edit_between_pages(fault: Fault, exchange: Exchange, answer: Answer, _: Random) -> Answer:
    resource, books = exchange.path.strip("/").split("/")[1], exchange.books
    first = _body(exchange)["data"][0]
    if books is not None and fault.edit == "delete":
        books.remove(resource, str(first["id"]))
    elif books is not None:
        books.put(resource, first | {"id": f"{first['id']}_inserted"})
    return answer


def _wrong_echo(_: Fault, exchange: Exchange, answer: Answer, __: Random) -> Answer:
    body = _body(exchange)
    for name in {"as_at", "from", "to"} & body["data"].keys():
        body["data"][name] = (date.fromisoformat(body["data"][name]) + timedelta(days=1)).isoformat()
    return _with_body(answer, body)


def _bad_totals(_: Fault, exchange: Exchange, answer: Answer, __: Random) -> Answer:
    body = _body(exchange)
    for name in set(REPORT_TOTALS) & body["data"].keys():
        body["data"][name] += Decimal("0.01")
    return _with_body(answer, body)


KINDS = {
    "status": Kind(_status, replaces=True),
    "html": Kind(_html, replaces=True),
    "truncate": Kind(_truncate),
    "reset": Kind(_reset),
    "slow": Kind(_slow),
    "hold": Kind(_hold),
    "wrong_total": Kind(_wrong_total, _is_list),
    "repeat_record": Kind(_repeat_record, _is_list_of_two),
    "edit_between_pages": Kind(_edit_between_pages, _has_next_page),
    "wrong_echo": Kind(_wrong_echo, _is_report),
    "bad_totals": Kind(_bad_totals, _is_report),
}
