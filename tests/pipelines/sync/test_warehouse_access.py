"""Companies that share a warehouse: who waits for whom, and whose error is whose."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from accbooks_warehouse.pipelines.destinations.together import Together
from accbooks_warehouse.pipelines.sync.side_by_side import side_by_side
from accbooks_warehouse.pipelines.sync.warehouse_access import GROUP, SharedWarehouseAccess, WarehouseAccess

SECONDS = 10


class StandInWarehouse:
    """Counts how often it is opened, and refuses to be open twice at once."""

    def __init__(self) -> None:
        self.together = Together()
        self.opened = 0
        self._open = threading.Lock()

    def exists(self) -> bool:
        return True

    @contextmanager
    def loading(self, *, keeping_open: bool = False) -> Iterator[None]:
        assert keeping_open
        assert self._open.acquire(blocking=False)
        self.opened += 1
        yield
        self._open.release()


@pytest.fixture
def warehouse() -> Any:
    return StandInWarehouse()


def loads(loaded: list[list[str]], failing: str = "") -> Any:
    """Return what notes the parts that are loaded together; the part called `failing` fails."""

    def load(parts: Sequence[str]) -> list[Exception | None]:
        loaded.append(sorted(parts))
        return [ValueError(part) if part == failing else None for part in parts]

    return load


def run(access: SharedWarehouseAccess[str], companies: Sequence[str], work: Any) -> list[Any]:
    """Work on these companies at once, and close the access."""

    def task(company: str) -> Any:
        with access.company():
            return work(company)

    try:
        return side_by_side([lambda each=each: task(each) for each in companies], len(companies))
    finally:
        access.close()


def test_companies_that_ask_at_once_are_answered_with_the_warehouse_opened_once(warehouse):
    access, all_began = SharedWarehouseAccess[str](warehouse, loads([]), jobs=3), threading.Barrier(3)
    asked: list[Sequence[str]] = []

    def ask(company: str) -> list[str]:
        def query(members: Sequence[str]) -> dict[str, list[str]]:
            asked.append(sorted(members))
            return {each: [each.upper()] for each in members}

        return warehouse.together.of("in capitals", company, query)

    def work(company: str) -> list[str]:
        all_began.wait(SECONDS)
        return access.ask([company], lambda: ask(company))

    found = run(access, ["a", "b", "c"], work)
    assert found == [["A"], ["B"], ["C"]]
    assert asked == [["a", "b", "c"]]
    assert warehouse.opened == 1


def test_a_company_that_waits_for_its_limit_lends_its_place_to_another(warehouse):
    access, other_is_done = SharedWarehouseAccess[str](warehouse, loads([]), jobs=1), threading.Event()
    waits = threading.Event()

    def work(company: str) -> bool:
        if company == "other":
            assert waits.is_set()
            other_is_done.set()
            return True
        access.lend_place(0.5)
        waits.set()
        return other_is_done.wait(SECONDS)

    def task(company: str) -> bool:
        if company == "other":
            assert waits.wait(SECONDS)
        with access.company():
            return work(company)

    tasks = [lambda: task("waiting"), lambda: task("other")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("accbooks_warehouse.pipelines.sync.warehouse_access.WORTH_LENDING_SECONDS", 0.1)
        assert side_by_side(tasks, 2) == [True, True]
    access.close()


def test_parts_are_loaded_together_and_an_error_is_that_of_its_own_company(warehouse):
    loaded: list[list[str]] = []
    access = SharedWarehouseAccess[str](warehouse, loads(loaded, failing="b"), jobs=3)
    all_began = threading.Barrier(3)

    def work(company: str) -> str:
        all_began.wait(SECONDS)
        try:
            access.load(company)
        except ValueError as error:
            return f"failed: {error}"
        return "loaded"

    assert run(access, ["a", "b", "c"], work) == ["loaded", "failed: b", "loaded"]
    assert loaded == [["a", "b", "c"]]


def test_a_pipe_that_nobody_reads_ends_a_run_and_leaves_no_company_waiting(warehouse):
    """What prints to it raises SystemExit, in whichever thread prints first."""
    access, answered = SharedWarehouseAccess[str](warehouse, loads([]), jobs=3), []

    def work(company: str) -> None:
        answered.append(access.ask([company], lambda: sys.exit(1) if company == "b" else company))

    with pytest.raises(BrokenPipeError, match="Nobody reads the output"):
        run(access, ["a", "b", "c"], work)
    assert sorted(answered) == ["a", "c"]


def test_a_question_that_fails_for_a_group_is_asked_of_each_alone(warehouse):
    access, all_began = SharedWarehouseAccess[str](warehouse, loads([]), jobs=3), threading.Barrier(3)

    def query(members: Sequence[str]) -> dict[str, list[str]]:
        if "b" in members:
            raise ValueError("a date in the year 10000")
        return {each: [each.upper()] for each in members}

    def work(company: str) -> list[str] | str:
        all_began.wait(SECONDS)
        try:
            return access.ask([company], lambda: warehouse.together.of("in capitals", company, query))
        except ValueError as error:
            return str(error)

    assert run(access, ["a", "b", "c"], work) == [["A"], "a date in the year 10000", ["C"]]


def test_an_error_in_a_question_is_that_of_its_own_company(warehouse):
    access = SharedWarehouseAccess[str](warehouse, loads([]), jobs=3)

    def work(company: str) -> str:
        try:
            return f"{access.ask([company], lambda: 1 // ord(company.replace('b', chr(0))))}"
        except ZeroDivisionError:
            return "failed"

    assert run(access, ["a", "b", "c"], work) == ["0", "failed", "0"]


def test_if_the_warehouse_cannot_be_opened_every_company_is_told(warehouse):
    def refusing(**_: Any) -> Any:
        raise OSError("locked")

    warehouse.loading = refusing
    access = SharedWarehouseAccess[str](warehouse, loads([]), jobs=2)

    def work(company: str) -> str:
        with pytest.raises(OSError, match="locked"):
            access.ask([company], lambda: None)
        return company

    assert run(access, ["a", "b"], work) == ["a", "b"]


def test_no_more_companies_ask_accbooks_at_once_than_there_are_jobs_but_others_begin(warehouse):
    access = SharedWarehouseAccess[str](warehouse, loads([]), jobs=2)
    counting, reading, most = threading.Lock(), 0, 0

    def read() -> None:
        nonlocal reading, most
        with counting:
            reading += 1
            most = max(most, reading)
        pair.wait(SECONDS)  # breaks unless two read at once
        with counting:
            reading -= 1

    pair = threading.Barrier(2)

    def work(_: str) -> None:
        read()
        access.ask([], lambda: None)
        read()

    run(access, [f"company {number}" for number in range(6)], work)
    assert most == 2


def test_one_that_reads_for_long_keeps_nobody_waiting(warehouse):
    access = SharedWarehouseAccess[str](warehouse, loads([]), jobs=2)
    others_are_done = threading.Event()

    def work(company: str) -> str:
        if company == "large":
            assert others_are_done.wait(SECONDS)
        else:
            access.ask([company], lambda: None)
            access.ask([company], lambda: None)
            others_are_done.set()
        return company

    assert run(access, ["large", "small"], work) == ["large", "small"]


def test_a_full_group_does_not_wait_for_the_rest(warehouse):
    access = SharedWarehouseAccess[str](warehouse, loads([]), jobs=GROUP + 1)
    group_is_done = threading.Event()
    left = threading.Semaphore(GROUP - 1)

    def work(company: str) -> None:
        if company == "late":
            assert group_is_done.wait(SECONDS)
            return
        access.ask([company], lambda: None)
        if not left.acquire(blocking=False):
            group_is_done.set()

    run(access, ["late", *(f"company {number}" for number in range(GROUP))], work)
    assert warehouse.opened == 1


def test_a_company_that_is_alone_has_the_warehouse_whenever_it_comes(warehouse):
    loaded: list[list[str]] = []
    access = WarehouseAccess[str](warehouse, loads(loaded, failing="b"))
    with access.company():
        assert access.ask(["a"], threading.get_ident) == threading.get_ident()
        access.load("a")
        with pytest.raises(ValueError, match="b"):
            access.load("b")
    assert loaded == [["a"], ["b"]]
    assert warehouse.opened == 0


def test_closed_access_is_that_of_a_company_that_is_alone(warehouse):
    loaded: list[list[str]] = []
    access = SharedWarehouseAccess[str](warehouse, loads(loaded), jobs=2)
    access.close()
    access.load("a")
    assert access.ask(["a"], threading.get_ident) == threading.get_ident()
    assert loaded == [["a"]]
