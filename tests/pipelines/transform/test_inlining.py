"""Steps inlined without parsing SQL, as dbt inlines them by parsing it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from accbooks_warehouse.pipelines.transform import inlining
from accbooks_warehouse.pipelines.transform.inlining import by_parsing, inline
from dbt.artifacts.resources.v1.components import InjectedCTE

STEPS = [
    InjectedCTE("one", " __one as (\nselect 1 as a\n)"),
    InjectedCTE("two", " __two as (\nselect 2 as a\n)"),
]


@pytest.mark.parametrize("steps", [STEPS, STEPS[:1], []])
@pytest.mark.parametrize(
    "sql",
    [
        "with three as (select * from __one)\nselect * from three",
        "\n-- with care\n/* with\nmore */ WITH three as (select 'with')\nselect * from three",
        "with\nthree as (with four as (select 1) select * from four) select * from three",
        "with recursive three as (select 1) select * from three",
        "with_tax as (select 1)",
        "select * from __one",
    ],
)
def test_steps_go_where_dbt_puts_them(sql: str, steps: list[InjectedCTE]) -> None:
    assert "".join(inline(sql, steps).split()) == "".join(by_parsing(sql, steps).split())


def test_one_thread_at_a_time_inlines_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave = threading.Event(), threading.Event()
    order: list[str] = []

    def prepend(_: object, name: str) -> None:
        entered.set()
        leave.wait(10)
        order.append(name)

    monkeypatch.setattr(inlining, "by_any_thread", prepend)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inlining.by_one_thread, object(), "first")  # type: ignore[arg-type]
        assert entered.wait(10)
        entered.clear()
        second = pool.submit(inlining.by_one_thread, object(), "second")  # type: ignore[arg-type]
        assert not entered.wait(0.2)
        leave.set()
        first.result(10)
        second.result(10)
    assert order == ["first", "second"]
